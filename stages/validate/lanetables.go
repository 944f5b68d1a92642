package validate

import "slices"

// laneTables are the tables of the lanes. They are kept with what they were made
// of: those of most images are the same.
type laneTables struct {
	// entries tell of the codes in the next bits: bits | coefficients <<8. Tables
	// of codes from the beginning of a block on come first, those within one after
	// them.
	entries [2 * maxPairs * laneTable]uint32
	pairs   [maxPairs]pair
	// next tells which table follows, by twice the slot of a block and whether it
	// ended: its first entry | twice its slot <<16.
	next  [2*maxSlots + 12]uint32
	first uint32 // of the first block
	slots [maxSlots]laneSlot
	n     int                   // of slots
	parts [2 * laneTable]uint32 // entries of fewer bits, those of n bits from 1<<n on
}

// pair is the Huffman tables of a component.
type pair struct {
	dc, ac definition
	hasAC  bool
}

// laneSlot is the place of a block in an MCU.
type laneSlot struct{ dc, ac *huffman }

const (
	laneBits  = 12            // that a lookup goes by
	laneTable = 1 << laneBits // entries of a table
	laneMost  = laneBits + 17 // bits that a lookup takes at most
	maxPairs  = 4
	blockOver = 1025 // added to the coefficients where a block ends
	laneSlow  = 512  // as many where the table does not know
)

// prepare makes the tables of a scan, whose tables are all defined.
func (t *laneTables) prepare(w *walker, s *scan, needsAC bool) {
	var busy [maxPairs]bool
	var which [maxSlots]uint32
	t.n = 0
	for i, k := range s.comp[:s.n] {
		slot := laneSlot{dc: &w.dc[s.tables[i]>>4]}
		if needsAC {
			slot.ac = &w.ac[s.tables[i]&15]
		}
		at := t.pair(slot, &busy)
		n := w.frame.comp[k].h * w.frame.comp[k].v
		if s.n == 1 {
			n = 1
		}
		for range n {
			t.slots[t.n], which[t.n] = slot, uint32(at)
			t.n++
		}
	}
	t.n = period(which[:t.n])
	for i := range t.n {
		after := (i + 1) % t.n
		t.next[2*i] = (maxPairs+which[i])*laneTable | uint32(2*i)<<16
		t.next[2*i+1] = which[after]*laneTable | uint32(2*after)<<16
	}
	t.first = which[0] * laneTable
}

// period returns the length of the shortest beginning that the rest repeats: slots
// with the same tables are one, and lanes that differ in nothing but such are in
// step.
func period(which []uint32) int {
	for n := 1; n < len(which); n++ {
		if len(which)%n == 0 && slices.Equal(which[n:], which[:len(which)-n]) {
			return n
		}
	}
	return len(which)
}

// pair returns where the tables of a slot are, and makes them if there are none.
func (t *laneTables) pair(s laneSlot, busy *[maxPairs]bool) (at int) {
	for i := range t.pairs {
		if p := &t.pairs[i]; p.dc == s.dc.made && p.hasAC == (s.ac != nil) && (s.ac == nil || p.ac == s.ac.made) {
			busy[i] = true
			return i
		}
	}
	for busy[at] {
		at++
	}
	busy[at] = true
	p := &t.pairs[at]
	p.dc, p.hasAC = s.dc.made, s.ac != nil
	if p.hasAC {
		p.ac = s.ac.made
		for bits := 1; bits <= laneBits; bits++ {
			t.fillWithin(s.ac, bits)
		}
		within := t.entries[(maxPairs+at)*laneTable:][:laneTable]
		copy(within, t.parts[laneTable:])
		fillSlow(within)
	}
	start := t.entries[at*laneTable:][:laneTable]
	t.fillStart(s, start)
	fillSlow(start)
	return at
}

// fillWithin makes the entries of so many bits from those of fewer: a code, and
// what follows it.
func (t *laneTables) fillWithin(h *huffman, bits int) {
	part := t.parts[1<<bits : 2<<bits]
	clear(part)
	for c := range h.codes(bits) {
		r, size := int(c.symbol>>4), int(c.symbol&15)
		span := part[c.code<<(bits-c.length):][:1<<(bits-c.length)]
		switch {
		case size > 0 || r == 15:
			t.follow(span, uint32(c.length+size)|uint32(r+1)<<8, bits-c.length-size)
		case r == 0:
			fill(span, uint32(c.length)|blockOver<<8)
		}
	}
}

// fillStart makes the entries of a table from a block's beginning on.
func (t *laneTables) fillStart(s laneSlot, table []uint32) {
	clear(table)
	for c := range s.dc.codes(laneBits) {
		size := int(c.symbol)
		span := table[c.code<<(laneBits-c.length):][:1<<(laneBits-c.length)]
		switch {
		case size > 16:
		case s.ac == nil:
			fill(span, uint32(c.length+size)|blockOver<<8)
		default:
			t.follow(span, uint32(c.length+size)|1<<8, laneBits-c.length-size)
		}
	}
}

// follow fills a span with a code and what follows it in so many bits.
func (t *laneTables) follow(span []uint32, code uint32, bits int) {
	if bits <= 0 {
		fill(span, code)
		return
	}
	first := span[:1<<bits]
	for i, e := range t.parts[1<<bits : 2<<bits][:len(first)] {
		first[i] = code + e
	}
	for n := len(first); n < len(span); n *= 2 {
		copy(span[n:], span[:n])
	}
}

func fill(span []uint32, e uint32) {
	for i := range span {
		span[i] = e
	}
}

// fillSlow marks the entries that tell nothing.
func fillSlow(table []uint32) {
	for i, e := range table {
		if e == 0 {
			table[i] = laneSlow << 8
		}
	}
}
