package configs

import (
	"fmt"
	"math"
	"strconv"

	"github.com/pickshard/pickshard/schema"
)

// Schema returns the fields as a schema, in order.
func (c *Config) Schema() (*schema.Schema, error) {
	fields := make([]schema.Field, len(c.Fields))
	for i, f := range c.Fields {
		t, err := f.parseType()
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		fields[i] = schema.Field{Name: f.Name, Type: t, Nullable: f.Nullable, Doc: f.Doc}
	}
	return schema.New(fields)
}

// parseType returns the field's type. Binary that comes from a file, or is said to be an
// image's bytes, is an image that is written as these alone.
func (f Field) parseType() (schema.Type, error) {
	t, err := schema.ParseType(f.Type)
	if err == nil && t.Kind == schema.Binary && (f.File != "" || f.Bytes != "") {
		return schema.Type{Kind: schema.Image, Plain: true}, nil
	}
	return t, err
}

// Constant returns the constant as a value of the field's type: a string, bool,
// int64, uint64 or float64; for unsigned types a uint64, for other integers an
// int64, for both floats a float64. It is nil where the field is not a constant.
func (f Field) Constant() (any, error) {
	if f.Value == nil {
		return nil, nil
	}
	t, err := schema.ParseType(f.Type)
	if err != nil {
		return nil, err
	}
	switch k := t.Kind; {
	case k == schema.String:
		if s, ok := f.Value.(string); ok {
			return s, nil
		}
		return nil, fmt.Errorf("%v is not text: put it in quotes", f.Value)
	case k == schema.Bool:
		if b, ok := f.Value.(bool); ok {
			return b, nil
		}
		return nil, fmt.Errorf("%s is neither true nor false", text(f.Value))
	case k >= schema.Int8 && k <= schema.Int64:
		bits := 8 << (k - schema.Int8)
		if i, ok := f.Value.(int64); ok && i >= math.MinInt64>>(64-bits) && i <= math.MaxInt64>>(64-bits) {
			return i, nil
		}
		return nil, fmt.Errorf("%s is not a valid %s", text(f.Value), t)
	case k >= schema.Uint8 && k <= schema.Uint64:
		bits := 8 << (k - schema.Uint8)
		switch n := f.Value.(type) {
		case int64:
			if n >= 0 && uint64(n) <= math.MaxUint64>>(64-bits) {
				return uint64(n), nil
			}
		case uint64:
			if n <= math.MaxUint64>>(64-bits) {
				return n, nil
			}
		}
		return nil, fmt.Errorf("%s is not a valid %s", text(f.Value), t)
	case k == schema.Float32 || k == schema.Float64:
		return float(f.Value, t)
	}
	return nil, fmt.Errorf("a field of type %s cannot be a constant", t)
}

func float(v any, t schema.Type) (any, error) {
	var f float64
	switch n := v.(type) {
	case float64:
		f = n
	case int64:
		f = float64(n)
	case uint64:
		f = float64(n)
	default:
		return nil, fmt.Errorf("%s is not a number", text(v))
	}
	if math.IsNaN(f) || math.IsInf(f, 0) || t.Kind == schema.Float32 && math.IsInf(float64(float32(f)), 0) {
		return nil, fmt.Errorf("%s is not a finite %s", text(v), t)
	}
	return f, nil
}

// text spells a constant for a message.
func text(v any) string {
	if s, ok := v.(string); ok {
		return quote(s)
	}
	if f, ok := v.(float64); ok {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	return fmt.Sprint(v)
}
