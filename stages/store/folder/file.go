package folder

import (
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	"github.com/pickshard/pickshard/pipeline"
)

// writeBehind is after how many bytes of a file its writing is started again.
const writeBehind = 16 << 20

// file is a file that is being written.
type file struct {
	f        *os.File
	name     string
	unsynced *atomic.Int64 // of the store, see Store
	written  atomic.Int64  // bytes that are to reach the disk
	cached   bool          // see writesToCache
	mu       sync.Mutex    // one write at a time into a cached file
}

func (f *file) WriteAt(p []byte, offset int64) (int, error) {
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
func (f *file) write(p []byte, offset int64) (int, error) {
	if !f.cached {
		return f.f.WriteAt(p, offset)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return writeToCache(f.f, p, offset)
}

// Reserve asks the file system for the room, see reserve.
func (f *file) Reserve(size int64) error {
	if err := reserve(f.f, size); err != nil {
		return failed(fmt.Sprintf("reserve %s bytes for", pipeline.Grouped(size)), f.name, err)
	}
	return nil
}

func (f *file) Sync() error {
	if f.unsynced != nil && f.written.Load() < writeBehind {
		return nil
	}
	if err := f.f.Sync(); err != nil {
		return failed("sync", f.name, err)
	}
	leaveCache(f.f)
	return nil
}

func (f *file) Close() error {
	if err := f.f.Close(); err != nil {
		return failed("close", f.name, err)
	}
	return nil
}
