package validate

// Codes are short: to look up one after the other would take longer than
// anything else that is done with an image. So a lookup tells of as many codes
// as the next bits hold, with the bits that belong to each. The tables are
// filled where they are asked: a scan of a few kilobytes asks for a few hundred
// entries.

const (
	startBits = 9  // of the table of codes at the beginning of a block
	stepBits  = 10 // of the table of codes within one
	maxSlots  = 10 // blocks in an MCU (section B.2.3)
)

// stepTables are the tables of a scan.
type stepTables struct {
	slots int
	slot  [maxSlots]slot
	// start tells, by the slot of a block, of the codes from its beginning on:
	// bits | coefficient reached <<8 | whole blocks <<16 | slot reached <<24.
	start [maxSlots][1 << startBits]uint32
	// within tells, by the table, of the codes that follow in a block:
	// bits | coefficients <<8 | run of blocks <<18 | marks <<32.
	within [4][1 << stepBits]uint64
}

// slot is the place of a block in an MCU.
type slot struct {
	dc, ac *huffman
	within *[1 << stepBits]uint64
	// uniform is set where zeros are a code for one coefficient.
	uniform bool
	// runs is set where a code can end a run of blocks (section G.1.2.2).
	runs bool
	// widest is the most bits that a coefficient has beside its code.
	widest int
}

const (
	oneByOne = 255 // in place of the coefficients: the entry tells nothing
	blockEnd = 128 // added to the coefficients: the block ends behind them
)

func (t *stepTables) prepare(w *walker, s *scan, needsDC, needsAC bool) {
	t.slots = 0
	cleared := [4]bool{}
	for i, k := range s.comp[:s.n] {
		n := w.frame.comp[k].h * w.frame.comp[k].v
		if s.n == 1 {
			n = 1
		}
		var p slot
		if needsDC {
			p.dc = &w.dc[s.tables[i]>>4]
		}
		if needsAC {
			ac := s.tables[i] & 15
			p.ac, p.within = &w.ac[ac], &t.within[ac]
			if !cleared[ac] {
				clear(t.within[ac][:])
				cleared[ac] = true
			}
			symbol, length := p.ac.symbol(0)
			p.uniform = length > 0 && symbol>>4 == 0 && symbol != 0
			p.runs, p.widest = w.frame.isProgressive(), 15
			if s.high > 0 && p.runs {
				p.widest = 1
			}
		}
		for range n {
			t.slot[t.slots] = p
			t.slots++
		}
	}
	if needsDC {
		for i := range t.slots {
			clear(t.start[i][:])
		}
	}
}

// isUniform says whether zeros are a code for one coefficient anywhere.
func (t *stepTables) isUniform() bool {
	for i := range t.slots {
		if t.slot[i].uniform {
			return true
		}
	}
	return false
}

// fillStart makes the entry of a slot for the next bits.
func (t *stepTables) fillStart(at int, index uint64) uint32 {
	x := index << (64 - startBits)
	n, blocks, k, place := 0, 0, 0, at
	for n < startBits {
		p := &t.slot[place]
		size, length := p.dc.symbol(x << n)
		if length == 0 || n+length > startBits || size > 16 {
			break
		}
		n += length + int(size)
		if p.ac != nil {
			n, k = p.coefficients(x, n)
			if k < blockEnd {
				break
			}
			k = 0
		}
		blocks++
		if place++; place == t.slots {
			place = 0
		}
	}
	e := uint32(oneByOne) << 8
	if n > 0 {
		e = uint32(n) | uint32(k)<<8 | uint32(blocks)<<16 | uint32(place)<<24
	}
	t.start[at][index] = e
	return e
}

// coefficients goes over the codes in the bits of x from n on, as far as they
// are whole, and returns how far it came.
func (p *slot) coefficients(x uint64, n int) (bits, k int) {
	k = 1
	for n < startBits {
		rs, length := p.ac.symbol(x << n)
		r, size := int(rs>>4), int(rs&15)
		if length == 0 || n+length > startBits {
			return n, k
		}
		switch {
		case size > 0 || r == 15:
			if k+r > 63 {
				return n, k
			}
			k += r + 1
			n += length + size
			if k == 64 {
				return n, blockEnd
			}
		case r == 0:
			return n + length, blockEnd
		default:
			return n, k
		}
	}
	return n, k
}

