package pipeline

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
)

// Column returns records lo to hi of the shard as one array of the field's Arrow
// type; for a field of one image, as a string array of the images' names. Rows
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
		if name, ok := s.Images[field].Name(row, 0); ok {
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
	return schema.Take(s.Columns[field].DataType(), rows.Len(), func(k int) (arrow.Array, int) {
		c := s.Cell(field, rows.At(k))
		return c.Array, c.Row
	})
}
