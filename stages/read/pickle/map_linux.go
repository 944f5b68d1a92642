package pickle

import (
	"fmt"
	"io"
	"runtime/debug"
	"syscall"
	"unsafe"
)

// mapping is a file seen as memory. Both passes then read the page cache where it
// is; reading it into a window first cost a fifth of the time. Pages behind the
// reader are given back, so that the file does not count as this process' memory.
type mapping struct {
	bytes    []byte
	file     syscall.RawConn
	returned int // bytes[:returned] were given back
	faults   bool
}

const mapLeast = 1 << 20 // a smaller file is read: a mapping would cost more

// open maps a file when at is one, and says no to anything else. The goroutine
// then gets a panic in place of a crash when the file is cut short underneath;
// see [mapping.close].
func (m *mapping) open(at io.ReaderAt, size int64) bool {
	f, ok := at.(syscall.Conn)
	if !ok || size < mapLeast || int64(int(size)) != size {
		return false
	}
	raw, err := f.SyscallConn()
	if err != nil {
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
	m.file = raw
	_ = syscall.Madvise(m.bytes, syscall.MADV_SEQUENTIAL)
	m.faults = debug.SetPanicOnFault(true)
	return true
}

// advance gives back the pages before offset at.
func (m *mapping) advance(at int) {
	if at -= at % mapKeep; at > m.returned {
		_ = syscall.Madvise(m.bytes[m.returned:at], syscall.MADV_DONTNEED)
		m.returned = at
	}
}

// close unmaps the file. A fault inside the mapping, from pages that are no longer
// there or cannot be read, becomes an error. fault is what recover returned.
func (m *mapping) close(fault any, err *error) {
	debug.SetPanicOnFault(m.faults)
	switch {
	case fault == nil:
		if *err != nil && m.short() { // the rest of the last page reads as zeros
			*err = errCutShort
		}
	case m.holds(fault):
		*err = errCutShort
	default:
		*err = fmt.Errorf("read pickle: %v: this is a defect of pickshard, please report it", fault)
	}
	if e := syscall.Munmap(m.bytes); *err == nil && e != nil {
		*err = fmt.Errorf("unmap pickle: %w", e)
	}
	m.bytes = nil
}

// short tells whether the file is shorter by now.
func (m *mapping) short() bool {
	var st syscall.Stat_t
	var statErr error
	err := m.file.Control(func(fd uintptr) { statErr = syscall.Fstat(int(fd), &st) })
	return err == nil && statErr == nil && st.Size < int64(len(m.bytes))
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
