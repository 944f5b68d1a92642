package schema

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// A value is a place in an Arrow array of a Type's Arrow type. What is done with
// values, whatever their kind, is done here: one switch compares and digests, as
// equal values are those with equal digests, and one copies.

// ValuesEqual says whether two values of the same type are the same: floats by
// their bits, but for NaN, whose bits JSON does not keep.
func ValuesEqual(a arrow.Array, i int, b arrow.Array, j int) bool {
	if null := a.IsNull(i); null || b.IsNull(j) {
		return null && b.IsNull(j)
	}
	switch a := a.(type) { // the usual ones, without copying
	case *array.String:
		b, ok := b.(*array.String)
		return ok && a.Value(i) == b.Value(j)
	case *array.Float64:
		b, ok := b.(*array.Float64)
		return ok && anyNaN.bits64(a.Value(i)) == anyNaN.bits64(b.Value(j))
	case *array.Int64:
		b, ok := b.(*array.Int64)
		return ok && a.Value(i) == b.Value(j)
	}
	if !arrow.TypeEqual(a.DataType(), b.DataType()) {
		return false
	}
	return string(appendValue(nil, a, i, anyNaN)) == string(appendValue(nil, b, j, anyNaN))
}

// nans says whether NaNs of different bits are different values.
type nans uint8

const (
	eachNaN nans = iota
	anyNaN
)

func (n nans) bits64(f float64) uint64 {
	if f != f && n == anyNaN {
		f = math.NaN()
	}
	return math.Float64bits(f)
}

func (n nans) bits32(f float32) uint32 {
	if f != f && n == anyNaN {
		f = float32(math.NaN())
	}
	return math.Float32bits(f)
}

func (n nans) bits16(f float16.Num) uint16 {
	if f.IsNaN() && n == anyNaN {
		f = float16.NaN()
	}
	return f.Uint16()
}

// AppendLength appends the length of a list as AppendValue does; ok is false for one
// that is null.
func AppendLength(dst []byte, n int, ok bool) []byte {
	if !ok {
		return append(dst, 0)
	}
	return binary.LittleEndian.AppendUint64(append(dst, 1), uint64(n))
}

// AppendValue appends a value in a form that no other value of its type has: 0 for
// null, else 1 and its bits, texts and lists behind their length.
func AppendValue(dst []byte, a arrow.Array, i int) []byte {
	return appendValue(dst, a, i, eachNaN)
}

func appendValue(dst []byte, a arrow.Array, i int, n nans) []byte {
	if a.IsNull(i) {
		return append(dst, 0)
	}
	dst = append(dst, 1)
	switch a := a.(type) {
	case *array.String:
		return appendText(dst, a.Value(i))
	case *array.Binary:
		return appendText(dst, a.ValueString(i))
	case *array.Boolean:
		if a.Value(i) {
			return append(dst, 1)
		}
		return append(dst, 0)
	case *array.Float16:
		return binary.LittleEndian.AppendUint16(dst, n.bits16(a.Value(i)))
	case *array.Float32:
		return binary.LittleEndian.AppendUint32(dst, n.bits32(a.Value(i)))
	case *array.Float64:
		return binary.LittleEndian.AppendUint64(dst, n.bits64(a.Value(i)))
	case *array.Decimal128:
		v := a.Value(i)
		return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(dst, v.LowBits()), uint64(v.HighBits()))
	case *array.Decimal256:
		for _, w := range a.Value(i).Array() {
			dst = binary.LittleEndian.AppendUint64(dst, w)
		}
		return dst
	case *array.Struct:
		for f := range a.NumField() {
			dst = appendValue(dst, a.Field(f), i, n)
		}
		return dst
	case *array.Map:
		from, to := a.ValueOffsets(i)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(to-from))
		for k := int(from); k < int(to); k++ {
			dst = appendValue(appendValue(dst, a.Keys(), k, n), a.Items(), k, n)
		}
		return dst
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		dst = binary.LittleEndian.AppendUint32(dst, uint32(to-from))
		for k := int(from); k < int(to); k++ {
			dst = appendValue(dst, a.ListValues(), k, n)
		}
		return dst
	}
	v, _ := Integer(a, i)
	return binary.LittleEndian.AppendUint64(dst, v)
}

func appendText(dst []byte, text string) []byte {
	return append(binary.LittleEndian.AppendUint32(dst, uint32(len(text))), text...)
}

// Integer returns a value of a type that is an integer inside, as 64 bits with its
// sign spread; ok is false for other types.
func Integer(a arrow.Array, i int) (v uint64, ok bool) {
	switch a := a.(type) {
	case *array.Int8:
		return uint64(a.Value(i)), true
	case *array.Int16:
		return uint64(a.Value(i)), true
	case *array.Int32:
		return uint64(a.Value(i)), true
	case *array.Int64:
		return uint64(a.Value(i)), true
	case *array.Uint8:
		return uint64(a.Value(i)), true
	case *array.Uint16:
		return uint64(a.Value(i)), true
	case *array.Uint32:
		return uint64(a.Value(i)), true
	case *array.Uint64:
		return a.Value(i), true
	case *array.Date32:
		return uint64(a.Value(i)), true
	case *array.Timestamp:
		return uint64(a.Value(i)), true
	case *array.Time32:
		return uint64(a.Value(i)), true
	case *array.Time64:
		return uint64(a.Value(i)), true
	case *array.Duration:
		return uint64(a.Value(i)), true
	}
	return 0, false
}

