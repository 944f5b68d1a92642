package validate

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// vp8Walk walks the bools of a lossy stream (RFC 6386) without a pixel. Any bits are
// an image to its arithmetic coder, so it never meets what cannot be; but from damage
// on others are read than were written, and they take another number of bytes.
type vp8Walk struct {
	modes, tokens boolReader
	parts         [8]boolReader // of tokens, a row of macroblocks each in turn
	probabilities vp8TokenProbabilities
	segments      [3]uint8
	hasSegments   bool // each macroblock tells its own
	skip          uint8
	skips         bool // macroblocks can tell that they have no tokens
	above         []vp8Edge
	left          vp8Edge
}

// vp8TokenProbabilities are by kind of block (4), band (8) and context (3) 11 each.
type vp8TokenProbabilities [4 * 8 * 3 * 11]uint8

// vp8Edge is what is known of the blocks at the edge of a macroblock: their modes,
// and whether they had tokens: four of Y, two of U, two of V, one of Y2.
type vp8Edge struct {
	modes  [4]uint8
	tokens [9]uint8
}

// Kinds of blocks (section 13.3).
const (
	vp8AfterY2 = iota
	vp8Y2
	vp8Chroma
	vp8WithDC
)

// vp8Rest is how many bytes may follow the last bool of a partition, for coders
// write out what they hold: libwebp leaves 2 or 3, libvpx fills 4.
const vp8Rest = 6

// walk takes a stream whose header checkVP8 has looked at, and returns what is wrong
// with it.
func (z *vp8Walk) walk(body []byte, size box) (wrong string) {
	first := uint24(body) >> 5
	z.modes.begin(body[vp8Header : vp8Header+first])
	rest := body[vp8Header+first:]
	n := z.header()
	if len(rest) < 3*(n-1) {
		return tooShort
	}
	sizes, rest := rest[:3*(n-1)], rest[3*(n-1):]
	for i := range n {
		length := len(rest)
		if i < n-1 {
			if length = uint24(sizes[3*i:]); length > len(rest) {
				return tooShort
			}
		}
		z.parts[i].begin(rest[:length])
		rest = rest[length:]
	}
	across, down := ceilDiv(size.width, 16), ceilDiv(size.height, 16)
	if cap(z.above) < across {
		z.above = make([]vp8Edge, across)
	}
	z.above = z.above[:across]
	clear(z.above)
	for y := range down {
		z.left = vp8Edge{}
		z.tokens = z.parts[y%n]
		for x := range across {
			z.macroblock(&z.above[x])
			if z.modes.over || z.tokens.over {
				return fmt.Sprintf("its data ends in row %s of %s", count(16*y), count(size.height))
			}
		}
		z.parts[y%n] = z.tokens
	}
	left := z.modes.left()
	for i := range min(n, down) {
		left = max(left, z.parts[i].left())
	}
	if left > vp8Rest {
		return fmt.Sprintf("%s bytes follow its last pixel", count(left))
	}
	return ""
}

// header reads the rest of the frame header (section 9.2 on), and returns how many
// partitions of tokens there are.
func (z *vp8Walk) header() (partitions int) {
	r := &z.modes
	r.number(2) // colour space, clamping
	z.hasSegments, z.segments = false, [3]uint8{255, 255, 255}
	if r.flag() {
		z.hasSegments = r.flag()
		if r.flag() {
			r.flag()
			r.optional(4, 8) // with their signs
			r.optional(4, 7)
		}
		if z.hasSegments {
			for i := range z.segments {
				if r.flag() {
					z.segments[i] = uint8(r.number(8))
				}
			}
		}
	}
	r.number(1 + 6 + 3) // loop filter
	if r.number(1) == 1 && r.flag() {
		r.optional(8, 7)
	}
	partitions = 1 << r.number(2)
	r.number(7) // quantisation
	r.optional(5, 5)
	r.flag()
	for i, change := range vp8TokenChanges {
		z.probabilities[i] = vp8TokenDefaults[i]
		if r.bool(change) == 1 {
			z.probabilities[i] = uint8(r.number(8))
		}
	}
	if z.skips = r.flag(); z.skips {
		z.skip = uint8(r.number(8))
	}
	return partitions
}

// macroblock reads the modes of one (section 11.2), and its tokens.
func (z *vp8Walk) macroblock(above *vp8Edge) {
	r := &z.modes
	if z.hasSegments {
		r.bool(z.segments[1+r.bool(z.segments[0])])
	}
	empty := z.skips && r.bool(z.skip) == 1
	whole := r.bool(145) == 1 // predicted as one
	if whole {
		var mode uint8 // as the modes of its blocks count
		switch {
		case r.bool(156) == 0:
			mode = 2 * r.bool(163)
		case r.bool(128) == 0:
			mode = 3
		default:
			mode = 1
		}
		above.modes, z.left.modes = [4]uint8{mode, mode, mode, mode}, [4]uint8{mode, mode, mode, mode}
	} else {
		for y := range 4 {
			for x := range 4 {
				mode := z.blockMode(above.modes[x], z.left.modes[y])
				above.modes[x], z.left.modes[y] = mode, mode
			}
		}
	}
	if r.bool(142) == 1 && r.bool(114) == 1 {
		r.bool(183)
	}
	if !empty {
		z.residue(above, whole)
		return
	}
	for i := range above.tokens {
		if i < 8 || whole {
			above.tokens[i], z.left.tokens[i] = 0, 0
		}
	}
}

