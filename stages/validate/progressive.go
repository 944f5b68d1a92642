package validate

import "math/bits"

// band walks the first scan of a band of AC coefficients (section G.1.2.2), of
// the blocks from one to another.
func (w *walker) band(g *grid, s *scan, from, to int) string {
	p, b := &w.steps.slot[0], &w.bits
	buf, pos, limit := b.buf, b.pos, s.bandTo+1
	for i := from; i < to; {
		if pos > b.end {
			return tooShort
		}
		run := 0
		marks := uint64(0)
		for k := s.bandFrom; ; {
			x := peek(buf, pos)
			e := p.within[x>>(64-stepBits)]
			if e == 0 {
				e = p.fillWithin(x >> (64 - stepBits))
			}
			n, before := int(e&0xff), marks
			marks |= e >> 32 << (k & 63)
			k += int(e >> 8 & 0xff)
			if k < limit {
				pos += n
				continue
			}
			if k == limit {
				pos += n
				break
			}
			if k > blockEnd && k < blockEnd+limit {
				r := int(e >> 18 & 15)
				run = 1<<r - 1 + int(x<<n>>1>>(63-r))
				pos += n + r
				break
			}
			// The entry tells nothing, or its codes go over the end of the band.
			marks = before
			k -= int(e >> 8 & 0xff)
			rs, length := p.ac.symbol(x)
			r, size := int(rs>>4), int(rs&15)
			switch {
			case length == 0:
				return noSuchCode
			case size == 0 && r < 15:
				run = 1<<r - 1 + int(x<<length>>1>>(63-r))
				pos += length + r
				k = limit
			case k+r >= limit:
				return overfull
			default:
				if size > 0 {
					marks |= 1 << (k + r)
				}
				pos += length + size
				k += r + 1
			}
			if k >= limit {
				break
			}
		}
		if marks != 0 {
			g.marks[i] |= marks
			g.used[i>>6] |= 1 << (i & 63)
		}
		if i += 1 + run; i > to {
			return runsOn
		}
	}
	b.pos = pos
	return ""
}

// refine walks a later scan of a band (section G.1.2.3): beside the codes for
// what was zero until now, each coefficient that was not has a bit of its own.
func (w *walker) refine(g *grid, s *scan, from, to int) string {
	p, b := &w.steps.slot[0], &w.bits
	h, buf, pos, limit := p.ac, b.buf, b.pos, s.bandTo+1
	band := ^uint64(0) << s.bandFrom & (^uint64(0) >> (63 - s.bandTo))
	for i := from; i < to; {
		if pos > b.end {
			return tooShort
		}
		marks := g.marks[i]
		old, open := marks&band, ^marks&band // what was not zero, what was, from here on
		run := 0
		for {
			if old == 0 {
				// As in a first scan from here on.
				var wrong string
				var added uint64
				if pos, run, added, wrong = w.rest(p, pos, bits.TrailingZeros64(open), limit); wrong != "" {
					return wrong
				}
				marks |= added
				break
			}
			x := peek(buf, pos)
			e := h.fast[x>>(64-fastBits)]
			rs, length := byte(e), int(e>>8)
			if e == 0 {
				rs, length = h.symbol(x)
			}
			r, size := int(rs>>4), int(rs&15)
			if length == 0 || size > 1 {
				return noSuchCode
			}
			if size == 0 && r < 15 {
				run = 1<<r + int(x<<length>>1>>(63-r))
				pos += length + r
				break
			}
			pos += length + size // its sign
			before := open
			if r > 3 {
				for ; r > 3 && open != 0; r-- {
					open &= open - 1
				}
			}
			// The few that are left without a branch, which would be guessed wrong
			// as often as not.
			one := open & (open - 1)
			two := one & (one - 1)
			open = [4]uint64{open, one, two, two & (two - 1)}[r&3]
			if open == 0 {
				if size == 1 || bits.OnesCount64(before) < 15 {
					return overfull
				}
				break // sixteen zeros may be one more than there are
			}
			at := open & -open
			behind := ^(at | (at - 1))
			pos += bits.OnesCount64(old &^ behind)
			old &= behind
			open &= behind
			if size == 1 {
				marks |= at
			}
			if open|old == 0 {
				break
			}
		}
		pos += bits.OnesCount64(old)
		if marks != g.marks[i] {
			g.marks[i] = marks
			g.used[i>>6] |= 1 << (i & 63)
		}
		i++
		if run > 1 {
			if i+run-1 > to {
				return runsOn
			}
			pos += g.count(i, i+run-1, band)
			i += run - 1
		}
	}
	b.pos = pos
	return ""
}

// rest walks the codes of a block in which no coefficient from k on had a bit set
// before: there are no bits in between.
func (w *walker) rest(p *slot, pos, k, limit int) (next, run int, marks uint64, wrong string) {
	buf := w.bits.buf
	for {
		x := peek(buf, pos)
		e := p.within[x>>(64-stepBits)]
		if e == 0 {
			e = p.fillWithin(x >> (64 - stepBits))
		}
		n, far := int(e&0xff), int(e>>8&0xff)
		switch reached := k + far; {
		case reached <= limit:
			marks |= e >> 32 << (k & 63)
			pos += n
			if k = reached; k == limit {
				return pos, 0, marks, ""
			}
		case reached > blockEnd && reached < blockEnd+limit:
			r := int(e >> 18 & 15)
			return pos + n + r, 1<<r + int(x<<n>>1>>(63-r)), marks | e>>32<<(k&63), ""
		default: // the entry tells nothing, or its codes go over the end of the band
			rs, length := p.ac.symbol(x)
			r, size := int(rs>>4), int(rs&15)
			pos += length + size
			switch {
			case length == 0 || size > 1:
				return 0, 0, 0, noSuchCode
			case size == 0 && r < 15:
				return pos + r, 1<<r + int(x<<length>>1>>(63-r)), marks, ""
			case k+r >= limit:
				if size == 0 && k+r == limit { // sixteen zeros may be one more than there are
					return pos, 0, marks, ""
				}
				return 0, 0, 0, overfull
			case size == 1:
				marks |= 1 << (k + r)
			}
			if k += r + 1; k == limit {
				return pos, 0, marks, ""
			}
		}
	}
}

// count returns how many coefficients of a band are not zero in the blocks from
// one to another.
func (g *grid) count(from, to int, band uint64) (n int) {
	for word := from >> 6; word<<6 < to; word++ {
		used := g.used[word]
		if word == from>>6 {
			used &= ^uint64(0) << (from & 63)
		}
		if end := to - word<<6; end < 64 {
			used &= 1<<end - 1
		}
		for ; used != 0; used &= used - 1 {
			n += bits.OnesCount64(g.marks[word<<6+bits.TrailingZeros64(used)] & band)
		}
	}
	return n
}
