package arrow

import (
	"encoding/binary"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// class says which buffers a leaf has (Arrow columnar format, "Buffer Listing
// for Each Layout"); all begin with a validity bitmap.
type class uint8

const (
	group    class = iota // validity alone: the struct around an image
	fixed                 // values of one width
	boolean               // values of one bit
	variable              // offsets, data
)

// part says what of a field a leaf holds.
type part uint8

const (
	wholeValue part = iota // all of a field that is no image
	imageGroup
	imageBytes
	imageName
)

// leaf is one field node of a record batch message: a column, or the struct and
// the two children that an image is.
type leaf struct {
	field int
	part  part
	class class
	width int64 // of fixed values, in bytes
}

// buffers is how many buffers each class has.
func (l *leaf) buffers() int { return [...]int{group: 1, fixed: 2, boolean: 2, variable: 3}[l.class] }

// leavesOf lists the leaves of a schema's record batches in the order of their
// field nodes: depth first.
func leavesOf(s *schema.Schema) []leaf {
	var leaves []leaf
	for f := range s.Len() {
		switch t := s.Field(f).Type; t.Kind {
		case schema.Image:
			leaves = append(leaves, leaf{field: f, part: imageGroup, class: group},
				leaf{field: f, part: imageBytes, class: variable}, leaf{field: f, part: imageName, class: variable})
		case schema.String, schema.Binary:
			leaves = append(leaves, leaf{field: f, class: variable})
		case schema.Bool:
			leaves = append(leaves, leaf{field: f, class: boolean})
		default:
			bits := t.Arrow().(arrow.FixedWidthDataType).BitWidth()
			leaves = append(leaves, leaf{field: f, class: fixed, width: int64(bits) / 8})
		}
	}
	return leaves
}

// tally counts what a leaf holds in a batch.
type tally struct {
	nulls int64
	data  int64 // bytes of a variable leaf's values
}

// bitmapSize is the length of a validity bitmap: room for all the rows a batch
// can have, as Arrow recommends multiples of 64 bytes. A leaf without nulls
// has none.
const bitmapSize = 64

// sizes returns the lengths of a leaf's buffers in a batch of that many rows.
func (l *leaf) sizes(rows int64, t tally) [3]int64 {
	var n [3]int64
	if t.nulls > 0 {
		n[0] = bitmapSize
	}
	switch l.class {
	case fixed:
		n[1] = rows * l.width
	case boolean:
		n[1] = (rows + 7) / 8
	case variable:
		n[1] = 4 * (rows + 1)
		n[2] = t.data
	}
	return n
}

// span is the bytes a leaf's buffers take with their padding.
func (l *leaf) span(rows int64, t tally) int64 {
	n := l.sizes(rows, t)
	return padded(n[0]) + padded(n[1]) + padded(n[2])
}

// padded rounds up to the alignment of buffers in a message's body.
func padded(n int64) int64 { return (n + 7) &^ 7 }

// values reads what leaves hold from the records of a shard; it is for one
// goroutine.
type values struct {
	records *pipeline.Records
	name    []byte // room for image names
}

// tally counts one row of a leaf.
func (v *values) tally(l *leaf, row int64) tally {
	if l.part != wholeValue {
		size := v.records.Sizes[l.field].At(row)
		switch {
		case size == pipeline.NoImage:
			return tally{nulls: 1}
		case l.part == imageBytes:
			return tally{data: size}
		case l.part == imageName:
			return tally{data: int64(len(v.imageName(l.field, row)))}
		}
		return tally{}
	}
	c := v.records.Cell(l.field, row)
	if c.Array.IsNull(c.Row) {
		return tally{nulls: 1}
	}
	switch a := c.Array.(type) {
	case *array.String:
		return tally{data: int64(a.ValueLen(c.Row))}
	case *array.Binary:
		return tally{data: int64(a.ValueLen(c.Row))}
	}
	return tally{}
}

// appendData appends a variable leaf's value that is no image's bytes.
func (v *values) appendData(dst []byte, l *leaf, row int64) []byte {
	if l.part == imageName {
		return append(dst, v.imageName(l.field, row)...)
	}
	c := v.records.Cell(l.field, row)
	if c.Array.IsNull(c.Row) {
		return dst
	}
	switch a := c.Array.(type) {
	case *array.String:
		dst = append(dst, a.Value(c.Row)...)
	case *array.Binary:
		dst = append(dst, a.Value(c.Row)...)
	}
	return dst
}

// appendFixed appends a fixed leaf's value, zeros for null.
func (v *values) appendFixed(dst []byte, l *leaf, row int64) []byte {
	c := v.records.Cell(l.field, row)
	if c.Array.IsNull(c.Row) {
		return append(dst, make([]byte, l.width)...)
	}
	d := c.Array.Data()
	at := int64(d.Offset()+c.Row) * l.width
	return append(dst, d.Buffers()[1].Bytes()[at:at+l.width]...)
}

// bit returns a boolean leaf's value, false for null.
func (v *values) bit(l *leaf, row int64) bool {
	c := v.records.Cell(l.field, row)
	a, ok := c.Array.(*array.Boolean)
	return ok && a.IsValid(c.Row) && a.Value(c.Row)
}

// imageName returns what Records.ImageName does, in room that the next call
// uses again; a missing image has no name.
func (v *values) imageName(field int, row int64) []byte {
	if v.records.Sizes[field].At(row) == pipeline.NoImage {
		return nil
	}
	name, ok := v.records.Paths[field](v.name[:0], row)
	if !ok {
		return nil
	}
	v.name = name
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			if i == len(name)-1 { // what path.Base makes of it is rare and its own affair
				base, _ := v.records.ImageName(field, row)
				return []byte(base)
			}
			return name[i+1:]
		}
	}
	if len(name) == 0 {
		return []byte{'.'} // path.Base
	}
	return name
}

// appendInt32 appends an offset.
func appendInt32(dst []byte, n int64) []byte {
	return binary.LittleEndian.AppendUint32(dst, uint32(n))
}
