package pandas

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// fixedSource is a run of items of a numpy dtype.
type fixedSource struct {
	s    strided
	dt   dtype
	off  int    // of a field inside the item
	zone string // of datetimes in UTC
	mask *strided
	word string // dtype, empty for numpy's own
	keep bool   // NaN is a value, not a null (masked arrays)
}

func newFixed(s strided) *fixedSource { return &fixedSource{s: s, dt: s.a.dt} }

func (f *fixedSource) len() int { return f.s.n }

func (f *fixedSource) dtype() string {
	if f.word != "" {
		return f.word
	}
	return f.dt.String()
}

// item returns the bytes of item i.
func (f *fixedSource) item(i int) []byte {
	at := f.s.at + i*f.s.step + f.off
	return f.s.a.data[at : at+f.dt.size]
}

// null tells whether the mask hides item i.
func (f *fixedSource) null(i int) bool {
	if f.s.masked(i) {
		return true
	}
	return f.mask != nil && f.mask.a.data[f.mask.at+i*f.mask.step] != 0
}

func (f *fixedSource) masks() bool { return f.mask != nil || f.s.a.mask != nil }

func (f *fixedSource) cell(r *reader, i int) (cell, error) {
	if f.null(i) {
		return cell{}, nil
	}
	if f.dt.sub != nil {
		sub := &ndarray{dt: *f.dt.sub, shape: f.dt.shape, data: f.item(i)}
		sub.strides = stridesOf(sub.shape, sub.dt.size, false)
		return cell{class: classList, arr: sub}, nil
	}
	c, err := r.rawCell(f.dt, f.item(i))
	if c.class == classNull && c.nan && (f.keep || r.opts.KeepNaN) {
		c.class, c.nan = classFloat, false
	}
	if c.class == classDatetime {
		c.zone = f.zone
	}
	return c, err
}

// natural is the type of numbers, booleans and times; others take the general way.
func (f *fixedSource) natural(*reader) (arrow.DataType, error) {
	if f.dt.sub != nil {
		return nil, nil
	}
	switch f.dt.kind {
	case 'b':
		return arrow.FixedWidthTypes.Boolean, nil
	case 'i':
		return [...]arrow.DataType{1: arrow.PrimitiveTypes.Int8, 2: arrow.PrimitiveTypes.Int16, 4: arrow.PrimitiveTypes.Int32, 8: arrow.PrimitiveTypes.Int64}[f.dt.size], nil
	case 'u':
		return [...]arrow.DataType{1: arrow.PrimitiveTypes.Uint8, 2: arrow.PrimitiveTypes.Uint16, 4: arrow.PrimitiveTypes.Uint32, 8: arrow.PrimitiveTypes.Uint64}[f.dt.size], nil
	case 'f':
		return [...]arrow.DataType{2: arrow.FixedWidthTypes.Float16, 4: arrow.PrimitiveTypes.Float32, 8: arrow.PrimitiveTypes.Float64}[f.dt.size], nil
	case 'M':
		if _, ok := f.dt.unit.days(0); ok {
			return arrow.FixedWidthTypes.Date32, nil
		}
		if u, _, ok := f.dt.unit.arrow(); ok {
			return &arrow.TimestampType{Unit: u, TimeZone: f.zone}, nil
		}
		return nil, unsupported("the dtype %s", f.dt)
	case 'm':
		if u, _, ok := f.dt.unit.arrow(); ok {
			return &arrow.DurationType{Unit: u}, nil
		}
		return nil, unsupported("the dtype %s", f.dt)
	}
	return nil, nil
}

