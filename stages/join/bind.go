package join

import (
	"fmt"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// A Name appends the name of a row's file, relative to INPUT, to dst. ok is false
// when a column the name is made of is null in that row. It is safe for concurrent
// use.
type Name func(dst []byte, row int64) (name []byte, ok bool)

// Bind returns the function that spells the file name of a row. column finds a
// column of the records by its name; the columns must stay alive for as long as
// the function is used. A column may be a string, a large string, an integer of
// any width, or null throughout; others are refused by name and type.
//
// The function says ok=false where a column is null, where a text is empty
// (there is no file name) and for rows that the columns do not have. Texts may
// have folders in them: whether a name is safe to open is the Source's to say.
// It allocates nothing but what dst grows by.
func (t *Template) Bind(column func(name string) (*arrow.Chunked, bool)) (Name, error) {
	type step struct {
		literal string
		value   appender
	}
	steps := make([]step, 0, len(t.parts))
	for _, p := range t.parts {
		if p.column == "" {
			steps = append(steps, step{literal: p.literal})
			continue
		}
		c, ok := column(p.column)
		if !ok {
			return nil, t.fault(p.at, fmt.Sprintf("{%s}: the records have no column of that name", p.column))
		}
		value, err := bindColumn(c, p.width)
		if err != nil {
			return nil, t.fault(p.at, fmt.Sprintf("{%s}: %v", p.column, err))
		}
		steps = append(steps, step{value: value})
	}
	return func(dst []byte, row int64) ([]byte, bool) {
		for i := range steps {
			s := &steps[i]
			if s.value == nil {
				dst = append(dst, s.literal...)
				continue
			}
			var ok bool
			if dst, ok = s.value.append(dst, row); !ok {
				return dst, false
			}
		}
		return dst, true
	}, nil
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
			return nil, fmt.Errorf("the column is a %s, only an integer can be padded", c.DataType())
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
	}
	return nil, fmt.Errorf("the column is a %s, a file name needs a string or an integer", c.DataType())
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
	places := c.width
	if v < 0 { // the sign takes a place, as in Python
		dst = append(dst, '-')
		places--
	}
	var buf [20]byte
	digits := buf[:0]
	if v < 0 {
		// -(v+1)+1 keeps the most negative value in range.
		digits = strconv.AppendUint(digits, uint64(-(int64(v)+1))+1, 10)
	} else {
		digits = strconv.AppendUint(digits, uint64(v), 10)
	}
	for range places - len(digits) {
		dst = append(dst, '0')
	}
	return append(dst, digits...), true
}
