package join

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// Condition is what a column must be for a record to belong to the dataset. All that
// is set must hold. Values are of type string, bool, int64, uint64 or float64; numbers
// are compared as numbers whatever their types, dates and times as ISO 8601 text.
type Condition struct {
	In       []any
	Min, Max any // inclusive
	// Present, where not nil, says that the column must have a value or must have
	// none. A text without a character is not a value.
	Present *bool
}

// Bind returns what says of a row whether the condition holds. Only Present can hold
// where there is no value.
func (c Condition) Bind(column *arrow.Chunked) (func(row int64) bool, error) {
	for _, v := range c.In {
		if err := canCompare(column.DataType(), v); err != nil {
			return nil, err
		}
	}
	for _, v := range []any{c.Min, c.Max} {
		if v == nil {
			continue
		}
		if err := canCompare(column.DataType(), v); err != nil {
			return nil, err
		}
	}
	rows := newValues[arrow.Array](column)
	in := make(map[key]bool, len(c.In))
	for _, v := range c.In {
		in[keyOf(v)] = true
	}
	return func(row int64) bool {
		a, i, ok := rows.find(row)
		var v any
		if ok {
			v, ok = valueAt(a, i)
		}
		if c.Present != nil && *c.Present != (ok && v != "") {
			return false
		}
		switch {
		case c.In == nil && c.Min == nil && c.Max == nil:
			return true
		case !ok:
			return false
		}
		return (c.In == nil || in[keyOf(v)]) && (c.Min == nil || compare(v, c.Min) >= 0) && (c.Max == nil || compare(v, c.Max) <= 0)
	}, nil
}

// canCompare says whether values of a type can be compared with v.
func canCompare(dt arrow.DataType, v any) error {
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	text, boolean := false, false
	switch v.(type) {
	case string:
		text = true
	case bool:
		boolean = true
	}
	ok := dt.ID() == arrow.NULL
	switch id := dt.ID(); {
	case id == arrow.STRING, id == arrow.LARGE_STRING, id == arrow.STRING_VIEW,
		id == arrow.DATE32, id == arrow.DATE64, id == arrow.TIMESTAMP:
		ok = text
	case id == arrow.BOOL:
		ok = boolean
	case arrow.IsInteger(id), arrow.IsFloating(id), arrow.IsDecimal(id):
		ok = !text && !boolean
	}
	if !ok {
		return fmt.Errorf("%v cannot be compared with a column of type %s", v, typeName(dt))
	}
	return nil
}

// valueAt returns a value as a text, bool, int64, uint64 or float64.
func valueAt(a arrow.Array, i int) (v any, ok bool) {
	if a.IsNull(i) {
		return nil, false
	}
	switch a := a.(type) {
	case textArray:
		return a.Value(i), true
	case *array.Boolean:
		return a.Value(i), true
	case *array.Dictionary:
		return valueAt(a.Dictionary(), a.GetValueIndex(i))
	case *array.Float16:
		return float64(a.Value(i).Float32()), true
	case *array.Float32:
		return float64(a.Value(i)), true
	case *array.Float64:
		return a.Value(i), true
	case *array.Uint64:
		return a.Value(i), true
	case *array.Date32, *array.Date64, *array.Timestamp:
		text, err := schema.AppendJSON(nil, a, i, schema.StrictFloats)
		return strings.Trim(string(text), `"`), err == nil
	case *array.Decimal128, *array.Decimal256:
		f, err := strconv.ParseFloat(a.ValueStr(i), 64)
		return f, err == nil
	}
	n, ok := schema.Integer(a, i)
	return int64(n), ok
}

// key is a value such that equal values have equal keys.
type key struct {
	kind byte
	bits uint64
	text string
}

func keyOf(v any) key {
	switch v := v.(type) {
	case string:
		return key{kind: 't', text: v}
	case bool:
		if v {
			return key{kind: 'b', bits: 1}
		}
		return key{kind: 'b'}
	case int64:
		return key{kind: 'i', bits: uint64(v)}
	case uint64:
		if v <= math.MaxInt64 {
			return key{kind: 'i', bits: v}
		}
		return key{kind: 'u', bits: v}
	case float64:
		if n, ok := whole(v); ok {
			return key{kind: 'i', bits: uint64(n)}
		}
		return key{kind: 'f', bits: math.Float64bits(v)}
	}
	return key{}
}

// compare orders two values of one family.
func compare(a, b any) int {
	if s, ok := a.(string); ok {
		t, _ := b.(string)
		return strings.Compare(s, t)
	}
	x, okX := a.(int64)
	y, okY := b.(int64)
	if okX && okY {
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		}
		return 0
	}
	f, g := number(a), number(b)
	switch {
	case f < g:
		return -1
	case f > g:
		return 1
	case f == g:
		return 0
	}
	return -2 // NaN is in no range
}

func number(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case float64:
		return v
	case bool:
		if v {
			return 1
		}
	}
	return 0
}
