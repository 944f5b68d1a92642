package parquet

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/numeric"
)

// leafType is the Arrow type of a leaf's values, as pyarrow reads them
// (LogicalTypes.md).
func leafType(e *format.SchemaElement, p physical) (arrow.DataType, error) {
	if t := logicalType(e, p); t != nil {
		return t, nil
	}
	if t := convertedType(e, p); t != nil {
		return t, nil
	}
	switch p.kind {
	case format.Boolean:
		return arrow.FixedWidthTypes.Boolean, nil
	case format.Int32:
		return arrow.PrimitiveTypes.Int32, nil
	case format.Int64:
		return arrow.PrimitiveTypes.Int64, nil
	case format.Int96:
		return &arrow.TimestampType{Unit: arrow.Nanosecond}, nil
	case format.Float:
		return arrow.PrimitiveTypes.Float32, nil
	case format.Double:
		return arrow.PrimitiveTypes.Float64, nil
	case format.ByteArray:
		return arrow.BinaryTypes.Binary, nil
	case format.FixedLenByteArray:
		return &arrow.FixedSizeBinaryType{ByteWidth: p.width}, nil
	}
	return nil, read.Malformed(-1, "a physical type of number %d", p.kind)
}

func logicalType(e *format.SchemaElement, p physical) arrow.DataType {
	switch l := e.LogicalType.Value.(type) {
	case *format.StringType, *format.EnumType, *format.JsonType:
		if p.kind == format.ByteArray {
			return arrow.BinaryTypes.String
		}
	case *format.DecimalType:
		return decimalType(l.Precision, l.Scale, p)
	case *format.DateType:
		if p.kind == format.Int32 {
			return arrow.FixedWidthTypes.Date32
		}
	case *format.TimeType:
		unit, ok := timeUnit(l.Unit)
		switch {
		case ok && unit == arrow.Millisecond && p.kind == format.Int32:
			return &arrow.Time32Type{Unit: unit}
		case ok && unit != arrow.Millisecond && p.kind == format.Int64:
			return &arrow.Time64Type{Unit: unit}
		}
	case *format.TimestampType:
		if unit, ok := timeUnit(l.Unit); ok && p.kind == format.Int64 {
			return timestamp(unit, l.IsAdjustedToUTC)
		}
	case *format.IntType:
		return intType(int(l.BitWidth), l.IsSigned, p)
	case *format.NullType:
		return arrow.Null
	case *format.Float16Type:
		if p.kind == format.FixedLenByteArray && p.width == 2 {
			return arrow.FixedWidthTypes.Float16
		}
	}
	return nil
}

func timeUnit(u format.TimeUnit) (arrow.TimeUnit, bool) {
	switch u.Value.(type) {
	case *format.MilliSeconds:
		return arrow.Millisecond, true
	case *format.MicroSeconds:
		return arrow.Microsecond, true
	case *format.NanoSeconds:
		return arrow.Nanosecond, true
	}
	return 0, false
}

func timestamp(unit arrow.TimeUnit, utc bool) arrow.DataType {
	if utc {
		return &arrow.TimestampType{Unit: unit, TimeZone: "UTC"}
	}
	return &arrow.TimestampType{Unit: unit}
}

func intType(width int, signed bool, p physical) arrow.DataType {
	if p.kind != format.Int32 && p.kind != format.Int64 || (width == 64) != (p.kind == format.Int64) {
		return nil
	}
	switch {
	case width == 8 && signed:
		return arrow.PrimitiveTypes.Int8
	case width == 16 && signed:
		return arrow.PrimitiveTypes.Int16
	case width == 8:
		return arrow.PrimitiveTypes.Uint8
	case width == 16:
		return arrow.PrimitiveTypes.Uint16
	case width == 32 && !signed:
		return arrow.PrimitiveTypes.Uint32
	case width == 64 && !signed:
		return arrow.PrimitiveTypes.Uint64
	}
	return nil
}

func decimalType(precision, scale int32, p physical) arrow.DataType {
	if p.kind == format.Boolean || p.kind == format.Float || p.kind == format.Double || p.kind == format.Int96 ||
		precision < 1 || precision > 76 || scale < 0 || scale > precision || p.kind == format.FixedLenByteArray && p.width > 32 {
		return nil
	}
	if precision <= 38 {
		return &arrow.Decimal128Type{Precision: precision, Scale: scale}
	}
	return &arrow.Decimal256Type{Precision: precision, Scale: scale}
}

// convertedType is what files of older writers have in place of a logical type.
func convertedType(e *format.SchemaElement, p physical) arrow.DataType {
	if !e.ConvertedType.Valid || e.LogicalType.Value != nil {
		return nil
	}
	switch c := e.ConvertedType.V; c {
	case deprecated.UTF8, deprecated.Enum, deprecated.Json:
		if p.kind == format.ByteArray {
			return arrow.BinaryTypes.String
		}
	case deprecated.Decimal:
		return decimalType(e.Precision.V, e.Scale.V, p)
	case deprecated.Date:
		if p.kind == format.Int32 {
			return arrow.FixedWidthTypes.Date32
		}
	case deprecated.TimeMillis:
		if p.kind == format.Int32 {
			return arrow.FixedWidthTypes.Time32ms
		}
	case deprecated.TimeMicros:
		if p.kind == format.Int64 {
			return arrow.FixedWidthTypes.Time64us
		}
	case deprecated.TimestampMillis, deprecated.TimestampMicros:
		if p.kind == format.Int64 {
			return timestamp(map[bool]arrow.TimeUnit{true: arrow.Millisecond, false: arrow.Microsecond}[c == deprecated.TimestampMillis], true)
		}
	case deprecated.Uint8:
		return intType(8, false, p)
	case deprecated.Uint16:
		return intType(16, false, p)
	case deprecated.Uint32:
		return intType(32, false, p)
	case deprecated.Uint64:
		return intType(64, false, p)
	case deprecated.Int8:
		return intType(8, true, p)
	case deprecated.Int16:
		return intType(16, true, p)
	}
	return nil
}

