package pickle

// Text and bytes are kept once, in segments that columns can point into. Strings
// that belong together are put in one lane, so that the cells of a column lie one
// after the other: lane 0 takes the items of lists, the others the fields of
// records by their place in the record (see machine.lane). Text of a mapped file
// stays there: the file is segment 0.
const (
	laneCount    = 65
	segmentFirst = 16 << 10
	segmentMost  = 4 << 20
	ownSegment   = 1 << 20 // a body this long gets a segment of its own
	touchStep    = 1 << 19 // so much of a large segment is touched ahead
)

// lane is where the next bytes of one kind of cell go.
type lane struct {
	seg     int // current segment, -1 before the first
	next    int // size of the next segment
	touched int // bytes of the current segment whose pages are there
}

// arena holds the bytes of all text and bytes values.
type arena struct {
	segs  [][]byte // filled parts; cap is the segment's size
	lanes [laneCount]lane
	held  int64 // bytes allocated
}

func (a *arena) init(file *mapping) {
	a.segs = [][]byte{nil}
	if file != nil {
		a.segs[0] = file.bytes
	}
	for i := range a.lanes {
		a.lanes[i] = lane{seg: -1, next: segmentFirst}
	}
}

// address is segment and offset of the first byte.
func address(seg, off int) uint64 { return uint64(seg)<<40 | uint64(off) }

const offsetMask = 1<<40 - 1

// inFile tells whether an address lies in the mapped file.
func (a *arena) inFile(addr uint64) bool { return addr <= offsetMask }

// bytes returns the n bytes at an address.
func (a *arena) bytes(addr uint64, n int) []byte {
	seg := a.segs[addr>>40]
	off := int(addr & offsetMask)
	return seg[off : off+n : off+n]
}

// reserve returns room for n bytes at the end of a lane, already counted as
// filled, and its address. n is at most ownSegment.
func (a *arena) reserve(l *lane, n int) ([]byte, uint64) {
	if l.seg >= 0 {
		s := a.segs[l.seg]
		if off := len(s); cap(s)-off >= n {
			s = s[:off+n]
			if len(s) > l.touched {
				end := min(l.touched+touchStep, cap(s))
				touch(s[l.touched:end])
				l.touched = end
			}
			a.segs[l.seg] = s
			return s[off:], address(l.seg, off)
		}
	}
	return a.reserveNew(l, n)
}

func (a *arena) reserveNew(l *lane, n int) ([]byte, uint64) {
	size := max(l.next, n)
	if l.next < segmentMost {
		l.next *= 4
	}
	l.seg = len(a.segs)
	s := make([]byte, n, size)
	a.segs = append(a.segs, s)
	a.held += int64(size)
	l.touched = size
	if size >= 2*touchStep {
		l.touched = 0
	}
	return s, address(l.seg, 0)
}

// own adds a segment that holds exactly b.
func (a *arena) own(b []byte) uint64 {
	a.segs = append(a.segs, b)
	a.held += int64(cap(b))
	return address(len(a.segs)-1, 0)
}

// shrink cuts the last bytes of a segment when v ends there, so that v has only
// n bytes.
func (a *arena) shrink(addr uint64, had, n int) bool {
	seg, off := int(addr>>40), int(addr&offsetMask)
	if off+had != len(a.segs[seg]) {
		return false
	}
	a.segs[seg] = a.segs[seg][:off+n]
	return true
}

// pool is a growing array that is never copied.
type pool[T any] struct {
	chunks [][]T
	n      int
}

const poolChunk = 1 << 12

// add appends v and returns its index.
func (t *pool[T]) add(v T) int {
	if t.n == len(t.chunks)*poolChunk {
		size := poolChunk
		if t.n == 0 {
			size = 64 // most files hold few nodes of a kind
		}
		t.chunks = append(t.chunks, make([]T, 0, size))
	}
	c := &t.chunks[len(t.chunks)-1]
	*c = append(*c, v)
	t.n++
	return t.n - 1
}

func (t *pool[T]) at(i int) *T { return &t.chunks[i/poolChunk][i%poolChunk] }

// valueArena holds the items of tuples, lists and dicts. A run of items lies in
// one chunk.
type valueArena struct {
	chunks [][]Value
	held   int64
}

const (
	valueChunkFirst = 256
	valueChunkMost  = 16 << 10
)

// put stores vs as one run and returns its address.
func (a *valueArena) put(vs []Value) uint64 {
	dst, addr := a.room(len(vs))
	copy(dst, vs)
	return addr
}

// room makes room for a run of n values and returns it and its address; cut takes
// the last one back.
func (a *valueArena) room(n int) ([]Value, uint64) {
	c := len(a.chunks) - 1
	if c < 0 || cap(a.chunks[c])-len(a.chunks[c]) < n {
		a.grow(n)
		c++
	}
	off := len(a.chunks[c])
	a.chunks[c] = a.chunks[c][:off+n]
	return a.chunks[c][off:], address(c, off)
}

func (a *valueArena) cut(n int) {
	c := &a.chunks[len(a.chunks)-1]
	*c = (*c)[:len(*c)-n]
}

// grow begins a chunk that has room for n values.
func (a *valueArena) grow(n int) {
	size := valueChunkFirst
	if c := len(a.chunks); c > 0 {
		size = min(2*cap(a.chunks[c-1]), valueChunkMost)
	}
	size = max(size, n)
	chunk := make([]Value, size)
	if size == valueChunkMost {
		touch(chunk)
	}
	a.chunks = append(a.chunks, chunk[:0])
	a.held += int64(size) * 16
}

// left is how many values still fit the current chunk.
func (a *valueArena) left() int {
	if len(a.chunks) == 0 {
		return 0
	}
	c := a.chunks[len(a.chunks)-1]
	return cap(c) - len(c)
}

func (a *valueArena) slice(addr uint64, n int) []Value {
	if n == 0 {
		return nil
	}
	c := a.chunks[addr>>40]
	off := int(addr & offsetMask)
	return c[off : off+n : off+n]
}
