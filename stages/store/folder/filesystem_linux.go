package folder

import (
	"os"

	"golang.org/x/sys/unix"
)

// localFileSystem tells whether a file is on a disk of this machine, or in its
// memory. Where that cannot be told, neither.
func localFileSystem(f *os.File) (disk, memory bool) {
	var st unix.Statfs_t
	if err := unix.Fstatfs(int(f.Fd()), &st); err != nil {
		return false, false
	}
	switch uint32(st.Type) { // 32 bits wide or 64
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC, unix.OVERLAYFS_SUPER_MAGIC:
		return true, false
	case unix.TMPFS_MAGIC:
		return false, true
	}
	return false, false
}
