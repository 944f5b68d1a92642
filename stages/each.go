package stages

import (
	"context"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// expanded puts, in place of columns that only samples have, those that they are made
// of. Columns that are joined are not read of the records.
func (n needs) expanded(e *join.Each, joined map[string]bool) needs {
	names := e.Names()
	out := needs{want: make(map[string]read.Want), compared: n.compared, again: n.again}
	add := func(name string) {
		if !joined[name] {
			out.columns = append(out.columns, name)
		}
	}
	for _, name := range n.columns {
		want, wanted := n.want[name]
		if !slices.Contains(names, name) {
			add(name)
			if wanted {
				out.want[name] = want
			}
			continue
		}
		columns, lists := e.Columns(name)
		for _, c := range columns {
			add(c)
			if _, twice := out.want[c]; !wanted || twice || joined[c] {
				continue
			}
			if lists {
				elem := want.Type
				out.want[c] = read.Want{Type: schema.ListOf(elem), Cast: want.Cast}
			} else {
				out.want[c] = want
			}
		}
	}
	if e.Pairs != nil {
		add(e.Pairs.By)
	}
	slices.Sort(out.columns)
	out.columns = slices.Compact(out.columns)
	return out
}

// expand makes the samples of each record that was chosen. From here on rows are
// samples, and from tells the record that each was made of.
func (l *loading) expand(context.Context) error {
	if l.Each == nil {
		return nil
	}
	made, err := l.Each.Expand(l.chosen, l.asked(), l.column)
	if err != nil {
		return pipeline.WithHint(err, "check `each:` in the config")
	}
	rows := int64(len(made.From))
	result := &read.Result{Types: l.table.result.Types, Warnings: l.table.result.Warnings, Aside: l.table.result.Aside}
	misfits := make(map[string]*read.RowBits)
	var fields []arrow.Field
	var columns []arrow.Column
	for _, name := range l.asked() {
		c, ok := made.Columns[name]
		if !ok {
			old, found := l.columns[name]
			if !found {
				continue // bind says so
			}
			if c, err = join.TakeRows(old, made.From); err != nil {
				return err
			}
		}
		l.columns[name] = c
		misfits[name] = l.misplaced(name, made.From)
		field := arrow.Field{Name: name, Type: c.DataType(), Nullable: true}
		fields, columns = append(fields, field), append(columns, *arrow.NewColumn(field, c))
	}
	result.Table = array.NewTable(arrow.NewSchema(fields, nil), columns, rows)
	result.Misfits = read.NewMisfits(nil, misfits)
	table := *l.table
	table.result = result
	l.table, l.from = &table, made.From
	l.chosen = pipeline.RowRange(0, int(rows))
	return nil
}

// asked lists the columns that fields and their names are made of, each once.
func (l *loading) asked() []string {
	var names []string
	for i, f := range l.Fields {
		names = append(names, l.templates[i].columns()...)
		names = append(names, l.bound[i].name(), f.Bytes, f.Pixels)
		if f.Is == IsCount {
			names = append(names, f.Of)
		}
		if f.Prefer != nil {
			names = append(names, f.Prefer.First, f.Prefer.Second)
		}
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(name string) bool { return name == "" })
}

// misplaced are the samples whose value of a column is of another type; nil for none.
func (l *loading) misplaced(name string, from []int64) *read.RowBits {
	out := new(read.RowBits)
	mark := func(column string, sample func(i int) bool) {
		bad := l.table.result.Misfits.Column(column)
		if bad.Count() == 0 {
			return
		}
		for i, row := range from {
			if sample(i) && bad.Has(row) {
				out.Set(int64(i))
			}
		}
	}
	all := func(int) bool { return true }
	switch columns, lists := l.Each.Columns(name); {
	case !slices.Contains(l.Each.Names(), name):
		mark(name, all)
	case lists:
		mark(columns[0], all)
	default:
		for k, v := range l.Each.Samples {
			for _, g := range v {
				if g.Name == name {
					mark(g.Column, func(i int) bool { return i%len(l.Each.Samples) == k })
				}
			}
		}
	}
	if out.Count() == 0 {
		return nil
	}
	return out
}

// record is the row of the record that a row was made of.
func (l *loading) record(row int64) int64 {
	if l.from == nil {
		return row
	}
	return l.from[row]
}
