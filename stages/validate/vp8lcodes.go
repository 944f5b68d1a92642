package validate

import "math/bits"

// vp8lCode is where the tables of a code begin, or, of a code with one symbol,
// which takes no bits, -1 less the symbol.
type vp8lCode int

// define appends the tables of a code of these lengths; ok is false where they
// leave codes over or need more than there are.
func (z *vp8lWalk) define(lengths []uint8) (c vp8lCode, ok bool) {
	var counts, first [16]int
	for _, n := range lengths {
		counts[n]++
	}
	used := len(lengths) - counts[0]
	counts[0] = 0
	room := 1
	for n := 1; n < len(counts); n++ {
		room = room*2 - counts[n]
		first[n] = first[n-1] + counts[n-1]
	}
	if used == 0 || used > 1 && room != 0 {
		return 0, false
	}
	place := first
	for symbol, n := range lengths {
		if n > 0 {
			z.sorted[place[n]] = uint16(symbol)
			place[n]++
		}
	}
	if used == 1 {
		return vp8lCode(-1 - int(z.sorted[0])), true
	}
	at := len(z.tables)
	if at > maxVP8LTables {
		z.fail(notWalked)
		return 0, false
	}
	z.extend(1 << vp8lRoot)
	code := 0
	for n := 1; n < len(counts); n++ {
		for _, symbol := range z.sorted[first[n]:place[n]] {
			z.place(at, reversed(code, n), n, int(symbol), &counts)
			counts[n]--
			code++
		}
		code <<= 1
	}
	return vp8lCode(at), true
}

// extend appends so many entries.
func (z *vp8lWalk) extend(n int) {
	at := len(z.tables)
	for cap(z.tables) < at+n {
		z.tables = append(z.tables[:cap(z.tables)], 0)
	}
	z.tables = z.tables[:at+n]
	clear(z.tables[at:])
}

// place puts a symbol where a code of n bits, the first the lowest, leads to.
// counts are the codes that are still to be placed.
func (z *vp8lWalk) place(at, code, n, symbol int, counts *[16]int) {
	if n <= vp8lRoot {
		for i := code; i < 1<<vp8lRoot; i += 1 << n {
			z.tables[at+i] = uint32(n) | uint32(symbol)<<8
		}
		return
	}
	root := at + code&(1<<vp8lRoot-1)
	if z.tables[root] == 0 { // how many bits do those need that begin so
		bits, room := n-vp8lRoot, 1<<(n-vp8lRoot)-counts[n]
		for room > 0 && vp8lRoot+bits < 15 {
			bits++
			room = room*2 - counts[vp8lRoot+bits]
		}
		z.tables[root] = uint32(vp8lRoot+bits) | uint32(len(z.tables)-at)<<8
		z.extend(1 << bits)
	}
	e := z.tables[root]
	second := z.tables[at+int(e>>8):][:1<<(e&0xff-vp8lRoot)]
	for i := code >> vp8lRoot; i < len(second); i += 1 << (n - vp8lRoot) {
		second[i] = uint32(n-vp8lRoot) | uint32(symbol)<<8
	}
}

// reversed returns n bits from the last to the first.
func reversed(code, n int) int { return int(bits.Reverse16(uint16(code)) >> (16 - n)) }

// symbol reads one symbol of a code.
func (z *vp8lWalk) symbol(c vp8lCode) int {
	if c < 0 {
		return int(-1 - c)
	}
	x := z.peek()
	e := z.tables[int(c)+int(x&(1<<vp8lRoot-1))]
	n := int(e & 0xff)
	if n > vp8lRoot {
		e = z.tables[int(c)+int(e>>8)+int(x>>vp8lRoot&(1<<(n-vp8lRoot)-1))]
		n = vp8lRoot + int(e&0xff)
	}
	z.pos += n
	return int(e >> 8)
}

// skip passes over one symbol of a code.
func (z *vp8lWalk) skip(c vp8lCode) {
	if c >= 0 {
		x := z.peek()
		n := int(z.tables[int(c)+int(x&(1<<vp8lRoot-1))] & 0xff)
		if n > vp8lRoot {
			z.symbol(c)
			return
		}
		z.pos += n
	}
}
