package validate

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"
)

// The walk over the Huffman codes of a JPEG, sequential (T.81 section F.2) and
// progressive (section G.2). Of the coefficients it keeps nothing but, in a
// progressive image, a bit for each that is not zero, because later scans
// have a correction bit for those.
//
// It finds what no marker shows: every MCU that the header promises must be
// there, and every byte must have been used. Bits that were replaced, lost or
// given twice hardly ever hold as many blocks as those that should stand there.

// Bounds of the walk. An image beyond them, and one in a mode that is not
// walked (arithmetic coding, lossless), is not judged by it.
const (
	maxWalkBlocks = 8 << 20 // 64 MiB of bits; 512 megapixels of grey
	maxWalkScans  = 64      // times all blocks of the image; encoders make up to 12
)

// verdict is what a walk says.
type verdict struct {
	outcome outcome
	detail  string // what does not come out even, and where
}

type outcome int

const (
	cannotTell outcome = iota // not walked to the end
	comesEven                 // all blocks are there, all bytes are used
	lacksEnd                  // so it is, and the file ends where EOI should stand
	comesUneven
)

// walker is the state of a walk. It is large, and used again.
type walker struct {
	frame    frame
	interval int
	dc, ac   [4]huffman
	grids    [4]grid
	left     int // blocks that may still be walked
	// suspicious is set where runs of zeros are looked at, see unnatural.
	suspicious bool
	low        [4][64]int8 // progressive: the bit a coefficient is known to, plus 1; 0 for not at all
	bits       bitstream
	steps      stepTables
	lanes      laneTables
	lzw        lzw
	lossless   vp8lWalk
	lossy      vp8Walk
}

// walkers keeps walkers for use again. A long interval's buffer goes with the
// walker that had it, so that memory stays bounded.
type walkers struct{ pool sync.Pool }

const keptBuffer = 4 << 20

func (p *walkers) take() *walker {
	if w, ok := p.pool.Get().(*walker); ok {
		return w
	}
	return new(walker)
}

func (p *walkers) put(w *walker) {
	if cap(w.bits.buf) <= keptBuffer && cap(w.lzw.bits.buf) <= keptBuffer && w.lossless.isSmall() {
		p.pool.Put(w)
	}
}

// grid is the blocks of a component, as the scans of that component alone have
// them, in their order.
type grid struct {
	width, height int
	marks         []uint64 // progressive only: a bit for each coefficient that is not 0
	used          []uint64 // a bit for each block that has a mark
}

// walk walks all scans of a JPEG whose markers are in order. A suspicious one holds
// runs of zeros.
func (w *walker) walk(data []byte, suspicious bool) verdict {
	w.reset()
	w.suspicious = suspicious
	for pos := 2; ; {
		if w.frame.n > 0 && pos >= len(data)-1 && w.isWhole() {
			return verdict{outcome: lacksEnd}
		}
		m, body, next, fault := jpegSegment(data, pos)
		if fault != nil {
			return verdict{}
		}
		switch {
		case isSOF(m):
			if w.frame, fault = parseFrame(m, body, pos); fault != nil || m > jpegSOF2 || !w.makeGrids() {
				return verdict{}
			}
		case m == jpegDRI:
			w.interval = int(binary.BigEndian.Uint16(body))
		case m == jpegDHT:
			w.define(body)
		case m == jpegEOI:
			return verdict{outcome: comesEven}
		case m == jpegSOS:
			s, fault := w.frame.parseScan(body, pos)
			if fault != nil {
				return verdict{}
			}
			var wrong string
			if next, wrong = w.scan(data, next, &s); wrong == notWalked {
				return verdict{}
			} else if wrong != "" {
				return verdict{comesUneven, fmt.Sprintf("scan at byte %s: %s", count(pos), wrong)}
			}
		}
		pos = next
	}
}

// notWalked stands for what is wrong where nothing can be said.
const notWalked = "?"

func (w *walker) reset() {
	w.frame, w.interval, w.left = frame{}, 0, 0
	w.low = [4][64]int8{}
	for i := range w.dc {
		w.dc[i].ok, w.ac[i].ok = false, false
	}
}

// isWhole says whether every coefficient of every component has come to its
// last bit.
func (w *walker) isWhole() bool {
	for i := range w.frame.n {
		for k := range w.low[i] {
			if w.low[i][k] != 1 {
				return false
			}
		}
	}
	return true
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
		g := &w.grids[i]
		g.width, g.height = f.blocks(f.comp[i])
		total += mw * f.comp[i].h * mh * f.comp[i].v
	}
	if total > maxWalkBlocks {
		return false
	}
	w.left = total * maxWalkScans
	if !f.isProgressive() {
		return true
	}
	for i := range f.n {
		g := &w.grids[i]
		g.marks = cleared(g.marks, g.width*g.height)
		g.used = cleared(g.used, g.width*g.height/64+1)
	}
	return true
}

// cleared returns n zeros, in the place of those there were.
func cleared(p []uint64, n int) []uint64 {
	if cap(p) < n {
		return make([]uint64, n)
	}
	p = p[:n]
	clear(p)
	return p
}

