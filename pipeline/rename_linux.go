package pipeline

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// renameIfAbsent publishes where there are no hard links: it moves the file in
// one step, and only to a name that is free.
func renameIfAbsent(from, to string) error {
	err := unix.Renameat2(unix.AT_FDCWD, from, unix.AT_FDCWD, to, unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return renameLocked(from, to)
	}
	if err != nil {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
	}
	return nil
}
