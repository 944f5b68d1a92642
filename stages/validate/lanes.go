package validate

import "encoding/binary"

// The codes of a scan stand one behind the other, and where one begins is known
// only when the one before it was looked up: a processor would wait most of the
// time. So four places are walked at once, in lanes that do not wait for each
// other: four intervals, or four parts of a long one. Where in its codes a part
// begins is not known, but codes fall into step: whoever begins anywhere meets the
// true codes after some blocks, and from there on what was counted counts (Klein
// and Wiseman, Parallel Huffman Decoding with Applications to JPEG Files, 2003).
//
// Lanes say only that a scan comes even. Where it does not, or is unusual, the
// walk code by code has the word (steps.go).

const (
	lanes     = 4
	laneSplit = 2 << 10 // bytes of a part of an interval that is worth a lane
	// Bits of a block, in a scan with and without AC coefficients, where there are
	// hardly any but the smallest: one step goes over several of those in the walk
	// code by code, and they do not tell where in its codes a lane is.
	tinyBlock, tinyDC = 5, 8
)

// lane is a place in the data of a scan.
type lane struct {
	began, pos, end uint   // bits
	k               uint   // the coefficient that is next
	state           uint32 // of laneTables.next
	blocks          uint   // that have ended
	failed          uint   // where it last met what cannot be
}

// even walks the intervals of a sequential scan, or of the first of the DC
// coefficients, and says whether they come even; next is where the marker
// behind them stands. It allocates nothing but room for the data.
func (w *walker) even(data []byte, begin int, total, interval, blocks int) (next int, ok bool) {
	if interval < total {
		return w.evenIntervals(data, begin, total, interval, blocks)
	}
	next = w.bits.fill(data, begin)
	tiny := tinyBlock
	if w.lanes.slots[0].ac == nil {
		tiny = tinyDC
	}
	if w.bits.end < tiny*total*blocks {
		return next, w.sequential(total*blocks) == "" && w.leftOver() == ""
	}
	return next, w.evenInterval(uint(total * blocks))
}

// evenInterval walks the only interval of a scan, in parts if it is long.
func (w *walker) evenInterval(blocks uint) bool {
	t, end := &w.lanes, uint(w.bits.end)
	var all [lanes]lane
	n := uint(1)
	if end >= lanes*laneSplit*8 {
		n = lanes
	}
	for i := range n {
		at := end / n * i &^ 7
		all[i] = lane{began: at, pos: at, end: end / n * (i + 1) &^ 7, state: t.first}
	}
	all[n-1].end = end
	if n == lanes {
		for slow := w.runAll(&all); slow >= 0; slow = w.runAll(&all) {
			if slow == 0 { // the only one that is known to be on its way
				return false
			}
			w.restart(&all[slow])
		}
	}
	l := all[0]
	for i := range n {
		l.end = all[i].end
		if i > 0 && !w.join(&l, &all[i]) || !w.runAlone(&l) {
			return false
		}
	}
	return w.finish(&l, blocks)
}

// evenIntervals walks the intervals between restart markers, a lane each.
func (w *walker) evenIntervals(data []byte, begin int, total, interval, blocks int) (next int, ok bool) {
	var all [lanes]lane
	var due [lanes]uint // blocks
	next = begin
	begun, busy := 0, [lanes]bool{}
	w.bits.buf = w.bits.buf[:0]
	for {
		idle := false
		for i := range all {
			if busy[i] && all[i].pos+laneMost > all[i].end {
				if busy[i] = false; !w.finish(&all[i], due[i]) {
					return 0, false
				}
			}
			if !busy[i] && begun < total {
				if begun > 0 {
					next = afterRestart(data, next)
				}
				n := min(interval, total-begun)
				from := len(w.bits.buf)
				next = w.bits.add(data, next, codeMargin)
				all[i] = lane{pos: uint(from) * 8, end: uint(w.bits.end), state: w.lanes.first}
				due[i], busy[i] = uint(n*blocks), true
				begun += n
			}
			idle = idle || !busy[i]
		}
		if !idle {
			if w.runAll(&all) >= 0 {
				return 0, false
			}
			continue
		}
		for i := range all { // the last
			if busy[i] && (!w.runAlone(&all[i]) || !w.finish(&all[i], due[i])) {
				return 0, false
			}
		}
		return next, true
	}
}

