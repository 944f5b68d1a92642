package folder

import (
	"errors"
	"os"
	"path"

	"golang.org/x/sys/unix"
)

// renameIfAbsent publishes where there are no hard links: it moves the file in
// one step, and only to a name that is free.
func renameIfAbsent(root *os.Root, from, to string) error {
	source, err := root.Open(path.Dir(from))
	if err != nil {
		return err
	}
	defer source.Close() // only read
	target, err := root.Open(path.Dir(to))
	if err != nil {
		return err
	}
	defer target.Close()
	err = unix.Renameat2(int(source.Fd()), path.Base(from), int(target.Fd()), path.Base(to), unix.RENAME_NOREPLACE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		return renameLocked(root, from, to)
	}
	return err
}
