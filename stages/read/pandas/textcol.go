package pandas

import (
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/read/pickle"
)

// batch is how many values are looked at in one go.
const batch = 1024

// kinds looks at every cell and returns the set of kinds as bits; NaN counts as
// None.
func (s *cellSource) kinds(r *reader) (uint32, error) {
	const none = 1 << pickle.KindNone
	if s.set != 0 {
		return s.set, nil
	}
	var set uint32
	var vs [batch]pickle.Value
	n := s.len()
	for at := 0; at < n; {
		k := s.cells.fill(vs[:], at)
		if err := r.visit(k); err != nil {
			return 0, err
		}
		for _, v := range vs[:k] {
			kind := v.Kind()
			switch {
			case kind == pickle.KindFloat && v.Float() != v.Float():
				set |= none | nanBit
			case kind == pickle.KindGlobal:
				if g := r.doc.Global(v); g == pickle.GNA || g == pickle.GNaTType {
					set |= none
					continue
				}
				set |= 1 << kind
			case kind == pickle.KindObject:
				if r.doc.Class(v) == pickle.GNaT {
					set |= none
					continue
				}
				set |= 1 << kind
			default:
				set |= 1 << kind
			}
		}
		at += k
	}
	s.set = set
	return set, nil
}

// Sets of kinds.
const (
	setNone  = 1<<pickle.KindNone | nanBit
	setText  = 1<<pickle.KindText | setNone
	setBytes = 1<<pickle.KindBytes | 1<<pickle.KindByteArray | setNone
)

// natural is the type of columns of one plain kind.
func (s *cellSource) natural(r *reader) (arrow.DataType, error) {
	set, err := s.kinds(r)
	if err != nil {
		return nil, err
	}
	switch some := set&^setNone != 0; {
	case s.str, some && set&^setText == 0:
		return arrow.BinaryTypes.String, nil
	case some && set&^setBytes == 0:
		return arrow.BinaryTypes.Binary, nil
	case set&^setNone == 1<<pickle.KindFloat:
		return arrow.PrimitiveTypes.Float64, nil
	case set == 1<<pickle.KindInt:
		return arrow.PrimitiveTypes.Int64, nil
	}
	return nil, nil
}

const nanBit = 1 << 31 // in a set of kinds: a NaN was seen

// build picks the fast way for columns of one plain kind, else the general one.
func (s *cellSource) build(b *builder) error {
	set, err := s.kinds(b.reader)
	if err != nil {
		return err
	}
	switch some := set&^setNone != 0; {
	case (s.str || some) && set&^setText == 0:
		return s.buildBytes(b, arrow.BinaryTypes.String)
	case some && set&^setBytes == 0 && !s.str:
		return s.buildBytes(b, arrow.BinaryTypes.Binary)
	case set&^setNone == 1<<pickle.KindFloat && !s.str:
		return s.buildFloats(b)
	case set == 1<<pickle.KindInt && !s.str:
		return s.buildInts(b)
	}
	if s.str {
		return buildAs(b, s, arrow.BinaryTypes.String)
	}
	return buildGeneral(b, s)
}

// buildBytes builds text or bytes. A chunk whose cells lie one after the other
// in the arena becomes an array over that memory; others are gathered.
func (s *cellSource) buildBytes(b *builder, dt arrow.DataType) error {
	n := s.len()
	if n == 0 {
		b.add(emptyArray(dt))
		return nil
	}
	w := bytesWriter{b: b, dt: dt}
	var vs [batch]pickle.Value
	for at := 0; at < n; {
		k := s.cells.fill(vs[:], at)
		if err := b.cancelled(); err != nil {
			return err
		}
		if w.offsets == nil {
			w.start(min(chunkRows, n-at))
		}
		for i, v := range vs[:k] {
			if !w.put(v) {
				if err := w.flush(); err != nil {
					return err
				}
				w.start(min(chunkRows, n-at-i))
				w.put(v)
			}
		}
		at += k
	}
	return w.flush()
}

// bytesWriter collects the cells of one chunk of text or bytes. As long as they
// lie one after the other it only notes offsets.
type bytesWriter struct {
	b       *builder
	dt      arrow.DataType
	offsets []int32
	rows    int
	most    int // rows this chunk may hold
	first   uint64
	next    uint64 // address that the next cell must have
	size    int
	valid   []byte // bitmap, nil while there are no nulls
	nulls   int
	gather  []byte // copied bytes, once the cells do not lie in order
	copying bool
}

func (w *bytesWriter) start(rows int) {
	*w = bytesWriter{b: w.b, dt: w.dt, most: rows, offsets: make([]int32, 1, rows+1)}
}

// put adds a cell; false when the chunk is full and must be flushed first.
func (w *bytesWriter) put(v pickle.Value) bool {
	if w.rows == w.most {
		return false
	}
	n := 0
	switch v.Kind() {
	case pickle.KindText, pickle.KindBytes, pickle.KindByteArray:
		n = v.Len()
		if w.size+n > chunkBytes && w.rows > 0 {
			return false
		}
		if n > 0 && !w.place(v, n) {
			return false
		}
		if w.valid != nil {
			bitutil.SetBit(w.valid, w.rows)
		}
	default:
		w.null()
	}
	w.size += n
	w.offsets = append(w.offsets, int32(w.size))
	w.rows++
	return true
}