// finish takes a lane that is near its end to its last block, and says whether
// all is used up there.
func (w *walker) finish(l *lane, blocks uint) bool {
	for l.blocks < blocks {
		if l.pos > l.end || !w.code(l) {
			return false
		}
	}
	w.bits.pos, w.bits.end = int(l.pos), int(l.end)
	return l.blocks == blocks && w.leftOver() == ""
}

// runAll runs all lanes until one of them is near its end, and returns which one
// met what cannot be, -1 for none.
func (w *walker) runAll(all *[lanes]lane) int {
	for {
		i := w.lanes.run(w.bits.buf, all)
		if i < 0 || !w.code(&all[i]) {
			return i
		}
	}
}

// restart lets a lane begin again behind what cannot be.
func (w *walker) restart(l *lane) {
	l.failed = l.pos + 1
	l.pos++
	l.k, l.state = 0, w.lanes.first
}

// join takes l, which is on its way, to where it meets the way of another lane,
// and from there to where that is now. If they do not meet, l goes all the way.
func (w *walker) join(l, other *lane) bool {
	u := lane{pos: other.began, state: w.lanes.first}
	for l.pos < other.end {
		switch {
		case l.pos == u.pos && l.state == u.state && l.k == u.k:
			l.pos, l.state, l.k = other.pos, other.state, other.k
			l.blocks += other.blocks - u.blocks
			return other.failed <= u.pos
		case l.pos <= u.pos:
			if !w.step(l) {
				return false
			}
		case !w.step(&u):
			w.restart(&u)
		}
	}
	return true
}

// runAlone runs a lane that is on its way until it is near its end.
func (w *walker) runAlone(l *lane) bool {
	for l.pos+laneMost <= l.end {
		if !w.step(l) {
			return false
		}
	}
	return true
}

// step takes a lane over the codes that its table knows, or over one.
func (w *walker) step(l *lane) bool {
	t := &w.lanes
	e := t.look(w.bits.buf, l.pos, l.state)
	k := l.k + uint(e>>8)
	if k&1023 > 64 {
		return w.code(l)
	}
	l.pos += uint(e & 0xff)
	over := (k + 1984) >> 11
	l.state, l.k = t.next[(l.state>>16+uint32(over))&31], k&(over-1)
	l.blocks += over
	return true
}

// code takes a lane over one code.
func (w *walker) code(l *lane) bool {
	t := &w.lanes
	slot := &t.slots[l.state>>17%maxSlots]
	x := w.bits.peek(int(l.pos))
	if l.k == 0 {
		size, length := slot.dc.symbol(x)
		if length == 0 || size > 16 {
			return false
		}
		l.pos += uint(length) + uint(size)
		l.k = 1
		if slot.ac == nil {
			l.k = 64
		}
	} else {

		rs, length := slot.ac.symbol(x)
		r, size := uint(rs>>4), uint(rs&15)
		switch {
		case length == 0 || size == 0 && r > 0 && r < 15:
			return false
		case size == 0 && r == 0:
			l.k = 64
		case l.k+r > 63:
			return false
		default:
			l.k += r + 1
		}
		l.pos += uint(length) + size
	}
	over := l.k >> 6
	l.state, l.k = t.next[(l.state>>16+uint32(over))&31], l.k&(over-1)
	l.blocks += over
	return true
}

// look returns the entry of a state's table for the bits at a place.
func (t *laneTables) look(buf []byte, pos uint, state uint32) uint32 {
	x := binary.BigEndian.Uint64(buf[pos>>3:]) << (pos & 7)
	return t.entries[(state&0xffff|uint32(x>>(64-laneBits)))&(2*maxPairs*laneTable-1)]
}

// laneSpan returns how many bits the lane has left that is nearest to its end.
func laneSpan(all *[lanes]lane) int {
	span := int(all[0].end - all[0].pos)
	for i := range all[1:] {
		span = min(span, int(all[1+i].end-all[1+i].pos))
	}
	return span
}