// blockMode reads the mode of a block of 4x4 (section 11.3). The tree has a leaf
// where a number is not positive.
func (z *vp8Walk) blockMode(above, left uint8) uint8 {
	tree := [18]int8{0, 1, -1, 2, -2, 3, 4, 6, -3, 5, -4, -5, -6, 7, -7, 8, -8, -9}
	p := vp8BlockModes[(int(above)*10+int(left))*9:][:9]
	i := tree[z.modes.bool(p[0])]
	for i > 0 {
		i = tree[2*i+int8(z.modes.bool(p[i]))]
	}
	return uint8(-i)
}

// residue reads the tokens of a macroblock (section 13).
func (z *vp8Walk) residue(above *vp8Edge, whole bool) {
	a, l := &above.tokens, &z.left.tokens
	kind := vp8WithDC
	if whole {
		n := z.block(vp8Y2, a[8]+l[8])
		a[8], l[8] = n, n
		kind = vp8AfterY2
	}
	for y := range 4 {
		for x := range 4 {
			n := z.block(kind, a[x]+l[y])
			a[x], l[y] = n, n
		}
	}
	for c := 4; c < 8; c += 2 {
		for y := c; y < c+2; y++ {
			for x := c; x < c+2; x++ {
				n := z.block(vp8Chroma, a[x]+l[y])
				a[x], l[y] = n, n
			}
		}
	}
}

// block reads the tokens of a block, and says whether it had any: 0 or 1.
func (z *vp8Walk) block(kind int, context uint8) uint8 {
	bands := [17]uint8{0, 1, 2, 3, 6, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6, 7, 0}
	r, of := &z.tokens, z.probabilities[kind*8*3*11:][:8*3*11]
	n := 0
	if kind == vp8AfterY2 {
		n = 1
	}
	p := of[(int(bands[n])*3+int(context))*11:][:11]
	if r.bool(p[0]) == 0 {
		return 0
	}
	for {
		for r.bool(p[1]) == 0 {
			if n++; n == 16 {
				return 1
			}
			p = of[int(bands[n])*3*11:][:11]
		}
		next := 1
		if r.bool(p[2]) == 1 {
			next = 2
			r.large(p)
		}
		r.bool(128) // its sign
		if n++; n == 16 {
			return 1
		}
		p = of[(int(bands[n])*3+next)*11:][:11]
		if r.bool(p[0]) == 0 {
			return 1
		}
	}
}

// large reads a value above 1 (section 13.2).
func (r *boolReader) large(p []uint8) {
	switch {
	case r.bool(p[3]) == 0:
		if r.bool(p[4]) == 1 {
			r.bool(p[5])
		}
	case r.bool(p[6]) == 0:
		if r.bool(p[7]) == 0 {
			r.bool(159)
		} else {
			r.bool(165)
			r.bool(145)
		}
	default:
		high := r.bool(p[8])
		category := [4]string{"\xad\x94\x8c", "\xb0\x9b\x8c\x87", "\xb4\x9d\x8d\x86\x82",
			"\xfe\xfe\xf3\xe6\xc4\xb1\x99\x8c\x85\x82\x81"}[2*high+r.bool(p[9+high])]
		for i := range len(category) {
			r.bool(category[i])
		}
	}
}

// boolReader is the arithmetic decoder (section 7), as libwebp has it: what is read
// of bytes that no coder writes is the same too.
type boolReader struct {
	data   []byte
	pos    int
	value  uint64
	ready  int    // bits of value beside the 8 that are looked at
	spread uint64 // 127 to 254
	over   bool   // more was asked for than there is
}

func (r *boolReader) begin(data []byte) { *r = boolReader{data: data, spread: 254, ready: -8} }

// left returns how many whole bytes were not asked for.
func (r *boolReader) left() int { return len(r.data) - r.pos + max(0, r.ready+8)/8 }

// bool reads one, which is 0 with a probability of p in 256.
func (r *boolReader) bool(p uint8) uint8 {
	if r.ready < 0 {
		r.fill()
	}
	split := r.spread * uint64(p) >> 8
	at := r.ready & 63
	// Without a branch, which would be guessed wrong every other time.
	_, more := bits.Sub64(split, uint64(uint32(r.value>>at)), 0)
	one := -more
	r.value -= (split + 1) << at & one
	spread := (r.spread-split)&one | (split+1)&^one
	shift := bits.LeadingZeros8(uint8(spread))
	r.spread = spread<<shift - 1
	r.ready -= shift
	return uint8(more)
}

// fill makes bits ready, seven bytes at once but near the end.
func (r *boolReader) fill() {
	switch rest := r.data[r.pos:]; {
	case len(rest) >= 8:
		r.value = r.value<<56 | binary.BigEndian.Uint64(rest)>>8
		r.ready += 56
		r.pos += 7
	case len(rest) > 0:
		r.value = r.value<<8 | uint64(rest[0])
		r.ready += 8
		r.pos++
	default:
		r.over = true
		r.value <<= 8
		r.ready += 8
	}
}

func (r *boolReader) flag() bool { return r.bool(128) == 1 }

// number reads one of n bits.
func (r *boolReader) number(n int) (v int) {
	for range n {
		v = v<<1 | int(r.bool(128))
	}
	return v
}

// optional reads n numbers of so many bits, each of which may be left out.
func (r *boolReader) optional(n, width int) {
	for range n {
		if r.flag() {
			r.number(width)
		}
	}
}
