package validate

import (
	"encoding/binary"
	"fmt"
)

// vp8lWalk walks the codes of a lossless stream (RFC 9649 section 3) without a pixel:
// but for the image that says which codes are used where, it matters only how many
// pixels a code stands for.
type vp8lWalk struct {
	buf       []byte
	pos, end  int // bits
	transform [4]bool
	tables    []uint32 // of all codes: length | symbol <<8, or length | offset of a second table <<8
	groups    []vp8lGroup
	which     []uint16 // group of each block of the image
	lengths   [256 + 24 + 1<<11]uint8
	sorted    [256 + 24 + 1<<11]uint16 // symbols by the length of their codes
	work      int                      // codes that may still be walked
	kept32    []uint32
	cache     [1 << 11]uint32
	wrong     string
}

// vp8lGroup is where the tables of five codes begin: green with lengths and cache,
// red, blue, alpha, distance.
type vp8lGroup struct {
	code [5]vp8lCode
	// still is set where the four of a pixel take no bits.
	still bool
}

const (
	vp8lRoot = 8 // bits of a first table
	// maxVP8LTables and maxVP8LBlocks bound the memory: beyond them nothing is said.
	// An image has at most so many blocks with codes of their own for each byte.
	maxVP8LTables = 8 << 20
	maxVP8LBlocks = 16
	// vp8lRest is how many bytes may follow the last pixel.
	vp8lRest = 8
)

// walk takes a stream behind its header, of an image of so many pixels, and
// returns what is wrong with it: notWalked where nothing can be said.
func (z *vp8lWalk) walk(data []byte, width, height int) (wrong string) {
	z.buf = append(z.buf[:0], data...)
	z.buf = append(z.buf, make([]byte, 16)...)
	z.pos, z.end, z.transform, z.wrong = 0, 8*len(data), [4]bool{}, ""
	z.work = 16*len(data) + 1<<16
	for z.bits(1) == 1 && z.wrong == "" {
		width = z.transformation(width, height)
	}
	if z.wrong == "" {
		z.image(width, height, true, false)
	}
	switch rest := (z.end - z.pos) / 8; {
	case z.wrong != "":
		return z.wrong
	case rest < 0:
		return tooShort
	case rest > vp8lRest:
		return fmt.Sprintf("%s bytes follow its last pixel", count(rest))
	}
	return ""
}

// isSmall says whether the buffers are worth keeping.
func (z *vp8lWalk) isSmall() bool {
	return cap(z.buf) <= keptBuffer && 4*cap(z.tables) <= keptBuffer && 6*max(cap(z.kept32), cap(z.which)) <= keptBuffer
}

// fail keeps the first reason.
func (z *vp8lWalk) fail(wrong string) {
	if z.wrong == "" {
		z.wrong = wrong
	}
}

func (z *vp8lWalk) peek() uint64 {
	return binary.LittleEndian.Uint64(z.buf[min(z.pos>>3, len(z.buf)-8):]) >> (z.pos & 7)
}

// bits reads up to 32 bits; behind the end there are zeros, and the end is missed.
func (z *vp8lWalk) bits(n int) int {
	x := int(z.peek() & (1<<n - 1))
	if z.pos += n; z.pos > z.end {
		z.fail(tooShort)
	}
	return x
}

// transformation reads one (section 3.5), and returns the width of what it is
// applied to.
func (z *vp8lWalk) transformation(width, height int) int {
	kind := z.bits(2)
	if z.transform[kind] {
		z.fail("a transformation is made twice")
		return width
	}
	z.transform[kind] = true
	switch kind {
	case 0, 1: // prediction, colour
		n := z.bits(3) + 2
		z.image(blocksOf(width, n), blocksOf(height, n), false, false)
	case 3: // palette
		n := z.bits(8) + 1
		z.image(n, 1, false, false)
		switch { // several pixels are packed into one
		case n <= 2:
			return blocksOf(width, 3)
		case n <= 4:
			return blocksOf(width, 2)
		case n <= 16:
			return blocksOf(width, 1)
		}
	}
	return width
}

func blocksOf(n, bits int) int { return (n + 1<<bits - 1) >> bits }

