package join

import (
	"errors"
	"fmt"
	"math"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Names are a template's names for the rows of some columns. They are safe for
// concurrent use.
type Names struct {
	steps []step
	list  *lists // whose values the names are made of, nil for none
	paths *Paths // how the columns' values were written
	found *Found // the files that there are, where the names have stars
}

// step is a piece of a name: text, a value of the row, or one of the row's list.
type step struct {
	literal string
	value   appender
	list    *lists
	form    form
}

// Bind binds the template to columns. column finds a column of the records by its
// name; the columns must stay alive for as long as the names are used. A column may
// hold text, integers of any width, floats that are all whole numbers, or be null
// throughout; others are refused by name and type. So may what lies in the lists of
// a column: {images[0]} is the first value of each row's list, and {images} alone
// makes the names lists, one name a value. One column of lists is all that a
// template can have in that way.
func (t *Template) Bind(column func(name string) (*arrow.Chunked, bool)) (*Names, error) {
	n := &Names{steps: make([]step, 0, len(t.parts))}
	for _, p := range t.parts {
		if p.column == "" {
			n.steps = append(n.steps, step{literal: p.literal})
			continue
		}
		s, err := n.bind(p, column)
		if err != nil {
			return nil, t.fault(p.at, fmt.Sprintf("{%s}: %v", p.column, err))
		}
		n.steps = append(n.steps, s)
	}
	return n, nil
}

func (n *Names) bind(p part, column func(name string) (*arrow.Chunked, bool)) (step, error) {
	c, ok := column(p.column)
	if !ok {
		return step{}, errors.New("the records have no column of that name")
	}
	_, isList := c.DataType().(arrow.ListLikeType)
	switch {
	case p.indexed && !isList && c.DataType().ID() != arrow.NULL:
		return step{}, fmt.Errorf("[%d]: the column is a %s, not a list", p.item, typeName(c.DataType()))
	case !isList:
		value, err := bindColumn(c, p.width)
		return step{value: value, form: p.form}, err
	}
	l, err := newLists(c, p.width)
	if err != nil {
		return step{}, err
	}
	if p.indexed {
		return step{value: nthColumn{l, p.item}, form: p.form}, nil
	}
	if n.list != nil {
		return step{}, fmt.Errorf("a second list; give one value of it, as in {%s[0]}", p.column)
	}
	n.list = l
	return step{list: l, form: p.form}, nil
}

// Lists says whether a row has a list of names.
func (n *Names) Lists() bool { return n.list != nil }

// Len is how many names a row has; ok is false where its list is null. Where the
// template has no list it is 1.
func (n *Names) Len(row int64) (count int, ok bool) {
	if n.list == nil {
		return 1, true
	}
	return n.list.len(row)
}

// Append appends a row's name. ok is false where a column is null, where a text is
// empty (there is no file name) and for rows that the columns do not have; what was
// appended until then is left. Texts may have folders in them: whether a name is
// safe to open is the Source's to say. It allocates nothing but what dst grows by.
func (n *Names) Append(dst []byte, row int64, item int) (name []byte, ok bool) {
	begin := len(dst)
	for i := range n.steps {
		mark := len(dst)
		switch s := &n.steps[i]; {
		case s.list != nil:
			dst, ok = s.list.append(dst, row, item)
		case s.value != nil:
			dst, ok = s.value.append(dst, row)
		default:
			dst, ok = append(dst, s.literal...), true
		}
		if !ok {
			return dst, false
		}
		if n.steps[i].literal != "" {
			continue
		}
		if n.paths != nil {
			dst = n.paths.rewrite(dst, mark)
		}
		if f := n.steps[i].form; f != (form{}) {
			if dst = f.cut(dst, mark); len(dst) == mark {
				return dst, false // nothing is left to name a file
			}
		}
	}
	if n.found != nil {
		dst = n.found.replace(dst, begin)
	}
	return dst, true
}

// From returns the names for values that were written as paths says.
func (n *Names) From(paths *Paths) *Names {
	from := *n
	from.paths = paths
	return &from
}

// In returns the names with their stars replaced by what there is among found.
func (n *Names) In(found *Found) *Names {
	in := *n
	in.found = found
	return &in
}

// An appender writes a column's value as text.
type appender interface {
	append(dst []byte, row int64) ([]byte, bool)
}

func bindColumn(c *arrow.Chunked, width int) (appender, error) {
	switch id := c.DataType().ID(); id {
	case arrow.NULL:
		return noValues{}, nil
	case arrow.STRING, arrow.LARGE_STRING:
		if width > 0 {
			return nil, fmt.Errorf("the column is a %s, only an integer can be padded", typeName(c.DataType()))
		}
		if id == arrow.STRING {
			return newTexts[*array.String](c), nil
		}
		return newTexts[*array.LargeString](c), nil
	case arrow.INT8:
		return newInts[*array.Int8, int8](c, width), nil
	case arrow.INT16:
		return newInts[*array.Int16, int16](c, width), nil
	case arrow.INT32:
		return newInts[*array.Int32, int32](c, width), nil
	case arrow.INT64:
		return newInts[*array.Int64, int64](c, width), nil
	case arrow.UINT8:
		return newInts[*array.Uint8, uint8](c, width), nil
	case arrow.UINT16:
		return newInts[*array.Uint16, uint16](c, width), nil
	case arrow.UINT32:
		return newInts[*array.Uint32, uint32](c, width), nil
	case arrow.UINT64:
		return newInts[*array.Uint64, uint64](c, width), nil
	case arrow.FLOAT32, arrow.FLOAT64:
		return newWholes(c, width)
	case arrow.BINARY:
		if width > 0 {
			return nil, fmt.Errorf("the column is a %s, only an integer can be padded", typeName(c.DataType()))
		}
		return otherColumn{newValues[arrow.Array](c), width}, nil
	case arrow.DICTIONARY:
		if _, err := bindColumn(arrow.NewChunked(c.DataType().(*arrow.DictionaryType).ValueType, nil), width); err != nil {
			return nil, err
		}
		return otherColumn{newValues[arrow.Array](c), width}, nil
	}
	return nil, fmt.Errorf("the column is a %s, a file name needs a string or an integer", typeName(c.DataType()))
}

// noValues is a column that is null throughout.
type noValues struct{}

func (noValues) append(dst []byte, _ int64) ([]byte, bool) { return dst, false }

// values is a typed view of a chunked column.
type values[A arrow.Array] struct {
	starts []int64 // the row each chunk begins at, and the end
	chunks []A
}

func newValues[A arrow.Array](c *arrow.Chunked) values[A] {
	v := values[A]{starts: []int64{0}}
	for _, chunk := range c.Chunks() {
		// The chunks' type is the column's, which bindColumn looked at.
		v.chunks = append(v.chunks, chunk.(A))
		v.starts = append(v.starts, v.starts[len(v.starts)-1]+int64(chunk.Len()))
	}
	return v
}

// find returns the chunk and the place in it of a row that has a value.
func (v *values[A]) find(row int64) (a A, i int, ok bool) {
	lo, hi := 0, len(v.starts)-1
	if row < 0 || row >= v.starts[hi] {
		return a, 0, false
	}
	for lo+1 < hi {
		if mid := (lo + hi) / 2; row >= v.starts[mid] {
			lo = mid
		} else {
			hi = mid
		}
	}
	a, i = v.chunks[lo], int(row-v.starts[lo])
	return a, i, !a.IsNull(i)
}

type textArray interface {
	arrow.Array
	Value(int) string
}

// texts is a column of strings.
type texts[A textArray] struct{ values[A] }

func newTexts[A textArray](c *arrow.Chunked) *texts[A] { return &texts[A]{newValues[A](c)} }

func (c *texts[A]) append(dst []byte, row int64) ([]byte, bool) {
	a, i, ok := c.find(row)
	if !ok {
		return dst, false
	}
	s := a.Value(i)
	return append(dst, s...), s != ""
}

type integer interface {
	int8 | int16 | int32 | int64 | uint8 | uint16 | uint32 | uint64
}

type intArray[T integer] interface {
	arrow.Array
	Value(int) T
}

// ints is a column of integers, padded to width places where that is not 0.
type ints[A intArray[T], T integer] struct {
	values[A]
	width int
}

func newInts[A intArray[T], T integer](c *arrow.Chunked, width int) *ints[A, T] {
	return &ints[A, T]{newValues[A](c), width}
}

func (c *ints[A, T]) append(dst []byte, row int64) ([]byte, bool) {
	a, i, ok := c.find(row)
	if !ok {
		return dst, false
	}
	v := a.Value(i)
	if v < 0 {
		return appendInt(dst, int64(v), c.width), true
	}
	return appendDigits(dst, uint64(v), c.width), true
}

// appendInt appends an integer, padded to width places; the sign takes one, as in
// Python.
func appendInt(dst []byte, v int64, width int) []byte {
	if v < 0 {
		// -(v+1)+1 keeps the most negative value in range.
		return appendDigits(append(dst, '-'), uint64(-(v+1))+1, width-1)
	}
	return appendDigits(dst, uint64(v), width)
}

func appendDigits(dst []byte, v uint64, width int) []byte {
	var buf [20]byte
	digits := strconv.AppendUint(buf[:0], v, 10)
	for range width - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...)
}

