package parquet

import (
	"encoding/binary"
	"math/bits"
)

// snappyEncoder compresses pages in snappy's block format
// (google/snappy: format_description.txt). It is our own because the bytes must
// be the same on every machine and with every release of a library:
// klauspost/compress gives other bytes with assembly than without, and its one
// encoder that does not takes ten times as long. It never makes n bytes longer
// by more than snappySlack(n).
type snappyEncoder struct {
	// last holds, by hash of four bytes, where they stood last in the block.
	last [1 << snappyBits]uint16
}

const (
	snappyBits  = 13
	snappyBlock = 1 << 16 // so that distances fit 16 bits
	// snappyMargin is where the search ends before the end of a block, so that
	// it can load eight bytes anywhere.
	snappyMargin = 16
)

// snappySlack is what compression may add to n bytes: the length in front, and
// the head of a literal for each block.
func snappySlack(n int64) int64 { return 5 + 3*(n/snappyBlock+1) }

// append appends src, compressed, to dst.
func (e *snappyEncoder) append(dst, src []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(src)))
	for len(src) > 0 {
		block := src[:min(len(src), snappyBlock)]
		src = src[len(block):]
		start := len(dst)
		if dst = e.block(dst, block); len(dst)-start > len(block)+3 {
			dst = appendLiteral(dst[:start], block)
		}
	}
	return dst
}

// block looks, from left to right, for four bytes that stood in the block
// before, and copies as many as are alike. The longer it finds nothing, the
// larger its steps.
func (e *snappyEncoder) block(dst, b []byte) []byte {
	clear(e.last[:])
	literal := 0 // the first byte that is not written yet
	limit := len(b) - snappyMargin
	for at, step := 1, 32; at < limit; {
		four := binary.LittleEndian.Uint32(b[at:])
		slot := &e.last[four*0x1e35a7bd>>(32-snappyBits)]
		from := int(*slot)
		*slot = uint16(at)
		if binary.LittleEndian.Uint32(b[from:]) != four {
			at += step >> 5
			step++
			continue
		}
		n := alike(b, from, at)
		dst = appendLiteral(dst, b[literal:at])
		dst = appendCopy(dst, at-from, n)
		at += n
		literal, step = at, 32
	}
	return appendLiteral(dst, b[literal:])
}

// alike counts the bytes that are the same from both places on, which are at
// least four.
func alike(b []byte, from, at int) int {
	n := 4
	for at+n+8 <= len(b) {
		x := binary.LittleEndian.Uint64(b[from+n:]) ^ binary.LittleEndian.Uint64(b[at+n:])
		if x != 0 {
			return n + bits.TrailingZeros64(x)/8
		}
		n += 8
	}
	for at+n < len(b) && b[from+n] == b[at+n] {
		n++
	}
	return n
}

// appendLiteral appends bytes as they are.
func appendLiteral(dst, p []byte) []byte {
	switch n := len(p) - 1; {
	case n < 0:
		return dst
	case n < 60:
		dst = append(dst, byte(n)<<2)
	case n < 1<<8:
		dst = append(dst, 60<<2, byte(n))
	default:
		dst = append(dst, 61<<2, byte(n), byte(n>>8))
	}
	return append(dst, p...)
}

// appendCopy appends a copy of n >= 4 bytes from distance bytes before.
func appendCopy(dst []byte, distance, n int) []byte {
	long := func(n int) {
		dst = append(dst, byte(n-1)<<2|2, byte(distance), byte(distance>>8))
	}
	for n >= 68 {
		long(64)
		n -= 64
	}
	if n > 64 {
		long(60) // so that at least four are left
		n -= 60
	}
	if n >= 12 || distance >= 2048 {
		long(n)
		return dst
	}
	return append(dst, byte(distance>>8)<<5|byte(n-4)<<2|1, byte(distance))
}
