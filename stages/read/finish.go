package read

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// Later is a column that is still to be made of one that was read.
type Later struct {
	Column string // that was read
	Path   string // into its structs, with dots; empty for the column itself
	Want   Want   // the zero Type for what it is

	names []string // of the class that the column was, in order
}

// Finish makes the table of a result one of the columns that are named, in that order;
// nil for all it has. Those in later are converted as [Convert] does; the others are
// there already. It replaces the table.
func Finish(res *Result, names []string, later map[string]Later, opts Options) error {
	from := res.Table
	if names == nil {
		for _, f := range from.Schema().Fields() {
			names = append(names, f.Name)
		}
	}
	fields := make([]arrow.Field, len(names))
	columns := make([][]arrow.Array, len(names))
	defer func() { releaseAll(columns) }()
	misfits := res.Misfits
	if misfits.most = opts.MaxMisfits; misfits.most <= 0 {
		misfits.most = 1000
	}
	for i, name := range names {
		l, converted := later[name]
		if !converted {
			l.Column = name
		}
		at := from.Schema().FieldIndices(l.Column)
		if len(at) == 0 {
			return &ColumnError{Kind: ErrNoColumn, Column: name, Detail: "the table does not have it"}
		}
		data := from.Column(at[0]).Data()
		fields[i] = from.Schema().Field(at[0])
		fields[i].Name = name
		if !converted {
			for _, a := range data.Chunks() {
				a.Retain()
			}
			columns[i] = data.Chunks()
			continue
		}
		l.names = categories(fields[i])
		t, chunks, err := l.make(name, data, &misfits, &opts)
		columns[i] = chunks
		if err != nil {
			return err
		}
		if t.Kind != schema.Invalid {
			res.Types[name] = t
		}
		fields[i] = arrow.Field{Name: name, Type: dataType(t, data, chunks), Nullable: true}
	}
	res.Table = newTable(fields, columns, from.NumRows())
	res.Misfits = misfits
	from.Release()
	return nil
}

func dataType(t schema.Type, data *arrow.Chunked, chunks []arrow.Array) arrow.DataType {
	switch {
	case t.Kind != schema.Invalid:
		return t.Arrow()
	case len(chunks) > 0:
		return chunks[0].DataType()
	}
	return data.DataType()
}

// make converts the chunks of a column.
func (l *Later) make(name string, data *arrow.Chunked, misfits *Misfits, opts *Options) (schema.Type, []arrow.Array, error) {
	var path []string
	if l.Path != "" {
		path = strings.Split(l.Path, ".")
	}
	want, asked := l.Want, l.Want.Type.Kind != schema.Invalid
	leaf, ok := pathType(data.DataType(), path)
	if !ok && data.DataType().ID() != arrow.NULL {
		return want.Type, nil, &ColumnError{Kind: ErrNoColumn, Column: name,
			Detail: fmt.Sprintf("column %q, which is %s, has no such member", l.Column, TypeName(data.DataType()))}
	}
	if !asked {
		want.Type, _ = plainType(leaf)
	}
	c := &converter{column: name, path: path}
	if openClass(want.Type) {
		w := newClassWatcher(l.names)
		for _, a := range data.Chunks() {
			if err := w.watch(c, a); err != nil {
				return want.Type, nil, err
			}
		}
		want.Type.Names = w.list()
	}
	c, err := newConverter(name, Typed, path, want, opts)
	if err != nil {
		return want.Type, nil, err
	}
	c.keep = want.Type.Kind == schema.Invalid
	var out []arrow.Array
	row := int64(0)
	for _, a := range data.Chunks() {
		to, err := c.array(a, func(at int, cell *cell) error {
			misfits.add(Misfit{Row: row + int64(at), Column: name, Found: cell.describe(), Want: want.Type.String()})
			return nil
		})
		if err != nil {
			return want.Type, out, err
		}
		out = append(out, to)
		row += int64(a.Len())
	}
	return want.Type, out, nil
}

// TableOf is a result as a table, which the result keeps.
func TableOf(res *Result) Table { return resultTable{res} }

type resultTable struct{ res *Result }

// Info implements Table.
func (t resultTable) Info() *Info { return &t.res.Info }

// Schema implements Table.
func (t resultTable) Schema() *arrow.Schema { return t.res.Table.Schema() }

// Misfits implements Table.
func (t resultTable) Misfits() *Misfits { return &t.res.Misfits }

// Batches implements Table.
func (t resultTable) Batches(from, to int64, each func(arrow.RecordBatch) error) error {
	if to < 0 || to > t.res.Table.NumRows() {
		to = t.res.Table.NumRows()
	}
	if from >= to {
		return nil
	}
	r := array.NewTableReader(t.res.Table, BatchRows)
	defer r.Release()
	at := int64(0)
	for at < to && r.Next() {
		b := r.RecordBatch()
		lo, hi := max(from-at, 0), min(b.NumRows(), to-at)
		at += b.NumRows()
		if lo >= hi {
			continue
		}
		part := b.NewSlice(lo, hi)
		err := each(part)
		part.Release()
		if err != nil {
			return err
		}
	}
	return nil
}
