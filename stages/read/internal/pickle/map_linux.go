package pickle

import (
	"fmt"
	"io"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// mapping is a file seen as memory. Both passes then read the page cache where it
// is; reading it into a window first cost a fifth of the time.
type mapping struct {
	bytes  []byte
	file   syscall.RawConn
	opened syscall.Stat_t
	faults bool
}

// open maps a file when at is one, and says no to anything else. The goroutine
// then gets a panic in place of a crash when the file is cut short underneath;
// see [mapping.close].
func (m *mapping) open(at io.ReaderAt, size int64) bool {
	f, ok := at.(syscall.Conn)
	if !ok || size == 0 || int64(int(size)) != size {
		return false
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return false
	}
	m.file = raw
	if m.opened, err = m.stat(); err != nil || m.opened.Size != size {
		return false
	}
	var mapErr error
	err = raw.Control(func(fd uintptr) {
		m.bytes, mapErr = syscall.Mmap(int(fd), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	})
	if err != nil || mapErr != nil {
		m.bytes = nil
		return false
	}
	_ = syscall.Madvise(m.bytes, syscall.MADV_SEQUENTIAL)
	m.faults = debug.SetPanicOnFault(true)
	return true
}

// giveBack gives pages back, so that the file does not count as this process'
// memory; one that is looked at again comes back by itself.
func (m *mapping) giveBack(from, to int) {
	if m.file != nil { // else it is memory like any other
		_ = syscall.Madvise(m.bytes[from:to], syscall.MADV_DONTNEED)
	}
}

// close unmaps the file. A fault inside the mapping, from pages that are no longer
// there or cannot be read, becomes an error, and so does a file that is not what it
// was. fault is what recover returned.
func (m *mapping) close(fault any, err *error) {
	debug.SetPanicOnFault(m.faults)
	now, statErr := m.stat()
	switch { // a file that changed explains everything else
	case statErr == nil && now.Size < m.opened.Size: // the rest of the last page reads as zeros
		*err = errCutShort
	case statErr == nil && (now.Size != m.opened.Size || now.Mtim != m.opened.Mtim):
		*err = errChanged
	case m.holds(fault):
		*err = errUnread
	case fault != nil:
		*err = fmt.Errorf("read pickle: %v: this is a defect of pickshard, please report it", fault)
	case *err == nil && statErr != nil:
		*err = fmt.Errorf("stat pickle: %w", statErr)
	}
	if e := syscall.Munmap(m.bytes); *err == nil && e != nil {
		*err = fmt.Errorf("unmap pickle: %w", e)
	}
	m.bytes = nil
}

func (m *mapping) stat() (st syscall.Stat_t, err error) {
	if e := m.file.Control(func(fd uintptr) { err = syscall.Fstat(int(fd), &st) }); e != nil {
		err = e
	}
	return st, err
}

// holds tells whether a fault lies in the mapping.
func (m *mapping) holds(fault any) bool {
	f, ok := fault.(interface{ Addr() uintptr })
	if !ok {
		return false
	}
	from := uintptr(unsafe.Pointer(unsafe.SliceData(m.bytes)))
	return f.Addr() >= from && f.Addr()-from < uintptr(len(m.bytes))
}
