package pipeline

import "sync/atomic"

// memoSlots is how many files a statMemo remembers, at about 200 bytes each.
const memoSlots = 1 << 14

// statMemo remembers what a look at a file has told, for while a plan is made: where a
// million records name a thousand files, these are asked for once and not a million times.
// A file has one slot, which it gives up to the next that falls there. Its zero value
// is empty. It is safe for concurrent use; failures are asked for again.
type statMemo struct {
	slots [memoSlots]atomic.Pointer[knownFile]
}

type knownFile struct {
	name string
	stat FileStat
}

func (m *statMemo) slot(name []byte) *atomic.Pointer[knownFile] {
	return &m.slots[CRC32C(name)%memoSlots]
}

// find returns what is known of a file.
func (m *statMemo) find(name []byte) (FileStat, bool) {
	if k := m.slot(name).Load(); k != nil && k.name == string(name) {
		return k.stat, true
	}
	return FileStat{}, false
}

// keep remembers a file.
func (m *statMemo) keep(name []byte, stat FileStat) {
	m.slot(name).Store(&knownFile{string(name), stat})
}
