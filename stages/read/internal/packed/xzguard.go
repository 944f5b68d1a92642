package packed

import (
	"encoding/binary"
	"fmt"
	"io"
)

// xzGuard passes an xz stream on and looks at the header of each block before the
// decompressor does: a header asks for a dictionary of up to 4 GiB, and the
// decompressor makes it at once, for every block again. It follows the structure
// (headers, LZMA2 chunks by their lengths, padding, checks, the index, and what
// streams come behind) without decompressing; see The .xz File Format 1.2.1.
type xzGuard struct {
	r     io.Reader
	most  int64  // bytes of a dictionary
	head  []byte // of the part at hand, as far as it was seen
	need  int    // how long head is to be before next can tell
	skip  int64  // bytes of the part that are only passed on
	next  func() error
	check int   // size of the check behind each block
	block int64 // bytes of the block's data so far, or of the index, for the padding

	// Of the index: the number at hand, and how many are still to come, -1
	// before the first has told.
	number uint64
	shift  int
	left   int64
}

func newXZGuard(r io.Reader, most int64) *xzGuard {
	g := &xzGuard{r: r, most: most}
	g.expect(12, g.streamHeader)
	return g
}

// expect has next called when n bytes of head are there.
func (g *xzGuard) expect(n int, next func() error) {
	g.head, g.need, g.next = g.head[:0], n, next
}

func (g *xzGuard) Read(b []byte) (int, error) {
	n, err := g.r.Read(b)
	for at := 0; at < n; {
		if g.skip > 0 {
			k := min(g.skip, int64(n-at))
			g.skip -= k
			at += int(k)
			continue
		}
		k := min(g.need-len(g.head), n-at)
		g.head = append(g.head, b[at:at+k]...)
		at += k
		if len(g.head) == g.need {
			if err := g.next(); err != nil {
				return 0, err
			}
		}
	}
	return n, err
}

func (g *xzGuard) streamHeader() error {
	sizes := [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}
	g.check = sizes[g.head[7]&15]
	g.expect(1, g.blockSize)
	return nil
}

// blockSize is the first byte of a block header, or of the index.
func (g *xzGuard) blockSize() error {
	if g.head[0] == 0 {
		g.block, g.number, g.shift, g.left = 1, 0, 0, -1
		g.expect(1, g.index)
		return nil
	}
	g.need, g.next = (int(g.head[0])+1)*4, g.blockHeader
	return nil
}

// blockHeader finds the LZMA2 filter: flags, two optional sizes, then filters of
// (number, length of properties, properties).
func (g *xzGuard) blockHeader() error {
	flags, rest := g.head[1], g.head[2:len(g.head)-4]
	number := func() (uint64, bool) {
		v, n := binary.Uvarint(rest)
		if n <= 0 {
			return 0, false
		}
		rest = rest[n:]
		return v, true
	}
	for _, present := range []byte{0x40, 0x80} {
		if flags&present != 0 {
			if _, ok := number(); !ok {
				return g.bad()
			}
		}
	}
	for range flags&3 + 1 {
		id, ok1 := number()
		size, ok2 := number()
		if !ok1 || !ok2 || size > uint64(len(rest)) {
			return g.bad()
		}
		const lzma2 = 0x21
		if id == lzma2 && size == 1 {
			if n := xzDictionarySize(rest[0]); n > g.most {
				return &LimitError{Max: g.most, Detail: fmt.Sprintf("xz dictionary of %d bytes", n)}
			}
		}
		rest = rest[size:]
	}
	g.block = 0
	g.expect(1, g.chunk)
	return nil
}

// xzDictionarySize spells out the property byte of LZMA2.
func xzDictionarySize(bits byte) int64 {
	if bits > 40 {
		return 1 << 62
	}
	return int64(2|bits&1) << (bits/2 + 11)
}

// chunk is the control byte of an LZMA2 chunk.
func (g *xzGuard) chunk() error {
	switch control := g.head[0]; {
	case control == 0: // the end: padding to four bytes, then the check
		g.block++
		g.skip = -g.block&3 + int64(g.check)
		g.expect(1, g.blockSize)
	case control < 3: // uncompressed
		g.need, g.next = 3, g.chunkLength
	case control < 0x80:
		return g.bad()
	case control >= 0xc0: // compressed, with properties
		g.need, g.next = 6, g.chunkLength
	default:
		g.need, g.next = 5, g.chunkLength
	}
	return nil
}

func (g *xzGuard) chunkLength() error {
	size := binary.BigEndian.Uint16(g.head[len(g.head)-2:])
	switch len(g.head) {
	case 5, 6:
		size = binary.BigEndian.Uint16(g.head[3:])
	}
	g.skip = int64(size) + 1
	g.block += int64(len(g.head)) + g.skip
	g.expect(1, g.chunk)
	return nil
}

// index is a byte of the index: how many blocks there are, and two numbers for
// each. What they say is the decompressor's to check.
func (g *xzGuard) index() error {
	g.block++
	b := g.head[0]
	g.number |= uint64(b&0x7f) << g.shift
	if g.shift += 7; g.shift > 63 {
		return g.bad()
	}
	if b >= 0x80 {
		g.expect(1, g.index)
		return nil
	}
	if g.left--; g.left < 0 {
		if g.number >= 1<<60 {
			return g.bad()
		}
		g.left = 2 * int64(g.number)
	}
	g.number, g.shift = 0, 0
	if g.left > 0 {
		g.expect(1, g.index)
		return nil
	}
	const sum, footer = 4, 12
	g.skip = -g.block&3 + sum + footer
	g.expect(4, g.afterStream)
	return nil
}

// afterStream is padding, four bytes of zeros, or the beginning of a stream.
func (g *xzGuard) afterStream() error {
	if binary.LittleEndian.Uint32(g.head) == 0 {
		g.expect(4, g.afterStream)
		return nil
	}
	g.need, g.next = 12, g.streamHeader
	return nil
}

func (g *xzGuard) bad() error {
	return fmt.Errorf("decompress xz: a header that makes no sense: %w", ErrMalformed)
}
