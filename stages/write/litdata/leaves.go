package litdata

import (
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/joint"
)

// leafOf returns how a field is written, and what litData calls that.
func leafOf(f schema.Field) (c joint.Column, serializer string) {
	switch t := f.Type; {
	case t.ImageList():
		return joint.Column{Encoding: joint.Images, NonEmpty: true}, "jpeg_array"
	case t.Kind == schema.Image && (f.Nullable || t.Plain):
		return joint.Column{Encoding: joint.Image}, "bytes"
	case t.Kind == schema.Image:
		return joint.Column{Encoding: joint.Image}, "jpeg"
	case f.Nullable || t.Nested() || t.Kind == schema.Uint64:
		return joint.Column{Encoding: joint.JSON}, "json"
	case t.Kind == schema.Bool:
		return joint.Column{Encoding: joint.Bool}, "bool"
	case t.Kind == schema.Class || schema.Int8 <= t.Kind && t.Kind <= schema.Uint32:
		return joint.Column{Encoding: joint.Int64}, "int"
	case schema.Float16 <= t.Kind && t.Kind <= schema.Float64:
		return joint.Column{Encoding: joint.Float64}, "float"
	case t.Kind == schema.Binary:
		return joint.Column{Encoding: joint.Text}, "bytes"
	}
	return joint.Column{Encoding: joint.Text}, "str"
}

// layout is what a chunk consists of.
func layout(s *schema.Schema) *joint.Layout {
	l := &joint.Layout{Format: "litdata", Schema: s}
	for f := range s.Len() {
		c, _ := leafOf(s.Field(f))
		c.Field, c.Sized = f, true
		l.Columns = append(l.Columns, c)
	}
	return l
}
