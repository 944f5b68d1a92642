package pickle

// Packed items are text of the mapped file in 6 bytes each, in place of the 16 of
// a Value: a table of ten million rows has few lists, but they are long ones, and
// while columns are built from them both are in memory. Only long batches of
// APPENDS are packed, and only where nearly all of their items are text shorter
// than 64 KiB. What else stands between them (None, NaN) is kept in others.
//
// A packed run's address has packedBit, the chunk in the place of a segment, and in
// that of the offset the stretch of the file (of 2 GiB, the upper 20 bits) and the
// first item in the chunk.
const (
	packedBit   = 1 << 63
	packedLeast = 256     // items of a batch
	packedMost  = 1 << 16 // items of a chunk
	packedOther = 1<<16 - 1
	stretchBits = 31 // places are counted from the start of a stretch, and 32 bits
	itemBits    = 20
)

// packedItems holds the items of runs that are packed.
type packedItems struct {
	chunks []packedChunk // filled parts
	others []Value
	held   int64
}

// packedChunk is some items: either slice is as long as the other.
type packedChunk struct {
	places  []uint32 // in a stretch of the file; of others the index
	lengths []uint16 // packedOther: it is one of others
}

// stretchOf is the stretch that the text of vs lies in, and whether they can be
// packed.
func (p *packedItems) stretchOf(vs []Value) (stretch uint64, ok bool) {
	if len(vs) < packedLeast || len(vs) > packedMost {
		return 0, false
	}
	low, high, others := uint64(offsetMask), uint64(0), len(vs)/16
	last := p.last()
	for _, v := range vs {
		if v.Kind() == KindText && (v.Len() < packedOther || v.bits > offsetMask) {
			low, high = min(low, v.bits), max(high, v.bits)
		} else if !Same(v, last) {
			if last, others = v, others-1; others < 0 {
				return 0, false
			}
		}
	}
	stretch = low >> stretchBits
	return stretch, high < (stretch+2)<<stretchBits && high <= offsetMask
}

// last is the one of others that was added last.
func (p *packedItems) last() Value {
	if n := len(p.others); n > 0 {
		return p.others[n-1]
	}
	return Value{}
}

// put stores values that stretchOf said yes to and returns their address.
func (p *packedItems) put(stretch uint64, vs []Value) uint64 {
	c := len(p.chunks) - 1
	if c < 0 || cap(p.chunks[c].places)-len(p.chunks[c].places) < len(vs) {
		p.grow(len(vs))
		c++
	}
	chunk := &p.chunks[c]
	from := len(chunk.places)
	chunk.places, chunk.lengths = chunk.places[:from+len(vs)], chunk.lengths[:from+len(vs)]
	places, lengths := chunk.places[from:], chunk.lengths[from:]
	for i, v := range vs {
		if v.Kind() == KindText && v.Len() < packedOther {
			places[i], lengths[i] = uint32(v.bits-stretch<<stretchBits), uint16(v.Len())
			continue
		}
		if !Same(v, p.last()) {
			p.others = append(p.others, v)
		}
		places[i], lengths[i] = uint32(len(p.others)-1), packedOther
	}
	return packedBit | address(c, int(stretch<<itemBits)|from)
}

func (p *packedItems) grow(n int) {
	size := packedLeast
	if c := len(p.chunks); c > 0 {
		size = min(4*cap(p.chunks[c-1].places), packedMost)
	}
	size = max(size, n)
	chunk := packedChunk{make([]uint32, size), make([]uint16, size)}
	if size == packedMost {
		touch(chunk.places)
		touch(chunk.lengths)
	}
	p.chunks = append(p.chunks, packedChunk{chunk.places[:0], chunk.lengths[:0]})
	p.held += int64(size) * 6
}

// items is a run of items as they are kept.
type items struct {
	values []Value
	packed *packedRun // in place of values
}

// packedRun is the items of a run that is packed.
type packedRun struct {
	packedChunk
	stretch uint64 // where it starts
	others  []Value
}

// itemsOf is the items of a run.
func (d *Doc) itemsOf(r *run) items {
	if r.addr&packedBit == 0 {
		return items{values: d.values.slice(r.addr, int(r.n))}
	}
	c := &d.packed.chunks[r.addr&^packedBit>>40]
	from := int(r.addr & (1<<itemBits - 1))
	to := from + int(r.n)
	return items{packed: &packedRun{
		packedChunk: packedChunk{c.places[from:to], c.lengths[from:to]},
		stretch:     r.addr & offsetMask >> itemBits << stretchBits,
		others:      d.packed.others,
	}}
}

// at is item i.
func (r *packedRun) at(i int) Value {
	if n := r.lengths[i]; n != packedOther {
		return makeValue(KindText, r.stretch+uint64(r.places[i]), uint64(n))
	}
	return r.others[r.places[i]]
}

// copy copies items from i on to dst and returns how many.
func (r *packedRun) copy(dst []Value, i int) int {
	places, lengths := r.places[i:], r.lengths[i:]
	n := min(len(dst), len(places))
	dst, places, lengths = dst[:n], places[:n], lengths[:n]
	for k := range dst {
		if size := lengths[k]; size != packedOther {
			dst[k] = makeValue(KindText, r.stretch+uint64(places[k]), uint64(size))
		} else {
			dst[k] = r.others[places[k]]
		}
	}
	return n
}
