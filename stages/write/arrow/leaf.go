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
	group    class = iota // validity alone: a struct, or lists of one length
	fixed                 // values of one width
	boolean               // values of one bit
	variable              // offsets, data
	lists                 // offsets into the leaf behind
)

// part says what of a field a leaf holds.
type part uint8

const (
	wholeValue part = iota // all of a field that is not an image
	imageGroup
	imageBytes
	imageName
	imageList // what is around a list of images
	nested    // one of several, of values that lie in values
)

// leaf is one field node of a record batch message: a column, the struct and
// the two children that an image is, or a type in a tree of types.
type leaf struct {
	field int
	part  part
	class class
	width int64 // of fixed values, in bytes
	text  bool  // variable values are UTF-8

	// Of leaves that do not have a value a row:
	counted bool
	parent  int    // the leaf around this one, or -1
	slots   int64  // of this one in each of the parent's: 1 in a struct, 0 for any number
	path    []step // from the field's own values to this leaf's
	inside  string // the path for people, e.g. "[].score"
}

// buffers is how many buffers each class has.
func (l *leaf) buffers() int {
	return [...]int{group: 1, fixed: 2, boolean: 2, variable: 3, lists: 2}[l.class]
}

// leavesOf lists the leaves of a schema's record batches in the order of their
// field nodes: depth first.
func leavesOf(s *schema.Schema) []leaf {
	var leaves []leaf
	for f := range s.Len() {
		t := s.Field(f).Type
		switch {
		case t.Images():
			leaves = appendImages(leaves, f, t)
		case t.Nested():
			leaves = appendNested(leaves, leaf{field: f, part: nested, counted: true, parent: -1, slots: 1}, t)
		default:
			leaves = append(leaves, leaf{field: f}.of(t))
		}
	}
	return leaves
}

// of returns a leaf of a type that no values lie in.
func (l leaf) of(t schema.Type) leaf {
	switch t.Kind {
	case schema.String, schema.JSON, schema.Binary:
		l.class, l.text = variable, t.Kind != schema.Binary
	case schema.Bool:
		l.class = boolean
	default:
		l.class, l.width = fixed, int64(t.Arrow().(arrow.FixedWidthDataType).BitWidth())/8
	}
	return l
}

// tally counts what a leaf holds in a batch.
type tally struct {
	nulls int64
	data  int64 // bytes of a variable leaf's values
	slots int64 // of a counted leaf
}

// bitmapSize is the length of the validity bitmap of a column: room for all the rows
// a batch can have, as Arrow recommends multiples of 64 bytes. A leaf without nulls
// has none.
const bitmapSize = 64

// bitmap is the length of a validity bitmap of so many rows.
func bitmap(rows int64) int64 { return ((rows+7)/8 + bitmapSize - 1) &^ (bitmapSize - 1) }

// rows is how many a leaf has in a batch of that many.
func (l *leaf) rows(rows int64, t tally) int64 {
	if l.counted {
		return t.slots
	}
	return rows
}

// sizes returns the lengths of a leaf's buffers in a batch of that many rows.
func (l *leaf) sizes(rows int64, t tally) [3]int64 {
	var n [3]int64
	rows = l.rows(rows, t)
	if t.nulls > 0 {
		n[0] = bitmap(rows)
	}
	switch l.class {
	case fixed:
		n[1] = rows * l.width
	case boolean:
		n[1] = (rows + 7) / 8
	case variable:
		n[1] = 4 * (rows + 1)
		n[2] = t.data
	case lists:
		n[1] = 4 * (rows + 1)
	}
	return n
}

// bytes is what counts towards the bytes of a batch: text, binary and images, and
// of nested values the numbers and offsets too, as a record may have any number.
func (l *leaf) bytes(t tally) int64 {
	if !l.counted {
		return t.data
	}
	each := [...]int64{group: 0, fixed: l.width, boolean: 1, variable: 4, lists: 4}[l.class]
	return t.data + each*t.slots
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
	switch {
	case l.part == nested:
		return v.tallyNested(l, row)
	case l.part != wholeValue:
		return v.tallyImages(l, row)
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

// appendData appends a variable leaf's value.
func (v *values) appendData(dst []byte, l *leaf, row int64) []byte {
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

// appendInt32 appends an offset.
func appendInt32(dst []byte, n int64) []byte {
	return binary.LittleEndian.AppendUint32(dst, uint32(n))
}
