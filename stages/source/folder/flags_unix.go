//go:build unix

package folder

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// openFlags: a named pipe opens at once, a terminal does not become ours.
const openFlags = os.O_RDONLY | syscall.O_NONBLOCK | syscall.O_NOCTTY

// onlyDir makes an open fail for anything but a folder.
const onlyDir = syscall.O_DIRECTORY

// forListing returns a folder that was opened beneath a root as one opened by itself, and
// closes dir: of the entries of a root's folder, package os asks for all that the system
// knows, though it tells their kinds in the listing. Their Info is not to be used: it
// would be looked up by name.
func forListing(dir *os.File) (*os.File, error) {
	raw, err := dir.SyscallConn()
	if err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	fd := -1
	var copyErr error
	if err := raw.Control(func(root uintptr) { fd, copyErr = unix.FcntlInt(root, unix.F_DUPFD_CLOEXEC, 0) }); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	if err := errors.Join(copyErr, dir.Close()); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), dir.Name()), nil
}
