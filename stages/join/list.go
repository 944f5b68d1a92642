package join

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// lists is a column of lists whose values can stand in a name.
type lists struct {
	values[array.ListLike]
	width int
}

func newLists(c *arrow.Chunked, width int) (*lists, error) {
	elem := c.DataType().(arrow.ListLikeType).Elem()
	if _, err := bindColumn(arrow.NewChunked(elem, nil), width); err != nil {
		return nil, fmt.Errorf("a list: in it, %w", err)
	}
	return &lists{newValues[array.ListLike](c), width}, nil
}

// len is how many values a row has; ok is false where it is null.
func (l *lists) len(row int64) (n int, ok bool) {
	a, i, ok := l.find(row)
	if !ok {
		return 0, false
	}
	from, to := a.ValueOffsets(i)
	return int(to - from), true
}

// append appends a value of a row's list; ok is false where there is none, it is
// null or an empty text.
func (l *lists) append(dst []byte, row int64, item int) ([]byte, bool) {
	a, i, ok := l.find(row)
	if !ok {
		return dst, false
	}
	from, to := a.ValueOffsets(i)
	if item < 0 || int64(item) >= to-from {
		return dst, false
	}
	return appendValue(dst, a.ListValues(), int(from)+item, l.width)
}

// appendValue appends a value of a type that bindColumn takes.
func appendValue(dst []byte, a arrow.Array, i, width int) ([]byte, bool) {
	if a.IsNull(i) {
		return dst, false
	}
	switch a := a.(type) {
	case textArray:
		s := a.Value(i)
		return append(dst, s...), s != ""
	case *array.Binary: // text of Python 2
		return append(dst, a.Value(i)...), a.ValueLen(i) > 0
	case *array.Dictionary:
		return appendValue(dst, a.Dictionary(), a.GetValueIndex(i), width)
	case *array.Float64:
		n, ok := whole(a.Value(i))
		return appendInt(dst, n, width), ok
	case *array.Float32:
		n, ok := whole(float64(a.Value(i)))
		return appendInt(dst, n, width), ok
	case *array.Uint64:
		return appendDigits(dst, a.Value(i), width), true
	case *array.Int8:
		return appendInt(dst, int64(a.Value(i)), width), true
	case *array.Int16:
		return appendInt(dst, int64(a.Value(i)), width), true
	case *array.Int32:
		return appendInt(dst, int64(a.Value(i)), width), true
	case *array.Int64:
		return appendInt(dst, a.Value(i), width), true
	case *array.Uint8:
		return appendInt(dst, int64(a.Value(i)), width), true
	case *array.Uint16:
		return appendInt(dst, int64(a.Value(i)), width), true
	case *array.Uint32:
		return appendInt(dst, int64(a.Value(i)), width), true
	}
	return dst, false
}

// nthColumn is one value of each row's list.
type nthColumn struct {
	*lists
	item int
}

func (c nthColumn) append(dst []byte, row int64) ([]byte, bool) {
	return c.lists.append(dst, row, c.item)
}
