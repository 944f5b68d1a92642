package folder

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync/atomic"

	"github.com/pickshard/pickshard/pipeline"
)

// Store is a pipeline.Store in a local folder. No name leads out of the folder, and
// no symbolic link inside it is followed: what OUTPUT holds may be a stranger's.
type Store struct {
	root     *root
	unsynced *atomic.Int64 // bytes that may still be left to the system; nil: all are synced
	begun    bool          // no folder is made
}

// New returns a store in the folder, which need not exist yet. The
// caller closes it.
func New(path string) *Store {
	return &Store{root: &root{folder: path}}
}

// WithoutSync returns the same store, which leaves it to the system when bytes
// and names become durable: a kill still loses nothing, a power cut may leave
// files that are not what the manifest says. It is for scratch copies. What is
// written beyond the bytes of keepUnsynced goes to the disk all the same, because
// it would wait longer for the system's memory than for the disk.
func (s *Store) WithoutSync() *Store {
	left := new(atomic.Int64)
	left.Store(keepUnsynced())
	return &Store{root: s.root, unsynced: left, begun: s.begun}
}

// Begun returns the same store, which makes no folders: what was made ready for workers
// is there, and once it is swept none of them makes it again (fs.ErrNotExist).
func (s *Store) Begun() *Store {
	return &Store{root: s.root, unsynced: s.unsynced, begun: true}
}

// Close lets go of the folder. Files that are open stay so.
func (s *Store) Close() error { return s.root.close() }

// path is a name as people read it in errors; nothing is opened by it.
func (s *Store) path(name string) string {
	return filepath.Join(s.root.folder, filepath.FromSlash(name))
}

// Create makes a new file, see pipeline.Store.
func (s *Store) Create(name string) (pipeline.StoreFile, error) {
	f, err := s.create(name, 0o666)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.makeFolder(path.Dir(name)); err != nil {
			return nil, err
		}
		f, err = s.create(name, 0o666)
	}
	if err != nil {
		return nil, failed("create", s.path(name), err)
	}
	return &file{f: f, name: s.path(name), cached: writesToCache(f), unsynced: s.unsynced}, nil
}

func (s *Store) create(name string, perm fs.FileMode) (*os.File, error) {
	root, err := s.root.above(name)
	if err != nil {
		return nil, err
	}
	return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}

// makeFolder makes a folder and those above it, and makes each new name durable.
func (s *Store) makeFolder(name string) error {
	if s.begun {
		return failed("find folder", s.path(name), fs.ErrNotExist)
	}
	s.root.forget() // it may have been there before, and be gone
	if name == "." {
		if err := s.root.make(); err != nil {
			return failed("make folder", s.path(name), err)
		}
		return nil
	}
	_, err := s.root.within(name)
	if err == nil {
		return nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return failed("make folder", s.path(name), err)
	}
	if err := s.makeFolder(path.Dir(name)); err != nil {
		return err
	}
	root, err := s.root.above(name)
	if err == nil {
		err = root.Mkdir(name, 0o777)
	}
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return failed("make folder", s.path(name), err)
	}
	return s.SyncDir(path.Dir(name))
}

// Open opens a file for reading, see pipeline.Store.
func (s *Store) Open(name string) (pipeline.ReadFile, error) {
	f, info, err := s.root.openRegular(name)
	if err != nil {
		return nil, failed("open", s.path(name), err)
	}
	return &reader{File: f, size: info.Size()}, nil
}

type reader struct {
	*os.File
	size int64
}

func (f *reader) Size() int64 { return f.size }

// ReadFile reads a small file, see pipeline.Store.
func (s *Store) ReadFile(name string, limit int64) ([]byte, error) {
	f, _, err := s.root.openRegular(name)
	if err != nil {
		return nil, failed("open", s.path(name), err)
	}
	data, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("more than %d bytes", limit)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, failed("read", s.path(name), err)
	}
	return data, nil
}

// Publish links a file under a second name, see pipeline.Store.
func (s *Store) Publish(from, to string) error {
	if _, err := s.root.statRegular(from); err != nil {
		return failed("publish", s.path(from), err)
	}
	err := s.linkOrMove(from, to)
	if errors.Is(err, fs.ErrNotExist) {
		if err = s.makeFolder(path.Dir(to)); err != nil {
			return err
		}
		err = s.linkOrMove(from, to)
	}
	if err != nil {
		return failed("publish", s.path(to), err)
	}
	return nil
}

// linkOrMove gives a file a name that is free. On file systems without hard
// links it loses the name that it had.
func (s *Store) linkOrMove(from, to string) error {
	root, err := s.root.above(to)
	if err != nil {
		return err
	}
	switch err = root.Link(from, to); {
	case linksUnsupported(err):
		err = renameIfAbsent(root, from, to)
	case err != nil && s.linked(from, to):
		err = nil // NFS: the answer to a link that was made got lost
	}
	return err
}

// linked says whether two names are one file, and it has more names than one.
func (s *Store) linked(a, b string) bool {
	same, err := s.Same(a, b)
	return err == nil && same
}

// Same compares two files by identity, see pipeline.Store.
func (s *Store) Same(a, b string) (bool, error) {
	infoA, err := s.root.statRegular(a)
	if err != nil {
		return false, failed("stat", s.path(a), err)
	}
	infoB, err := s.root.statRegular(b)
	if err != nil {
		return false, failed("stat", s.path(b), err)
	}
	return os.SameFile(infoA, infoB), nil
}

// Remove removes a file or an empty folder, see pipeline.Store. Links, pipes and devices
// are nothing that a store makes: they are an error and stay.
func (s *Store) Remove(name string) error {
	root, err := s.root.above(name)
	if err == nil {
		err = removeOwn(root, name)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return failed("remove", s.path(name), err)
	}
	return nil
}

func removeOwn(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	if err == nil && !info.IsDir() {
		err = regular(info)
	}
	if err != nil {
		return err
	}
	return root.Remove(name)
}

// SyncDir syncs a folder, see pipeline.Store.
func (s *Store) SyncDir(name string) error {
	if s.unsynced != nil {
		return nil
	}
	root, err := s.root.within(name)
	if err == nil {
		err = syncFolder(root, name)
	}
	if err != nil {
		return failed("sync folder", s.path(name), err)
	}
	return nil
}

// List lists a folder, see pipeline.Store.
func (s *Store) List(name string) ([]string, error) {
	entries, err := s.readFolder(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, failed("list folder", s.path(name), err)
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

func (s *Store) readFolder(name string) ([]fs.DirEntry, error) {
	root, err := s.root.within(name)
	if err != nil {
		return nil, err
	}
	folder, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	entries, err := folder.ReadDir(-1)
	return entries, errors.Join(err, folder.Close())
}

// Size returns a file's size, see pipeline.Store.
func (s *Store) Size(name string) (int64, error) {
	info, err := s.root.statRegular(name)
	if err != nil {
		return 0, failed("stat", s.path(name), err)
	}
	return info.Size(), nil
}

// failed is a pipeline.StoreError without the path that the system's error repeats.
func failed(verb, name string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &linkErr):
		err = linkErr.Err
	}
	return &pipeline.StoreError{Verb: verb, Path: name, Err: err}
}
