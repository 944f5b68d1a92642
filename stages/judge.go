package stages

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/validate"
)

// judge tells what loading has shown: values of another type, records that side tables
// do not know, texts that cannot be read, and cells that must not be empty.
func (l *loading) judge(ctx context.Context, find func(rule string) *pipeline.Finder) error {
	if err := l.types(ctx, find); err != nil {
		return err
	}
	l.joined(find)
	for rule, checked := range l.looked() {
		find(rule).Checked(checked)
	}
	for _, v := range l.broken {
		if !l.loaded.Records.Has(v.Row) {
			continue
		}
		if f := find(v.Rule); f.Broke(v.Row, v.Field, "") {
			f.Tell(v)
		}
	}
	l.required(find)
	return nil
}

// misfits are the rows whose value of a field is of another type, and null for that.
func (l *loading) misfits(field int) *read.RowBits {
	if l.Fields[field].From != "" {
		return l.table.result.Misfits.Column(l.bound[field].name())
	}
	return nil
}

// types tells of values of another type. A column that has no other is the fault of
// the config, which is an error.
func (l *loading) types(ctx context.Context, find func(string) *pipeline.Finder) error {
	r := l.loaded.Records
	found := make(map[string]map[int64]string)
	for _, m := range l.table.result.Misfits.List {
		if found[m.Column] == nil {
			found[m.Column] = make(map[int64]string)
		}
		found[m.Column][m.Row] = m.Found
	}
	for i, field := range l.Fields {
		if field.From == "" {
			continue
		}
		f := find(pipeline.RuleType)
		f.Checked(int64(r.Chosen().Len()))
		misfits := l.misfits(i)
		if misfits.Count() == 0 {
			continue
		}
		if err := l.whole(ctx, i, misfits); err != nil {
			return err
		}
		for _, row := range misfits.Rows() {
			what := found[l.bound[i].name()][row]
			if !r.Has(row) || !f.Broke(row, field.Name, kindOf(what)) {
				continue
			}
			detail := "the value is not of the field's type, " + field.Type.String()
			if what != "" {
				detail = fmt.Sprintf("found %s, the field is %s", what, field.Type)
			}
			f.Tell(pipeline.Violation{Row: row, Field: field.Name, Detail: detail})
		}
	}
	return nil
}

// kindOf is the kind of a value in what was found: "text" of `text "n/a"`.
func kindOf(found string) string {
	kind, _, _ := strings.Cut(found, " ")
	return kind
}

// alike is from how many values on a column may be called wrong as a whole.
const alike = 2

// whole is the error of a column all of whose values are of another type.
func (l *loading) whole(ctx context.Context, field int, misfits *read.RowBits) error {
	r, values := l.loaded.Records, int64(0)
	for _, row := range r.Chosen().All() {
		if c := r.Cell(field, row); misfits.Has(row) {
			values++
		} else if !c.Array.IsNull(c.Row) {
			return nil
		}
	}
	if values < alike {
		return nil
	}
	f := &l.Fields[field]
	all := fmt.Sprintf("all %d records that have it", values)
	if values == int64(r.Chosen().Len()) {
		all = fmt.Sprintf("all %d records", values)
	}
	t, err := l.typeOf(ctx, f.From)
	if _, perr := schema.ParseType(t); err != nil || perr != nil {
		return pipeline.WithHint(&TypeError{Field: f.Name, Message: fmt.Sprintf("%s hold something else than %s, the field's type", all, f.Type)}, "`pickshard inspect` spells the type of each column")
	}
	hint := fmt.Sprintf("write `type: %s` for the field", t)
	if strings.Contains(t, "[") {
		hint = fmt.Sprintf("write `type: \"%s\"` for the field", t)
	}
	return pipeline.WithHint(&TypeError{Field: f.Name, Message: fmt.Sprintf("%s hold %s, the field is %s", all, t, f.Type)}, "%s", hint)
}

// TypeError is a field whose type no value has: the config's fault, not the records'.
type TypeError struct{ Field, Message string }

func (e *TypeError) Error() string { return e.Field + ": " + e.Message }

// typeOf is the type of a column as the file has it, as a config spells it.
func (l *loading) typeOf(ctx context.Context, column string) (string, error) {
	t, err := l.Dataset.read(ctx, l.split, needs{columns: []string{column}})
	if err != nil {
		return "", err
	}
	defer t.result.Table.Release()
	for _, f := range t.result.Table.Schema().Fields() {
		if f.Name == column && f.Type.ID() != arrow.NULL {
			return read.TypeName(f.Type), nil
		}
	}
	return "", nil
}

// joined tells of records that a side table has no row for.
func (l *loading) joined(find func(string) *pipeline.Finder) {
	for _, s := range l.sides {
		if s.Missing != MissingFail {
			continue
		}
		f, rows := find(pipeline.RuleJoin), l.loaded.Records.Chosen()
		f.Checked(int64(rows.Len()))
		side := strings.Join(s.Records.Files, ", ")
		for _, row := range rows.All() {
			if !s.Matched(l.record(row)) && f.Broke(row, "", side) {
				f.Tell(pipeline.Violation{Row: row, Detail: fmt.Sprintf("%s has no row with %s", side, l.key(s, row))})
			}
		}
	}
}

// looked counts what the rules over texts and lists have looked at.
func (l *loading) looked() map[string]int64 {
	counts := make(map[string]int64)
	for i, f := range l.Fields {
		n := int64(l.loaded.Records.Chosen().Len())
		switch {
		case l.templates[i].text != nil:
			counts[pipeline.RuleTextFile] += n
		case f.Type.ImageList():
			counts[pipeline.RuleList] += n
		}
	}
	return counts
}

// required tells of cells that are empty and must not be.
func (l *loading) required(find func(string) *pipeline.Finder) {
	r := l.loaded.Records
	for i := range r.Schema.Len() {
		if !r.Schema.Field(i).Nullable {
			find(pipeline.RuleRequired).Checked(int64(r.Chosen().Len()))
		}
	}
	misfit := func(field int, row int64) bool { return l.misfits(field).Has(row) }
	for v := range validate.CheckRecords(r, misfit) {
		if f := find(pipeline.RuleRequired); f.Broke(v.Row, v.Field, "") {
			f.Tell(v)
		}
	}
}
