package joint

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/jsontext"
)

// numberWidth is the bytes of a number of a type, 0 for one that is not a number.
func numberWidth(t schema.Type) int64 {
	if w, ok := t.Arrow().(arrow.FixedWidthDataType); ok && !t.Nested() {
		return int64(w.BitWidth()) / 8
	}
	return 0
}

// appendValue appends a value; null has JSON alone.
func appendValue(dst []byte, e Encoding, c pipeline.Cell) ([]byte, error) {
	if e == JSON {
		return schema.AppendJSON(dst, c.Array, c.Row, schema.PythonFloats)
	}
	if c.Array.IsNull(c.Row) {
		return dst, errors.New("null where there must be a value")
	}
	switch e {
	case Text:
		return jsontext.AppendText(dst, c)
	case Bool:
		if a, ok := c.Array.(*array.Boolean); ok {
			b := byte(0)
			if a.Value(c.Row) {
				b = 1
			}
			return append(dst, b), nil
		}
	case Int64:
		if v, ok := whole(c); ok {
			return binary.LittleEndian.AppendUint64(dst, uint64(v)), nil
		}
	case Float64:
		if v, ok := real(c); ok {
			return binary.LittleEndian.AppendUint64(dst, math.Float64bits(v)), nil
		}
	case Number:
		return appendNumber(dst, c)
	}
	return dst, fmt.Errorf("no rule for type %s", c.Array.DataType())
}

// whole is a whole number that 64 bits with a sign hold.
func whole(c pipeline.Cell) (int64, bool) {
	switch a := c.Array.(type) {
	case *array.Int8:
		return int64(a.Value(c.Row)), true
	case *array.Int16:
		return int64(a.Value(c.Row)), true
	case *array.Int32:
		return int64(a.Value(c.Row)), true
	case *array.Int64:
		return a.Value(c.Row), true
	case *array.Uint8:
		return int64(a.Value(c.Row)), true
	case *array.Uint16:
		return int64(a.Value(c.Row)), true
	case *array.Uint32:
		return int64(a.Value(c.Row)), true
	}
	return 0, false
}

func real(c pipeline.Cell) (float64, bool) {
	switch a := c.Array.(type) {
	case *array.Float16:
		return float64(a.Value(c.Row).Float32()), true
	case *array.Float32:
		return float64(a.Value(c.Row)), true
	case *array.Float64:
		return a.Value(c.Row), true
	}
	return 0, false
}

func appendNumber(dst []byte, c pipeline.Cell) ([]byte, error) {
	switch a := c.Array.(type) {
	case *array.Int8:
		return append(dst, byte(a.Value(c.Row))), nil
	case *array.Uint8:
		return append(dst, a.Value(c.Row)), nil
	case *array.Int16:
		return binary.LittleEndian.AppendUint16(dst, uint16(a.Value(c.Row))), nil
	case *array.Uint16:
		return binary.LittleEndian.AppendUint16(dst, a.Value(c.Row)), nil
	case *array.Float16:
		return binary.LittleEndian.AppendUint16(dst, a.Value(c.Row).Uint16()), nil
	case *array.Int32:
		return binary.LittleEndian.AppendUint32(dst, uint32(a.Value(c.Row))), nil
	case *array.Uint32:
		return binary.LittleEndian.AppendUint32(dst, a.Value(c.Row)), nil
	case *array.Float32:
		return binary.LittleEndian.AppendUint32(dst, math.Float32bits(a.Value(c.Row))), nil
	case *array.Int64:
		return binary.LittleEndian.AppendUint64(dst, uint64(a.Value(c.Row))), nil
	case *array.Uint64:
		return binary.LittleEndian.AppendUint64(dst, a.Value(c.Row)), nil
	case *array.Float64:
		return binary.LittleEndian.AppendUint64(dst, math.Float64bits(a.Value(c.Row))), nil
	}
	return dst, fmt.Errorf("%s is not a number", c.Array.DataType())
}

// takeNumber reads a number of Number, Int64, Float64 or Bool: p has its bytes. What its
// type cannot hold shows when it is written again.
func takeNumber(b array.Builder, e Encoding, p []byte) (pipeline.Cell, error) {
	var bits uint64
	for i, c := range p {
		bits |= uint64(c) << (8 * i)
	}
	f := math.Float64frombits(bits)
	if e == Number {
		switch len(p) {
		case 2:
			f = float64(float16.FromBits(uint16(bits)).Float32())
		case 4:
			f = float64(math.Float32frombits(uint32(bits)))
		}
	}
	switch b := b.(type) {
	case *array.BooleanBuilder:
		b.Append(bits == 1)
	case *array.Int8Builder:
		b.Append(int8(bits))
	case *array.Uint8Builder:
		b.Append(uint8(bits))
	case *array.Int16Builder:
		b.Append(int16(bits))
	case *array.Uint16Builder:
		b.Append(uint16(bits))
	case *array.Int32Builder:
		b.Append(int32(bits))
	case *array.Uint32Builder:
		b.Append(uint32(bits))
	case *array.Int64Builder:
		b.Append(int64(bits))
	case *array.Uint64Builder:
		b.Append(bits)
	case *array.Float16Builder:
		if e == Number {
			b.Append(float16.FromBits(uint16(bits)))
		} else {
			b.Append(float16.New(float32(f)))
		}
	case *array.Float32Builder:
		if e == Number {
			b.Append(math.Float32frombits(uint32(bits)))
		} else {
			b.Append(float32(f))
		}
	case *array.Float64Builder:
		b.Append(f)
	default:
		return pipeline.Cell{}, fmt.Errorf("%s is not a number", b.Type())
	}
	return pipeline.Cell{Array: b.NewArray()}, nil
}
