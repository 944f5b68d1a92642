package pandas

import (
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/read/internal/numeric"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// buildAs builds a source in a given type; a cell that cannot be it is an error.
func buildAs(b *builder, s source, typ arrow.DataType) error {
	return buildCells(b, s, typ, func(row int, c *cell) error {
		if c.bad && (typ.ID() == arrow.STRING || typ.ID() == arrow.LARGE_STRING) {
			return b.cellError(ErrNotText, row, b.describe(c), "lone surrogates or bytes that are not UTF-8")
		}
		return b.cellError(ErrCell, row, b.describe(c), "cannot be "+typeWord(typ))
	})
}

// Builders grow to the next power of two, by copying, so bytes that go through one cost
// twice what they are, and a chunk that is built cell by cell ends early.
const (
	builderCost = 2
	builtBytes  = builderCost * 15 << 20 // as paid for
)

// buildCells builds a source cell by cell. misfit is told of each cell that
// cannot be of the type; it becomes null unless misfit returns an error.
func buildCells(b *builder, s source, typ arrow.DataType, misfit func(row int, c *cell) error) error {
	if !buildable(typ, 0) {
		return b.columnError(ErrUnsupported, "the type "+typeWord(typ)+" as a target")
	}
	nested := arrow.IsNested(typ.ID())
	each := rowBytes(typ)
	n := s.len()
	b.typ = typ
	for lo := 0; lo < n || lo == 0; {
		if err := b.cancelled(); err != nil {
			return err
		}
		rows := min(chunkRows, n-lo)
		if err := b.visit(rows); err != nil {
			return err
		}
		if err := b.spend(product(each, int64(rows))); err != nil {
			return err
		}
		nb := array.NewBuilder(memory.DefaultAllocator, typ)
		nb.Reserve(rows)
		size, i := int64(0), lo
		for ; i < lo+rows && size < builtBytes; i++ {
			c, err := s.cell(b.reader, i)
			if err != nil {
				nb.Release()
				return b.at(err, i)
			}
			before := b.budget.output
			ok, err := b.appendCell(nb, typ, &c, nested)
			if err == nil && !ok {
				nb.AppendNull()
				err = misfit(i, &c)
			}
			if err != nil {
				nb.Release()
				return b.at(err, i)
			}
			size += b.budget.output - before + each
		}
		b.budget.unspend(each * int64(lo+rows-i))
		b.add(nb.NewArray())
		nb.Release()
		lo = i
		if n == 0 {
			break
		}
	}
	return nil
}

// typeWord is a type as messages show it.
func typeWord(t arrow.DataType) string { return shortName(t.String()) }

// buildable tells whether cells can be appended to a type.
func buildable(t arrow.DataType, depth int) bool {
	if depth > 32 {
		return false
	}
	switch t := t.(type) {
	case *arrow.StructType:
		for _, f := range t.Fields() {
			if !buildable(f.Type, depth+1) {
				return false
			}
		}
		return true
	case *arrow.MapType:
		return buildable(t.KeyType(), depth+1) && buildable(t.ItemType(), depth+1)
	case arrow.ListLikeType:
		switch t.ID() {
		case arrow.LIST, arrow.LARGE_LIST, arrow.FIXED_SIZE_LIST:
			return buildable(t.Elem(), depth+1)
		}
		return false
	}
	switch t.ID() {
	case arrow.NULL, arrow.BOOL, arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16,
		arrow.UINT32, arrow.UINT64, arrow.FLOAT16, arrow.FLOAT32, arrow.FLOAT64, arrow.STRING, arrow.LARGE_STRING,
		arrow.BINARY, arrow.LARGE_BINARY, arrow.FIXED_SIZE_BINARY, arrow.DATE32, arrow.DATE64, arrow.TIMESTAMP,
		arrow.TIME32, arrow.TIME64, arrow.DURATION, arrow.DECIMAL128, arrow.DECIMAL256:
		return true
	}
	return false
}

// appendCell appends a cell as the given type. It says no, and appends nothing,
// when the cell cannot be it. Nested cells are tried first (with no builder).
func (b *builder) appendCell(nb array.Builder, typ arrow.DataType, c *cell, nested bool) (bool, error) {
	if nested && nb != nil {
		if ok, err := b.put(nil, typ, c); err != nil || !ok {
			return ok, err
		}
	}
	return b.put(nb, typ, c)
}

// put appends a cell to nb, or only tells whether it could when nb is nil.
func (b *builder) put(nb array.Builder, typ arrow.DataType, c *cell) (bool, error) {
	if nb != nil {
		if err := b.spend(builderCost * int64(len(c.b))); err != nil {
			return false, err
		}
	}
	if c.class == classNull && !(c.nan && c.inner && arrow.IsFloating(typ.ID())) {
		if nb != nil {
			nb.AppendNull()
		}
		return true, nil
	}
	switch typ.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.BINARY, arrow.LARGE_BINARY, arrow.FIXED_SIZE_BINARY:
		return b.putBytes(nb, typ, c), nil
	case arrow.BOOL:
		if c.class == classBool && nb != nil {
			nb.(*array.BooleanBuilder).Append(c.i != 0)
		}
		return c.class == classBool, nil
	case arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64:
		return putInt(nb, typ, c), nil
	case arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		return putUint(nb, typ, c), nil
	case arrow.FLOAT16, arrow.FLOAT32, arrow.FLOAT64:
		return putFloat(nb, typ, c), nil
	case arrow.DECIMAL128, arrow.DECIMAL256:
		return putDecimal(nb, typ, c), nil
	case arrow.DATE32, arrow.DATE64, arrow.TIMESTAMP, arrow.TIME32, arrow.TIME64, arrow.DURATION:
		return b.putTime(nb, typ, c), nil
	case arrow.LIST, arrow.LARGE_LIST, arrow.FIXED_SIZE_LIST:
		return b.putList(nb, typ, c)
	case arrow.STRUCT:
		return b.putStruct(nb, typ.(*arrow.StructType), c)
	case arrow.MAP:
		return b.putMap(nb, typ.(*arrow.MapType), c)
	}
	return false, nil
}