// image walks an image with its codes (section 3.6). The main one can have several
// groups of codes; of one that is to be kept, z.which gets the middle bytes.
func (z *vp8lWalk) image(width, height int, main, keep bool) {
	cache := 0
	if z.bits(1) == 1 {
		if cache = z.bits(4); cache < 1 || cache > 11 {
			z.fail("a cache of an impossible size")
			return
		}
	}
	groups, blockBits := 1, 0
	if main && z.bits(1) == 1 {
		blockBits = z.bits(3) + 2
		w, h := blocksOf(width, blockBits), blocksOf(height, blockBits)
		if w*h > maxVP8LBlocks*(z.end/8+1024) {
			z.fail(notWalked)
			return
		}
		z.image(w, h, false, true)
		if z.wrong != "" {
			return
		}
		for _, g := range z.which {
			groups = max(groups, int(g)+1)
		}
	}
	z.tables, z.groups = z.tables[:0], z.groups[:0]
	for range groups {
		z.group(cache)
		if z.wrong != "" {
			return
		}
	}
	switch {
	case keep:
		z.kept(width, height, cache)
	default:
		z.pixels(width, height, blockBits)
	}
}

// group reads the five codes of a group.
func (z *vp8lWalk) group(cache int) {
	var g vp8lGroup
	sizes := [5]int{256 + 24, 256, 256, 256, 40}
	if cache > 0 {
		sizes[0] += 1 << cache
	}
	for i, n := range sizes {
		if g.code[i] = z.code(n); z.wrong != "" {
			return
		}
	}
	g.still = g.code[0] < 0 && g.code[0] >= -256 && g.code[1] < 0 && g.code[2] < 0 && g.code[3] < 0
	z.groups = append(z.groups, g)
}

// code reads one code of n symbols (section 3.7.2.1).
func (z *vp8lWalk) code(n int) (c vp8lCode) {
	lengths := z.lengths[:n]
	clear(lengths)
	if z.bits(1) == 1 { // of one or two symbols
		two := z.bits(1) == 1
		first := z.bits([2]int{1, 8}[z.bits(1)])
		second := first
		if two {
			second = z.bits(8)
		}
		if max(first, second) >= n {
			z.fail(noSuchCode)
			return 0
		}
		lengths[first], lengths[second] = 1, 1
	} else {
		z.codeLengths(lengths)
	}
	c, ok := z.define(lengths)
	if !ok {
		z.fail(unevenCode)
	}
	return c
}

const unevenCode = "a code whose lengths do not come out even"

// codeLengths reads lengths that are coded themselves.
func (z *vp8lWalk) codeLengths(lengths []uint8) {
	order := [19]int{17, 18, 0, 1, 2, 3, 4, 5, 16, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}
	var own [19]uint8
	for _, k := range order[:z.bits(4)+4] {
		own[k] = uint8(z.bits(3))
	}
	at := len(z.tables)
	c, ok := z.define(own[:])
	if !ok {
		z.fail(unevenCode)
		return
	}
	left := len(lengths)
	if z.bits(1) == 1 {
		if left = 2 + z.bits(2+2*z.bits(3)); left > len(lengths) {
			z.fail("more lengths of codes than there are codes")
			return
		}
	}
	last := uint8(8)
	for k := 0; k < len(lengths) && left > 0 && z.pos <= z.end; left-- {
		symbol := z.symbol(c)
		if symbol < 16 {
			lengths[k] = uint8(symbol)
			if k++; symbol > 0 {
				last = uint8(symbol)
			}
			continue
		}
		extra := [3][2]int{{2, 3}, {3, 3}, {7, 11}}[symbol-16]
		n := z.bits(extra[0]) + extra[1]
		if k+n > len(lengths) {
			z.fail("more lengths of codes than there are codes")
			return
		}
		if symbol == 16 {
			for i := range n {
				lengths[k+i] = last
			}
		}
		k += n
	}
	z.tables = z.tables[:at]
}

// pixels walks the codes of an image's pixels (section 3.6.3).
func (z *vp8lWalk) pixels(width, height, blockBits int) {
	mask := 1<<blockBits - 1
	across := blocksOf(width, blockBits)
	x, y, g := 0, 0, &z.groups[0]
	for done, total := 0, width*height; done < total; {
		if z.work--; z.pos > z.end || z.work < 0 {
			z.fail([2]string{tooShort, notWalked}[uint(z.work)>>63])
			return
		}
		if len(z.groups) > 1 {
			g = &z.groups[z.which[y>>blockBits*across+x>>blockBits]]
		}
		n := 1
		switch symbol := z.symbol(g.code[0]); {
		case symbol >= 256+24: // from the cache
		case symbol >= 256:
			var distance int
			if n, distance = z.copied(g, symbol, width); distance > done || n > total-done {
				z.fail("a copy of pixels that are not there")
				return
			}
		case g.still && len(z.groups) == 1:
			n = total - done
		case g.still:
			n = min(width-x, mask+1-x&mask)
		default:
			z.skip(g.code[1])
			z.skip(g.code[2])
			z.skip(g.code[3])
		}
		done += n
		if x += n; x >= width {
			y, x = y+x/width, x%width
		}
	}
	if z.pos > z.end {
		z.fail(tooShort)
	}
}

