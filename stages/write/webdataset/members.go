package webdataset

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// jsonSuffix is what follows the key in the name of a record's JSON member.
const jsonSuffix = ".json"

// members says what a sample of a schema consists of, in order. It is immutable.
type members struct {
	schema *schema.Schema
	images []int    // image fields in byte order of name
	suffix []string // of the images' member names: ".FIELD.EXT"; nil until known
	values []int    // the fields of the JSON member, in schema order
	labels []string // what stands in front of each value: `{"name":` or `,"name":`
}

// newMembers returns the members of a schema's samples. exts has an extension for
// each image field (see Survey), or is nil where they are not known yet.
func newMembers(s *schema.Schema, exts pipeline.Traits) *members {
	m := &members{schema: s, images: slices.Clone(s.Images())}
	slices.SortFunc(m.images, func(a, b int) int { return cmp.Compare(s.Field(a).Name, s.Field(b).Name) })
	if exts != nil {
		for _, f := range m.images {
			m.suffix = append(m.suffix, "."+s.Field(f).Name+"."+exts[s.Field(f).Name])
		}
	}
	for f := range s.Len() {
		if s.Field(f).Type.Kind == schema.Image {
			continue
		}
		label := []byte{','}
		if len(m.values) == 0 {
			label[0] = '{'
		}
		label = append(schema.AppendJSONString(label, s.Field(f).Name), ':')
		m.values = append(m.values, f)
		m.labels = append(m.labels, string(label))
	}
	return m
}

// checkExts refuses extensions that would not come back as they are: consumers
// lower their case, and take the last part for the decoder's name.
func checkExts(s *schema.Schema, exts pipeline.Traits) error {
	for _, f := range s.Images() {
		ext := exts[s.Field(f).Name]
		ok := ext != "" && len(ext) <= maxExt
		for _, c := range []byte(ext) {
			ok = ok && ('a' <= c && c <= 'z' || '0' <= c && c <= '9')
		}
		if !ok {
			return fmt.Errorf("field %s: member extension %q: use 1 to %d lower-case letters and digits", s.Field(f).Name, ext, maxExt)
		}
	}
	return nil
}

// maxExt is the longest extension in bytes ("jpeg", "webp"); CheckRecord counts
// on it, before the extensions are known.
const maxExt = 4

// appendJSON appends the JSON member of a row.
func (m *members) appendJSON(dst []byte, r *pipeline.Records, row int64) ([]byte, error) {
	for k, f := range m.values {
		dst = append(dst, m.labels[k]...)
		c := r.Cell(f, row)
		var err error
		if dst, err = schema.AppendJSON(dst, c.Array, c.Row, schema.PythonFloats); err != nil {
			return dst, fmt.Errorf("field %s: %w", m.schema.Field(f).Name, err)
		}
	}
	return append(dst, '}'), nil
}

// imageSpan is the bytes that an image takes with header and padding.
func imageSpan(size int64) int64 { return blockSize + padded(size) }

// span returns the bytes that the images of a row take together; ok is false
// when one is missing.
func (m *members) span(r *pipeline.Records, row int64) (n int64, ok bool) {
	for _, f := range m.images {
		size := r.Images[f].Size(row, 0)
		if size == pipeline.NoImage {
			return 0, false
		}
		n += imageSpan(size)
	}
	return n, true
}
