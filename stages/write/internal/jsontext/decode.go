package jsontext

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A Decoder turns JSON back into Arrow values of a schema's types. It takes what
// schema.AppendJSON writes; other spellings of the same value show when the value is
// written again. It is for one goroutine.
type Decoder struct {
	builders []array.Builder // by field, nil for images
	shapes   []shape         // by field
	room     int64           // what nulls may still take, see maxNulls
}

// maxNulls bounds the bytes that the nulls of a record take in memory: one in a list
// is five bytes of text, and where it stands for a list of a million values, so many
// nulls.
const maxNulls = 256 << 20

// shape is a type as the decoder goes through it.
type shape struct {
	kind   schema.Kind
	length int      // of lists of one length
	labels []string // what stands in front of each part of a struct or a map's entry
	parts  []shape
	null   int64 // bytes that a null takes, but for its bit
}

// NewDecoder returns a decoder of a schema's values. Of a list of images it decodes the
// names.
func NewDecoder(s *schema.Schema) *Decoder {
	d := &Decoder{builders: make([]array.Builder, s.Len()), shapes: make([]shape, s.Len())}
	for f := range s.Len() {
		t := s.Field(f).Type
		if t.ImageList() {
			t = schema.ListOf(schema.Type{Kind: schema.String}) // their names
		}
		if t.Kind != schema.Image {
			d.builders[f] = array.NewBuilder(memory.DefaultAllocator, t.Arrow())
			d.shapes[f] = shapeOf(t)
		}
	}
	return d
}

func shapeOf(t schema.Type) shape {
	s := shape{kind: t.Kind, length: t.Len}
	names := []string{"key", "value"} // of a map's entry
	for i, p := range t.Parts() {
		s.parts = append(s.parts, shapeOf(p.Type))
		if t.Kind == schema.Struct {
			names = append(names[:i], p.Name)
		}
	}
	switch t.Kind {
	case schema.Struct:
		for _, p := range s.parts {
			s.null = min(s.null+p.null, maxNulls+1)
		}
	case schema.List:
		if s.null = 4; t.Len > 0 {
			s.null = maxNulls + 1
			if each := max(s.parts[0].null, 1); int64(t.Len) <= maxNulls/each {
				s.null = int64(t.Len) * each
			}
		}
	default:
		s.null = 4 // an offset
		if w, ok := t.Arrow().(arrow.FixedWidthDataType); ok {
			s.null = int64(w.BitWidth()) / 8
		}
	}
	if t.Kind == schema.Struct || t.Kind == schema.Map {
		for i, name := range names {
			label := append([]byte{"{,"[min(i, 1)]}, schema.AppendJSONString(nil, name)...)
			s.labels = append(s.labels, string(append(label, ':')))
		}
	}
	return s
}

// Begin begins a record: nulls may take so much in each.
func (d *Decoder) Begin() { d.room = maxNulls }

// Value reads the value of a field that stands in front of text, and returns what follows
// it.
func (d *Decoder) Value(field int, text []byte) (c pipeline.Cell, rest []byte, err error) {
	b := d.builders[field]
	if rest, err = d.value(b, &d.shapes[field], text); err != nil {
		return pipeline.Cell{}, nil, err
	}
	return pipeline.Cell{Array: b.NewArray()}, rest, nil
}

// Null returns a null of a field.
func (d *Decoder) Null(field int) pipeline.Cell {
	d.builders[field].AppendNull()
	return pipeline.Cell{Array: d.builders[field].NewArray()}
}