// place notes where the bytes of a cell are. A chunk that has grown to a fair
// size in order ends where the order ends; a small one is gathered.
func (w *bytesWriter) place(v pickle.Value, n int) bool {
	const worth = 4096 // rows
	addr := v.Addr()
	switch {
	case w.copying:
		w.gather = append(w.gather, w.b.doc.Bytes(v)...)
	case w.size == 0:
		w.first, w.next = addr, addr+uint64(n)
	case addr == w.next:
		w.next += uint64(n)
	case w.rows >= worth:
		return false
	default:
		w.copying = true
		w.gather = append(w.gather, w.b.doc.Segment(w.first, w.size)...)
		w.gather = append(w.gather, w.b.doc.Bytes(v)...)
	}
	return true
}

func (w *bytesWriter) null() {
	if w.valid == nil {
		w.valid = make([]byte, bitutil.BytesForBits(int64(w.most)))
		bitutil.SetBitsTo(w.valid, 0, int64(w.rows), true)
	}
	w.nulls++
}

// flush makes the chunk.
func (w *bytesWriter) flush() error {
	if w.rows == 0 {
		return nil
	}
	if err := w.b.spend(int64(w.size + 4*w.rows)); err != nil {
		return err
	}
	data := w.gather
	if !w.copying && w.size > 0 {
		data = w.b.doc.Segment(w.first, w.size)
	}
	d := array.NewData(w.dt, w.rows, []*memory.Buffer{buffer(w.valid), buffer(int32Bytes(w.offsets)), buffer(data)}, nil, w.nulls, 0)
	defer d.Release()
	w.b.add(array.MakeFromData(d))
	w.offsets = nil
	return nil
}

// buffer wraps bytes without copying; nil stays nil.
func buffer(b []byte) *memory.Buffer {
	if b == nil {
		return nil
	}
	return memory.NewBufferBytes(b)
}

func int32Bytes(v []int32) []byte { return arrow.Int32Traits.CastToBytes(v) }

// buildFloats builds a column of Python floats.
func (s *cellSource) buildFloats(b *builder) error {
	var vs [batch]pickle.Value
	return b.eachChunk(s.len(), func(lo, hi int) error {
		if err := b.spend(int64(hi-lo) * 8); err != nil {
			return err
		}
		out := make([]float64, hi-lo)
		var nulls nullBits
		for at := lo; at < hi; {
			k := s.cells.fill(vs[:min(batch, hi-at)], at)
			for i, v := range vs[:k] {
				f := v.Float()
				if v.Kind() != pickle.KindFloat || f != f && !b.opts.KeepNaN {
					nulls.set(at-lo+i, hi-lo)
					continue
				}
				out[at-lo+i] = f
			}
			at += k
		}
		b.addFixed(arrow.PrimitiveTypes.Float64, hi-lo, arrow.Float64Traits.CastToBytes(out), nulls)
		return nil
	})
}

// buildInts builds a column of Python ints without nulls.
func (s *cellSource) buildInts(b *builder) error {
	var vs [batch]pickle.Value
	return b.eachChunk(s.len(), func(lo, hi int) error {
		if err := b.spend(int64(hi-lo) * 8); err != nil {
			return err
		}
		out := make([]int64, hi-lo)
		for at := lo; at < hi; {
			k := s.cells.fill(vs[:min(batch, hi-at)], at)
			for i, v := range vs[:k] {
				out[at-lo+i] = v.Int()
			}
			at += k
		}
		b.addFixed(arrow.PrimitiveTypes.Int64, hi-lo, arrow.Int64Traits.CastToBytes(out), nullBits{})
		return nil
	})
}

// nullBits is a validity bitmap that exists once there is a null.
type nullBits struct {
	valid []byte
	n     int // nulls
}

func (b *nullBits) set(i, rows int) {
	if b.valid == nil {
		b.valid = make([]byte, bitutil.BytesForBits(int64(rows)))
		bitutil.SetBitsTo(b.valid, 0, int64(rows), true)
	}
	bitutil.ClearBit(b.valid, i)
	b.n++
}

// addFixed adds a chunk of fixed-width values.
func (b *builder) addFixed(dt arrow.DataType, rows int, data []byte, nulls nullBits) {
	d := array.NewData(dt, rows, []*memory.Buffer{buffer(nulls.valid), memory.NewBufferBytes(data)}, nil, nulls.n, 0)
	defer d.Release()
	b.add(array.MakeFromData(d))
}

// emptyArray is an array without rows.
func emptyArray(dt arrow.DataType) arrow.Array {
	nb := array.NewBuilder(memory.DefaultAllocator, dt)
	defer nb.Release()
	return nb.NewArray()
}

// aligned tells whether bytes can be read as numbers of the given size.
func aligned(b []byte, size int) bool {
	return len(b) == 0 || uintptr(unsafe.Pointer(unsafe.SliceData(b)))%uintptr(size) == 0
}
