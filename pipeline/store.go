package pipeline

import "io"

// LockName is the file whose lock says that a process is writing OUTPUT, in a Store
// that locks by a file.
const LockName = workFolder + "/lock"

// MaxNameBytes bounds a name in OUTPUT: ours have some fifty, and each folder of a
// name costs system calls.
const MaxNameBytes = 1024

// A Store is where OUTPUT is written: one folder today, an object store later.
// It is the one seam to the file system on the writing side, so that tests can
// make its N-th operation fail. Names are slash-separated and relative to
// OUTPUT. Errors name the file and the step. Implementations are safe for
// concurrent use.
type Store interface {
	// Create makes a new file that must not exist, and the folders above it.
	Create(name string) (StoreFile, error)
	// Open opens a file for reading.
	Open(name string) (ReadFile, error)
	// ReadFile reads a small file whole; a file over limit bytes is an error.
	ReadFile(name string, limit int64) ([]byte, error)
	// Publish gives the file the second name, put-if-absent, and makes the
	// folders above it: fs.ErrExist when something stands there already. The
	// file keeps its first name until Remove.
	Publish(from, to string) error
	// Same says whether two names are one and the same file.
	Same(a, b string) (bool, error)
	// Remove removes a file or an empty folder; a missing one is not an error.
	Remove(name string) error
	// SyncDir makes the names in a folder durable.
	SyncDir(name string) error
	// List returns the names of all entries in a folder, sorted; folders end in
	// a slash. A missing folder has none.
	List(name string) ([]string, error)
	// Size returns a file's size in bytes.
	Size(name string) (int64, error)
	// Lock takes the store for this process until the release is called or the
	// process ends: ErrOutputBusy when another process has it.
	Lock() (release func() error, err error)
}

// StoreFile is a file that is being written.
type StoreFile interface {
	io.WriterAt
	// Reserve says how long the file is going to be, where that is known before
	// its bytes are: a full disk is then told of before they are read. It fails
	// for want of room only.
	Reserve(size int64) error
	// Sync makes the bytes durable.
	Sync() error
	Close() error
}

// ReadFile is a file of a Store open for reading.
type ReadFile interface {
	io.ReaderAt
	io.Closer
	Size() int64
}
