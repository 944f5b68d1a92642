package folder

import (
	"os"

	"golang.org/x/sys/unix"
)

// reserve has the file system find the blocks of a file before they are written.
// Writing them one by one, it would set each aside for itself, and look for its
// place when it goes to the disk: a tenth of the work of a conversion that syncs.
// In memory (tmpfs) it would only be cleared once more.
func reserve(f *os.File, size int64) error {
	if disk, _ := localFileSystem(f); !disk {
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
