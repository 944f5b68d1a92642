package folder

import (
	"os"

	"golang.org/x/sys/unix"
)

// Files that will be synced anyway are sent to the disk while they are written,
// and leave the page cache once they are on it. Dirty pages then never come near
// the limit at which the kernel makes writers wait, and the pages of a finished
// shard are those that the next one is written to: a dataset larger than memory
// neither pushes out what others keep there, nor pays for memory that nobody has
// touched yet, which in a virtual machine costs more than the write. A verify
// that follows reads the disk, not what memory remembers.

// keepUnsynced is how many bytes a store without sync leaves to the system: a
// sixth of memory, about where the kernel makes writers wait (half way between
// vm.dirty_background_ratio and vm.dirty_ratio), and no more than 4 GiB: a group of
// processes may be allowed less memory than there is. Beyond it, pages that were
// never touched cost more than waiting for the disk.
func keepUnsynced() int64 {
	const most = 4 << 30
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return most
	}
	return min(most, int64(info.Totalram)*int64(info.Unit)/6)
}

// startWriting starts writing what is dirty, and does not wait. It is advice
// only: Sync tells of errors.
func startWriting(f *os.File) {
	_ = unix.SyncFileRange(int(f.Fd()), 0, 0, unix.SYNC_FILE_RANGE_WRITE)
}

// leaveCache takes a synced file out of the page cache.
func leaveCache(f *os.File) {
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
}
