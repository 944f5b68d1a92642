package read

import (
	"strconv"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// fast converts what most columns are, without a cell for each value. It says whether
// it could: where it could not, nothing has been appended.
func (c *converter) fast(b array.Builder, a arrow.Array) bool {
	if c.form == JSON && c.typ.Kind == schema.String && c.filler == nil && c.puts.cast == Safe {
		return c.jsonText(b.(*array.StringBuilder), a.(*array.String))
	}
	return false
}

// quick appends the number that text spells, where it is as plain as most are: it says
// no, and has appended nothing, where it is not or cannot be the type. What it appends
// is what put would.
type quick func(b array.Builder, text []byte) bool

// quickOf is the quick way to values of a kind, nil where there is none.
func quickOf(k schema.Kind) quick {
	switch k {
	case schema.Int64:
		return func(b array.Builder, text []byte) bool {
			i, ok := plainInt(text)
			if ok {
				b.(*array.Int64Builder).Append(i)
			}
			return ok
		}
	case schema.Int32:
		return func(b array.Builder, text []byte) bool {
			i, ok := plainInt(text)
			if ok = ok && i == int64(int32(i)); ok {
				b.(*array.Int32Builder).Append(int32(i))
			}
			return ok
		}
	case schema.Float64:
		return func(b array.Builder, text []byte) bool {
			f, ok := plainFloat(text)
			if ok {
				b.(*array.Float64Builder).Append(f)
			}
			return ok
		}
	}
	return nil
}

// plainInt reads at most 18 digits, which every int64 holds. A zero with a sign is a
// float's.
func plainInt(b []byte) (int64, bool) {
	digits := b
	if len(b) > 0 && b[0] == '-' {
		digits = b[1:]
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	n := int64(0)
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int64(c-'0')
	}
	if len(digits) == len(b) {
		return n, true
	}
	return -n, n != 0
}

// plainFloat reads a number with a point or an exponent, or of few digits.
func plainFloat(b []byte) (float64, bool) {
	if i, ok := plainInt(b); ok && -exactFloats <= i && i <= exactFloats {
		return float64(i), true
	}
	if !isNumber(b) || !isFloat(b) {
		return 0, false
	}
	f, err := strconv.ParseFloat(unsafe.String(&b[0], len(b)), 64)
	return f, err == nil
}

// isFloat says whether a number is written with a point or an exponent.
func isFloat(b []byte) bool {
	for _, c := range b {
		if c == '.' || c == 'e' || c == 'E' {
			return true
		}
	}
	return false
}

// jsonText converts a column of JSON strings and nulls.
func (c *converter) jsonText(b *array.StringBuilder, a *array.String) bool {
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		raw := jsonPath(unsafeBytes(a.Value(i)), c.path)
		if raw != nil && raw[0] != '"' {
			return false
		}
	}
	var room []byte
	for i := range a.Len() {
		var raw []byte
		if a.IsValid(i) {
			raw = jsonPath(unsafeBytes(a.Value(i)), c.path)
		}
		if raw == nil {
			b.AppendNull()
			continue
		}
		var whole bool
		if room, whole = jsonscan.AppendText(room[:0], raw); !whole && c.puts.surrogates != SurrogatesReplace {
			b.NewArray().Release() // begin again, value by value
			return false
		}
		b.BinaryBuilder.Append(room)
	}
	return true
}

// withNulls is an array with other nulls.
func withNulls(a arrow.Array, valid []byte, nulls int) arrow.Array {
	d := a.Data()
	buffers := append([]*memory.Buffer{nil}, d.Buffers()[1:]...)
	if d.Offset() > 0 { // the bits are counted from the array's own beginning
		shifted := make([]byte, (d.Offset()+a.Len()+7)/8)
		for i := range a.Len() {
			if valid[i/8]>>(i%8)&1 != 0 {
				k := i + d.Offset()
				shifted[k/8] |= 1 << (k % 8)
			}
		}
		valid = shifted
	}
	buffers[0] = memory.NewBufferBytes(valid)
	data := array.NewData(a.DataType(), a.Len(), buffers, d.Children(), nulls, d.Offset())
	defer data.Release()
	if d.Dictionary() != nil {
		data.SetDictionary(d.Dictionary())
	}
	return array.MakeFromData(data)
}
