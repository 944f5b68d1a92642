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
	"sync"
	"sync/atomic"

	"github.com/gofrs/flock"
)

// lockName is the file whose lock says that a process is writing OUTPUT.
const lockName = workFolder + "/lock"

// FolderStore is a Store in a local folder. No name leads out of the folder, and
// no symbolic link inside it is followed: what OUTPUT holds may be a stranger's.
type FolderStore struct {
	root     *outputRoot
	unsynced *atomic.Int64 // bytes that may still be left to the system; nil: all are synced
	begun    bool          // no folder is made
}

// NewFolderStore returns a store in the folder, which need not exist yet. The
// caller closes it.
func NewFolderStore(folder string) *FolderStore {
	return &FolderStore{root: &outputRoot{folder: folder}}
}

// WithoutSync returns the same store, which leaves it to the system when bytes
// and names become durable: a kill still loses nothing, a power cut may leave
// files that are not what the manifest says. It is for scratch copies. What is
// written beyond the bytes of keepUnsynced goes to the disk all the same, because
// it would wait longer for the system's memory than for the disk.
func (s *FolderStore) WithoutSync() *FolderStore {
	left := new(atomic.Int64)
	left.Store(keepUnsynced())
	return &FolderStore{root: s.root, unsynced: left, begun: s.begun}
}

// Begun returns the same store, which makes no folders: what was made ready for workers
// is there, and once it is swept none of them makes it again (fs.ErrNotExist).
func (s *FolderStore) Begun() *FolderStore {
	return &FolderStore{root: s.root, unsynced: s.unsynced, begun: true}
}

// Close lets go of the folder. Files that are open stay so.
func (s *FolderStore) Close() error { return s.root.close() }

// path is a name as people read it in errors; nothing is opened by it.
func (s *FolderStore) path(name string) string {
	return filepath.Join(s.root.folder, filepath.FromSlash(name))
}

// Create makes a new file, see Store.
func (s *FolderStore) Create(name string) (StoreFile, error) {
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
	return &folderFile{f: f, name: s.path(name), cached: writesToCache(f), unsynced: s.unsynced}, nil
}

func (s *FolderStore) create(name string, perm fs.FileMode) (*os.File, error) {
	root, err := s.root.above(name)
	if err != nil {
		return nil, err
	}
	return root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
}

// makeFolder makes a folder and those above it, and makes each new name durable.
func (s *FolderStore) makeFolder(name string) error {
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

// writeBehind is after how many bytes of a file its writing is started again.
const writeBehind = 16 << 20

type folderFile struct {
	f        *os.File
	name     string
	unsynced *atomic.Int64 // of the store, see FolderStore
	written  atomic.Int64  // bytes that are to reach the disk
	cached   bool          // see writesToCache
	mu       sync.Mutex    // one write at a time into a cached file
}

func (f *folderFile) WriteAt(p []byte, offset int64) (int, error) {
	n, err := f.write(p, offset)
	if err != nil {
		return n, failed("write", f.name, err)
	}
	if f.unsynced != nil && f.unsynced.Add(-int64(n)) >= 0 {
		return n, nil
	}
	if now := f.written.Add(int64(n)); now/writeBehind != (now-int64(n))/writeBehind {
		startWriting(f.f)
	}
	return n, nil
}

// write writes p. File systems let one write at a time into a local file, and
// whoever comes second spins: here it makes room for a reader instead.
func (f *folderFile) write(p []byte, offset int64) (int, error) {
	if !f.cached {
		return f.f.WriteAt(p, offset)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return writeToCache(f.f, p, offset)
}

// Reserve asks the file system for the room, see reserve.
func (f *folderFile) Reserve(size int64) error {
	if err := reserve(f.f, size); err != nil {
		return failed(fmt.Sprintf("reserve %s bytes for", Grouped(size)), f.name, err)
	}
	return nil
}

func (f *folderFile) Sync() error {
	if f.unsynced != nil && f.written.Load() < writeBehind {
		return nil
	}
	if err := f.f.Sync(); err != nil {
		return failed("sync", f.name, err)
	}
	leaveCache(f.f)
	return nil
}

func (f *folderFile) Close() error {
	if err := f.f.Close(); err != nil {
		return failed("close", f.name, err)
	}
	return nil
}

// Open opens a file for reading, see Store.
func (s *FolderStore) Open(name string) (ReadFile, error) {
	f, info, err := s.root.openRegular(name)
	if err != nil {
		return nil, failed("open", s.path(name), err)
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

// Publish links a file under a second name, see Store.
func (s *FolderStore) Publish(from, to string) error {
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
func (s *FolderStore) linkOrMove(from, to string) error {
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
func (s *FolderStore) linked(a, b string) bool {
	same, err := s.Same(a, b)
	return err == nil && same
}

// Same compares two files by identity, see Store.
func (s *FolderStore) Same(a, b string) (bool, error) {
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

// Remove removes a file or an empty folder, see Store. Links, pipes and devices
// are nothing that a Store makes: they are an error and stay.
func (s *FolderStore) Remove(name string) error {
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

// SyncDir syncs a folder, see Store.
func (s *FolderStore) SyncDir(name string) error {
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

// List lists a folder, see Store.
func (s *FolderStore) List(name string) ([]string, error) {
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

func (s *FolderStore) readFolder(name string) ([]fs.DirEntry, error) {
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

// Size returns a file's size, see Store.
func (s *FolderStore) Size(name string) (int64, error) {
	info, err := s.root.statRegular(name)
	if err != nil {
		return 0, failed("stat", s.path(name), err)
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
		err := s.makeLock()
		if errors.Is(err, fs.ErrNotExist) {
			continue // the folder went with a run that just finished
		}
		if err != nil {
			return nil, failed("lock", s.path(lockName), err)
		}
		lock := flock.New(s.path(lockName), flock.SetFlag(lockFlags))
		ok, err := lock.TryLock()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, failed("lock", s.path(lockName), err)
		}
		if !ok {
			return nil, ErrOutputBusy
		}
		if s.lockNamed(lock) {
			return lock.Unlock, nil
		}
		if err := lock.Unlock(); err != nil {
			return nil, failed("unlock", s.path(lockName), err)
		}
	}
	return nil, ErrOutputBusy
}

// makeLock makes the lock file where it is not there. It is opened by its path,
// and made and compared by the handle of OUTPUT: nothing is made elsewhere.
func (s *FolderStore) makeLock() error {
	f, err := s.create(lockName, 0o600)
	if err == nil {
		return f.Close()
	}
	if errors.Is(err, fs.ErrExist) {
		_, err = s.root.statRegular(lockName)
	}
	return err
}

func (s *FolderStore) lockNamed(lock *flock.Flock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	named, err := s.root.statRegular(lockName)
	return err == nil && os.SameFile(held, named)
}

// failed is a StoreError without the path that the system's error repeats.
func failed(verb, name string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &linkErr):
		err = linkErr.Err
	}
	return &StoreError{Verb: verb, Path: name, Err: err}
}

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
