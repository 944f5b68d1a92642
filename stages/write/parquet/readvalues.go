package parquet

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/float16"
)

// build appends the values, nulls among them, to the chunk's Arrow array. It
// says whether all of them can be of the field's type and fit an array.
func (d *chunkDecoder) build(v *values) bool {
	for _, t := range v.texts {
		d.text += len(t)
	}
	if d.text > maxValue {
		return false
	}
	next := 0
	for _, level := range v.levels {
		switch {
		case level != d.leaf.maxDef:
			d.builder.AppendNull()
			continue
		case d.leaf.text():
			if !appendText(d.builder, d.leaf, v.texts[next]) {
				return false
			}
		case !appendBits(d.builder, d.leaf, v.bits[next]):
			return false
		}
		next++
	}
	return true
}

// appendText appends a value that is bytes, if it is one of the type.
func appendText(b array.Builder, l *leaf, t string) bool {
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(t)
	case *array.BinaryBuilder:
		b.AppendString(t)
	default:
		return appendDecimalText(b, l, t)
	}
	return true
}

// appendBits appends a number, if its bits are one of the type: a small integer
// is kept in 32 bits and must not use those that it lacks.
func appendBits(builder array.Builder, l *leaf, bits uint64) bool {
	x := int32(uint32(bits))
	switch b := builder.(type) {
	case *array.BooleanBuilder:
		b.Append(bits != 0)
	case *array.Int8Builder:
		b.Append(int8(x))
		return x == int32(int8(x))
	case *array.Int16Builder:
		b.Append(int16(x))
		return x == int32(int16(x))
	case *array.Int32Builder:
		b.Append(x)
	case *array.Date32Builder:
		b.Append(arrow.Date32(x))
	case *array.Int64Builder:
		b.Append(int64(bits))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(int64(bits) / l.scale))
		return int64(bits)%l.scale == 0
	case *array.Uint8Builder:
		b.Append(uint8(bits))
		return bits <= math.MaxUint8
	case *array.Uint16Builder:
		b.Append(uint16(bits))
		return bits <= math.MaxUint16
	case *array.Uint32Builder:
		b.Append(uint32(bits))
	case *array.Uint64Builder:
		b.Append(bits)
	case *array.Float32Builder:
		b.Append(math.Float32frombits(uint32(bits)))
	case *array.Float64Builder:
		b.Append(math.Float64frombits(bits))
	case *array.Float16Builder:
		b.Append(float16.FromBits(uint16(bits)))
	case *array.DurationBuilder:
		b.Append(arrow.Duration(bits))
	case *array.Time32Builder:
		b.Append(arrow.Time32(int64(x) / l.scale))
		return int64(x)%l.scale == 0
	case *array.Time64Builder:
		b.Append(arrow.Time64(bits))
	case *array.Decimal128Builder:
		n := decimal128.FromI64(int64(bits))
		if l.width == 4 {
			n = decimal128.FromI64(int64(x))
		}
		b.Append(n)
		return hasDigits(n, l.typ.Precision)
	default:
		return false
	}
	return true
}