// scan walks the intervals of one scan, whose data begin at a byte, and returns
// where the marker after it stands.
func (w *walker) scan(data []byte, begin int, s *scan) (next int, wrong string) {
	f := &w.frame
	total := f.mcus(s)
	blocks := 0 // in an MCU
	for _, k := range s.comp[:s.n] {
		blocks += f.comp[k].h * f.comp[k].v
		for c := s.bandFrom; f.isProgressive() && c <= s.bandTo; c++ {
			w.low[k][c] = int8(s.low) + 1
		}
		if !f.isProgressive() {
			for c := range w.low[k] {
				w.low[k][c] = 1
			}
		}
	}
	if s.n == 1 {
		blocks = 1
	}
	if w.left -= total * blocks; w.left < 0 || blocks > maxSlots || !w.prepare(s) {
		return 0, notWalked
	}
	interval := w.interval
	if interval == 0 {
		interval = total
	}
	needsDC, needsAC := f.needs(s)
	if needsDC && !(w.suspicious && w.steps.isUniform()) {
		w.lanes.prepare(w, s, needsAC)
		if next, ok := w.even(data, begin, total, interval, blocks); ok {
			return scanEnd(data, next), ""
		}
	}
	next = begin
	for done := 0; done < total; {
		n := min(interval, total-done)
		next = w.bits.fill(data, next)
		if wrong = w.walkInterval(s, done, n, blocks); wrong == "" {
			wrong = w.leftOver()
		}
		if wrong != "" {
			return 0, fmt.Sprintf("MCUs %s to %s of %s: %s", count(done+1), count(done+n), count(total), wrong)
		}
		if done += n; done < total {
			next = afterRestart(data, next)
		}
	}
	return scanEnd(data, next), ""
}

// leftOver sees that an interval's data is used up. What is left may be padding
// of zeros: there are encoders that fill their last buffer.
func (w *walker) leftOver() string {
	if w.bits.pos > w.bits.end {
		return tooShort
	}
	if n, zero := w.bits.unused(); n > 0 && !zero {
		return fmt.Sprintf("%s bytes are left over", count(n))
	}
	return ""
}

const (
	tooShort   = "its data ends early"
	noSuchCode = "a code that its table has not"
	overfull   = "more than 64 coefficients"
	unnatural  = "two blocks that hold one value 63 times"
	runsOn     = "a run of empty blocks goes on behind its end"
)

// walkInterval walks n MCUs from one on, of as many blocks each.
func (w *walker) walkInterval(s *scan, done, n, blocks int) string {
	switch {
	case !w.frame.isProgressive():
		return w.sequential(n * blocks)
	case s.bandFrom == 0 && s.high == 0:
		return w.sequential(n * blocks)
	case s.bandFrom == 0:
		w.bits.pos += n * blocks
		return ""
	case s.high == 0:
		return w.band(&w.grids[s.comp[0]], s, done, done+n)
	default:
		return w.refine(&w.grids[s.comp[0]], s, done, done+n)
	}
}

// prepare makes the tables of a scan; ok is false when one that it needs was
// not defined.
func (w *walker) prepare(s *scan) (ok bool) {
	needsDC, needsAC := w.frame.needs(s)
	for _, t := range s.tables[:s.n] {
		if t>>4 > 3 || t&15 > 3 || needsDC && !w.dc[t>>4].ok || needsAC && !w.ac[t&15].ok {
			return false
		}
	}
	w.steps.prepare(w, s, needsDC, needsAC)
	return true
}

// fill takes the data of an interval that begins at a byte, and returns where
// the marker behind it stands.
func (b *bitstream) fill(data []byte, pos int) (next int) {
	b.buf = b.buf[:0]
	return b.add(data, pos, blockMargin)
}

// add takes one more interval, behind those that were taken, and puts so many
// zeros behind it.
func (b *bitstream) add(data []byte, pos, margin int) (next int) {
	buf := b.buf
	for {
		n := bytes.IndexByte(data[pos:], 0xff)
		if n < 0 {
			buf = append(buf, data[pos:]...)
			pos = len(data)
			break
		}
		if pos+n+1 >= len(data) || data[pos+n+1] != 0 {
			buf = append(buf, data[pos:pos+n]...)
			pos += n
			break
		}
		buf = append(buf, data[pos:pos+n+1]...)
		pos += n + 2
	}
	b.end, b.pos = len(buf)*8, 0
	var zeros [blockMargin]byte
	b.buf = append(buf, zeros[:margin]...)
	return pos
}

// afterRestart returns where the interval after a restart marker begins;
// checkJPEG has looked at its number.
func afterRestart(data []byte, pos int) int {
	for pos < len(data) && data[pos] == 0xff {
		pos++
	}
	return min(pos+1, len(data))
}

// scanEnd returns where the marker behind entropy-coded data stands, len(data)
// for none.
func scanEnd(data []byte, pos int) int {
	for pos < len(data) {
		n := nextMarker(data[pos:])
		if n < 0 {
			return len(data)
		}
		pos += n
		switch m := data[pos+1]; {
		case m == 0xff:
			pos++
		case m >= jpegRST0 && m < jpegSOI:
			pos += 2
		default:
			return pos
		}
	}
	return len(data)
}
