package json

import (
	"bytes"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// abreast reads columns that stand one behind the other, all at the same time.
type abreast struct {
	columns []*cursor
	clock   *cursor // what counts the rows
	index   int     // which of the arrays is the names of rows, -1 for none
	out     []read.TextBuilder
	to      []int // of columns, the array each goes to; -1 for the clock alone
	done    bool
}

// cursor is a place in a column.
type cursor struct {
	*text
	name   string
	named  bool // its values have names
	key    []byte
	opened bool
}

// manyBuffers is what the buffers of all columns take together.
const manyBuffers = 32 << 20

// abreast opens the columns with the given numbers, and the first to count rows by.
func (s *source) abreast(columns []int) (read.Rows, error) {
	a := &abreast{index: -1, out: make([]read.TextBuilder, len(columns))}
	window := max(4<<10, min(windowBytes, manyBuffers/(len(columns)+1)))
	open := func(p *part, to int) error {
		t, err := s.text(p, window)
		a.columns = append(a.columns, &cursor{text: t, name: p.name, named: p.kind == jsonscan.Object})
		a.to = append(a.to, to)
		return err
	}
	if err := open(&s.layout.columns[0], -1); err != nil {
		return nil, err
	}
	for i, c := range columns {
		var err error
		switch {
		case c == len(s.layout.columns):
			a.index = i
		case c == 0:
			a.to[0] = i
		default:
			err = open(&s.layout.columns[c], i)
		}
		if err != nil {
			return nil, err
		}
	}
	a.clock = a.columns[0]
	return a, nil
}

// Close implements read.Rows.
func (a *abreast) Close() error { return nil }

// Next implements read.Rows.
func (a *abreast) Next() ([]arrow.Array, int, error) {
	n, size := 0, 0
	for n < read.BatchRows && size < read.BatchBytes && !a.done {
		added, err := a.row()
		if err != nil {
			return nil, 0, err
		}
		if !a.done {
			n++
		}
		size += added
	}
	if n == 0 {
		return nil, 0, io.EOF
	}
	arrays := make([]arrow.Array, len(a.out))
	for i := range a.out {
		arrays[i] = a.out[i].Array()
	}
	return arrays, n, nil
}

// row adds a row, or says that there is none any more.
func (a *abreast) row() (size int, err error) {
	for i, c := range a.columns {
		raw, err := c.next()
		if err != nil {
			return 0, err
		}
		if i == 0 {
			a.done = raw == nil
		}
		if (raw == nil) != a.done {
			return 0, c.fault(read.ErrNotTable, 0, "column %q has another number of values than %q", c.name, a.clock.name)
		}
		if a.done {
			continue
		}
		if !bytes.Equal(c.key, a.clock.key) {
			return 0, c.fault(read.ErrNotTable, 0, "column %q has row %s where %q has %s: orient: index makes the members rows", c.name, c.key, a.clock.name, a.clock.key)
		}
		if a.to[i] >= 0 {
			put(&a.out[a.to[i]], raw)
			size += len(raw)
		}
	}
	if !a.done && a.index >= 0 {
		put(&a.out[a.index], a.clock.key)
	}
	return size, nil
}

func put(b *read.TextBuilder, raw []byte) {
	if raw[0] == 'n' {
		b.AddNull()
	} else {
		b.Add(raw)
	}
}

// next returns the next value of a column, nil at its end.
func (c *cursor) next() ([]byte, error) {
	begin, end := byte('['), byte(']')
	if c.named {
		begin, end = '{', '}'
	}
	if !c.opened {
		c.opened = true
		if err := c.take(begin); err != nil {
			return nil, fmt.Errorf("column %q: %w", c.name, err)
		}
		if got, err := c.peek(); err != nil || got == end {
			return nil, err
		}
	} else if last, err := c.comma(end); err != nil || last {
		return nil, err
	}
	if c.named {
		var err error
		if c.key, err = c.text.name(); err != nil {
			return nil, err
		}
	}
	return c.value()
}
