package schema

import (
	"bufio"
	"bytes"
	"fmt"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// appendNested is AppendJSON for the types that few records have: lists become
// arrays, structs objects, maps arrays of {"key", "value"} (an object has text for
// keys, and consumers that declare an object's members cannot read one whose members
// differ), dictionaries their values; a decimal is a number with all its digits; a
// duration an ISO 8601 one in seconds; a time of day HH:MM:SS with the unit's digits.
func appendNested(dst []byte, a arrow.Array, i int, floats JSONFloats) ([]byte, error) {
	switch a := a.(type) {
	case *array.Null:
		return append(dst, "null"...), nil
	case *array.Float16:
		return appendFloat(dst, float64(a.Value(i).Float32()), 32, floats), nil
	case *array.Decimal128:
		t := a.DataType().(*arrow.Decimal128Type)
		return append(dst, a.Value(i).ToString(t.Scale)...), nil
	case *array.Decimal256:
		t := a.DataType().(*arrow.Decimal256Type)
		return append(dst, a.Value(i).ToString(t.Scale)...), nil
	case *array.FixedSizeBinary:
		return appendBase64(dst, a.Value(i)), nil
	case *array.StringView:
		return AppendJSONString(dst, a.Value(i)), nil
	case *array.BinaryView:
		return appendBase64(dst, a.Value(i)), nil
	case *array.Date64:
		return append(a.Value(i).ToTime().AppendFormat(append(dst, '"'), time.DateOnly), '"'), nil
	case *array.Time32:
		t := a.DataType().(*arrow.Time32Type)
		return appendTime(dst, a.Value(i).ToTime(t.Unit), t.Unit), nil
	case *array.Time64:
		t := a.DataType().(*arrow.Time64Type)
		return appendTime(dst, a.Value(i).ToTime(t.Unit), t.Unit), nil
	case *array.Duration:
		return appendDuration(dst, int64(a.Value(i)), a.DataType().(*arrow.DurationType).Unit), nil
	case *array.Dictionary:
		return AppendJSON(dst, a.Dictionary(), a.GetValueIndex(i), floats)
	case *array.Struct, array.ListLike:
		b := bytes.NewBuffer(dst)
		w := bufio.NewWriter(b)
		err := writeNested(w, a, i, floats)
		_ = w.Flush() // a bytes.Buffer takes all
		return b.Bytes(), err
	}
	return dst, fmt.Errorf("write JSON: no rule for type %s", a.DataType())
}

func appendTime(dst []byte, t time.Time, unit arrow.TimeUnit) []byte {
	layout := [...]string{"15:04:05", "15:04:05.000", "15:04:05.000000", "15:04:05.000000000"}[unit]
	return append(t.AppendFormat(append(dst, '"'), layout), '"')
}

// appendDuration writes PT1.500S, with a sign in front where it is negative.
func appendDuration(dst []byte, n int64, unit arrow.TimeUnit) []byte {
	dst = append(dst, '"')
	abs := uint64(n)
	if n < 0 {
		dst = append(dst, '-')
		abs = -abs
	}
	per := uint64(unit.Multiplier())
	second := uint64(time.Second) / per
	dst = append(dst, "PT"...)
	dst = strconv.AppendUint(dst, abs/second, 10)
	if digits := 3 * int(unit); digits > 0 {
		dst = fmt.Appendf(dst, ".%0*d", digits, abs%second)
	}
	return append(dst, `S"`...)
}

// writeNested writes the types that hold others. An error of w stays in w, so only
// the last write of a value is looked at.
func writeNested(w *bufio.Writer, a arrow.Array, i int, floats JSONFloats) error {
	if a, ok := a.(*array.Struct); ok {
		return writeStruct(w, a, i, floats)
	}
	list := a.(array.ListLike)
	pairs, isMap := a.(*array.Map)
	from, to := list.ValueOffsets(i)
	_ = w.WriteByte('[')
	for k := int(from); k < int(to); k++ {
		if k > int(from) {
			_ = w.WriteByte(',')
		}
		var err error
		if isMap {
			err = writePair(w, pairs, k, floats)
		} else {
			err = WriteJSON(w, list.ListValues(), k, floats)
		}
		if err != nil {
			return err
		}
	}
	return w.WriteByte(']')
}

func writePair(w *bufio.Writer, a *array.Map, k int, floats JSONFloats) error {
	_, _ = w.WriteString(`{"key":`)
	if err := WriteJSON(w, a.Keys(), k, floats); err != nil {
		return err
	}
	_, _ = w.WriteString(`,"value":`)
	if err := WriteJSON(w, a.Items(), k, floats); err != nil {
		return err
	}
	return w.WriteByte('}')
}

func writeStruct(w *bufio.Writer, a *array.Struct, i int, floats JSONFloats) error {
	t := a.DataType().(*arrow.StructType)
	_ = w.WriteByte('{')
	for f := range a.NumField() {
		if f > 0 {
			_ = w.WriteByte(',')
		}
		_ = WriteJSONString(w, t.Field(f).Name)
		_ = w.WriteByte(':')
		if err := WriteJSON(w, a.Field(f), i, floats); err != nil {
			return err
		}
	}
	return w.WriteByte('}')
}