// otherColumn is a column whose values are looked at one by one: floats, and what
// stands in a dictionary.
type otherColumn struct {
	values[arrow.Array]
	width int
}

func (c otherColumn) append(dst []byte, row int64) ([]byte, bool) {
	a, i, ok := c.find(row)
	if !ok {
		return dst, false
	}
	return appendValue(dst, a, i, c.width)
}

// newWholes takes a column of floats that all are whole numbers: pandas makes floats
// of integers when one is missing.
func newWholes(c *arrow.Chunked, width int) (appender, error) {
	col := otherColumn{newValues[arrow.Array](c), width}
	row := 0
	for _, a := range c.Chunks() {
		for i := range a.Len() {
			f, has := floatAt(a, i)
			if _, ok := whole(f); has && !ok {
				return nil, fmt.Errorf("the column is a %s and row %d has %v: a file name needs text or whole numbers", typeName(c.DataType()), row, f)
			}
			row++
		}
	}
	return col, nil
}

func floatAt(a arrow.Array, i int) (f float64, ok bool) {
	if a.IsNull(i) {
		return 0, false
	}
	if a, ok := a.(*array.Float32); ok {
		return float64(a.Value(i)), true
	}
	return a.(*array.Float64).Value(i), true
}

// whole returns a float as the integer that it stands for: beyond 2^53 floats skip
// integers, so that nobody knows which.
func whole(f float64) (n int64, ok bool) {
	const most = 1 << 53
	if f != math.Trunc(f) || f < -most || f > most {
		return 0, false
	}
	return int64(f), true
}
