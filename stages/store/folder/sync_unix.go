//go:build unix

package folder

import (
	"errors"
	"os"
	"syscall"
)

// syncFolder makes a folder's entries durable. File systems that cannot sync a
// folder (some network mounts answer EINVAL) have nothing to make durable.
func syncFolder(root *os.Root, name string) error {
	d, err := root.Open(name)
	if err != nil {
		return err
	}
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, d.Close())
}
