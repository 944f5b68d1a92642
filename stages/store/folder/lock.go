package folder

import (
	"errors"
	"io/fs"
	"os"
	"path"

	"github.com/gofrs/flock"

	"github.com/pickshard/pickshard/pipeline"
)

// Lock takes an advisory lock that the system lets go when the process ends,
// however it ends. The lock file is removed with the work folder by the run
// that finishes, so a lock counts only while its file still has its name.
func (s *Store) Lock() (func() error, error) {
	for range 10 {
		if err := s.makeFolder(path.Dir(pipeline.LockName)); err != nil {
			return nil, err
		}
		err := s.makeLock()
		if errors.Is(err, fs.ErrNotExist) {
			continue // the folder went with a run that just finished
		}
		if err != nil {
			return nil, failed("lock", s.path(pipeline.LockName), err)
		}
		lock := flock.New(s.path(pipeline.LockName), flock.SetFlag(lockFlags))
		ok, err := lock.TryLock()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, failed("lock", s.path(pipeline.LockName), err)
		}
		if !ok {
			return nil, pipeline.ErrOutputBusy
		}
		if s.lockNamed(lock) {
			return lock.Unlock, nil
		}
		if err := lock.Unlock(); err != nil {
			return nil, failed("unlock", s.path(pipeline.LockName), err)
		}
	}
	return nil, pipeline.ErrOutputBusy
}

// makeLock makes the lock file where it is not there. It is opened by its path,
// and made and compared by the handle of OUTPUT: nothing is made elsewhere.
func (s *Store) makeLock() error {
	f, err := s.create(pipeline.LockName, 0o600)
	if err == nil {
		return f.Close()
	}
	if errors.Is(err, fs.ErrExist) {
		_, err = s.root.statRegular(pipeline.LockName)
	}
	return err
}

func (s *Store) lockNamed(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := s.root.statRegular(pipeline.LockName)
	return err == nil && os.SameFile(held, named)
}