func (f *fixedSource) build(b *builder) error {
	typ, err := f.natural(b.reader)
	if err != nil {
		return nameError(err, b.column())
	}
	switch {
	case f.dt.sub != nil:
		return buildGeneral(b, f)
	case f.dt.kind == 'b':
		return b.eachChunk(f.len(), func(lo, hi int) error { return f.buildBools(b, lo, hi) })
	case f.dt.kind == 'c':
		return f.buildComplex(b)
	case f.dt.kind == 'V' && f.dt.fields != nil:
		return f.buildRecords(b)
	case f.dt.kind == 'S' || f.dt.kind == 'V':
		return buildAs(b, f, arrow.BinaryTypes.Binary)
	case f.dt.kind == 'U':
		return buildAs(b, f, arrow.BinaryTypes.String)
	case f.dt.kind == 'O' || typ == nil:
		return b.columnError(ErrUnsupported, "the dtype "+f.dt.String())
	}
	if f.dt.kind == 'M' || f.dt.kind == 'm' {
		if u, mul, ok := f.dt.unit.arrow(); typ.ID() == arrow.DATE32 || ok && mul != 1 {
			_ = u
			return buildAs(b, f, typ)
		}
	}
	return b.eachChunk(f.len(), func(lo, hi int) error { return f.buildNumbers(b, typ, lo, hi) })
}

// buildNumbers adds rows lo to hi: over the file's own bytes when they lie in
// order, else copied and turned to little endian.
func (f *fixedSource) buildNumbers(b *builder, typ arrow.DataType, lo, hi int) error {
	size, n := f.dt.size, hi-lo
	var data []byte
	if at := f.s.at + lo*f.s.step + f.off; f.s.step == size && !f.dt.big && n > 0 {
		data = f.s.a.data[at : at+n*size : at+n*size]
	}
	if err := b.visit(n); err != nil {
		return err
	}
	if err := b.spend(int64(n * size)); err != nil {
		return err
	}
	if data == nil || !aligned(data, size) {
		data = make([]byte, n*size)
		for i := range n {
			copy(data[i*size:], f.item(lo+i))
		}
		if f.dt.big {
			swapBytes(data, size)
		}
	}
	b.addFixed(typ, n, data, f.nulls(b, data, lo, hi))
	return nil
}

// nulls finds masked items, NaN and NaT.
func (f *fixedSource) nulls(b *builder, data []byte, lo, hi int) nullBits {
	var nulls nullBits
	if f.masks() {
		for i := lo; i < hi; i++ {
			if f.null(i) {
				nulls.set(i-lo, hi-lo)
			}
		}
		if f.dt.kind != 'M' && f.dt.kind != 'm' {
			return nulls
		}
	}
	n := hi - lo
	isNull := func(int) bool { return false }
	switch {
	case f.dt.kind == 'M' || f.dt.kind == 'm':
		v := arrow.Int64Traits.CastFromBytes(data)
		isNull = func(i int) bool { return v[i] == math.MinInt64 }
	case f.dt.kind != 'f' || f.keep || b.opts.KeepNaN:
		return nulls
	case f.dt.size == 8:
		for i, x := range arrow.Float64Traits.CastFromBytes(data) {
			if x != x {
				nulls.set(i, n)
			}
		}
	case f.dt.size == 4:
		v := arrow.Float32Traits.CastFromBytes(data)
		isNull = func(i int) bool { return v[i] != v[i] }
	case f.dt.size == 2:
		v := arrow.Float16Traits.CastFromBytes(data)
		isNull = func(i int) bool { return v[i].IsNaN() }
	}
	if f.dt.kind == 'f' && f.dt.size == 8 {
		return nulls
	}
	for i := range n {
		if isNull(i) && (nulls.valid == nil || bitutil.BitIsSet(nulls.valid, i)) {
			nulls.set(i, n)
		}
	}
	return nulls
}

func swapBytes(b []byte, size int) {
	for ; len(b) >= size; b = b[size:] {
		for i, j := 0, size-1; i < j; i, j = i+1, j-1 {
			b[i], b[j] = b[j], b[i]
		}
	}
}

func (f *fixedSource) buildBools(b *builder, lo, hi int) error {
	n := hi - lo
	if err := b.visit(n); err != nil {
		return err
	}
	if err := b.spend(int64(n/8 + 1)); err != nil {
		return err
	}
	bits := make([]byte, bitutil.BytesForBits(int64(n)))
	var nulls nullBits
	for i := range n {
		if f.masks() && f.null(lo+i) {
			nulls.set(i, n)
		} else if f.item(lo + i)[0] != 0 {
			bitutil.SetBit(bits, i)
		}
	}
	b.addFixed(arrow.FixedWidthTypes.Boolean, n, bits, nulls)
	return nil
}

