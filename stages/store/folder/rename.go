package folder

import (
	"errors"
	"io/fs"
	"os"
)

// renameLocked moves a file to a name that is free. Between the look and the
// move nobody else takes the name: the writer of an OUTPUT holds its lock.
func renameLocked(root *os.Root, from, to string) error {
	if _, err := root.Lstat(to); err == nil {
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return root.Rename(from, to)
}
