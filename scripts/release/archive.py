"""Tar and zip files that are the same every time: members in order, one time, one owner."""

import dataclasses
import gzip
import io
import tarfile
import time
import zipfile

import build


@dataclasses.dataclass(frozen=True)
class Member:
    """A file of an archive, or a folder: then data is None."""

    name: str
    data: bytes | None
    mode: int = 0o644


def tar(members, when):
    """A tar file (ustar), owned by root, with the folders that members need."""
    out = io.BytesIO()
    made = set()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for member in with_folders(members):
            if member.name in made:
                continue
            made.add(member.name)
            entry = tarfile.TarInfo(member.name)
            entry.mtime, entry.mode, entry.uname, entry.gname = when, member.mode, "root", "root"
            if member.data is None:
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = len(member.data)
                archive.addfile(entry, io.BytesIO(member.data))
    return out.getvalue()


def with_folders(members):
    """The members, each after the folders it lies in."""
    for member in members:
        lead = "./" if member.name.startswith("./") else ""
        parts = member.name.removeprefix("./").split("/")
        for depth in range(1, len(parts)):
            yield Member(lead + "/".join(parts[:depth]), None, 0o755)
        yield member


def tar_gz(members, when):
    return compress(tar(members, when))


def compress(data):
    """gzip without name and time."""
    return gzip.compress(data, compresslevel=6, mtime=0)


def zipped(members, when):
    """A zip file, modes included."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for member in members:
            entry = zipfile.ZipInfo(member.name, time.gmtime(max(when, build.NO_TIME))[:6])
            entry.create_system = 3  # Unix: the mode counts
            entry.external_attr = (0o100000 | member.mode) << 16
            archive.writestr(entry, member.data, zipfile.ZIP_DEFLATED, compresslevel=6)
    return out.getvalue()