// buildComplex makes struct<real, imag>.
func (f *fixedSource) buildComplex(b *builder) error {
	half := dtype{kind: 'f', size: f.dt.size / 2, big: f.dt.big}
	re, im := *f, *f
	re.dt, im.dt = half, half
	re.keep, im.keep = true, true
	im.off += half.size
	re.mask, im.mask = nil, nil
	typ := arrow.StructOf(complexFields(half)...)
	return f.buildStruct(b, typ, []source{&re, &im}, func(i int) bool {
		if f.null(i) {
			return true
		}
		x := f.item(i)
		a, c := floating(half, x[:half.size]), floating(half, x[half.size:])
		return !f.keep && !b.opts.KeepNaN && (a != a || c != c)
	})
}

func complexFields(half dtype) []arrow.Field {
	var t arrow.DataType = arrow.PrimitiveTypes.Float64
	if half.size == 4 {
		t = arrow.PrimitiveTypes.Float32
	}
	return []arrow.Field{{Name: "real", Type: t, Nullable: true}, {Name: "imag", Type: t, Nullable: true}}
}

// buildRecords makes a struct of the fields of a structured dtype.
func (f *fixedSource) buildRecords(b *builder) error {
	if err := b.fields(len(f.dt.fields)); err != nil {
		return err
	}
	var fields []arrow.Field
	var parts []source
	for _, fd := range f.dt.fields {
		if err := b.named(len(fd.name)); err != nil {
			return err
		}
		part := *f
		part.dt, part.off, part.mask, part.word = fd.dt, f.off+fd.at, nil, ""
		sub := b.part(fd.name)
		empty := part
		empty.s.n = 0
		if err := empty.build(&sub); err != nil {
			return err
		}
		fields = append(fields, arrow.Field{Name: fd.name, Type: sub.typ, Nullable: true})
		parts = append(parts, &part)
	}
	return f.buildStruct(b, arrow.StructOf(fields...), parts, f.null)
}

// buildStruct builds the parts and joins them, chunk by chunk.
func (f *fixedSource) buildStruct(b *builder, typ *arrow.StructType, parts []source, null func(int) bool) error {
	return buildStructOf(b, typ, parts, f.len(), null)
}

func buildStructOf(b *builder, typ *arrow.StructType, parts []source, n int, null func(int) bool) error {
	columns := make([][]arrow.Array, len(parts))
	for i, p := range parts {
		if err := b.namedRows(typ.Field(i).Name, n); err != nil {
			return err
		}
		sub := b.part(typ.Field(i).Name)
		if err := convert(&sub, p, typ.Field(i).Type); err != nil {
			return err
		}
		columns[i] = sub.chunks
	}
	return b.eachChunk(n, func(lo, hi int) error {
		var nulls nullBits
		for i := lo; i < hi; i++ {
			if null(i) {
				nulls.set(i-lo, hi-lo)
			}
		}
		children := make([]arrow.ArrayData, len(parts))
		for i := range parts {
			a, err := sliceRows(columns[i], lo, hi)
			if err != nil {
				return err
			}
			children[i] = a.Data()
		}
		d := array.NewData(typ, hi-lo, []*memory.Buffer{buffer(nulls.valid)}, children, nulls.n, 0)
		defer d.Release()
		b.add(array.NewStructData(d))
		return nil
	})
}

// sliceRows returns rows lo to hi of chunks as one array.
func sliceRows(chunks []arrow.Array, lo, hi int) (arrow.Array, error) {
	var parts []arrow.Array
	at := 0
	for _, c := range chunks {
		from, to := max(lo, at), min(hi, at+c.Len())
		if from < to || lo == hi && len(parts) == 0 && at >= lo {
			parts = append(parts, array.NewSlice(c, int64(from-at), int64(max(from, to)-at)))
		}
		at += c.Len()
	}
	if len(parts) == 1 {
		return parts[0], nil
	}
	if len(parts) == 0 {
		return nil, invalid("no rows %d to %d", lo, hi)
	}
	return array.Concatenate(parts, memory.DefaultAllocator)
}
