package join

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
)

// Pixels are images that stand in a column as arrays of brightness from 0 to 255:
// nested lists (rows of pixels of channels, or channels of rows of pixels), flat ones
// with a shape, or bytes with a shape. They are written as PNG, the same bytes for the
// same pixels everywhere. It fulfils pipeline.Images.
type Pixels struct {
	// Used, where not nil, is told how many values were read.
	Used func(n int)

	column string
	rows   values[arrow.Array]
	shape  []int // of each image; nil: as its lists lie in each other
	names  *Names
	room   sync.Pool // of *canvas
}

var _ pipeline.Images = (*Pixels)(nil)

// canvas is room for one image's pixels and their PNG.
type canvas struct {
	flat []byte
	png  pngEncoder
}

// NewPixels returns the images of a column. shape may be nil for nested lists; names
// may be nil.
func NewPixels(column string, c *arrow.Chunked, shape []int, names *Names) (*Pixels, error) {
	dims := 0
	dt := c.DataType()
	for {
		list, ok := dt.(arrow.ListLikeType)
		if !ok {
			break
		}
		dt = list.Elem()
		dims++
	}
	binary := dims == 0 && (dt.ID() == arrow.BINARY || dt.ID() == arrow.LARGE_BINARY)
	switch {
	case !binary && !arrow.IsInteger(dt.ID()) && dt.ID() != arrow.NULL:
		return nil, fmt.Errorf("column %s is %s: pixels are whole numbers from 0 to 255 in lists", column, typeName(c.DataType()))
	case shape == nil && dims != 2 && dims != 3 && dt.ID() != arrow.NULL:
		return nil, fmt.Errorf("column %s is %s: say how its values lie, e.g. shape: [32, 32, 3]", column, typeName(c.DataType()))
	case names != nil && names.Lists():
		return nil, errors.New("the name has a list of values and a record one image")
	}
	return &Pixels{column: column, rows: newValues[arrow.Array](c), shape: shape, names: names, room: sync.Pool{New: func() any { return new(canvas) }}}, nil
}

// Len is 1: an image for each row.
func (*Pixels) Len(int64) (int, bool) { return 1, true }

// AppendFile appends where an image stands: its name, else the column's.
func (p *Pixels) AppendFile(dst []byte, row int64, item int) ([]byte, bool) {
	if _, _, ok := p.rows.find(row); !ok {
		return dst, false
	}
	mark := len(dst)
	if name, ok := p.AppendName(dst, row, item); ok {
		return name, true
	}
	return append(dst[:mark], p.column...), true
}

// AppendName appends the base of the name that names gives.
func (p *Pixels) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	if p.names == nil {
		return dst, false
	}
	return p.names.appendBase(dst, row, item)
}

// Stat tells the size of an image's PNG, which it makes.
func (p *Pixels) Stat(_ context.Context, row int64, _ int) (pipeline.FileStat, error) {
	c := p.room.Get().(*canvas)
	defer p.room.Put(c)
	png, err := p.png(c, row)
	if err != nil {
		return pipeline.FileStat{}, fmt.Errorf("column %s: %w: %w", p.column, pipeline.ErrNotImage, err)
	}
	if png == nil {
		return pipeline.FileStat{Size: pipeline.NoImage}, nil
	}
	return pipeline.FileStat{Size: int64(len(png))}, nil
}

// Read makes an image's PNG.
func (p *Pixels) Read(_ context.Context, row int64, _ int, _ pipeline.FileStat, dst []byte) (cached bool, err error) {
	c := p.room.Get().(*canvas)
	defer p.room.Put(c)
	png, err := p.png(c, row)
	if err == nil && len(png) != len(dst) {
		err = pipeline.ErrSourceChanged
	}
	if err != nil {
		return false, fmt.Errorf("column %s: %w", p.column, err)
	}
	copy(dst, png)
	return true, nil
}

// png returns a row's image, which is the canvas's; nil where there is none.
func (p *Pixels) png(c *canvas, row int64) ([]byte, error) {
	a, i, ok := p.rows.find(row)
	if !ok {
		return nil, nil
	}
	shape := make([]int, 0, 3)
	var err error
	if c.flat, shape, err = flatten(c.flat[:0], a, i, shape, 0); err != nil {
		return nil, err
	}
	if p.Used != nil {
		p.Used(len(c.flat))
	}
	if p.shape != nil {
		shape = p.shape
	}
	b, err := bitmapOf(shape, len(c.flat))
	if err != nil {
		return nil, err
	}
	return c.png.encode(b, c.flat), nil
}

// flatten appends the numbers that lie in a value, and tells how they lie: shape has
// an entry for each level, by the first list that is met there; another one of another
// length is an error.
func flatten(dst []byte, a arrow.Array, i int, shape []int, depth int) ([]byte, []int, error) {
	if a.IsNull(i) {
		return dst, shape, errors.New("a pixel is null")
	}
	list, ok := a.(array.ListLike)
	if !ok {
		var err error
		dst, err = appendBrightness(dst, a, i)
		return dst, shape, err
	}
	from, to := list.ValueOffsets(i)
	n := int(to - from)
	switch {
	case depth == len(shape):
		shape = append(shape, n)
	case shape[depth] != n:
		return dst, shape, fmt.Errorf("ragged pixels: lists of %d and of %d in one image", shape[depth], n)
	}
	if bytes, ok := list.ListValues().(*array.Uint8); ok && bytes.NullN() == 0 {
		return append(dst, bytes.Uint8Values()[from:to]...), shape, nil
	}
	for k := int(from); k < int(to); k++ {
		var err error
		if dst, shape, err = flatten(dst, list.ListValues(), k, shape, depth+1); err != nil {
			return dst, shape, err
		}
	}
	return dst, shape, nil
}

func appendBrightness(dst []byte, a arrow.Array, i int) ([]byte, error) {
	if bytes, ok := a.(interface{ Value(int) []byte }); ok {
		return append(dst, bytes.Value(i)...), nil
	}
	text, _ := appendValue(nil, a, i, 0)
	if len(text) > 3 || len(text) == 0 || text[0] == '-' || len(text) == 3 && string(text) > "255" {
		return dst, fmt.Errorf("a pixel is %s, not a number from 0 to 255", text)
	}
	n := 0
	for _, c := range text {
		n = 10*n + int(c-'0')
	}
	return append(dst, byte(n)), nil
}

// Embedded is true: they stand in the records.
func (*Pixels) Embedded() bool { return true }
