package pipeline

import "sync/atomic"

// memoSlots is how many files a statMemo remembers, at about 200 bytes each.
const memoSlots = 1 << 14

// statMemo remembers what a look at a file has told, for while a plan is made: where a
// million records name a thousand files, these are asked for twice and not a million times.
// A file has one slot, which it gives up to the next that falls there, and is remembered
// when it is met again: of files that one record each names nothing is kept. Its zero
// value is empty. It is safe for concurrent use; failures are asked for again.
type statMemo struct {
	met   [memoSlots]atomic.Uint32 // checksum of the name that was looked at last
	slots [memoSlots]atomic.Pointer[knownFile]
}

type knownFile struct {
	name string
	stat FileStat
}

// find returns what is known of a file.
func (m *statMemo) find(name []byte) (FileStat, bool) {
	if k := m.slots[CRC32C(name)%memoSlots].Load(); k != nil && k.name == string(name) {
		return k.stat, true
	}
	return FileStat{}, false
}

// keep remembers a file that was met before.
func (m *statMemo) keep(name []byte, stat FileStat) {
	sum := CRC32C(name)
	if m.met[sum%memoSlots].Swap(sum) == sum {
		m.slots[sum%memoSlots].Store(&knownFile{string(name), stat})
	}
}
