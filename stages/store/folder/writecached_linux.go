//go:build linux && (amd64 || arm64)

package folder

import (
	"io"
	"os"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A write into a local file copies into the page cache and waits for no device.
// For an image of 60 KB that takes 20 µs, and Go's scheduler takes a system call
// of that length for one that waits: it gives the processor to another thread,
// and the call that returns has to find one again. Tens of thousands of switches
// of threads were a tenth of the whole conversion. So the scheduler is not told.
// Where the disk is so far behind that the system makes writers wait after all,
// this process waits with them: it has nothing better to do.

// writesToCache tells whether writes to a file end in the memory of this machine.
// Where a server or a process may have to answer each of them, the scheduler must
// know that they wait.
func writesToCache(f *os.File) bool {
	disk, memory := localFileSystem(f)
	return disk || memory
}

// writeToCache is f.WriteAt without the scheduler's knowledge.
func writeToCache(f *os.File, p []byte, offset int64) (int, error) {
	fd, n := f.Fd(), 0
	for n < len(p) {
		m, _, errno := unix.RawSyscall6(unix.SYS_PWRITE64, fd, uintptr(unsafe.Pointer(&p[n])), uintptr(len(p)-n), uintptr(offset)+uintptr(n), 0, 0)
		switch {
		case errno == syscall.EINTR:
		case errno != 0:
			return n, errno
		case m == 0:
			return n, io.ErrUnexpectedEOF
		default:
			n += int(m)
		}
	}
	return n, nil
}
