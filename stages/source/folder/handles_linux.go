//go:build linux && (amd64 || arm64)

package folder

import (
	"os"
	"sync"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// maxHandles bounds the folders that are kept open. Images stand in few
// folders; where they stand in thousands (part-000001, ...), records mostly
// name them folder by folder.
const maxHandles = 128

// handles keeps the folders that were used last, open. Its zero value is empty.
type handles struct {
	mu     sync.Mutex
	byName map[string]*handle
	// The ring of all handles in byName, from the one used last (newest.next
	// is older, newest.prev is the oldest).
	newest *handle
}

// handle is an open folder. name, prev and next are the mutex's.
type handle struct {
	fd         int
	file       *os.File     // where package os opened it; nil: fd is ours
	users      atomic.Int32 // calls that use fd at this moment, and byName: the last closes it
	name       string
	prev, next *handle
}

// find returns the handle of a folder, counted as used, or nil.
func (hs *handles) find(name string) *handle {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	h := hs.byName[name]
	if h == nil {
		return nil
	}
	h.users.Add(1)
	if hs.newest != h {
		hs.unlink(h)
		hs.pushNewest(h)
	}
	return h
}

// add takes over an open folder and returns its handle, counted as used.
// Another goroutine may have been first: then its handle is returned.
func (hs *handles) add(name string, fd int, file *os.File) *handle {
	h := &handle{fd: fd, file: file}
	h.users.Store(2)
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if other := hs.byName[name]; other != nil {
		h.close()
		other.users.Add(1)
		return other
	}
	if hs.byName == nil {
		hs.byName = make(map[string]*handle, maxHandles)
	}
	if len(hs.byName) == maxHandles {
		hs.drop(hs.newest.prev)
	}
	// The name is a part of a record's: a copy does not keep that alive.
	h.name = string(append([]byte(nil), name...))
	hs.byName[h.name] = h
	hs.pushNewest(h)
	return h
}

// release ends one use of a handle.
func (h *handle) release() {
	if h.users.Add(-1) == 0 {
		h.close()
	}
}

func (hs *handles) closeAll() {
	hs.mu.Lock()
	defer hs.mu.Unlock()
	for hs.newest != nil {
		hs.drop(hs.newest)
	}
}

// drop takes a handle out; it is closed once nobody uses it. hs.mu is held.
func (hs *handles) drop(h *handle) {
	hs.unlink(h)
	delete(hs.byName, h.name)
	h.release()
}

func (hs *handles) pushNewest(h *handle) {
	if hs.newest == nil {
		h.prev, h.next = h, h
	} else {
		h.next, h.prev = hs.newest, hs.newest.prev
		h.prev.next, h.next.prev = h, h
	}
	hs.newest = h
}

func (hs *handles) unlink(h *handle) {
	if h.next == h {
		hs.newest = nil
		return
	}
	if hs.newest == h {
		hs.newest = h.next
	}
	h.prev.next, h.next.prev = h.next, h.prev
}

func (h *handle) close() {
	if h.file != nil {
		h.file.Close()
		return
	}
	unix.Close(h.fd)
}