// appender appends a value, which is bits or bytes, to a builder of the leaf's type. It
// says no where the bytes cannot be a value.
type appender func(b array.Builder, bits uint64, text []byte) bool

// appenderOf returns the appender of a type.
func appenderOf(dt arrow.DataType, p physical) (appender, error) {
	switch dt := dt.(type) {
	case *arrow.NullType:
		return func(b array.Builder, _ uint64, _ []byte) bool { b.AppendNull(); return true }, nil
	case *arrow.BooleanType:
		return func(b array.Builder, v uint64, _ []byte) bool { b.(*array.BooleanBuilder).Append(v != 0); return true }, nil
	case *arrow.StringType:
		return func(b array.Builder, _ uint64, t []byte) bool {
			b.(*array.StringBuilder).BinaryBuilder.Append(t)
			return true
		}, nil
	case *arrow.BinaryType:
		return func(b array.Builder, _ uint64, t []byte) bool { b.(*array.BinaryBuilder).Append(t); return true }, nil
	case *arrow.FixedSizeBinaryType:
		return func(b array.Builder, _ uint64, t []byte) bool {
			b.(*array.FixedSizeBinaryBuilder).Append(t)
			return true
		}, nil
	case *arrow.Float16Type:
		return func(b array.Builder, _ uint64, t []byte) bool {
			b.(*array.Float16Builder).Append(float16.FromLEBytes(t))
			return true
		}, nil
	case *arrow.Decimal128Type, *arrow.Decimal256Type:
		return decimalAppender(dt.(arrow.DecimalType), p), nil
	case *arrow.TimestampType:
		if p.kind == format.Int96 {
			return appendInt96, nil
		}
	}
	if f := numbers[dt.ID()]; f != nil {
		return f, nil
	}
	return nil, fmt.Errorf("no rule for type %s", dt)
}

// numbers are the appenders of types that are a number inside.
var numbers = map[arrow.Type]appender{
	arrow.INT8:  func(b array.Builder, v uint64, _ []byte) bool { b.(*array.Int8Builder).Append(int8(v)); return true },
	arrow.INT16: func(b array.Builder, v uint64, _ []byte) bool { b.(*array.Int16Builder).Append(int16(v)); return true },
	arrow.INT32: func(b array.Builder, v uint64, _ []byte) bool { b.(*array.Int32Builder).Append(int32(v)); return true },
	arrow.INT64: func(b array.Builder, v uint64, _ []byte) bool { b.(*array.Int64Builder).Append(int64(v)); return true },
	arrow.UINT8: func(b array.Builder, v uint64, _ []byte) bool { b.(*array.Uint8Builder).Append(uint8(v)); return true },
	arrow.UINT16: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.Uint16Builder).Append(uint16(v))
		return true
	},
	arrow.UINT32: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.Uint32Builder).Append(uint32(v))
		return true
	},
	arrow.UINT64: func(b array.Builder, v uint64, _ []byte) bool { b.(*array.Uint64Builder).Append(v); return true },
	arrow.FLOAT32: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.Float32Builder).Append(math.Float32frombits(uint32(v)))
		return true
	},
	arrow.FLOAT64: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.Float64Builder).Append(math.Float64frombits(v))
		return true
	},
	arrow.DATE32: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.Date32Builder).Append(arrow.Date32(v))
		return true
	},
	arrow.TIME32: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.Time32Builder).Append(arrow.Time32(v))
		return true
	},
	arrow.TIME64: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.Time64Builder).Append(arrow.Time64(v))
		return true
	},
	arrow.TIMESTAMP: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.TimestampBuilder).Append(arrow.Timestamp(v))
		return true
	},
	arrow.DURATION: func(b array.Builder, v uint64, _ []byte) bool {
		b.(*array.DurationBuilder).Append(arrow.Duration(v))
		return true
	},
}

// appendInt96 appends a timestamp of old writers: nanoseconds of the day, then the
// Julian day.
func appendInt96(b array.Builder, _ uint64, t []byte) bool {
	const unixEpoch, dayNanos = 2_440_588, 86_400 * 1_000_000_000
	days := int64(binary.LittleEndian.Uint32(t[8:])) - unixEpoch
	nanos := int64(binary.LittleEndian.Uint64(t))
	if nanos < 0 || nanos > dayNanos || days > math.MaxInt64/dayNanos-1 || days < math.MinInt64/dayNanos+1 {
		return false
	}
	b.(*array.TimestampBuilder).Append(arrow.Timestamp(days*dayNanos + nanos))
	return true
}

// decimalAppender appends decimals: integers, or bytes of a big-endian one.
func decimalAppender(dt arrow.DecimalType, p physical) appender {
	limit := numeric.Power10(dt.GetPrecision())
	return func(b array.Builder, v uint64, t []byte) bool {
		n := new(big.Int)
		switch p.kind {
		case format.Int32:
			n.SetInt64(int64(int32(v)))
		case format.Int64:
			n.SetInt64(int64(v))
		default:
			if len(t) > 32 {
				return false
			}
			if n.SetBytes(t); len(t) > 0 && t[0] >= 0x80 {
				n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(t))))
			}
		}
		return numeric.AppendDecimal(b, limit, n)
	}
}
