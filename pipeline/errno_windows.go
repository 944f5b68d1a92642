package pipeline

import (
	"errors"
	"syscall"
)

// machineFault says whether an error tells of this process or machine, not of
// the file that it happened to meet: no record may be judged by it.
func machineFault(err error) bool {
	const notEnoughMemory, tooManyOpenFiles syscall.Errno = 8, 4
	return errors.Is(err, notEnoughMemory) || errors.Is(err, tooManyOpenFiles)
}
