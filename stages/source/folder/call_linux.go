//go:build linux && (amd64 || arm64)

package folder

import (
	"errors"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// errNotFast: a case for package os.
var errNotFast = errors.New("left to os.Root")

// call holds the arguments of system calls. Package unix copies each path into
// a new allocation; a call is used again and makes none.
type call struct {
	path [maxName + 1]byte
	how  unix.OpenHow
	st   unix.Stat_t
	vec  unix.Iovec
}

// setPath writes a name as the kernel takes it. checkName has seen to it that
// the name fits and holds no NUL byte; a resolved name is checked here.
func (c *call) setPath(name string) syscall.Errno {
	if len(name) > maxName {
		return unix.ENAMETOOLONG
	}
	c.path[copy(c.path[:], name)] = 0
	return 0
}

// openat opens a name in the folder dir.
func (c *call) openat(dir int, name string, flags int) (fd int, errno syscall.Errno) {
	if errno := c.setPath(name); errno != 0 {
		return -1, errno
	}
	for {
		fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(dir), uintptr(unsafe.Pointer(&c.path)), uintptr(flags), 0, 0, 0)
		if errno != unix.EINTR {
			return int(fd), errno
		}
	}
}

// openat2 opens a name beneath the folder dir, wherever its links lead:
// EXDEV says that it leaves the folder.
func (c *call) openat2(dir int, name string, flags int) (fd int, errno syscall.Errno) {
	if errno := c.setPath(name); errno != 0 {
		return -1, errno
	}
	c.how = unix.OpenHow{Flags: uint64(flags), Resolve: unix.RESOLVE_BENEATH | unix.RESOLVE_NO_MAGICLINKS}
	// EAGAIN: something was renamed meanwhile, so ".." could not be trusted.
	for range 16 {
		var r uintptr
		r, _, errno = unix.Syscall6(unix.SYS_OPENAT2, uintptr(dir), uintptr(unsafe.Pointer(&c.path)), uintptr(unsafe.Pointer(&c.how)), unix.SizeofOpenHow, 0, 0)
		if fd = int(r); errno != unix.EINTR && errno != unix.EAGAIN {
			break
		}
	}
	return fd, errno
}

// fstatat looks a name up in the folder dir without following a link.
func (c *call) fstatat(dir int, name string) syscall.Errno {
	if errno := c.setPath(name); errno != 0 {
		return errno
	}
	_, _, errno := unix.Syscall6(sysFstatat, uintptr(dir), uintptr(unsafe.Pointer(&c.path)), uintptr(unsafe.Pointer(&c.st)), unix.AT_SYMLINK_NOFOLLOW, 0, 0)
	return errno
}

func (c *call) fstat(fd int) syscall.Errno {
	_, _, errno := unix.Syscall(unix.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(&c.st)), 0)
	return errno
}

// readCached reads what the page cache holds of the bytes that dst asks for, and
// returns how many. It waits for no device, so the scheduler is not told: that
// takes a read of 60 KB for a call that waits, and switching threads cost as much
// as the read. On file systems without RWF_NOWAIT it reads nothing; the caller's
// read call tells what is wrong with a file.
func (c *call) readCached(fd int, dst []byte, offset int64) int {
	if len(dst) == 0 {
		return 0
	}
	c.vec.Base = &dst[0]
	c.vec.SetLen(len(dst))
	n, _, errno := unix.RawSyscall6(unix.SYS_PREADV2, uintptr(fd), uintptr(unsafe.Pointer(&c.vec)), 1, uintptr(offset), 0, unix.RWF_NOWAIT)
	c.vec.Base = nil
	if errno != 0 {
		return 0
	}
	return int(n)
}
