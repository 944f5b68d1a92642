package stages

import (
	"context"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/join"
)

// choose finds the rows that belong to the split: those of its part, for which all
// conditions hold and whose side tables have what they must, and of these the first or
// a sample.
func (l *loading) choose(context.Context) error {
	rows := pipeline.RowRange(0, int(l.table.result.Table.NumRows()))
	if l.split.Part != nil {
		var err error
		if rows, err = l.split.Part.Rows(l.split.Name, l.table.result.Table.NumRows(), l.column); err != nil {
			return pipeline.WithHint(err, "check `split:` in the config")
		}
	}
	tests, err := l.tests()
	if err != nil {
		return err
	}
	if len(tests) > 0 {
		list := make([]int64, 0, rows.Len())
		for _, row := range rows.All() {
			holds := true
			for i := 0; holds && i < len(tests); i++ {
				holds = tests[i](row)
			}
			if holds {
				list = append(list, row)
			}
		}
		rows = pipeline.RowList(list)
	}
	if l.Sample > 0 {
		rows = join.Sample(rows, l.Sample)
	}
	if l.First > 0 {
		rows = join.First(rows, l.First)
	}
	l.chosen = rows
	return nil
}

// tests are what must hold of a row.
func (l *loading) tests() ([]func(row int64) bool, error) {
	var tests []func(int64) bool
	for _, w := range l.Where {
		c, ok := l.columns[w.Column]
		if !ok {
			return nil, pipeline.WithHint(l.errNoColumn(w.Column), "check `where:` in the config")
		}
		test, err := w.Condition.Bind(c)
		if err != nil {
			return nil, pipeline.WithHint(fmt.Errorf("where %s: %w", w.Column, err), "check `where:` in the config")
		}
		tests = append(tests, test)
	}
	for _, s := range l.sides {
		if s.Missing == MissingDrop {
			tests = append(tests, s.Matched)
		}
	}
	return tests, nil
}
