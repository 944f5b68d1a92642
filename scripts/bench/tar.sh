#!/bin/sh
# GNU tar of the same folders into one file: the yardstick.
#
#     tar.sh INPUT OUTPUT
set -e
mkdir -p "$2"
exec tar --sort=name --format=ustar --mtime=@0 --owner=0 --group=0 --numeric-owner -cf "$2/all.tar" -C "$1" Pick-High pick_easy_img pick_refine_img
