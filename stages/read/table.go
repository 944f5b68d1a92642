package read

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// scan reads a part from its first row and calls each with the batches, which are of
// the table's schema.
func (t *table) scan(part int, each func(arrow.RecordBatch) error) error {
	t.opened = part + 1
	arrays := make([]arrow.Array, len(t.outs))
	release := func() {
		for i, a := range arrays {
			if a != nil {
				a.Release()
			}
			arrays[i] = nil
		}
	}
	defer release()
	all := func(int) bool { return true }
	return t.rows(part, all, func(i int, a arrow.Array) (err error) {
		o := &t.outs[i]
		arrays[i], err = o.parts[part].convert.array(a, func(row int, c *cell) error {
			return t.misfit(o, t.rowAt+int64(row), c)
		})
		return err
	}, func(n int) error {
		b := array.NewRecordBatch(t.schema, arrays, int64(n))
		defer b.Release()
		release()
		err := each(b)
		t.rowAt += int64(n)
		return err
	})
}

// misfit notes a cell that is not of the type that is wanted. Where the type was found
// by looking at all cells, only text that is not Unicode can be one: that is an error.
func (t *table) misfit(o *out, row int64, c *cell) error {
	if !o.asked {
		kind, detail := ErrCell, "it cannot be "+o.want.Type.String()
		if c.bad {
			kind, detail = ErrNotText, "lone surrogates or bytes that are not UTF-8"
		}
		return &CellError{Kind: kind, Column: o.name, Row: row, Found: c.describe(), Detail: detail}
	}
	t.misfits.add(Misfit{Row: row, Column: o.name, Found: c.describe(), Want: o.want.Type.String()})
	return nil
}

// Info implements Table.
func (t *table) Info() *Info { return &t.info }

// Schema implements Table.
func (t *table) Schema() *arrow.Schema { return t.schema }

// Misfits implements Table.
func (t *table) Misfits() *Misfits { return t.misfits }

// errEnough ends a scan whose rest nobody wants.
var errEnough = errors.New("enough rows were read")

// Batches implements Table.
func (t *table) Batches(from, to int64, each func(arrow.RecordBatch) error) error {
	t.rowAt = 0
	if to >= 0 && from >= to {
		return nil
	}
	var used error
	err := t.scan(0, func(b arrow.RecordBatch) error {
		lo, hi := max(from-t.rowAt, 0), b.NumRows()
		if to >= 0 {
			hi = min(hi, to-t.rowAt)
		}
		if lo < hi {
			part := b.NewSlice(lo, hi)
			used = each(part)
			part.Release()
		}
		if used != nil || to >= 0 && t.rowAt+b.NumRows() >= to {
			return errEnough
		}
		return nil
	})
	switch {
	case used != nil:
		return used
	case errors.Is(err, errEnough):
		return nil
	}
	t.failed = err
	return err
}

// types are those that were wanted, with the names of classes.
func (t *table) types() map[string]schema.Type {
	types := make(map[string]schema.Type)
	for _, o := range t.outs {
		if o.asked {
			types[o.name] = o.want.Type
		}
	}
	return types
}

// describe tells of the columns, which are in memory, or of those of the file.
func (t *table) describe(columns [][]arrow.Array) {
	if t.info.Rows < 0 {
		t.info.Rows = t.counted
	}
	t.info.Columns = make([]ColumnInfo, len(t.outs))
	for i := range t.outs {
		o := &t.outs[i]
		source := t.sources[0].Columns()[o.parts[0].column]
		c := ColumnInfo{Name: o.name, Dtype: source.Dtype, Type: TypeName(o.arrow), Nulls: -1, Bytes: source.Bytes}
		if t := o.want.Type; t.Kind != schema.Invalid {
			c.Type = t.String()
		}
		if columns != nil {
			c.Nulls, c.Bytes = 0, 0
			for _, a := range columns[i] {
				c.Nulls += int64(a.NullN())
				c.Bytes += DataBytes(a.Data())
			}
		}
		t.info.Columns[i] = c
	}
}

// DataBytes is the size of an array's buffers, those of its children among them.
func DataBytes(d arrow.ArrayData) int64 {
	n := int64(0)
	for _, b := range d.Buffers() {
		if b != nil {
			n += int64(b.Len())
		}
	}
	for _, c := range d.Children() {
		n += DataBytes(c)
	}
	return n
}

// newTable is a table of columns, each a list of chunks, which it takes for its own.
func newTable(fields []arrow.Field, columns [][]arrow.Array, rows int64) arrow.Table {
	s := arrow.NewSchema(fields, nil)
	cols := make([]arrow.Column, len(columns))
	for i, chunks := range columns {
		chunked := arrow.NewChunked(fields[i].Type, chunks)
		cols[i] = *arrow.NewColumn(s.Field(i), chunked)
		chunked.Release()
	}
	return array.NewTable(s, cols, rows)
}
