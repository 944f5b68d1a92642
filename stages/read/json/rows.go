package json

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// rowText walks over rows that stand one behind the other.
type rowText struct {
	*text
	layout *layout
	opened bool
	done   bool
	key    []byte // the name of the row, where it has one
}

// rows starts at the first row.
func (s *source) rows() (*rowText, error) {
	var at *part
	if s.layout.inner {
		at = &s.layout.table
	}
	t, err := s.text(at, windowBytes)
	return &rowText{text: t, layout: &s.layout}, err
}

// next returns the text of the next row, io.EOF at the end.
func (r *rowText) next() ([]byte, error) {
	if r.done {
		return nil, io.EOF
	}
	if r.layout.lines {
		return r.nextLine()
	}
	end, named := byte(']'), false
	if r.layout.orient == read.OrientIndex || r.layout.orient == read.OrientItems {
		end, named = '}', true
	}
	if !r.opened {
		r.opened = true
		if err := r.take(end - 2); err != nil { // '[' and '{' lie two before
			return nil, err
		}
		if c, err := r.peek(); err != nil {
			return nil, err
		} else if c == end {
			r.at++
			return nil, r.last()
		}
	} else if last, err := r.comma(end); err != nil {
		return nil, err
	} else if last {
		return nil, r.last()
	}
	if named {
		var err error
		if r.key, err = r.name(); err != nil {
			return nil, err
		}
	}
	return r.row()
}

// last is the end of the rows: of the file, where they are all of it.
func (r *rowText) last() error {
	r.done = true
	if !r.layout.inner {
		if err := r.end(); err != nil {
			return err
		}
	}
	return io.EOF
}

func (r *rowText) nextLine() ([]byte, error) {
	c, err := r.peek()
	if err != nil {
		return nil, err
	}
	if c == 0 && r.at == len(r.buf) {
		return nil, io.EOF
	}
	return r.row()
}

// row passes a row and makes sure that it is one.
func (r *rowText) row() ([]byte, error) {
	c, err := r.peek()
	if err != nil {
		return nil, err
	}
	want := byte('{')
	switch r.layout.orient {
	case read.OrientItems:
		want = c
	case read.OrientValues, read.OrientSplit:
		want = '['
	}
	if c != want {
		return nil, r.fault(read.ErrNotTable, 0, "a row is %s, not %s", kindName(want), kindName(c))
	}
	return r.value()
}

func kindName(c byte) string {
	switch jsonscan.KindOf(c) {
	case jsonscan.Object:
		return "an object"
	case jsonscan.Array:
		return "an array"
	case jsonscan.String:
		return "text"
	case jsonscan.Number:
		return "a number"
	case jsonscan.Null:
		return "null"
	case jsonscan.True, jsonscan.False:
		return "true or false"
	}
	return fmt.Sprintf("%q", c)
}

// Rows implements read.Source.
func (s *source) Rows(_ context.Context, columns []int) (read.Rows, error) {
	if s.layout.orient == read.OrientColumns {
		return s.abreast(columns)
	}
	t, err := s.rows()
	if err != nil {
		return nil, err
	}
	r := &rowReader{rowText: t, source: s, columns: make([]read.TextBuilder, len(columns)), key: -1, value: -1, at: make(map[string]int), seen: make([]bool, len(columns))}
	for i, c := range columns {
		name := s.columns[c].Name
		r.names = append(r.names, name)
		switch {
		case s.layout.orient == read.OrientItems:
			if c == 0 {
				r.key = i
			} else {
				r.value = i
			}
		case name == indexName && s.layout.orient == read.OrientIndex:
			r.key = i
		case name == indexName && s.layout.index != nil:
			if r.index, err = s.text(s.layout.index, windowBytes); err == nil {
				err = r.index.take('[')
			}
			r.indexTo = i
		default:
			r.at[name] = i
		}
	}
	r.positions = positions(s, r.at)
	return r, err
}

// positions are, of rows that are arrays, the columns that items go to.
func positions(s *source, at map[string]int) []int {
	names := s.layout.names
	if s.layout.orient == read.OrientValues {
		for _, c := range s.columns {
			names = append(names, c.Name)
		}
	}
	to := make([]int, len(names))
	for i, name := range names {
		if k, ok := at[name]; ok {
			to[i] = k
		} else {
			to[i] = -1
		}
	}
	return to
}

