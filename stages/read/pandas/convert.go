package pandas

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read"
)

// convert builds a source in the type that is wanted: the natural way when that
// is its type, else cell by cell. A cell that cannot be it is an error.
func convert(b *builder, s source, want arrow.DataType) error {
	if cs, ok := s.(*cellSource); ok {
		if done, err := cs.buildPlain(b, want); done || err != nil {
			return err
		}
		return buildAs(b, s, want)
	}
	typ, err := s.natural(b.reader)
	if err != nil {
		return err
	}
	if typ != nil && arrow.TypeEqual(typ, want) {
		return s.build(b)
	}
	return buildAs(b, s, want)
}

// misfits gathers the cells that cannot be what Options.Want asks.
type misfits struct {
	list    []Misfit
	n       int64
	columns map[string]*read.RowBits
	most    int
}

// add notes a cell; misfit tells more of it where there is room for that.
func (m *misfits) add(column string, row int64, misfit func() Misfit) {
	m.n++
	if m.columns == nil {
		m.columns = make(map[string]*read.RowBits)
	}
	rows := m.columns[column]
	if rows == nil {
		rows = new(read.RowBits)
		m.columns[column] = rows
	}
	rows.Set(row)
	if len(m.list) < m.most {
		m.list = append(m.list, misfit())
	}
}

// sorted returns the rows of all columns, ascending.
func (m *misfits) sorted() []int64 {
	all := read.NewMisfits(nil, m.columns)
	return all.Rows()
}

// buildWanted builds a source as the caller wants it. Cells that cannot be it
// become null and are noted.
func buildWanted(b *builder, s source, want arrow.DataType, m *misfits) error {
	if cs, ok := s.(*cellSource); ok {
		if done, err := cs.buildPlain(b, want); done || err != nil {
			return err
		}
	} else if typ, err := s.natural(b.reader); err != nil {
		return err
	} else if typ != nil && arrow.TypeEqual(typ, want) {
		before := b.budget.spent()
		err := s.build(b)
		var bad *CellError
		if err == nil || !errors.As(err, &bad) {
			return err
		}
		b.chunks = nil // some text is not UTF-8: note which
		b.budget.takeBack(before)
	}
	return buildCells(b, s, want, func(row int, c *cell) error {
		at := b.rowAt + int64(row)
		m.add(b.name, at, func() Misfit {
			return Misfit{Row: at, Column: b.name, Found: b.describe(c), Want: read.TypeName(want)}
		})
		return nil
	})
}
