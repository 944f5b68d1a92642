//go:build unix

package pipeline

import (
	"errors"
	"syscall"
)

// machineFault says whether an error tells of this process or machine, not of
// the file that it happened to meet: no record may be judged by it.
func machineFault(err error) bool {
	for _, e := range []syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EINTR, syscall.EAGAIN} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}
