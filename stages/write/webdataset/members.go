package webdataset

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/jsontext"
)

// jsonSuffix is what follows the key in the name of a record's JSON member.
const jsonSuffix = ".json"

// members says what a sample of a schema consists of, in order. It is immutable.
type members struct {
	schema *schema.Schema
	images []imageField // in byte order of name
	texts  []textField  // in byte order of name
	values []int        // the fields of the JSON member, in schema order
	labels []string     // what stands in front of each value: `{"name":` or `,"name":`
	// longest is the length of the longest name behind the key but for lists of images.
	longest int
}

// imageField is a field whose images are members: KEY.FIELD.EXT, or KEY.FIELD.0.EXT
// and so on where it is a list of images.
type imageField struct {
	field int
	list  bool
	name  string // ".FIELD."
	ext   string // of all of them; empty where each has its own
}

// textField is a field that is not an image and has a member of its own.
type textField struct {
	field  int
	suffix string // ".FIELD.EXT"
}

// newMembers returns the members of a schema's samples. exts has the extensions that
// were asked for (see Options), by field.
func newMembers(s *schema.Schema, exts pipeline.Traits) *members {
	m := &members{schema: s}
	for f := range s.Len() {
		name, t := s.Field(f).Name, s.Field(f).Type
		ext, own := exts[name]
		switch {
		case t.Images():
			m.images = append(m.images, imageField{f, t.ImageList(), "." + name + ".", ext})
			m.longest = max(m.longest, m.images[len(m.images)-1].longest(1))
		case own:
			m.texts = append(m.texts, textField{f, "." + name + "." + ext})
			m.longest = max(m.longest, len(m.texts[len(m.texts)-1].suffix))
			continue
		}
		if t.Kind == schema.Image {
			continue
		}
		m.longest = max(m.longest, len(jsonSuffix))
		label := []byte{','}
		if len(m.values) == 0 {
			label[0] = '{'
		}
		m.values = append(m.values, f)
		m.labels = append(m.labels, string(append(schema.AppendJSONString(label, name), ':')))
	}
	name := func(f int) string { return s.Field(f).Name }
	slices.SortFunc(m.images, func(a, b imageField) int { return cmp.Compare(name(a.field), name(b.field)) })
	slices.SortFunc(m.texts, func(a, b textField) int { return cmp.Compare(name(a.field), name(b.field)) })
	return m
}

// appendName appends what follows the key in the name of an image's member.
func (i *imageField) appendName(dst []byte, item int, ext string) []byte {
	dst = append(dst, i.name...)
	if i.list {
		dst = append(strconv.AppendInt(dst, int64(item), 10), '.')
	}
	return append(dst, ext...)
}

// longest is the length of the longest name that a list of so many images has behind
// the key, whatever their extension.
func (i *imageField) longest(items int) int {
	n := len(i.name) + maxExt
	if i.list {
		var room [20]byte
		n += len(strconv.AppendInt(room[:0], int64(max(items-1, 0)), 10)) + len(".")
	}
	return n
}

// appendJSON appends the JSON member of a row.
func (m *members) appendJSON(dst []byte, r *pipeline.Records, row int64) ([]byte, error) {
	for k, f := range m.values {
		dst = append(dst, m.labels[k]...)
		if c := r.Images[f]; c != nil {
			dst = appendNames(dst, c, row)
			continue
		}
		c := r.Cell(f, row)
		var err error
		if dst, err = schema.AppendJSON(dst, c.Array, c.Row, schema.PythonFloats); err != nil {
			return dst, fmt.Errorf("field %s: %w", m.schema.Field(f).Name, err)
		}
	}
	return append(dst, '}'), nil
}

// appendNames appends what the JSON has for a list of images: the name of each, empty
// where it has none, null where there is no image. So it tells which members there
// are, and an empty list from null.
func appendNames(dst []byte, c *pipeline.ImageColumn, row int64) []byte {
	n, ok := c.Len(row)
	if !ok {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for item := range n {
		if item > 0 {
			dst = append(dst, ',')
		}
		if c.Size(row, item) == pipeline.NoImage {
			dst = append(dst, "null"...)
			continue
		}
		name, _ := c.Name(row, item)
		dst = schema.AppendJSONString(dst, name)
	}
	return append(dst, ']')
}

// appendText appends the member that a field of its own has in a row. ok is false for
// null.
func appendText(dst []byte, c pipeline.Cell) (text []byte, ok bool, err error) {
	if c.Array.IsNull(c.Row) {
		return dst, false, nil
	}
	dst, err = jsontext.AppendText(dst, c)
	return dst, err == nil, err
}

// readJSON reads a JSON object whose keys are the members' labels, in their order and
// without blanks, into cells.
func (m *members) readJSON(d *jsontext.Decoder, text []byte, cells []pipeline.Cell) error {
	d.Begin()
	for k, f := range m.values {
		rest, err := jsontext.Cut(text, m.labels[k])
		if err != nil {
			return err
		}
		if cells[f], text, err = d.Value(f, rest); err != nil {
			return fmt.Errorf("field %s: %w", m.schema.Field(f).Name, err)
		}
	}
	if string(text) != "}" {
		return fmt.Errorf("%.40q where the object's end was due", text)
	}
	return nil
}

// imageSpan is the bytes that an image takes with header and padding, none where
// there is no image.
func imageSpan(size int64) int64 {
	if size == pipeline.NoImage {
		return 0
	}
	return blockSize + padded(size)
}

// span returns the bytes that the images of a row take together.
func (m *members) span(r *pipeline.Records, row int64) (n int64) {
	for k := range m.images {
		c := r.Images[m.images[k].field]
		for item := range c.Count(row) {
			n += imageSpan(c.Size(row, item))
		}
	}
	return n
}
