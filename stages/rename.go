package stages

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/stages/read"
)

// readRenamed reads a split whose table calls columns by other names than the fields do,
// or lacks some, which are null then.
func (d *Dataset) readRenamed(ctx context.Context, split *Split, need needs) (*table, error) {
	r := &split.Records
	theirs := func(name string) string {
		if other, ok := r.Rename[name]; ok {
			return other
		}
		return name
	}
	inner := needs{want: make(map[string]read.Want)}
	for _, name := range need.columns {
		if slices.Contains(r.Without, name) {
			continue
		}
		inner.columns = append(inner.columns, theirs(name))
		if want, ok := need.want[name]; ok {
			inner.want[theirs(name)] = want
		}
		if slices.Contains(need.compared, name) {
			inner.compared = append(inner.compared, theirs(name))
		}
	}
	slices.Sort(inner.columns)
	inner.columns = slices.Compact(inner.columns)
	t, err := d.readTable(ctx, split, inner)
	if err != nil {
		return nil, err
	}
	rename(t.result, r.Rename)
	addNulls(t.result, slices.DeleteFunc(slices.Clone(need.columns), func(name string) bool { return !slices.Contains(r.Without, name) }), need.want)
	return t, nil
}

// rename gives a table's columns the names that fields know.
func rename(result *read.Result, names map[string]string) {
	ours := make(map[string]string, len(names))
	for our, their := range names {
		ours[their] = our
	}
	var fields []arrow.Field
	var columns []arrow.Column
	for i := range int(result.Table.NumCols()) {
		c := result.Table.Column(i)
		field := c.Field()
		if our, ok := ours[field.Name]; ok {
			field.Name = our
		}
		fields, columns = append(fields, field), append(columns, *arrow.NewColumn(field, c.Data()))
	}
	result.Table = array.NewTable(arrow.NewSchema(fields, nil), columns, result.Table.NumRows())
	result.Misfits.Rename(func(their string) string {
		if our, ok := ours[their]; ok {
			return our
		}
		return their
	})
	for their, our := range ours {
		if t, ok := result.Types[their]; ok {
			result.Types[our] = t
		}
	}
}

// addNulls adds columns without a value.
func addNulls(result *read.Result, names []string, want map[string]read.Want) {
	rows := result.Table.NumRows()
	for _, name := range names {
		dt := arrow.DataType(arrow.Null)
		if w, ok := want[name]; ok {
			dt = w.Type.Arrow()
		}
		field := arrow.Field{Name: name, Type: dt, Nullable: true}
		var fields []arrow.Field
		var columns []arrow.Column
		for i := range int(result.Table.NumCols()) {
			c := result.Table.Column(i)
			fields, columns = append(fields, c.Field()), append(columns, *c)
		}
		fields, columns = append(fields, field), append(columns, *arrow.NewColumn(field, nulls(dt, rows)))
		result.Table = array.NewTable(arrow.NewSchema(fields, nil), columns, rows)
	}
}
