package pipeline

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// stringOrBytes returns the bytes of a string or binary value, empty for null.
func stringOrBytes(c Cell) string {
	if c.Array.IsNull(c.Row) {
		return ""
	}
	switch a := c.Array.(type) {
	case *array.String:
		return a.Value(c.Row)
	case *array.Binary:
		return a.ValueString(c.Row)
	}
	return ""
}

// equalCells says whether two values of the same type are the same: floats by
// their bits, but for NaN, whose bits JSON does not keep.
func equalCells(a, b Cell) bool {
	if null := a.Array.IsNull(a.Row); null || b.Array.IsNull(b.Row) {
		return null && b.Array.IsNull(b.Row)
	}
	switch x := a.Array.(type) {
	case *array.String:
		y, ok := b.Array.(*array.String)
		return ok && x.Value(a.Row) == y.Value(b.Row)
	case *array.Binary:
		y, ok := b.Array.(*array.Binary)
		return ok && x.ValueString(a.Row) == y.ValueString(b.Row)
	case *array.Boolean:
		y, ok := b.Array.(*array.Boolean)
		return ok && x.Value(a.Row) == y.Value(b.Row)
	case *array.Float32:
		y, ok := b.Array.(*array.Float32)
		return ok && equalFloats(float64(x.Value(a.Row)), float64(y.Value(b.Row)))
	case *array.Float64:
		y, ok := b.Array.(*array.Float64)
		return ok && equalFloats(x.Value(a.Row), y.Value(b.Row))
	}
	x, okX := integer(a)
	y, okY := integer(b)
	return okX && okY && x == y && arrow.TypeEqual(a.Array.DataType(), b.Array.DataType())
}

func equalFloats(a, b float64) bool {
	return math.Float64bits(a) == math.Float64bits(b) || a != a && b != b
}

// integer returns a value of a type that is an integer inside.
func integer(c Cell) (uint64, bool) {
	switch a := c.Array.(type) {
	case *array.Int8:
		return uint64(a.Value(c.Row)), true
	case *array.Int16:
		return uint64(a.Value(c.Row)), true
	case *array.Int32:
		return uint64(a.Value(c.Row)), true
	case *array.Int64:
		return uint64(a.Value(c.Row)), true
	case *array.Uint8:
		return uint64(a.Value(c.Row)), true
	case *array.Uint16:
		return uint64(a.Value(c.Row)), true
	case *array.Uint32:
		return uint64(a.Value(c.Row)), true
	case *array.Uint64:
		return a.Value(c.Row), true
	case *array.Date32:
		return uint64(a.Value(c.Row)), true
	case *array.Timestamp:
		return uint64(a.Value(c.Row)), true
	}
	return 0, false
}
