package pipeline

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/gofrs/flock"
)

// lockName is the file whose lock says that a process is writing OUTPUT.
const lockName = workFolder + "/lock"

// FolderStore is a Store in a local folder.
type FolderStore struct {
	root   string
	noSync bool
}

// NewFolderStore returns a store in the folder, which need not exist yet.
func NewFolderStore(folder string) *FolderStore { return &FolderStore{root: folder} }

// WithoutSync returns the same store, which leaves it to the system when bytes
// and names become durable: a kill still loses nothing, a power cut may leave
// files that are not what the manifest says. It is for scratch copies.
func (s *FolderStore) WithoutSync() *FolderStore { return &FolderStore{root: s.root, noSync: true} }

func (s *FolderStore) path(name string) string {
	return filepath.Join(s.root, filepath.FromSlash(name))
}

// Create makes a new file, see Store.
func (s *FolderStore) Create(name string) (StoreFile, error) {
	p := s.path(name)
	f, err := os.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.makeFolder(path.Dir(name)); err != nil {
			return nil, err
		}
		f, err = os.OpenFile(p, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	}
	if err != nil {
		return nil, fmt.Errorf("create %s: %w", s.path(name), reason(err))
	}
	return &folderFile{f: f, name: p, noSync: s.noSync}, nil
}

// makeFolder makes a folder and those above it, and makes each new name durable.
func (s *FolderStore) makeFolder(name string) error {
	if _, err := os.Stat(s.path(name)); err == nil {
		return nil
	}
	if name != "." {
		if err := s.makeFolder(path.Dir(name)); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(s.path(name), 0o777); err != nil {
		return fmt.Errorf("make folder %s: %w", s.path(name), reason(err))
	}
	if name == "." {
		return nil
	}
	return s.SyncDir(path.Dir(name))
}

type folderFile struct {
	f      *os.File
	name   string
	noSync bool
}

func (f *folderFile) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.f.WriteAt(p, offset)
	if err != nil {
		err = fmt.Errorf("write %s at byte %d: %w", f.name, offset, reason(err))
	}
	return n, err
}

func (f *folderFile) Sync() error {
	if f.noSync {
		return nil
	}
	if err := f.f.Sync(); err != nil {
		return fmt.Errorf("sync %s: %w", f.name, reason(err))
	}
	return nil
}

func (f *folderFile) Close() error {
	if err := f.f.Close(); err != nil {
		return fmt.Errorf("close %s: %w", f.name, reason(err))
	}
	return nil
}

// Open opens a file for reading, see Store.
func (s *FolderStore) Open(name string) (ReadFile, error) {
	f, err := os.Open(s.path(name))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path(name), reason(err))
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", s.path(name), reason(err)), f.Close())
	}
	return &folderReader{File: f, size: info.Size()}, nil
}

type folderReader struct {
	*os.File
	size int64
}

func (f *folderReader) Size() int64 { return f.size }

// ReadFile reads a small file, see Store.
func (s *FolderStore) ReadFile(name string, limit int64) ([]byte, error) {
	f, err := os.Open(s.path(name))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", s.path(name), reason(err))
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("read %s: %w", s.path(name), reason(err))
	}
	return data, nil
}

// Publish links a file under a second name, see Store.
func (s *FolderStore) Publish(from, to string) error {
	err := linkOrMove(s.path(from), s.path(to))
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.makeFolder(path.Dir(to)); err != nil {
			return err
		}
		err = linkOrMove(s.path(from), s.path(to))
	}
	if err != nil {
		return fmt.Errorf("publish %s: %w", s.path(to), reason(err))
	}
	return nil
}

// linkOrMove gives a file a name that is free. On file systems without hard
// links it loses the name that it had.
func linkOrMove(from, to string) error {
	err := os.Link(from, to)
	if linksUnsupported(err) {
		err = renameIfAbsent(from, to)
	}
	return err
}

// Same compares two files by identity, see Store.
func (s *FolderStore) Same(a, b string) (bool, error) {
	infoA, err := os.Lstat(s.path(a))
	if err != nil {
		return false, fmt.Errorf("stat %s: %w", s.path(a), reason(err))
	}
	infoB, err := os.Lstat(s.path(b))
	if err != nil {
		return false, fmt.Errorf("stat %s: %w", s.path(b), reason(err))
	}
	return os.SameFile(infoA, infoB), nil
}

// Remove removes a file or an empty folder, see Store.
func (s *FolderStore) Remove(name string) error {
	if err := os.Remove(s.path(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove %s: %w", s.path(name), reason(err))
	}
	return nil
}

// SyncDir syncs a folder, see Store.
func (s *FolderStore) SyncDir(name string) error {
	if s.noSync {
		return nil
	}
	if err := syncFolder(s.path(name)); err != nil {
		if name == "." {
			name = s.root
		}
		return fmt.Errorf("sync folder %s: %w", s.path(name), reason(err))
	}
	return nil
}

// List lists a folder, see Store.
func (s *FolderStore) List(name string) ([]string, error) {
	entries, err := os.ReadDir(s.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list folder %s: %w", s.path(name), reason(err))
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
		if e.IsDir() {
			names[i] += "/"
		}
	}
	slices.Sort(names)
	return names, nil
}

// Size returns a file's size, see Store.
func (s *FolderStore) Size(name string) (int64, error) {
	info, err := os.Lstat(s.path(name))
	if err == nil && !info.Mode().IsRegular() {
		err = ErrNotRegular
	}
	if err != nil {
		return 0, fmt.Errorf("stat %s: %w", s.path(name), reason(err))
	}
	return info.Size(), nil
}

// Lock takes an advisory lock that the system lets go when the process ends,
// however it ends. The lock file is removed with the work folder by the run
// that finishes, so a lock counts only while its file still has its name.
func (s *FolderStore) Lock() (func() error, error) {
	for range 10 {
		if err := s.makeFolder(path.Dir(lockName)); err != nil {
			return nil, err
		}
		lock := flock.New(s.path(lockName))
		ok, err := lock.TryLock()
		if errors.Is(err, fs.ErrNotExist) {
			continue // the folder went with a run that just finished
		}
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", s.path(lockName), reason(err))
		}
		if !ok {
			return nil, ErrOutputBusy
		}
		if s.lockNamed(lock) {
			return lock.Unlock, nil
		}
		if err := lock.Unlock(); err != nil {
			return nil, fmt.Errorf("unlock %s: %w", s.path(lockName), reason(err))
		}
	}
	return nil, ErrOutputBusy
}

func (s *FolderStore) lockNamed(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := os.Stat(s.path(lockName))
	return err == nil && os.SameFile(held, named)
}

// reason takes the system's reason out of an error that repeats the path.
func reason(err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		return pathErr.Err
	case errors.As(err, &linkErr):
		return linkErr.Err
	}
	return err
}

// renameLocked moves a file to a name that is free. Between the look and the
// move nobody else takes the name: the writer of an OUTPUT holds its lock.
func renameLocked(from, to string) error {
	if _, err := os.Lstat(to); err == nil {
		return fs.ErrExist
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Rename(from, to)
}
