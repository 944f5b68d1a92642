package folder

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

// linksUnsupported says whether a link failed because the file system has none.
func linksUnsupported(err error) bool {
	return errors.Is(err, errInvalidFunction) || errors.Is(err, errNotSupported)
}
