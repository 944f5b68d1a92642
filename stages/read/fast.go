package read

import (
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