// fillWithin makes the entry of an AC table for the next bits.
func (p *slot) fillWithin(index uint64) uint64 {
	x := index << (64 - stepBits)
	n, k := 0, 0
	run, marks := 0, uint64(0)
	for n < stepBits && k < blockEnd {
		rs, length := p.ac.symbol(x << n)
		r, size := int(rs>>4), int(rs&15)
		if length == 0 || n+length > stepBits || size > p.widest {
			break
		}
		if size == 0 && r < 15 {
			if r > 0 && !p.runs {
				break
			}
			k += blockEnd
			run = r
			n += length
			break
		}
		if k+r > 31 {
			break
		}
		if size > 0 {
			marks |= 1 << (k + r)
		}
		k += r + 1
		n += length + size
	}
	e := uint64(oneByOne) << 8
	if n > 0 {
		e = uint64(n) | uint64(k)<<8 | uint64(run)<<18 | marks<<32
	}
	p.within[index] = e
	return e
}

// sequential walks blocks, each from its DC coefficient on (section F.2.2), in
// the first scan of a progressive image that coefficient alone.
func (w *walker) sequential(blocks int) (wrong string) {
	t, b := &w.steps, &w.bits
	buf, pos, place := b.buf, b.pos, 0
	uniformAt := blocks + 2*maxSlots
	for blocks > 0 {
		if pos > b.end {
			return tooShort
		}
		x := peek(buf, pos)
		e := t.start[place][x>>(64-startBits)]
		if e == 0 {
			e = t.fillStart(place, x>>(64-startBits))
		}
		whole, k := int(e>>16&0xff), int(e>>8&0xff)
		if k == oneByOne || whole >= blocks || x == 0 && t.slot[place].uniform {
			var uniform bool
			if pos, uniform, wrong = w.block(place, pos); wrong != "" {
				return wrong
			}
			if uniform { // what zeros are by the usual tables
				if uniformAt-blocks <= t.slots {
					return unnatural
				}
				uniformAt = blocks
			}
			blocks--
			place = t.after(place)
			continue
		}
		pos += int(e & 0xff)
		blocks -= whole
		place = int(e >> 24)
		if k == 0 {
			continue
		}
		p := &t.slot[place]
		for {
			x := peek(buf, pos)
			e := p.within[x>>(64-stepBits)]
			if e == 0 {
				e = p.fillWithin(x >> (64 - stepBits))
			}
			pos += int(e & 0xff)
			k += int(e >> 8 & 0xff)
			if k < 64 {
				continue
			}
			if k == 64 || k > blockEnd && k < blockEnd+64 {
				break
			}
			// The entry tells nothing, or its codes go over the end of the block.
			pos -= int(e & 0xff)
			k -= int(e >> 8 & 0xff)
			if pos, k, wrong = w.coefficient(p, pos, k); wrong != "" {
				return wrong
			}
			if k >= 64 {
				break
			}
		}
		blocks--
		place = t.after(place)
	}
	b.pos = pos
	return ""
}

// after returns the slot behind a slot.
func (t *stepTables) after(place int) int {
	if place++; place == t.slots {
		return 0
	}
	return place
}

// block walks one block code by code. uniform is set where it holds one value
// 63 times, in bits of zeros.
func (w *walker) block(place, pos int) (next int, uniform bool, wrong string) {
	p, b := &w.steps.slot[place], &w.bits
	size, length := p.dc.symbol(b.peek(pos))
	if length == 0 || size > 16 {
		return 0, false, noSuchCode
	}
	pos += length + int(size)
	if p.ac == nil {
		return pos, false, ""
	}
	begin := pos
	for k := 1; k < 64; {
		if pos, k, wrong = w.coefficient(p, pos, k); wrong != "" {
			return 0, false, wrong
		}
	}
	if p.uniform {
		symbol, length := p.ac.symbol(0)
		uniform = pos-begin == 63*(length+int(symbol&15)) && b.isZero(begin, pos)
	}
	return pos, uniform, ""
}

// coefficient walks one code of a sequential block. It returns the coefficient
// that is next, blockEnd for none.
func (w *walker) coefficient(p *slot, pos, k int) (next, far int, wrong string) {
	rs, length := p.ac.symbol(w.bits.peek(pos))
	r, size := int(rs>>4), int(rs&15)
	switch {
	case length == 0 || size == 0 && r > 0 && r < 15:
		return 0, 0, noSuchCode
	case size == 0 && r == 0:
		return pos + length, blockEnd, ""
	case k+r > 63:
		return 0, 0, overfull
	}
	return pos + length + size, k + r + 1, ""
}

// isZero says whether the bits from one to another are zero.
func (b *bitstream) isZero(from, to int) bool {
	for ; from+32 <= to; from += 32 {
		if b.peek(from)>>32 != 0 {
			return false
		}
	}
	return from >= to || b.peek(from)>>(64-(to-from)) == 0
}