// copied reads how many pixels are copied, and from how far back (section 3.6.2.2);
// symbol is that of the length.
func (z *vp8lWalk) copied(g *vp8lGroup, symbol, width int) (n, distance int) {
	n = z.prefixed(symbol - 256)
	distance = z.prefixed(z.symbol(g.code[4]))
	if distance > len(vp8lNear) {
		return n, distance - len(vp8lNear)
	}
	near := vp8lNear[distance-1]
	return n, max(1, int(near>>4)*width+8-int(near&15))
}

// prefixed reads the number that a symbol begins.
func (z *vp8lWalk) prefixed(symbol int) int {
	if symbol < 4 {
		return symbol + 1
	}
	extra := (symbol - 2) >> 1
	return (2+symbol&1)<<extra + z.bits(extra) + 1
}

// kept walks the pixels of an image of one group, and keeps the middle bytes of
// each.
func (z *vp8lWalk) kept(width, height, cacheBits int) {
	total := width * height
	if cap(z.kept32) < total {
		z.kept32 = make([]uint32, total)
	}
	all, g := z.kept32[:total], &z.groups[0]
	cache := z.cache[:1<<cacheBits]
	clear(cache)
	for done := 0; done < total; {
		if z.pos > z.end {
			z.fail(tooShort)
			return
		}
		n := 1
		switch symbol := z.symbol(g.code[0]); {
		case symbol >= 256+24:
			all[done] = cache[symbol-256-24]
		case symbol >= 256:
			var distance int
			if n, distance = z.copied(g, symbol, width); distance > done || n > total-done {
				z.fail("a copy of pixels that are not there")
				return
			}
			for i := done; i < done+n; i++ {
				all[i] = all[i-distance]
			}
		default:
			red, blue, alpha := z.symbol(g.code[1]), z.symbol(g.code[2]), z.symbol(g.code[3])
			all[done] = uint32(alpha<<24 | red<<16 | symbol<<8 | blue)
		}
		for ; n > 0; n-- {
			if cacheBits > 0 {
				cache[all[done]*0x1e35a7bd>>(32-cacheBits)] = all[done]
			}
			done++
		}
	}
	z.which = z.which[:0]
	for _, p := range all {
		z.which = append(z.which, uint16(p>>8))
	}
}

// vp8lNear are the pixels that the smallest distances stand for: rows up <<4, 8 less
// the columns to the left (libwebp: kCodeToPlane).
var vp8lNear = [120]uint8{
	0x18, 0x07, 0x17, 0x19, 0x28, 0x06, 0x27, 0x29, 0x16, 0x1a, 0x26, 0x2a,
	0x38, 0x05, 0x37, 0x39, 0x15, 0x1b, 0x36, 0x3a, 0x25, 0x2b, 0x48, 0x04,
	0x47, 0x49, 0x14, 0x1c, 0x35, 0x3b, 0x46, 0x4a, 0x24, 0x2c, 0x58, 0x45,
	0x4b, 0x34, 0x3c, 0x03, 0x57, 0x59, 0x13, 0x1d, 0x56, 0x5a, 0x23, 0x2d,
	0x44, 0x4c, 0x55, 0x5b, 0x33, 0x3d, 0x68, 0x02, 0x67, 0x69, 0x12, 0x1e,
	0x66, 0x6a, 0x22, 0x2e, 0x54, 0x5c, 0x43, 0x4d, 0x65, 0x6b, 0x32, 0x3e,
	0x78, 0x01, 0x77, 0x79, 0x53, 0x5d, 0x11, 0x1f, 0x64, 0x6c, 0x42, 0x4e,
	0x76, 0x7a, 0x21, 0x2f, 0x75, 0x7b, 0x31, 0x3f, 0x63, 0x6d, 0x52, 0x5e,
	0x00, 0x74, 0x7c, 0x41, 0x4f, 0x10, 0x20, 0x62, 0x6e, 0x30, 0x73, 0x7d,
	0x51, 0x5f, 0x40, 0x72, 0x7e, 0x61, 0x6f, 0x50, 0x71, 0x7f, 0x60, 0x70,
}
