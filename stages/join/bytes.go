package join

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
)

// Bytes are images that stand in a column: binary values, structs of bytes and path
// as Hugging Face stores an image, or lists of either. It fulfils pipeline.Images.
type Bytes struct {
	// Used, where not nil, is told how many bytes were read.
	Used func(n int)

	column string
	rows   values[arrow.Array]
	list   bool
	names  *Names // nil: the struct's path
}

var _ pipeline.Images = (*Bytes)(nil)

// NewBytes returns the images of a column. names, which may be nil, gives them names;
// the images' own paths do otherwise, where they have any.
func NewBytes(column string, c *arrow.Chunked, names *Names) (*Bytes, error) {
	dt := c.DataType()
	list, isList := dt.(arrow.ListLikeType)
	if isList {
		dt = list.Elem()
	}
	if !holdsBytes(dt) {
		return nil, fmt.Errorf("column %s is %s: images are binary, or a struct of bytes and path", column, typeName(c.DataType()))
	}
	if names != nil && names.Lists() && !isList {
		return nil, fmt.Errorf("the name has a list of values and column %s one image", column)
	}
	return &Bytes{column: column, rows: newValues[arrow.Array](c), list: isList, names: names}, nil
}

func holdsBytes(dt arrow.DataType) bool {
	if s, ok := dt.(*arrow.StructType); ok {
		f, ok := s.FieldByName("bytes")
		return ok && holdsBytes(f.Type)
	}
	switch dt.ID() {
	case arrow.BINARY, arrow.LARGE_BINARY, arrow.BINARY_VIEW, arrow.NULL:
		return true
	}
	return false
}

// Lists says whether a row has a list of images.
func (b *Bytes) Lists() bool { return b.list }

// Len is how many images a row has.
func (b *Bytes) Len(row int64) (n int, ok bool) {
	if !b.list {
		return 1, true
	}
	a, i, ok := b.rows.find(row)
	if !ok {
		return 0, false
	}
	from, to := a.(array.ListLike).ValueOffsets(i)
	return int(to - from), true
}

// find returns where an image stands; ok is false for null.
func (b *Bytes) find(row int64, item int) (a arrow.Array, i int, ok bool) {
	a, i, ok = b.rows.find(row)
	if !ok || !b.list {
		return a, i, ok
	}
	list := a.(array.ListLike)
	from, to := list.ValueOffsets(i)
	if item < 0 || int64(item) >= to-from {
		return nil, 0, false
	}
	a, i = list.ListValues(), int(from)+item
	return a, i, a.IsValid(i)
}

// bytes returns an image, nil where there is none.
func (b *Bytes) bytes(row int64, item int) []byte {
	a, i, ok := b.find(row, item)
	if s, isStruct := a.(*array.Struct); ok && isStruct {
		at, _ := s.DataType().(*arrow.StructType).FieldIdx("bytes")
		a = s.Field(at)
		ok = a.IsValid(i)
	}
	if !ok {
		return nil
	}
	if a, isBinary := a.(interface{ Value(int) []byte }); isBinary {
		return notNil(a.Value(i))
	}
	return nil
}

func notNil(p []byte) []byte {
	if p == nil {
		return []byte{}
	}
	return p
}

// AppendFile appends where an image stands: its name, else the column's.
func (b *Bytes) AppendFile(dst []byte, row int64, item int) ([]byte, bool) {
	if b.bytes(row, item) == nil {
		return dst, false
	}
	mark := len(dst)
	if name, ok := b.AppendName(dst, row, item); ok {
		return name, true
	}
	return append(dst[:mark], b.column...), true
}

// AppendName appends the base of the name that names gives, or of the path beside the
// bytes.
func (b *Bytes) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	if b.names != nil {
		return b.names.appendBase(dst, row, item)
	}
	a, i, ok := b.find(row, item)
	s, isStruct := a.(*array.Struct)
	if !ok || !isStruct {
		return dst, false
	}
	at, ok := s.DataType().(*arrow.StructType).FieldIdx("path")
	if !ok {
		return dst, false
	}
	mark := len(dst)
	dst, ok = appendValue(dst, s.Field(at), i, 0)
	if !ok {
		return dst[:mark], false
	}
	from, to := base(dst[mark:])
	return append(dst[:mark], dst[mark+from:mark+to]...), from < to
}

// Stat tells an image's size. It has no time: the file that the column was read from
// tells whether it changed.
func (b *Bytes) Stat(_ context.Context, row int64, item int) (pipeline.FileStat, error) {
	p := b.bytes(row, item)
	if p == nil {
		return pipeline.FileStat{Size: pipeline.NoImage}, nil
	}
	return pipeline.FileStat{Size: int64(len(p))}, nil
}

// Read copies an image.
func (b *Bytes) Read(_ context.Context, row int64, item int, _ pipeline.FileStat, dst []byte) (cached bool, err error) {
	p := b.bytes(row, item)
	if len(p) != len(dst) {
		return false, fmt.Errorf("read image of column %s: %w", b.column, pipeline.ErrSourceChanged)
	}
	copy(dst, p)
	if b.Used != nil {
		b.Used(len(p))
	}
	return true, nil
}

// Embedded is true: they stand in the records.
func (*Bytes) Embedded() bool { return true }
