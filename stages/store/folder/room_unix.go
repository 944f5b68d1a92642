//go:build linux || darwin

package folder

import (
	"errors"
	"io/fs"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Room is what the file system has free for this user. OUTPUT may not be there
// yet: the nearest folder above it is.
func (s *Store) Room() int64 {
	folder, err := filepath.Abs(s.root.folder)
	if err != nil {
		return -1
	}
	for {
		var st unix.Statfs_t
		err := unix.Statfs(folder, &st)
		if err == nil {
			return int64(min(st.Bavail, uint64(1)<<40)) * int64(st.Bsize)
		}
		above := filepath.Dir(folder)
		if !errors.Is(err, fs.ErrNotExist) || above == folder {
			return -1
		}
		folder = above
	}
}