func (b *builder) putBytes(nb array.Builder, typ arrow.DataType, c *cell) bool {
	text := typ.ID() == arrow.STRING || typ.ID() == arrow.LARGE_STRING
	data := c.b
	switch c.class {
	case classText, classUUID, classPath, classPeriod:
		if !text {
			if c.v.Kind() != pickle.KindStr8 {
				return false
			}
			data = b.doc.Bytes(c.v)
		} else if c.bad {
			if b.opts.Surrogates != SurrogatesReplace {
				return false
			}
			data = replaceInvalid(data)
		}
	case classBytes:
		if text {
			return false
		}
	default:
		return false
	}
	if f, ok := typ.(*arrow.FixedSizeBinaryType); ok && f.ByteWidth != len(data) {
		return false
	}
	switch nb := nb.(type) {
	case *array.StringBuilder:
		nb.BinaryBuilder.Append(data)
	case *array.LargeStringBuilder:
		nb.BinaryBuilder.Append(data)
	case *array.BinaryBuilder:
		nb.Append(data)
	case *array.FixedSizeBinaryBuilder:
		nb.Append(data)
	}
	return true
}

// integerOf is the number of an int cell, or of a float that is whole: pandas makes
// floats of ints when one is missing. Beyond 2^53 floats skip ints, so that nobody knows
// which was meant.
func integerOf(c *cell) (int64, bool) {
	const most = 1 << 53
	if c.class == classFloat && c.f == math.Trunc(c.f) && c.f >= -most && c.f <= most {
		return int64(c.f), true
	}
	return c.i, c.class == classInt
}

