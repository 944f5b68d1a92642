package validate

// huffman is a table of codes for reading (T.81 annex C, and section F.2.2.3).
type huffman struct {
	ok    bool
	fast  [1 << fastBits]uint16 // by the next bits: length <<8 | symbol, 0 for none
	most  [17]int32             // by length: the largest code, -1 for none
	first [17]int32             // by length: symbols[code - first] is its symbol
	syms  [256]byte
}

const fastBits = 9

// define builds a table from its definition: how many codes there are of each
// length, and their symbols. checkHuffman has looked at the numbers.
func (h *huffman) define(counts, symbols []byte) {
	*h = huffman{ok: true}
	copy(h.syms[:], symbols)
	code, k := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := int32(counts[length-1])
		h.first[length], h.most[length] = code-k, -1
		for range n {
			if length <= fastBits {
				shift := fastBits - length
				for i := range 1 << shift {
					h.fast[int(code)<<shift|i] = uint16(length)<<8 | uint16(h.syms[k])
				}
			}
			h.most[length] = code
			code++
			k++
		}
		code <<= 1
	}
}

// bits reads the entropy-coded data of one interval: stuffed bytes are taken
// out, a marker ends it.
type bits struct {
	data []byte
	pos  int    // of the next byte
	acc  uint64 // the low n bits are the next
	n    int
	// missing is set when more bits were asked for than there are; they read
	// as zeros.
	missing bool
}

// fill makes at least 32 bits available, where the data has as many.
func (b *bits) fill() {
	for b.n <= 56 && b.pos < len(b.data) {
		c := b.data[b.pos]
		if c == 0xff {
			if b.pos+1 >= len(b.data) || b.data[b.pos+1] != 0 {
				return // a marker
			}
			b.pos++
		}
		b.pos++
		b.acc = b.acc<<8 | uint64(c)
		b.n += 8
	}
}

// peek returns the next 16 bits; after the end zeros follow.
func (b *bits) peek() uint32 {
	if b.n < 16 {
		b.fill()
		if b.n < 16 {
			return uint32(b.acc<<(16-b.n)) & 0xffff
		}
	}
	return uint32(b.acc>>(b.n-16)) & 0xffff
}

func (b *bits) skip(n int) {
	if b.n < n {
		if b.fill(); b.n < n {
			b.missing = true
			b.acc, b.n = 0, 0
			return
		}
	}
	b.n -= n
}

// take returns the next n bits, at most 16.
func (b *bits) take(n int) uint32 {
	v := b.peek() >> (16 - n)
	b.skip(n)
	return v
}

// symbol reads a code; ok is false for one that the table has not.
func (b *bits) symbol(h *huffman) (s byte, ok bool) {
	v := b.peek()
	if e := h.fast[v>>(16-fastBits)]; e != 0 {
		b.skip(int(e >> 8))
		return byte(e), true
	}
	for length := fastBits + 1; length <= 16; length++ {
		if code := int32(v >> (16 - length)); code <= h.most[length] {
			b.skip(length)
			return h.syms[(code-h.first[length])&255], true
		}
	}
	return 0, false
}

// restart begins the interval after a restart marker.
func (b *bits) restart() {
	b.acc, b.n = 0, 0
	for b.pos < len(b.data) && b.data[b.pos] == 0xff {
		b.pos++
	}
	b.pos++ // the marker's number, which checkJPEG has looked at
}

// unused returns how many whole bytes of the interval were not asked for, and
// whether all of them are zero.
func (b *bits) unused() (n int, zero bool) {
	n, zero = b.n/8, b.acc&(1<<(b.n&^7)-1) == 0
	for b.pos < len(b.data) {
		c := b.data[b.pos]
		if c == 0xff {
			if b.pos+1 >= len(b.data) || b.data[b.pos+1] != 0 {
				break // a marker
			}
			b.pos++
		}
		b.pos++
		n++
		zero = zero && c == 0
	}
	return n, zero
}
