package pandas

import (
	"math"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// batch is how many values are looked at in one go.
const batch = 1024

// kindsOf returns the set of kinds as bits; NaN, NA and NaT count as None.
func (r *reader) kindsOf(vs []pickle.Value) uint32 {
	const none = 1 << pickle.KindNone
	var set uint32
	for _, v := range vs {
		kind := v.Kind()
		switch {
		case kind == pickle.KindFloat && v.Float() != v.Float():
			set |= none | nanBit
			continue
		case kind == pickle.KindGlobal:
			if g := r.doc.Global(v); g == pickle.GNA || g == pickle.GNaTType {
				kind = pickle.KindNone
			}
		case kind == pickle.KindObject:
			if r.doc.Class(v) == pickle.GNaT {
				kind = pickle.KindNone
			}
		}
		set |= 1 << kind
	}
	return set
}

// kinds is kindsOf all cells.
func (s *cellSource) kinds(r *reader) (uint32, error) {
	if s.set != 0 {
		return s.set, nil
	}
	var vs [batch]pickle.Value
	for at, n := 0, s.len(); at < n; {
		k := s.cells.fill(vs[:], at)
		if err := r.visit(k); err != nil {
			return 0, err
		}
		s.set |= r.kindsOf(vs[:k])
		at += k
	}
	return s.set, nil
}

const nanBit = 1 << 31 // in a set of kinds: a NaN was seen

// Sets of kinds.
const (
	setNone  = 1<<pickle.KindNone | nanBit
	setText  = 1<<pickle.KindText | setNone
	setBytes = 1<<pickle.KindBytes | 1<<pickle.KindByteArray | setNone
)

// plain is the type of cells that are all of one plain kind, nil for others.
func (s *cellSource) plain(set uint32) arrow.DataType {
	some := set&^setNone != 0
	switch {
	case (s.str || some) && set&^setText == 0:
		return arrow.BinaryTypes.String
	case s.str:
		return nil
	case some && set&^setBytes == 0:
		return arrow.BinaryTypes.Binary
	case set&^setNone == 1<<pickle.KindFloat:
		return arrow.PrimitiveTypes.Float64
	case set == 1<<pickle.KindInt:
		return arrow.PrimitiveTypes.Int64
	}
	return nil
}

// natural is the type of columns of one plain kind.
func (s *cellSource) natural(r *reader) (arrow.DataType, error) {
	set, err := s.kinds(r)
	if err != nil {
		return nil, err
	}
	if t := s.plain(set); t != nil || !s.str {
		return t, nil
	}
	return arrow.BinaryTypes.String, nil
}

// build tries the fast way for columns of one plain kind, else goes the general
// one.
func (s *cellSource) build(b *builder) error {
	if done, err := s.buildPlain(b, nil); done || err != nil {
		return err
	}
	if s.str {
		return buildAs(b, s, arrow.BinaryTypes.String)
	}
	return buildGeneral(b, s)
}

// buildPlain builds in one pass as long as every chunk is of the plain kind of
// the first one (and of the type that is wanted, if any); else it takes back what
// it did and says no.
func (s *cellSource) buildPlain(b *builder, want arrow.DataType) (bool, error) {
	p := b.plain
	if b.plain = nil; p == nil {
		p = &plainColumn{src: s, want: want}
	}
	if s.len() == 0 {
		return false, nil
	}
	vs := make([]pickle.Value, min(s.len(), chunkRows))
	for p.more() {
		if err := p.step(b, vs); err != nil {
			return false, err
		}
		b.giveBack()
	}
	return !p.mixed, nil
}

// plainColumn is a column of one plain kind that is built chunk by chunk.
type plainColumn struct {
	src   *cellSource
	want  arrow.DataType // nil for any
	typ   arrow.DataType
	at    int   // rows built
	spent spent // of the budget
	mixed bool  // it is not of one plain kind: nothing is built
}

func (p *plainColumn) more() bool { return !p.mixed && p.at < p.src.len() }

// step builds the next chunk, with room for the cells of one.
func (p *plainColumn) step(b *builder, vs []pickle.Value) error {
	if err := b.cancelled(); err != nil {
		return err
	}
	vs = vs[:p.src.cells.fill(vs, p.at)]
	if err := b.visit(len(vs)); err != nil {
		return err
	}
	set := b.kindsOf(vs)
	if p.typ == nil {
		p.typ = p.src.plain(set)
	}
	if p.typ == nil || !fitsPlain(p.typ, set) || p.want != nil && !arrow.TypeEqual(p.typ, p.want) {
		p.mixed = true
		b.budget.output -= p.spent.output
		b.budget.held -= p.spent.held
		b.chunks, b.text, b.typ = nil, nil, nil
		return nil
	}
	before := b.budget.spent()
	var used int
	var err error
	if b.lazy && p.typ.ID() == arrow.STRING {
		used, err = b.leaveText(p.src, p.at, vs)
	} else {
		used, err = b.addPlain(p.typ, vs)
	}
	p.at += used
	p.spent.output += b.budget.output - before.output
	p.spent.held += b.budget.held - before.held
	return err
}

// buildAbreast begins the columns of a list of records, as far as they are of one
// plain kind: their cells lie row by row, so that the columns of a stretch of rows
// are best looked at while it is in the cache.
func (r *reader) buildAbreast(columns []column, builders []builder) error {
	vs := make([]pickle.Value, chunkRows)
	for at := 0; ; at += chunkRows {
		more := false
		for i, c := range columns {
			if r.opts.JSON[c.name] {
				continue // written as text, whatever it is
			}
			b := &builders[i]
			if b.plain == nil {
				b.plain = &plainColumn{src: c.src.(*cellSource), want: r.opts.Want[c.name]}
			}
			for b.plain.more() && b.plain.at <= at {
				if err := b.plain.step(b, vs); err != nil {
					return nameError(err, c.name)
				}
			}
			more = more || b.plain.more()
		}
		r.giveBack()
		if !more {
			return nil
		}
	}
}

// fitsPlain tells whether cells of a set of kinds are all of a plain type.
func fitsPlain(typ arrow.DataType, set uint32) bool {
	switch typ.ID() {
	case arrow.STRING:
		return set&^setText == 0
	case arrow.BINARY:
		return set&^setBytes == 0
	case arrow.FLOAT64:
		return set&^(setNone|1<<pickle.KindFloat) == 0
	}
	return set == 1<<pickle.KindInt
}

// addPlain makes a chunk of the first of the cells and returns of how many.
func (b *builder) addPlain(typ arrow.DataType, vs []pickle.Value) (int, error) {
	if id := typ.ID(); id == arrow.STRING || id == arrow.BINARY {
		return b.addBytes(typ, vs)
	}
	if err := b.spend(int64(len(vs)) * 8); err != nil {
		return 0, err
	}
	var nulls nullBits
	if typ.ID() == arrow.INT64 {
		out := make([]int64, len(vs))
		for i, v := range vs {
			out[i] = v.Int()
		}
		b.addFixed(typ, len(vs), arrow.Int64Traits.CastToBytes(out), nulls)
		return len(vs), nil
	}
	out := make([]float64, len(vs))
	for i, v := range vs {
		f := v.Float()
		if v.Kind() != pickle.KindFloat || f != f && !b.opts.KeepNaN {
			nulls.set(i, len(vs))
			continue
		}
		out[i] = f
	}
	b.addFixed(typ, len(vs), arrow.Float64Traits.CastToBytes(out), nulls)
	return len(vs), nil
}

// addBytes makes one chunk of the first of the cells and returns of how many.
// Cells that lie one after the other in the arena become an array over that
// memory; others are gathered, as are those in a mapped file. A chunk in order ends
// where the order ends, unless it would be small.
func (b *builder) addBytes(dt arrow.DataType, vs []pickle.Value) (int, error) {
	const small = 4096 // rows
	offsets := make([]int32, 1, len(vs)+1)
	var nulls nullBits
	var first, next uint64
	size, inOrder := 0, true
	for i, v := range vs {
		n := 0
		if k := v.Kind(); k == pickle.KindText || k == pickle.KindBytes || k == pickle.KindByteArray {
			n = v.Len()
		} else {
			nulls.set(i, len(vs))
		}
		if n > 0 {
			switch {
			case size == 0:
				first, inOrder = v.Addr(), !b.doc.InFile(v.Addr())
			case inOrder && v.Addr() != next && i >= small:
				vs = vs[:i]
			case v.Addr() != next:
				inOrder = false
			}
			if i > 0 && size+n > chunkBytes {
				vs = vs[:i]
			}
			if i == len(vs) {
				break
			}
			next = v.Addr() + uint64(n)
			size += n
		}
		if size > math.MaxInt32 {
			return 0, b.columnError(ErrCell, "a cell longer than 2 GiB")
		}
		offsets = append(offsets, int32(size))
	}
	if nulls.n > 0 { // those counted beyond the end of the chunk
		nulls.n = len(vs) - bitutil.CountSetBits(nulls.valid, 0, len(vs))
	}
	if err := b.spend(int64(size + 4*len(vs))); err != nil {
		return 0, err
	}
	data := b.bytesOf(vs, first, size, inOrder)
	b.add(stringArray(dt, offsets, data, nulls))
	return len(vs), nil
}

// stringArray is an array of text or bytes over these buffers.
func stringArray(dt arrow.DataType, offsets []int32, data []byte, nulls nullBits) arrow.Array {
	d := array.NewData(dt, len(offsets)-1, []*memory.Buffer{buffer(nulls.valid), buffer(int32Bytes(offsets)), buffer(data)}, nil, nulls.n, 0)
	defer d.Release()
	return array.MakeFromData(d)
}

// bytesOf is the bytes of the cells: in place, or copied together.
func (b *builder) bytesOf(vs []pickle.Value, first uint64, size int, inOrder bool) []byte {
	if size == 0 {
		return nil
	}
	if inOrder {
		return b.doc.Segment(first, size)
	}
	data := make([]byte, 0, size)
	for _, v := range vs {
		switch v.Kind() {
		case pickle.KindText, pickle.KindBytes, pickle.KindByteArray:
			data = append(data, b.doc.Bytes(v)...)
		}
	}
	return data
}

// buffer wraps bytes without copying; nil stays nil.
func buffer(b []byte) *memory.Buffer {
	if b == nil {
		return nil
	}
	return memory.NewBufferBytes(b)
}

func int32Bytes(v []int32) []byte { return arrow.Int32Traits.CastToBytes(v) }

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
