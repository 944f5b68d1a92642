package inflate

// beginBlock reads a block's head: what the block is, and its codes.
func (d *Decoder) beginBlock() error {
	if !d.need(3) {
		return d.short()
	}
	d.final = d.take(1) == 1
	switch d.take(2) {
	case 0:
		return d.beginStored()
	case 1:
		var lengths [288]uint8
		for i := range lengths {
			switch {
			case i < 144:
				lengths[i] = 8
			case i < 256:
				lengths[i] = 9
			case i < 280:
				lengths[i] = 7
			default:
				lengths[i] = 8
			}
		}
		d.lit.build(litRoot, lengths[:], fixedLiterals[:])
		var dist [32]uint8
		for i := range dist {
			dist[i] = 5
		}
		d.dist.build(distRoot, dist[:], fixedDistances[:])
		d.state = inCodes
		return nil
	case 2:
		return d.beginDynamic()
	}
	return ErrCorrupt
}

// The fixed codes have two symbols more than a block may use: their entries are
// those of a code that is not defined.
var fixedLiterals, fixedDistances = fixedSymbols()

func fixedSymbols() (lit [288]uint32, dist [32]uint32) {
	copy(lit[:], litSymbols[:])
	copy(dist[:], distSymbols[:])
	lit[286], lit[287], dist[30], dist[31] = isLink, isLink, isLink, isLink
	return lit, dist
}

const (
	litRoot    = 11
	distRoot   = 8
	lengthRoot = 7
)

func (d *Decoder) beginStored() error {
	d.take(d.nbits & 7)
	if !d.need(32) {
		return d.short()
	}
	n, not := d.take(16), d.take(16)
	if n != ^not&0xffff {
		return ErrCorrupt
	}
	d.stored, d.state = int(n), inStored
	return nil
}

// lengthOrder is the order in which a block gives the lengths of the code of lengths.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

func (d *Decoder) beginDynamic() error {
	if !d.need(14) {
		return d.short()
	}
	literals, distances, codes := int(d.take(5))+257, int(d.take(5))+1, int(d.take(4))+4
	if literals > maxLiterals || distances > maxDistance {
		return ErrCorrupt
	}
	var lengths [maxLiterals + maxDistance]uint8
	for _, s := range lengthOrder[:codes] {
		if !d.need(3) {
			return d.short()
		}
		lengths[s] = uint8(d.take(3))
	}
	if !d.lengths.build(lengthRoot, lengths[:19], codeSymbols[:]) {
		return ErrCorrupt
	}
	clear(lengths[:19])
	for i := 0; i < literals+distances; {
		e, ok := d.lookUp(&d.lengths)
		if !ok {
			return d.short()
		}
		symbol := value(e)
		switch {
		case e == 0:
			return ErrCorrupt
		case symbol < 16:
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		again, least, bits := uint8(0), 3, uint(3)
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			again, bits = lengths[i-1], 2
		case 18:
			least, bits = 11, 7
		}
		if !d.need(bits) {
			return d.short()
		}
		n := least + int(d.take(bits))
		if i+n > literals+distances {
			return ErrCorrupt
		}
		for range n {
			lengths[i] = again
			i++
		}
	}
	if lengths[endOfBlock] == 0 || !d.lit.build(litRoot, lengths[:literals], litSymbols[:]) ||
		!d.dist.build(distRoot, lengths[literals:literals+distances], distSymbols[:]) {
		return ErrCorrupt
	}
	d.state = inCodes
	return nil
}
