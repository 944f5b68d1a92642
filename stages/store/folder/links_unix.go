//go:build unix

package folder

import (
	"errors"
	"syscall"
)

// linksUnsupported says whether a link failed because the file system has none:
// FAT and exFAT say EPERM, others ENOTSUP or ENOSYS.
func linksUnsupported(err error) bool {
	for _, e := range []syscall.Errno{syscall.EPERM, syscall.ENOTSUP, syscall.EOPNOTSUPP, syscall.ENOSYS} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
