package read

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// Concat joins the tables of the parts of a split that were read by several readers, in
// order, as a reader does with parts of its own kind. It takes the results over.
func Concat(results []*Result, opts Options) (*Result, error) {
	if len(results) == 1 {
		return results[0], nil
	}
	out := &Result{Types: results[0].Types, Info: results[0].Info, Misfits: *newMisfits(opts.MaxMisfits)}
	first := results[0].Table.Schema()
	columns := make([][]arrow.Array, first.NumFields())
	defer func() {
		releaseAll(columns)
		for _, r := range results {
			r.Table.Release()
		}
	}()
	types := make([]schema.Type, first.NumFields())
	rows := int64(0)
	for part, r := range results {
		if int(r.Table.NumCols()) != len(columns) {
			return nil, NotTable("%s has %d columns, the files before have %d", r.Info.Name, r.Table.NumCols(), len(columns))
		}
		for i := range columns {
			name := first.Field(i).Name
			at := r.Table.Schema().FieldIndices(name)
			if len(at) != 1 {
				return nil, &ColumnError{Kind: ErrNoColumn, Column: name, Detail: fmt.Sprintf("%s does not have it, the files before do", r.Info.Name)}
			}
			data := r.Table.Column(at[0]).Data()
			t, ok := plainType(data.DataType())
			before := types[i]
			if ok {
				types[i], ok = unify(before, t)
			}
			if !ok {
				return nil, &ColumnError{Kind: ErrMixed, Column: name, Detail: fmt.Sprintf("in %s it is %s, in the files before %s", r.Info.Name, TypeName(data.DataType()), before)}
			}
			for _, a := range data.Chunks() {
				a.Retain()
				columns[i] = append(columns[i], a)
			}
		}
		out.Misfits.Append(&r.Misfits, rows)
		out.FileRows = append(out.FileRows, r.FileRows...)
		out.Warnings = append(out.Warnings, r.Warnings...)
		rows += r.Table.NumRows()
		if part > 0 {
			out.Info.FileBytes += r.Info.FileBytes
		}
	}
	fields := make([]arrow.Field, len(columns))
	for i := range columns {
		fields[i] = arrow.Field{Name: first.Field(i).Name, Type: types[i].Arrow(), Nullable: true}
		if err := convertAll(columns[i], fields[i], types[i], &opts); err != nil {
			return nil, err
		}
	}
	out.Table = newTable(fields, columns, rows)
	out.Info.Rows, out.Info.Warnings = rows, out.Warnings
	return out, nil
}

// convertAll makes arrays, in place, those of the type that they have in common.
func convertAll(arrays []arrow.Array, f arrow.Field, t schema.Type, opts *Options) error {
	if t.Kind == schema.JSON || t.Kind == schema.Class {
		return nil // text and numbers already
	}
	c, err := newConverter(f.Name, Typed, nil, Want{Type: t}, opts)
	if err != nil {
		return err
	}
	row := int64(0)
	for i, a := range arrays {
		if arrow.TypeEqual(a.DataType(), f.Type) {
			row += int64(a.Len())
			continue
		}
		to, err := c.array(a, func(at int, cell *cell) error {
			return &CellError{Kind: ErrCell, Column: f.Name, Row: row + int64(at), Found: cell.describe(), Detail: "it cannot be " + t.String()}
		})
		if err != nil {
			return err
		}
		row += int64(a.Len())
		a.Release()
		arrays[i] = to
	}
	return nil
}
