package pipeline

import (
	"os"

	"golang.org/x/sys/unix"
)

// reserve has the file system find the blocks of a file before they are written.
// Writing them one by one, it would set each aside for itself, and look for its
// place when it goes to the disk: a tenth of the work of a conversion that syncs.
// In memory (tmpfs) it would only be cleared once more.
func reserve(f *os.File, size int64) error {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		return nil // whatever it is, writing will tell
	}
	switch st.Type {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.OVERLAYFS_SUPER_MAGIC:
	default:
		return nil
	}
	for {
		switch err := unix.Fallocate(int(f.Fd()), 0, 0, size); err {
		case unix.EINTR:
		case unix.ENOSPC, unix.EDQUOT, unix.EFBIG:
			return err
		default:
			return nil
		}
	}
}
