package validate

import (
	"encoding/binary"
	"fmt"
)

// The walk over the Huffman codes of a JPEG, sequential (T.81 section F.2) and
// progressive (section G.2). Of the coefficients it keeps nothing but, in a
// progressive image, a bit for each that is not zero, because later scans
// have a correction bit for those.

// Bounds of the walk. An image beyond them, and one in a mode that is not
// walked (arithmetic coding, lossless), is not judged by it.
const (
	maxWalkBlocks = 8 << 20 // 64 MiB of bits; 512 megapixels of grey
	maxWalkScans  = 24      // times all blocks of the image; encoders make up to 12
)

// walker is the state of a walk.
type walker struct {
	frame    frame
	interval int
	dc, ac   [4]huffman
	grids    [4]grid
	left     int // blocks that may still be walked
}

// grid is the blocks of a component.
type grid struct {
	stride int      // blocks in a row, whole MCUs
	marks  []uint64 // progressive only: a bit for each coefficient that is not 0
	// uniform counts blocks in a row that hold one value 63 times.
	uniform int
}

// walkCodes walks all scans of a JPEG whose markers are in order. It returns
// what does not come out even, or "" when all does, or it cannot be told.
func walkCodes(data []byte) string {
	w := new(walker)
	for pos := 2; ; {
		m, body, next, fault := jpegSegment(data, pos)
		if fault != nil {
			return ""
		}
		switch {
		case isSOF(m):
			if w.frame, fault = parseFrame(m, body, pos); fault != nil || m > jpegSOF2 || !w.makeGrids() {
				return ""
			}
		case m == jpegDRI:
			w.interval = int(binary.BigEndian.Uint16(body))
		case m == jpegDHT:
			w.define(body)
		case m == jpegEOI:
			return ""
		case m == jpegSOS:
			s, fault := w.frame.parseScan(body, pos)
			if fault != nil {
				return ""
			}
			begin := next
			next = scanEnd(data, begin)
			wrong := w.scan(&s, &bits{data: data[begin:next]})
			if wrong == cannotTell {
				return ""
			}
			if wrong != "" {
				return fmt.Sprintf("scan at byte %s: %s", count(pos), wrong)
			}
		}
		pos = next
	}
}

// cannotTell is the verdict on a scan that lacks what it needs.
const cannotTell = "?"

// scanEnd returns where the marker behind entropy-coded data stands.
func scanEnd(data []byte, pos int) int {
	for ; pos+1 < len(data); pos++ {
		if m := data[pos+1]; data[pos] == 0xff && m != 0 && m != 0xff && (m < jpegRST0 || m >= jpegSOI) {
			return pos
		}
	}
	return len(data)
}

func (w *walker) define(body []byte) {
	for len(body) >= 17 {
		n := 0
		for _, c := range body[1:17] {
			n += int(c)
		}
		tables := &w.dc
		if body[0]>>4 == 1 {
			tables = &w.ac
		}
		tables[body[0]&3].define(body[1:17], body[17:17+n])
		body = body[17+n:]
	}
}

// makeGrids plans the blocks of the frame; ok is false when there are too many.
func (w *walker) makeGrids() (ok bool) {
	f := &w.frame
	mw, mh := f.units()
	total := 0
	for i := range f.n {
		c := f.comp[i]
		w.grids[i].stride = mw * c.h
		total += mw * c.h * mh * c.v
	}
	if total > maxWalkBlocks {
		return false
	}
	w.left = total * maxWalkScans
	if f.marker != jpegSOF2 {
		return true
	}
	for i := range f.n {
		w.grids[i].marks = make([]uint64, w.grids[i].stride*mh*f.comp[i].v)
	}
	return true
}

// scan walks the MCUs of one scan.
func (w *walker) scan(s *scan, b *bits) string {
	f := &w.frame
	mw, mh := f.units()
	if s.n == 1 {
		mw, mh = f.blocks(f.comp[s.comp[0]])
	}
	block := w.blockReader(s, b)
	if block == nil {
		return cannotTell
	}
	run := 0 // end-of-band run, section G.1.2.2
	for i := range mw * mh {
		if w.interval > 0 && i > 0 && i%w.interval == 0 {
			if wrong := intervalEnd(b, run, i, mw*mh); wrong != "" {
				return wrong
			}
			b.restart()
		}
		for k := range s.n {
			c := &f.comp[s.comp[k]]
			h, v := c.h, c.v
			if s.n == 1 {
				h, v = 1, 1
			}
			g := &w.grids[s.comp[k]]
			for y := range v {
				for x := range h {
					if w.left--; w.left < 0 {
						return cannotTell
					}
					at := (i/mw*v+y)*g.stride + i%mw*h + x
					if wrong := block(k, g, at, &run); wrong != "" {
						return fmt.Sprintf("%s in MCU %s of %s", wrong, count(i+1), count(mw*mh))
					}
				}
			}
		}
		if b.missing {
			return fmt.Sprintf("its data ends in MCU %s of %s", count(i+1), count(mw*mh))
		}
	}
	return intervalEnd(b, run, mw*mh, mw*mh)
}