// rowReader reads rows that stand one behind the other.
type rowReader struct {
	*rowText
	source  *source
	names   []string
	columns []read.TextBuilder
	at      map[string]int // columns by name
	seen    []bool         // columns that some row had
	total   int64

	key, value int   // columns that the row's name, and the row itself, go to; -1 for none
	positions  []int // of arrays, the columns that items go to
	index      *text // another array, of the index
	indexTo    int

	order []member // of the row before: where its members go
	room  []byte
	row   int // rows of the batch
}

// member is a member's name in quotes, and the column that it goes to, -1 for none.
type member struct {
	name []byte
	to   int
}

// Close implements read.Rows.
func (r *rowReader) Close() error { return nil }

// Next implements read.Rows.
func (r *rowReader) Next() ([]arrow.Array, int, error) {
	r.row = 0
	size := 0
	for r.row < read.BatchRows && size < read.BatchBytes {
		raw, err := r.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, 0, err
		}
		if err := r.add(raw); err != nil {
			return nil, 0, err
		}
		size += len(raw)
		r.row++
		for i := range r.columns { // what the row did not have
			if r.columns[i].Len() < r.row {
				r.columns[i].AddNull()
			}
		}
	}
	r.total += int64(r.row)
	if r.row == 0 {
		return nil, 0, r.missing()
	}
	arrays := make([]arrow.Array, len(r.columns))
	for i := range r.columns {
		arrays[i] = r.columns[i].Array()
	}
	return arrays, r.row, nil
}

// missing is io.EOF, or an error about a column that no row had.
func (r *rowReader) missing() error {
	if r.source.assumed && r.total > 0 {
		for i, ok := range r.seen {
			if !ok {
				return &read.ColumnError{Kind: read.ErrNoColumn, Column: r.names[i], Detail: "no row has it"}
			}
		}
	}
	return io.EOF
}

// add adds a row.
func (r *rowReader) add(raw []byte) error {
	if r.key >= 0 {
		r.put(r.key, r.rowText.key)
	}
	if r.index != nil {
		if err := r.addIndex(); err != nil {
			return err
		}
	}
	switch r.source.layout.orient {
	case read.OrientItems:
		if r.value >= 0 {
			r.put(r.value, raw)
		}
		return nil
	case read.OrientValues, read.OrientSplit:
		return r.addItems(raw)
	}
	return r.addMembers(raw)
}

func (r *rowReader) addIndex() error {
	if r.total+int64(r.row) > 0 {
		if last, err := r.index.comma(']'); err != nil || last {
			return errors.Join(err, read.NotTable("the index has fewer items than there are rows"))
		}
	}
	raw, err := r.index.value()
	if err == nil {
		r.put(r.indexTo, raw)
	}
	return err
}

// put adds a value to a column.
func (r *rowReader) put(column int, raw []byte) {
	r.seen[column] = true
	if raw[0] == 'n' {
		r.columns[column].AddNull()
	} else {
		r.columns[column].Add(raw)
	}
}

func (r *rowReader) addItems(raw []byte) error {
	n := 0
	jsonscan.Items(raw, func(item []byte) bool {
		if n < len(r.positions) && r.positions[n] >= 0 {
			r.put(r.positions[n], item)
		}
		n++
		return true
	})
	if n != len(r.positions) && !(r.source.assumed && n > len(r.positions)) {
		return &read.PlaceError{Err: read.ErrMalformed, Line: r.line, Offset: r.place(), Detail: fmt.Sprintf("a row of %d values ends here, there are %d columns", n, len(r.positions))}
	}
	return nil
}

// addMembers adds a row that is an object. Rows mostly have the members of the row
// before, in its order.
func (r *rowReader) addMembers(raw []byte) (err error) {
	n := 0
	jsonscan.Members(raw, func(name, value []byte) bool {
		if n >= len(r.order) || string(r.order[n].name) != string(name) {
			r.order = append(r.order[:n], r.memberOf(name))
		}
		if to := r.order[n].to; to >= 0 {
			if r.columns[to].Len() > r.row {
				err = &read.PlaceError{Err: read.ErrMalformed, Line: r.line, Offset: r.place(), Detail: fmt.Sprintf("the row that ends here has the name %s twice", short(name))}
				return false
			}
			r.put(to, value)
		}
		n++
		return true
	})
	r.order = r.order[:min(n, len(r.order))]
	return err
}

// memberOf finds the column of a member.
func (r *rowReader) memberOf(name []byte) member {
	r.room, _ = jsonscan.AppendText(r.room[:0], name)
	to, ok := r.at[string(r.room)]
	if !ok {
		to = -1
	}
	return member{append([]byte(nil), name...), to}
}

func short(name []byte) string {
	if len(name) > 80 {
		return string(name[:80]) + "..."
	}
	return string(name)
}
