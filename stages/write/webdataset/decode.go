package webdataset

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// decoder turns JSON members back into Arrow values of a schema's types.
type decoder struct {
	builders []array.Builder // by field, nil for images
}

func newDecoder(s *schema.Schema) *decoder {
	d := &decoder{builders: make([]array.Builder, s.Len())}
	for f := range s.Len() {
		if t := s.Field(f).Type; t.Kind != schema.Image {
			d.builders[f] = array.NewBuilder(memory.DefaultAllocator, t.Arrow())
		}
	}
	return d
}

// record reads a JSON object whose keys are the members' labels, in their order
// and without blanks, into cells.
func (d *decoder) record(m *members, text []byte, cells []pipeline.Cell) error {
	for k, f := range m.values {
		rest, ok := bytes.CutPrefix(text, []byte(m.labels[k]))
		if !ok {
			return fmt.Errorf("%.40q where %s was due", text, m.labels[k])
		}
		token, rest, err := cutValue(rest)
		if err == nil {
			err = appendToken(d.builders[f], token)
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", m.schema.Field(f).Name, err)
		}
		cells[f] = pipeline.Cell{Array: d.builders[f].NewArray()}
		text = rest
	}
	if string(text) != "}" {
		return fmt.Errorf("%.40q where the object's end was due", text)
	}
	return nil
}

// cutValue splits a scalar off the front of text: a string with its quotes, or
// all up to the next comma or brace.
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
	i := bytes.IndexAny(text, ",}")
	if i < 0 {
		return nil, nil, errors.New("a value without end")
	}
	return text[:i], text[i:], nil
}

// appendToken appends the value that a JSON scalar spells.
func appendToken(b array.Builder, token []byte) error {
	if string(token) == "null" {
		b.AppendNull()
		return nil
	}
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
			return fmt.Errorf("%.40q is no truth value", token)
		}
		b.Append(token[0] == 't')
	case *array.Float32Builder:
		v, err := float(token, 32)
		b.Append(float32(v))
		return err
	case *array.Float64Builder:
		v, err := float(token, 64)
		b.Append(v)
		return err
	case *array.Date32Builder:
		t, err := timeOf(token, time.DateOnly, time.UTC)
		b.Append(arrow.Date32FromTime(t))
		return err
	case *array.TimestampBuilder:
		v, err := timestamp(token, b.Type().(*arrow.TimestampType))
		b.Append(v)
		return err
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
		return nil, fmt.Errorf("%.40q is no string", token)
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

func timeOf(token []byte, layout string, zone *time.Location) (time.Time, error) {
	s, err := unquote(token)
	if err != nil {
		return time.Time{}, err
	}
	return time.ParseInLocation(layout, string(s), zone)
}

// timestamp reads what schema.AppendJSON writes; digits beyond the unit and
// other spellings show when it is written again.
func timestamp(token []byte, t *arrow.TimestampType) (arrow.Timestamp, error) {
	layout := "2006-01-02T15:04:05"
	if t.TimeZone != "" {
		layout += "Z"
	}
	at, err := timeOf(token, layout, time.UTC)
	switch t.Unit {
	case arrow.Second:
		return arrow.Timestamp(at.Unix()), err
	case arrow.Millisecond:
		return arrow.Timestamp(at.UnixMilli()), err
	case arrow.Microsecond:
		return arrow.Timestamp(at.UnixMicro()), err
	}
	return arrow.Timestamp(at.UnixNano()), err
}