// intervalEnd sees that an interval's data is used up, and its run of blocks
// without data. What is left may be padding of zeros: there are encoders that
// fill their last buffer.
func intervalEnd(b *bits, run, mcu, total int) string {
	if run > 0 {
		return fmt.Sprintf("after MCU %s of %s a run goes on for %s blocks", count(mcu), count(total), count(run))
	}
	if n, zero := b.unused(); n > 0 && !zero {
		return fmt.Sprintf("after MCU %s of %s %s bytes are left over", count(mcu), count(total), count(n))
	}
	return ""
}

// A blockFunc walks one block: of the k-th component of the scan, at a place in
// its grid. It returns what is wrong.
type blockFunc func(k int, g *grid, at int, run *int) string

// blockReader returns how a scan's blocks are walked, nil when a table it needs
// was not defined.
func (w *walker) blockReader(s *scan, b *bits) blockFunc {
	progressive := w.frame.marker == jpegSOF2
	for k := range s.n {
		dc, ac := s.tables[k]>>4&3, s.tables[k]&3
		needsDC := !progressive || s.bandFrom == 0 && s.high == 0
		needsAC := !progressive || s.bandFrom > 0
		if needsDC && !w.dc[dc].ok || needsAC && !w.ac[ac].ok {
			return nil
		}
	}
	dc := func(k int) *huffman { return &w.dc[s.tables[k]>>4&3] }
	ac := func(k int) *huffman { return &w.ac[s.tables[k]&3] }
	switch {
	case !progressive:
		return func(k int, g *grid, _ int, _ *int) string { return b.sequential(dc(k), ac(k), g) }
	case s.bandFrom == 0 && s.high == 0:
		return func(k int, _ *grid, _ int, _ *int) string { return b.difference(dc(k)) }
	case s.bandFrom == 0:
		return func(int, *grid, int, *int) string { b.skip(1); return "" }
	case s.high == 0:
		return func(_ int, g *grid, at int, run *int) string { return b.band(ac(0), s, &g.marks[at], run) }
	default:
		return func(_ int, g *grid, at int, run *int) string { return b.refine(ac(0), s, &g.marks[at], run) }
	}
}

const (
	noSuchCode = "a code that its table has not"
	overfull   = "more than 64 coefficients"
	unnatural  = "two blocks that hold one value 63 times"
)

// difference walks a DC coefficient.
func (b *bits) difference(h *huffman) string {
	size, ok := b.symbol(h)
	if !ok || size > 16 {
		return noSuchCode
	}
	b.skip(int(size))
	return ""
}

// sequential walks a block of all 64 coefficients (section F.2.2).
func (b *bits) sequential(dc, ac *huffman, g *grid) string {
	if wrong := b.difference(dc); wrong != "" {
		return wrong
	}
	var all, zeros = true, true // one code throughout, its bits zero
	var first byte
	for k := 1; k < 64; k++ {
		rs, ok := b.symbol(ac)
		if !ok {
			return noSuchCode
		}
		r, size := int(rs>>4), int(rs&15)
		if size == 0 {
			all = false
			if r < 15 {
				if r > 0 {
					return noSuchCode
				}
				break // end of block
			}
		}
		if k == 1 {
			first = rs
		}
		if k += r; k > 63 {
			return overfull
		}
		all = all && rs == first && r == 0
		zeros = b.take(size) == 0 && zeros
	}
	// What zeros are by the usual tables: no end of block, -1 in all places.
	if all && zeros {
		if g.uniform++; g.uniform > 1 {
			return unnatural
		}
	} else {
		g.uniform = 0
	}
	return ""
}

// band walks the first scan of a band of AC coefficients (section G.1.2.2).
func (b *bits) band(h *huffman, s *scan, marks *uint64, run *int) string {
	if *run > 0 {
		*run--
		return ""
	}
	for k := s.bandFrom; k <= s.bandTo; k++ {
		rs, ok := b.symbol(h)
		if !ok {
			return noSuchCode
		}
		r, size := int(rs>>4), int(rs&15)
		if size == 0 && r < 15 {
			*run = 1<<r - 1 + int(b.take(r))
			break
		}
		if k += r; k > s.bandTo {
			return overfull
		}
		if size > 0 {
			b.skip(size)
			*marks |= 1 << k
		}
	}
	return ""
}

// refine walks a later scan of a band (section G.1.2.3).
func (b *bits) refine(h *huffman, s *scan, marks *uint64, run *int) string {
	k := s.bandFrom
	for ; *run == 0 && k <= s.bandTo; k++ {
		rs, ok := b.symbol(h)
		if !ok {
			return noSuchCode
		}
		r, size := int(rs>>4), int(rs&15)
		switch {
		case size > 1:
			return noSuchCode
		case size == 0 && r < 15:
			*run = 1<<r + int(b.take(r))
		case size == 1:
			b.skip(1) // its sign
		}
		if *run > 0 {
			break
		}
		for ; k <= s.bandTo; k++ {
			if *marks>>k&1 == 1 {
				b.skip(1)
			} else if r == 0 {
				break
			} else {
				r--
			}
		}
		if k > s.bandTo && (size == 1 || r > 0) {
			return overfull
		}
		if size == 1 {
			*marks |= 1 << k
		}
	}
	if *run > 0 {
		for ; k <= s.bandTo; k++ {
			b.skip(int(*marks >> k & 1))
		}
		*run--
	}
	return ""
}
