package pickle

// Packed items are text of the mapped file in 6 bytes each, in place of the 16 of
// a Value: a table of ten million rows has few lists, but they are long ones, and
// while columns are built from them both are in memory. Only long batches of items
// are packed, and only those of text and of what may stand between it: None, NaN,
// longer text. Containers never are, so that rows which are dicts or tuples
// are looked at where they lie.
const (
	packedLeast = 256       // items of a batch
	packedMost  = 1 << 16   // items of a chunk
	packedOther = 1<<16 - 1 // in place of a length: it is one of others
)

// packedItems holds the items of runs that are packed.
type packedItems struct {
	chunks []packedChunk // filled parts
	others []Value       // never one twice in a row
	held   int64
}

// packedChunk is some items: either slice is as long as the other.
type packedChunk struct {
	places  []uint32 // in a stretch of the file; of others the index
	lengths []uint16
}

// A packed run's address has packedBit, the chunk in the place of a segment, and in
// that of the offset the stretch of the file, 9 bits, and the first item in the chunk.
// Places are counted from the start of the stretch and may lie in the next one.
const (
	packedBit   = 1 << 63
	stretchBits = 31 // bytes of a stretch
	itemBits    = 20
)

func packedAddress(chunk int, stretch uint64, item int) uint64 {
	return packedBit | address(chunk, int(stretch<<itemBits)|item)
}

func isPacked(addr uint64) bool { return addr&packedBit != 0 }

// packable tells whether values can be packed, and in which stretch.
func (p *packedItems) packable(vs []Value) (stretch uint64, ok bool) {
	if len(vs) < packedLeast || len(vs) > packedMost {
		return 0, false
	}
	low, high, room := uint64(offsetMask), uint64(0), len(vs)/16
	last := p.last()
	for _, v := range vs {
		switch k := v.Kind(); {
		case k == KindText && v.bits > offsetMask, k > KindText && k != KindGlobal:
			return 0, false // text or bytes not as they are in the file, a container
		case k == KindText && v.Len() < packedOther:
			low, high = min(low, v.bits), max(high, v.bits)
		case !Same(v, last):
			if last, room = v, room-1; room < 0 {
				return 0, false
			}
		}
	}
	stretch = low >> stretchBits
	return stretch, high < (stretch+2)<<stretchBits
}

// last is the one of others that was added last.
func (p *packedItems) last() Value {
	if n := len(p.others); n > 0 {
		return p.others[n-1]
	}
	return Value{}
}

// put stores values that packable said yes to and returns their address.
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
	return packedAddress(c, stretch, from)
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

// copy copies items from number i of the run at an address on to dst.
func (p *packedItems) copy(dst []Value, addr uint64, i int) {
	chunk := &p.chunks[addr&^packedBit>>40]
	from := int(addr&(1<<itemBits-1)) + i
	start := addr & offsetMask >> itemBits << stretchBits
	places, lengths := chunk.places[from:from+len(dst)], chunk.lengths[from:from+len(dst)]
	for k := range dst {
		if n := lengths[k]; n != packedOther {
			dst[k] = makeValue(KindText, start+uint64(places[k]), uint64(n))
		} else {
			dst[k] = p.others[places[k]]
		}
	}
}

// items is a run of items as they are kept.
type items struct {
	values []Value // nil when packed
	packed *packedItems
	addr   uint64
	n      int
}

// itemsOf is the items of a run.
func (d *Doc) itemsOf(r *run) items {
	if isPacked(r.addr) {
		return items{packed: &d.packed, addr: r.addr, n: int(r.n)}
	}
	return items{values: d.values.slice(r.addr, int(r.n))}
}

// at is item i.
func (it *items) at(i int) Value {
	if it.packed == nil {
		return it.values[i]
	}
	var one [1]Value
	it.packed.copy(one[:], it.addr, i)
	return one[0]
}

// copy copies items from i on to dst and returns how many.
func (it *items) copy(dst []Value, i int) int {
	if it.packed == nil {
		return copy(dst, it.values[i:])
	}
	dst = dst[:min(len(dst), it.n-i)]
	it.packed.copy(dst, it.addr, i)
	return len(dst)
}

// mostUnpacked is how many packed items Items.Run unpacks at once.
const mostUnpacked = 1024

// from is the items from i on where they lie, or a copy of the next of them.
func (it *items) from(i int) []Value {
	if it.packed == nil {
		return it.values[i:]
	}
	vs := make([]Value, min(it.n-i, mostUnpacked))
	it.packed.copy(vs, it.addr, i)
	return vs
}