// ValueBytes is the size of values from i up to j in Arrow: buffers of values and
// offsets, without validity bitmaps and padding, as Hugging Face counts num_bytes.
// Bits of booleans count as the bytes they fill.
func ValueBytes(a arrow.Array, i, j int) int64 {
	n := int64(j - i)
	if n <= 0 {
		return 0
	}
	switch a := a.(type) {
	case *array.String:
		return 4*n + int64(a.ValueOffset(j-1)+a.ValueLen(j-1)-a.ValueOffset(i))
	case *array.Binary:
		return 4*n + a.ValueOffset64(j-1) + int64(a.ValueLen(j-1)) - a.ValueOffset64(i)
	case *array.Struct:
		total := int64(0)
		for f := range a.NumField() {
			total += ValueBytes(a.Field(f), i, j)
		}
		return total
	case array.ListLike:
		from, _ := a.ValueOffsets(i)
		_, to := a.ValueOffsets(j - 1)
		size := ValueBytes(a.ListValues(), int(from), int(to))
		if a.DataType().ID() != arrow.FIXED_SIZE_LIST {
			size += 4 * n
		}
		return size
	}
	if t, ok := a.DataType().(arrow.FixedWidthDataType); ok {
		return (int64(t.BitWidth())*n + 7) / 8
	}
	return 0
}

// Take gathers values into a new array: the k-th is the one that at names. The
// arrays must be of type dt, which is a Type's.
func Take(dt arrow.DataType, n int, at func(k int) (a arrow.Array, i int)) (arrow.Array, error) {
	b := array.NewBuilder(memory.DefaultAllocator, dt)
	defer b.Release()
	b.Reserve(n)
	for k := range n {
		a, i := at(k)
		if err := CopyValue(b, a, i); err != nil {
			return nil, err
		}
	}
	return b.NewArray(), nil
}

// CopyValue appends a value, which may be null, to a builder of its type.
func CopyValue(b array.Builder, a arrow.Array, i int) error {
	if a.IsNull(i) {
		b.AppendNull()
		return nil
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(a.(*array.String).Value(i))
	case *array.BinaryBuilder:
		b.Append(a.(*array.Binary).Value(i))
	case *array.BooleanBuilder:
		b.Append(a.(*array.Boolean).Value(i))
	case *array.Int8Builder:
		b.Append(a.(*array.Int8).Value(i))
	case *array.Int16Builder:
		b.Append(a.(*array.Int16).Value(i))
	case *array.Int32Builder:
		b.Append(a.(*array.Int32).Value(i))
	case *array.Int64Builder:
		b.Append(a.(*array.Int64).Value(i))
	case *array.Uint8Builder:
		b.Append(a.(*array.Uint8).Value(i))
	case *array.Uint16Builder:
		b.Append(a.(*array.Uint16).Value(i))
	case *array.Uint32Builder:
		b.Append(a.(*array.Uint32).Value(i))
	case *array.Uint64Builder:
		b.Append(a.(*array.Uint64).Value(i))
	case *array.Float16Builder:
		b.Append(a.(*array.Float16).Value(i))
	case *array.Float32Builder:
		b.Append(a.(*array.Float32).Value(i))
	case *array.Float64Builder:
		b.Append(a.(*array.Float64).Value(i))
	case *array.Date32Builder:
		b.Append(a.(*array.Date32).Value(i))
	case *array.TimestampBuilder:
		b.Append(a.(*array.Timestamp).Value(i))
	case *array.Time32Builder:
		b.Append(a.(*array.Time32).Value(i))
	case *array.Time64Builder:
		b.Append(a.(*array.Time64).Value(i))
	case *array.DurationBuilder:
		b.Append(a.(*array.Duration).Value(i))
	case *array.Decimal128Builder:
		b.Append(a.(*array.Decimal128).Value(i))
	case *array.Decimal256Builder:
		b.Append(a.(*array.Decimal256).Value(i))
	default:
		return copyNested(b, a, i)
	}
	return nil
}

// copyNested appends a value that is not null and has values in it.
func copyNested(b array.Builder, a arrow.Array, i int) error {
	switch b := b.(type) {
	case *array.StructBuilder:
		s := a.(*array.Struct)
		b.Append(true)
		for f := range b.NumField() {
			if err := CopyValue(b.FieldBuilder(f), s.Field(f), i); err != nil {
				return err
			}
		}
		return nil
	case *array.MapBuilder:
		m := a.(*array.Map)
		b.Append(true)
		from, to := m.ValueOffsets(i)
		for k := int(from); k < int(to); k++ {
			if err := CopyValue(b.KeyBuilder(), m.Keys(), k); err != nil {
				return err
			}
			if err := CopyValue(b.ItemBuilder(), m.Items(), k); err != nil {
				return err
			}
		}
		return nil
	case array.ListLikeBuilder:
		list := a.(array.ListLike)
		b.Append(true)
		from, to := list.ValueOffsets(i)
		for k := int(from); k < int(to); k++ {
			if err := CopyValue(b.ValueBuilder(), list.ListValues(), k); err != nil {
				return err
			}
		}
		return nil
	}
	return fmt.Errorf("copy value: no rule for type %s", a.DataType())
}