// Text reads what AppendText has written.
func (d *Decoder) Text(field int, text []byte) (pipeline.Cell, error) {
	b := d.builders[field]
	switch b := b.(type) {
	case *array.StringBuilder:
		if !utf8.Valid(text) {
			return pipeline.Cell{}, errors.New("its text is not UTF-8")
		}
		b.BinaryBuilder.Append(text)
	case *array.BinaryBuilder:
		b.Append(text)
	case *array.Date32Builder, *array.TimestampBuilder, *array.Time32Builder, *array.Time64Builder, *array.DurationBuilder:
		if err := appendTime(b, string(text)); err != nil {
			return pipeline.Cell{}, err
		}
	default:
		rest, err := d.value(b, &d.shapes[field], append(text[:len(text):len(text)], ','))
		if err != nil {
			return pipeline.Cell{}, err
		}
		if string(rest) != "," {
			return pipeline.Cell{}, fmt.Errorf("%.40q where its end was due", rest)
		}
	}
	return pipeline.Cell{Array: b.NewArray()}, nil
}

// AppendText appends a value that is not null as it stands by itself: text as it is,
// binary as it is, all else as in JSON without quotes.
func AppendText(dst []byte, c pipeline.Cell) ([]byte, error) {
	switch a := c.Array.(type) {
	case *array.String:
		return append(dst, a.Value(c.Row)...), nil
	case *array.Binary:
		return append(dst, a.Value(c.Row)...), nil
	}
	at := len(dst)
	dst, err := schema.AppendJSON(dst, c.Array, c.Row, schema.PythonFloats)
	if err != nil {
		return dst, err
	}
	if n := len(dst); dst[at] == '"' { // a date or time
		copy(dst[at:], dst[at+1:n-1])
		dst = dst[:n-2]
	}
	return dst, nil
}

// Cut takes what is due from the front of text.
func Cut(text []byte, due string) (rest []byte, err error) {
	if len(text) < len(due) || string(text[:len(due)]) != due {
		return nil, fmt.Errorf("%.40q where %s was due", text, due)
	}
	return text[len(due):], nil
}

// value appends the value that stands in front of text, and returns what follows.
func (d *Decoder) value(b array.Builder, s *shape, text []byte) (rest []byte, err error) {
	if rest, ok := bytes.CutPrefix(text, []byte("null")); ok {
		if d.room -= s.null; d.room < 0 {
			return nil, fmt.Errorf("its nulls take more than %d bytes", maxNulls)
		}
		b.AppendNull()
		return rest, nil
	}
	switch b := b.(type) {
	case *array.StructBuilder:
		b.Append(true)
		for i := range s.parts {
			if text, err = Cut(text, s.labels[i]); err != nil {
				return nil, err
			}
			if text, err = d.value(b.FieldBuilder(i), &s.parts[i], text); err != nil {
				return nil, err
			}
		}
		return Cut(text, "}")
	case *array.MapBuilder:
		b.Append(true)
		return d.items(s, text, func(text []byte) ([]byte, error) { return d.entry(b, s, text) })
	case array.ListLikeBuilder:
		b.Append(true)
		return d.items(s, text, func(text []byte) ([]byte, error) { return d.value(b.ValueBuilder(), &s.parts[0], text) })
	}
	token, rest, err := cutValue(text)
	if err == nil {
		err = appendToken(b, token)
	}
	return rest, err
}

// entry appends an entry of a map.
func (d *Decoder) entry(b *array.MapBuilder, s *shape, text []byte) (rest []byte, err error) {
	for i, part := range []array.Builder{b.KeyBuilder(), b.ItemBuilder()} {
		if text, err = Cut(text, s.labels[i]); err != nil {
			return nil, err
		}
		if i == 0 && bytes.HasPrefix(text, []byte("null")) {
			return nil, errors.New("a map's key is null")
		}
		if text, err = d.value(part, &s.parts[i], text); err != nil {
			return nil, err
		}
	}
	return Cut(text, "}")
}

// items goes through the items of a JSON array.
func (d *Decoder) items(s *shape, text []byte, item func([]byte) ([]byte, error)) (rest []byte, err error) {
	if text, err = Cut(text, "["); err != nil {
		return nil, err
	}
	n := 0
	for ; len(text) > 0 && text[0] != ']'; n++ {
		if n > 0 {
			if text, err = Cut(text, ","); err != nil {
				return nil, err
			}
		}
		if text, err = item(text); err != nil {
			return nil, err
		}
	}
	if s.length > 0 && n != s.length {
		return nil, fmt.Errorf("a list of %d, want %d", n, s.length)
	}
	return Cut(text, "]")
}

