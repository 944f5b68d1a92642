package pandas

import (
	"errors"
	"math/bits"
	"slices"

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
	list []Misfit
	n    int64
	rows []uint64 // a bit a row
	most int
}

// add notes a cell; misfit tells more of it where there is room for that.
func (m *misfits) add(row int64, misfit func() Misfit) {
	m.n++
	word := int(row >> 6)
	if word >= len(m.rows) {
		m.rows = slices.Grow(m.rows, word+1-len(m.rows))[:word+1]
	}
	m.rows[word] |= 1 << (row & 63)
	if len(m.list) < m.most {
		m.list = append(m.list, misfit())
	}
}

// sorted returns the rows, ascending.
func (m *misfits) sorted() []int64 {
	n := 0
	for _, word := range m.rows {
		n += bits.OnesCount64(word)
	}
	rows := make([]int64, 0, n)
	for i, word := range m.rows {
		for ; word != 0; word &= word - 1 {
			rows = append(rows, int64(i)<<6+int64(bits.TrailingZeros64(word)))
		}
	}
	return rows
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
		m.add(at, func() Misfit {
			return Misfit{Row: at, Column: b.name, Found: b.describe(c), Want: read.TypeName(want)}
		})
		return nil
	})
}