func putInt(nb array.Builder, typ arrow.DataType, c *cell) bool {
	i, ok := integerOf(c)
	return ok && numeric.AppendInt(nb, typ.(arrow.FixedWidthDataType).BitWidth(), i)
}

func putUint(nb array.Builder, typ arrow.DataType, c *cell) bool {
	i, ok := integerOf(c)
	u := uint64(i)
	if c.class == classBigInt && c.n.IsUint64() {
		u, ok = c.n.Uint64(), true
	} else if i < 0 {
		return false
	}
	return ok && numeric.AppendUint(nb, typ.(arrow.FixedWidthDataType).BitWidth(), u)
}

// putFloat takes floats that the width holds exactly, and such ints.
func putFloat(nb array.Builder, typ arrow.DataType, c *cell) bool {
	f := c.f
	switch c.class {
	case classInt:
		f = float64(c.i)
		if f >= 1<<63 || int64(f) != c.i {
			return false
		}
	case classFloat, classNull:
	default:
		return false
	}
	switch typ.ID() {
	case arrow.FLOAT32:
		if float64(float32(f)) != f && f == f {
			return false
		}
	case arrow.FLOAT16:
		if float64(float16.New(float32(f)).Float32()) != f && f == f {
			return false
		}
	}
	switch nb := nb.(type) {
	case *array.Float64Builder:
		nb.Append(f)
	case *array.Float32Builder:
		nb.Append(float32(f))
	case *array.Float16Builder:
		nb.Append(float16.New(float32(f)))
	}
	return true
}

// putDecimal takes decimals and ints that scale and precision hold exactly.
func putDecimal(nb array.Builder, typ arrow.DataType, c *cell) bool {
	dt := typ.(arrow.DecimalType)
	n, scale := c.n, c.scale
	switch c.class {
	case classInt:
		n, scale = big.NewInt(c.i), 0
	case classBigInt:
		scale = 0
	case classDecimal:
	default:
		return false
	}
	n, ok := numeric.RescaleDecimal(n, scale, dt.GetScale())
	return ok && numeric.AppendDecimal(nb, numeric.Power10(dt.GetPrecision()), n)
}

func (b *builder) putTime(nb array.Builder, typ arrow.DataType, c *cell) bool {
	const day = 86400
	i, unit := c.i, c.unit
	switch {
	case c.class == classDate:
		i, unit = c.i*day, arrow.Second
	case c.class != classDatetime && c.class != classTime && c.class != classDelta:
		return false
	}
	var want class
	to := arrow.Second
	switch t := typ.(type) {
	case *arrow.TimestampType:
		want, to = classDatetime, t.Unit
		if (t.TimeZone == "") != (c.zone == "") {
			return false
		}
	case *arrow.Date32Type, *arrow.Date64Type:
		if want = classDatetime; c.zone != "" {
			return false
		}
	case *arrow.Time32Type:
		want, to = classTime, t.Unit
	case *arrow.Time64Type:
		want, to = classTime, t.Unit
	case *arrow.DurationType:
		want, to = classDelta, t.Unit
	}
	if c.class != want && !(c.class == classDate && want == classDatetime) {
		return false
	}
	v, ok := numeric.RescaleTicks(i, unit, to, b.opts.RoundTimes)
	if !ok {
		return false
	}
	if id := typ.ID(); id == arrow.DATE32 || id == arrow.DATE64 {
		if v%day != 0 || v/day > math.MaxInt32 || v/day < math.MinInt32 {
			return false
		}
	}
	switch nb := nb.(type) {
	case *array.TimestampBuilder:
		nb.Append(arrow.Timestamp(v))
	case *array.Date32Builder:
		nb.Append(arrow.Date32(v / day))
	case *array.Date64Builder:
		nb.Append(arrow.Date64(v * 1000))
	case *array.Time32Builder:
		nb.Append(arrow.Time32(v))
	case *array.Time64Builder:
		nb.Append(arrow.Time64(v))
	case *array.DurationBuilder:
		nb.Append(arrow.Duration(v))
	}
	return true
}