// cutValue splits a scalar off the front of text: a string with its quotes, or
// all up to the next comma, brace or bracket.
func cutValue(text []byte) (token, rest []byte, err error) {
	if len(text) > 0 && text[0] == '"' {
		for i := 1; i < len(text); i++ {
			switch text[i] {
			case '\\':
				i++
			case '"':
				return text[:i+1], text[i+1:], nil
			}
		}
		return nil, nil, errors.New("a string without end")
	}
	i := bytes.IndexAny(text, ",}]")
	if i < 0 {
		return nil, nil, errors.New("a value without end")
	}
	return text[:i], text[i:], nil
}

// appendToken appends the value that a JSON scalar spells.
func appendToken(b array.Builder, token []byte) error {
	switch b := b.(type) {
	case *array.StringBuilder:
		s, err := unquote(token)
		if err == nil {
			b.BinaryBuilder.Append(s)
		}
		return err
	case *array.BinaryBuilder:
		s, err := unquote(token)
		if err != nil {
			return err
		}
		p, err := base64.StdEncoding.Strict().DecodeString(string(s))
		if err != nil {
			return fmt.Errorf("read base64: %w", err)
		}
		b.Append(p)
	case *array.BooleanBuilder:
		if string(token) != "true" && string(token) != "false" {
			return fmt.Errorf("%.40q is not a truth value", token)
		}
		b.Append(token[0] == 't')
	case *array.Float16Builder:
		v, err := float(token, 32)
		b.Append(float16.New(float32(v)))
		return err
	case *array.Float32Builder:
		v, err := float(token, 32)
		b.Append(float32(v))
		return err
	case *array.Float64Builder:
		v, err := float(token, 64)
		b.Append(v)
		return err
	case *array.Decimal128Builder, *array.Decimal256Builder:
		return appendDecimal(b, token)
	case *array.Date32Builder, *array.TimestampBuilder, *array.Time32Builder, *array.Time64Builder, *array.DurationBuilder:
		s, err := unquote(token)
		if err != nil {
			return err
		}
		return appendTime(b, string(s))
	default:
		return appendInteger(b, string(token))
	}
	return nil
}

// appendInteger appends a whole number in the range of the builder's type.
func appendInteger(b array.Builder, token string) error {
	bits := b.Type().(arrow.FixedWidthDataType).BitWidth()
	var (
		v   int64
		u   uint64
		err error
	)
	switch b.Type().ID() {
	case arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64:
		u, err = strconv.ParseUint(token, 10, bits)
	default:
		v, err = strconv.ParseInt(token, 10, bits)
	}
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(int8(v))
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	case *array.Uint8Builder:
		b.Append(uint8(u))
	case *array.Uint16Builder:
		b.Append(uint16(u))
	case *array.Uint32Builder:
		b.Append(uint32(u))
	case *array.Uint64Builder:
		b.Append(u)
	default:
		return fmt.Errorf("read JSON: no rule for type %s", b.Type())
	}
	return err
}

func unquote(token []byte) ([]byte, error) {
	if len(token) < 2 || token[0] != '"' {
		return nil, fmt.Errorf("%.40q is not a string", token)
	}
	if bytes.IndexByte(token, '\\') < 0 {
		return token[1 : len(token)-1], nil
	}
	var s string
	if err := json.Unmarshal(token, &s); err != nil {
		return nil, fmt.Errorf("read string: %w", err)
	}
	return []byte(s), nil
}

func float(token []byte, bits int) (float64, error) {
	switch string(token) {
	case "NaN":
		return math.NaN(), nil
	case "Infinity":
		return math.Inf(1), nil
	case "-Infinity":
		return math.Inf(-1), nil
	}
	return strconv.ParseFloat(string(token), bits)
}
