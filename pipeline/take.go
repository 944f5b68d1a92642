package pipeline

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Column returns records lo to hi of the shard as one array of the field's Arrow
// type; for an image field, as a string array of its names (ImageName). Rows
// that stand together in one chunk are a view, others are copied.
func (s *Shard) Column(field, lo, hi int) (arrow.Array, error) {
	rows := s.Order.Slice(lo, hi)
	c := s.Columns[field]
	if c == nil {
		return s.imageNames(field, rows), nil
	}
	if view := contiguous(c, rows); view != nil {
		return view, nil
	}
	return s.take(field, rows)
}

func (s *Shard) imageNames(field int, rows Rows) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(rows.Len())
	for _, row := range rows.All() {
		if name, ok := s.ImageName(field, row); ok && s.Sizes[field].At(row) != NoImage {
			b.Append(name)
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray()
}

// contiguous returns a view when rows are consecutive and lie in one chunk.
func contiguous(c *arrow.Chunked, rows Rows) arrow.Array {
	if rows.Len() == 0 {
		return nil
	}
	first, last := rows.At(0), rows.At(rows.Len()-1)
	if last-first != int64(rows.Len()-1) {
		return nil
	}
	for i, r := range rows.All() {
		if r != first+int64(i) {
			return nil
		}
	}
	for _, a := range c.Chunks() {
		if n := int64(a.Len()); first >= n {
			first -= n
			last -= n
			continue
		}
		if last >= int64(a.Len()) {
			return nil
		}
		return array.NewSlice(a, first, last+1)
	}
	return nil
}

// take gathers rows into a new array.
func (s *Shard) take(field int, rows Rows) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, s.Columns[field].DataType())
	defer b.Release()
	b.Reserve(rows.Len())
	for _, row := range rows.All() {
		c := s.Cell(field, row)
		if c.Array.IsNull(c.Row) {
			b.AppendNull()
			continue
		}
		if err := appendValue(b, c.Array, c.Row); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}

// appendValue copies one non-null value; the types are those of schema.Type.
func appendValue(b array.Builder, a arrow.Array, i int) error {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(a.(*array.String).Value(i))
	case *array.BinaryBuilder:
		b.Append(a.(*array.Binary).Value(i))
	case *array.BooleanBuilder:
		b.Append(a.(*array.Boolean).Value(i))
	case *array.Int8Builder:
		b.Append(a.(*array.Int8).Value(i))
	case *array.Int16Builder:
		b.Append(a.(*array.Int16).Value(i))
	case *array.Int32Builder:
		b.Append(a.(*array.Int32).Value(i))
	case *array.Int64Builder:
		b.Append(a.(*array.Int64).Value(i))
	case *array.Uint8Builder:
		b.Append(a.(*array.Uint8).Value(i))
	case *array.Uint16Builder:
		b.Append(a.(*array.Uint16).Value(i))
	case *array.Uint32Builder:
		b.Append(a.(*array.Uint32).Value(i))
	case *array.Uint64Builder:
		b.Append(a.(*array.Uint64).Value(i))
	case *array.Float32Builder:
		b.Append(a.(*array.Float32).Value(i))
	case *array.Float64Builder:
		b.Append(a.(*array.Float64).Value(i))
	case *array.Date32Builder:
		b.Append(a.(*array.Date32).Value(i))
	case *array.TimestampBuilder:
		b.Append(a.(*array.Timestamp).Value(i))
	default:
		return fmt.Errorf("gather column: no rule for type %s", a.DataType())
	}
	return nil
}
