package schema

import (
	"bufio"
	"encoding/base64"
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
		return appendTimestamp(dst, a, i), nil
	}
	return appendNested(dst, a, i, floats)
}

// WriteJSON writes what [AppendJSON] appends. Text is not copied, and of a nested
// value no more than one part is held: escaped text is up to six times as long, and
// a list may name one long text many times.
func WriteJSON(w *bufio.Writer, a arrow.Array, i int, floats JSONFloats) error {
	if a.IsValid(i) {
		switch a := a.(type) {
		case array.StringLike:
			return WriteJSONString(w, a.Value(i))
		case *array.Dictionary:
			return WriteJSON(w, a.Dictionary(), a.GetValueIndex(i), floats)
		case *array.Struct, array.ListLike:
			return writeNested(w, a, i, floats)
		}
	}
	data, err := AppendJSON(w.AvailableBuffer(), a, i, floats)
	if err == nil {
		_, err = w.Write(data)
	}
	return err
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
// unit has; where the type has a zone, in UTC with a Z behind: an offset would
// depend on the rules for zones that the machine has.
func appendTimestamp(dst []byte, a *array.Timestamp, i int) []byte {
	t := a.DataType().(*arrow.TimestampType)
	layout := [...]string{"2006-01-02T15:04:05", "2006-01-02T15:04:05.000", "2006-01-02T15:04:05.000000", "2006-01-02T15:04:05.000000000"}[t.Unit]
	if t.TimeZone != "" {
		layout += "Z"
	}
	return append(a.Value(i).ToTime(t.Unit).AppendFormat(append(dst, '"'), layout), '"')
}

// AppendJSONString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendJSONString(dst []byte, s string) []byte {
	dst = append(dst, '"')
	for {
		n := plainPrefix(s)
		dst = append(dst, s[:n]...)
		if s = s[n:]; s == "" {
			return append(dst, '"')
		}
		dst = appendEscaped(dst, s)
		s = s[1:]
	}
}

// WriteJSONString writes what [AppendJSONString] appends.
func WriteJSONString(w *bufio.Writer, s string) error {
	err := w.WriteByte('"')
	for err == nil {
		n := plainPrefix(s)
		_, err = w.WriteString(s[:n])
		if s = s[n:]; s == "" {
			break
		}
		_, err = w.Write(appendEscaped(w.AvailableBuffer(), s)) // an error stays in w
		s = s[1:]
	}
	if err != nil {
		return err
	}
	return w.WriteByte('"')
}

// plainPrefix is the length of the text in front that JSON takes as it is: all
// of it, mostly, so it looks at eight bytes at a time.
func plainPrefix(s string) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	i := 0
	for ; i+8 <= len(s); i += 8 {
		w := uint64(s[i]) | uint64(s[i+1])<<8 | uint64(s[i+2])<<16 | uint64(s[i+3])<<24 |
			uint64(s[i+4])<<32 | uint64(s[i+5])<<40 | uint64(s[i+6])<<48 | uint64(s[i+7])<<56
		quote, slash := w^ones*'"', w^ones*'\\'
		// A high bit stands where a byte is below 0x20, a quote, a backslash or
		// not ASCII. It may stand too far up as well, never too low.
		if (w|(w-ones*0x20)|(quote-ones)|(slash-ones))&highs != 0 {
			break
		}
	}
	for ; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' {
			return i
		} else if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 {
				return i
			}
			i += size - 1
		}
	}
	return i
}

// appendEscaped appends the first byte of s, which cannot stand for itself.
func appendEscaped(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	switch c := s[0]; {
	case c >= utf8.RuneSelf:
		return append(dst, `\ufffd`...)
	case c == '"' || c == '\\':
		return append(dst, '\\', c)
	case c == '\n':
		return append(dst, `\n`...)
	case c == '\r':
		return append(dst, `\r`...)
	case c == '\t':
		return append(dst, `\t`...)
	default:
		return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
	}
}

// AppendJSONFloat appends a float64 as [AppendJSON] does.
func AppendJSONFloat(dst []byte, f float64, floats JSONFloats) []byte {
	return appendFloat(dst, f, 64, floats)
}
