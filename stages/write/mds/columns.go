package mds

import (
	"cmp"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/joint"
)

const (
	encodingJPEG = "jpeg"
	encodingPNG  = "png"
)

// columns of a sample, in order of their names (streaming: base/format/mds/writer.py).
type columns struct {
	fields    []joint.Column
	names     []string
	encodings []string // as streaming calls them (base/format/mds/encodings.py)
	sizes     []int    // of those that have always so many bytes, else 0
}

func columnsOf(s *schema.Schema, t pipeline.Traits) columns {
	var c columns
	order := make([]int, s.Len())
	for f := range order {
		order[f] = f
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(s.Field(a).Name, s.Field(b).Name) })
	for _, f := range order {
		field := s.Field(f)
		column, name, size := encodingOf(field, t[field.Name])
		column.Field, column.Sized = f, size == 0
		c.fields = append(c.fields, column)
		c.names = append(c.names, field.Name)
		c.encodings = append(c.encodings, name)
		c.sizes = append(c.sizes, size)
	}
	return c
}

// numbers are the encodings of types that are written at their own width, and int.
var numbers = map[schema.Kind]struct {
	name string
	size int
}{
	schema.Int8: {"int8", 1}, schema.Int16: {"int16", 2}, schema.Int32: {"int32", 4}, schema.Int64: {"int", 8},
	schema.Uint8: {"uint8", 1}, schema.Uint16: {"uint16", 2}, schema.Uint32: {"uint32", 4}, schema.Uint64: {"uint64", 8},
	schema.Float16: {"float16", 2}, schema.Float32: {"float32", 4}, schema.Float64: {"float64", 8},
}

// encodingOf returns how a field is written, what streaming calls that, and the bytes
// that it always has. trait is what the survey has found.
func encodingOf(f schema.Field, trait string) (c joint.Column, name string, size int) {
	image := encodingJPEG
	if trait == encodingPNG {
		image = encodingPNG
	}
	switch t := f.Type; {
	case t.ImageList():
		return joint.Column{Encoding: joint.Images, Zeros: 1}, "list[" + image + "]", 0
	case t.Kind == schema.Image && (f.Nullable || t.Plain):
		return joint.Column{Encoding: joint.Image}, "bytes", 0
	case t.Kind == schema.Image:
		return joint.Column{Encoding: joint.Image}, image, 0
	case f.Nullable || t.Nested() || t.Kind == schema.Bool:
		return joint.Column{Encoding: joint.JSON}, "json", 0
	case t.Kind == schema.Class:
		return joint.Column{Encoding: joint.Int64}, "int", 8
	case t.Kind == schema.Binary:
		return joint.Column{Encoding: joint.Text}, "bytes", 0
	case t.Kind == schema.Decimal:
		return joint.Column{Encoding: joint.Text}, "str_decimal", 0
	case numbers[t.Kind].size > 0:
		return joint.Column{Encoding: joint.Number}, numbers[t.Kind].name, numbers[t.Kind].size
	}
	return joint.Column{Encoding: joint.Text}, "str", 0
}

// layout is what a shard consists of.
func layout(s *schema.Schema, t pipeline.Traits) *joint.Layout {
	c := columnsOf(s, t)
	return &joint.Layout{Format: "mds", Schema: s, Columns: c.fields, Config: c.config()}
}
