package schema

import (
	"encoding/base64"
	"fmt"
	"math"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// JSONFloats says how floats that JSON has no number for are written.
type JSONFloats uint8

const (
	// PythonFloats writes NaN, Infinity and -Infinity, as Python's json module
	// does and reads: for members that Python consumers load.
	PythonFloats JSONFloats = iota
	// StrictFloats keeps to RFC 8259: NaN is null, infinities are numbers too
	// large for any float (1e999), which readers take as infinite.
	StrictFloats
)

// AppendJSON appends the i-th value of a as JSON. A float always has a decimal
// point or an exponent, so that 0.0 is not taken for an integer; it is the
// shortest text that reads back as the same value of its width. Text is UTF-8,
// unescaped but for what JSON demands; binary is base64; dates and times are
// ISO 8601; null is null.
func AppendJSON(dst []byte, a arrow.Array, i int, floats JSONFloats) ([]byte, error) {
	if a.IsNull(i) {
		return append(dst, "null"...), nil
	}
	switch a := a.(type) {
	case *array.String:
		return AppendJSONString(dst, a.Value(i)), nil
	case *array.LargeString:
		return AppendJSONString(dst, a.Value(i)), nil
	case *array.Binary:
		return appendBase64(dst, a.Value(i)), nil
	case *array.LargeBinary:
		return appendBase64(dst, a.Value(i)), nil
	case *array.Boolean:
		return strconv.AppendBool(dst, a.Value(i)), nil
	case *array.Int8:
		return strconv.AppendInt(dst, int64(a.Value(i)), 10), nil
	case *array.Int16:
		return strconv.AppendInt(dst, int64(a.Value(i)), 10), nil
	case *array.Int32:
		return strconv.AppendInt(dst, int64(a.Value(i)), 10), nil
	case *array.Int64:
		return strconv.AppendInt(dst, a.Value(i), 10), nil
	case *array.Uint8:
		return strconv.AppendUint(dst, uint64(a.Value(i)), 10), nil
	case *array.Uint16:
		return strconv.AppendUint(dst, uint64(a.Value(i)), 10), nil
	case *array.Uint32:
		return strconv.AppendUint(dst, uint64(a.Value(i)), 10), nil
	case *array.Uint64:
		return strconv.AppendUint(dst, a.Value(i), 10), nil
	case *array.Float32:
		return appendFloat(dst, float64(a.Value(i)), 32, floats), nil
	case *array.Float64:
		return appendFloat(dst, a.Value(i), 64, floats), nil
	case *array.Date32:
		return append(a.Value(i).ToTime().AppendFormat(append(dst, '"'), time.DateOnly), '"'), nil
	case *array.Timestamp:
		return appendTimestamp(dst, a, i)
	}
	return appendNested(dst, a, i, floats)
}

func appendBase64(dst, p []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, p)
	return append(dst, '"')
}

func appendFloat(dst []byte, f float64, bits int, floats JSONFloats) []byte {
	switch {
	case math.IsNaN(f) && floats == StrictFloats:
		return append(dst, "null"...)
	case math.IsNaN(f):
		return append(dst, "NaN"...)
	case math.IsInf(f, 0):
		if f < 0 {
			dst = append(dst, '-')
		}
		if floats == StrictFloats {
			return append(dst, "1e999"...)
		}
		return append(dst, "Infinity"...)
	}
	start := len(dst)
	format := byte('f')
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e16) {
		format = 'e'
	}
	dst = strconv.AppendFloat(dst, f, format, -1, bits)
	for _, c := range dst[start:] {
		if c == '.' || c == 'e' {
			return dst
		}
	}
	return append(dst, ".0"...)
}

// appendTimestamp writes 2026-01-31T12:00:00.123 with as many digits as the
// unit has, and the offset where the type has a zone.
func appendTimestamp(dst []byte, a *array.Timestamp, i int) ([]byte, error) {
	t := a.DataType().(*arrow.TimestampType)
	toTime, err := t.GetToTimeFunc()
	if err != nil {
		return dst, fmt.Errorf("write JSON: %w", err)
	}
	layout := [...]string{"2006-01-02T15:04:05", "2006-01-02T15:04:05.000", "2006-01-02T15:04:05.000000", "2006-01-02T15:04:05.000000000"}[t.Unit]
	if t.TimeZone != "" {
		layout += "Z07:00"
	}
	at := toTime(a.Value(i))
	if _, offset := at.Zone(); t.TimeZone != "" && offset%60 != 0 {
		layout += ":00" // local mean time of the years before zones: +00:53:28, as Python writes it
	}
	return append(at.AppendFormat(append(dst, '"'), layout), '"'), nil
}

// AppendJSONString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
			dst = append(append(dst, s[start:i]...), `\ufffd`...)
		} else {
			dst = append(dst, s[start:i]...)
			switch c {
			case '"', '\\':
				dst = append(dst, '\\', c)
			case '\n':
				dst = append(dst, `\n`...)
			case '\r':
				dst = append(dst, `\r`...)
			case '\t':
				dst = append(dst, `\t`...)
			default:
				dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
			}
		}
		i++
		start = i
	}
	dst = append(dst, s[start:]...)
	return append(dst, '"')
}
