package conformance

import (
	"errors"
	"io"
	"sync"
)

// File is a file in memory: what a Canvas writes to and a format's Open reads.
// The zero value is an empty file; it is safe for concurrent use.
type File struct {
	// Indexes holds, by kind, the indexes that a Writing has made with the file.
	Indexes map[string][]byte

	mu   sync.Mutex
	data []byte
	// writes left until WriteAt fails, when limited
	left    int
	limited bool
}

// ErrDisk is what a File of NewFailingFile answers.
var ErrDisk = errors.New("disk on fire")

// NewFile returns a file that holds data, which it takes over.
func NewFile(data []byte) *File { return &File{data: data} }

// NewFailingFile returns an empty file whose first writes succeed and all
// others fail with ErrDisk.
func NewFailingFile(writes int) *File { return &File{left: writes, limited: true} }

// WriteAt implements io.WriterAt; the file grows as needed.
func (f *File) WriteAt(p []byte, offset int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.limited {
		if f.left == 0 {
			return 0, ErrDisk
		}
		f.left--
	}
	if end := offset + int64(len(p)); end > int64(len(f.data)) {
		f.data = append(f.data, make([]byte, end-int64(len(f.data)))...)
	}
	return copy(f.data[offset:], p), nil
}

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, offset int64) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if offset < 0 {
		return 0, errors.New("read before the file's first byte")
	}
	if offset >= int64(len(f.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.data[offset:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Bytes returns the file's content; it is the file's own.
func (f *File) Bytes() []byte { return f.data }

// Size is the file's length in bytes.
func (f *File) Size() int64 { return int64(len(f.data)) }
