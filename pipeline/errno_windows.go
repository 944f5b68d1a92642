package pipeline

import (
	"errors"
	"syscall"
)

// errInvalidFunction is ERROR_INVALID_FUNCTION, errNotSupported
// ERROR_NOT_SUPPORTED: FAT and exFAT have no hard links.
const (
	errInvalidFunction syscall.Errno = 1
	errNotSupported    syscall.Errno = 50
)

// machineFault says whether an error tells of this process or machine, not of
// the file that it happened to meet: no record may be judged by it.
func machineFault(err error) bool {
	const notEnoughMemory, tooManyOpenFiles syscall.Errno = 8, 4
	return errors.Is(err, notEnoughMemory) || errors.Is(err, tooManyOpenFiles)
}

// linksUnsupported says whether a link failed because the file system has none.
func linksUnsupported(err error) bool {
	return errors.Is(err, errInvalidFunction) || errors.Is(err, errNotSupported)
}
