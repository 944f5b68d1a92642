package planned

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
)

// images is where images are read from: INPUT, or the plan's own file of those that
// stand in the records. Who publishes reads none, and has neither.
type images struct {
	input pipeline.Source
	own   io.ReaderAt
}

// sliceImages are the images of a field in a batch; it fulfils pipeline.Images.
type sliceImages struct {
	from       images
	embedded   bool
	list       *array.List // nil where each row has one image
	file, name *array.String
	size, time *array.Int64
	at         *array.Int64
	sum        *array.Uint32
}

var _ pipeline.Images = (*sliceImages)(nil)

func newSliceImages(a arrow.Array, from images, embedded bool) (*sliceImages, error) {
	s := &sliceImages{from: from, embedded: embedded}
	if list, ok := a.(*array.List); ok {
		s.list, a = list, list.ListValues()
	}
	parts := a.(*array.Struct)
	if parts.NullN() > 0 {
		return nil, errors.New("an image is null")
	}
	s.file, s.name = parts.Field(partFile).(*array.String), parts.Field(partName).(*array.String)
	s.size, s.time = parts.Field(partSize).(*array.Int64), parts.Field(partTime).(*array.Int64)
	if embedded {
		s.at, s.sum = parts.Field(partAt).(*array.Int64), parts.Field(partSum).(*array.Uint32)
	}
	for i := range parts.NumField() {
		if i != partName && parts.Field(i).NullN() > 0 {
			return nil, errors.New("a part of an image is null")
		}
	}
	for i := range s.size.Len() {
		if n := s.size.Value(i); n < pipeline.NoImage || n > maxImage || n != pipeline.NoImage && !s.there(i) {
			return nil, fmt.Errorf("an image of %d bytes cannot be", n)
		}
	}
	return s, nil
}

// maxImage bounds an image: what the config allows is less.
const maxImage = 1 << 40

// there says whether the record names an image.
func (s *sliceImages) there(i int) bool { return s.name.IsNull(i) || s.name.Value(i) != noFile }

func (s *sliceImages) index(row int64, item int) int {
	if s.list == nil {
		return int(row)
	}
	from, _ := s.list.ValueOffsets(int(row))
	return int(from) + item
}

// Len is how many images a row has.
func (s *sliceImages) Len(row int64) (int, bool) {
	if s.list == nil {
		return 1, true
	}
	if s.list.IsNull(int(row)) {
		return 0, false
	}
	from, to := s.list.ValueOffsets(int(row))
	return int(to - from), true
}

// AppendFile appends the name of an image's file.
func (s *sliceImages) AppendFile(dst []byte, row int64, item int) ([]byte, bool) {
	i := s.index(row, item)
	return append(dst, s.file.Value(i)...), s.there(i)
}

// AppendName appends what consumers get as the image's path.
func (s *sliceImages) AppendName(dst []byte, row int64, item int) ([]byte, bool) {
	i := s.index(row, item)
	switch name := s.name.Value(i); {
	case s.name.IsNull(i):
		return append(dst, path.Base(s.file.Value(i))...), true
	case name == "", name == noFile:
		return dst, false
	default:
		return append(dst, name[1:]...), true
	}
}

// Stat tells an image's size and time as they are now.
func (s *sliceImages) Stat(ctx context.Context, row int64, item int) (pipeline.FileStat, error) {
	i := s.index(row, item)
	switch {
	case !s.there(i):
		return pipeline.FileStat{Size: pipeline.NoImage}, nil
	case s.embedded:
		return pipeline.FileStat{Size: s.size.Value(i)}, nil
	}
	return s.from.input.Stat(ctx, s.file.Value(i))
}

// Read reads an image.
func (s *sliceImages) Read(ctx context.Context, row int64, item int, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	i := s.index(row, item)
	if !s.embedded {
		return s.from.input.ReadFile(ctx, s.file.Value(i), want, dst)
	}
	if n, err := s.from.own.ReadAt(dst, s.at.Value(i)); n < len(dst) {
		return false, damaged("an image of row %d lies outside of its file: %w", row, err)
	}
	if pipeline.CRC32C(dst) != s.sum.Value(i) {
		return false, damaged("an image of row %d is damaged", row)
	}
	return true, nil
}

// numbers are the sizes and times of all images.
func (s *sliceImages) numbers(c *pipeline.ImageColumn) (sizes, times pipeline.Numbers) {
	var size, time pipeline.NumbersBuilder
	for place := range c.Places() {
		row, item := c.At(place)
		i := s.index(row, item)
		size.Append(s.size.Value(i))
		time.Append(s.time.Value(i))
	}
	return size.Numbers(), time.Numbers()
}
