package conformance

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// errDiffers marks what a reader gave without complaint but is not what was
// written.
var errDiffers = errors.New("not what was written")

func (w *Writing) compareSample(i int, s pipeline.Sample) error {
	row := w.Shard.Order.At(i)
	sch := w.Shard.Schema
	if want := w.Shard.Key(row); s.Key != "" && s.Key != want {
		return fmt.Errorf("%w: key %q, want %q", errDiffers, s.Key, want)
	}
	if len(s.Values) != sch.Len() || len(s.Images) != sch.Len() {
		return fmt.Errorf("%w: %d values and %d images for %d fields", errDiffers, len(s.Values), len(s.Images), sch.Len())
	}
	for f := range sch.Len() {
		var err error
		if sch.Field(f).Type.Images() {
			err = w.compareImages(row, f, s)
		} else {
			err = CompareCells(s.Values[f], w.Shard.Cell(f, row))
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", sch.Field(f).Name, err)
		}
	}
	return nil
}

func (w *Writing) compareImages(row int64, f int, s pipeline.Sample) error {
	if s.Values[f] != (pipeline.Cell{}) {
		return fmt.Errorf("%w: an image has a value", errDiffers)
	}
	images := w.Shard.Images[f]
	n, ok := images.Len(row)
	if ok && !w.Shard.Schema.Field(f).Type.ImageList() {
		ok = images.Size(row, 0) != pipeline.NoImage
	}
	if ok != (s.Images[f] != nil) || ok && n != len(s.Images[f]) {
		return fmt.Errorf("%w: %d images (there: %t), want %d (%t)", errDiffers, len(s.Images[f]), s.Images[f] != nil, n, ok)
	}
	for item, got := range s.Images[f] {
		want := w.Table.Image(int(row), f, item)
		if (got.Bytes == nil) != (want == nil) || !bytes.Equal(got.Bytes, want) {
			return fmt.Errorf("%w: image of %d bytes, want %d bytes, or other bytes", errDiffers, len(got.Bytes), len(want))
		}
		if name, _ := images.Name(row, item); s.Named && !w.Shard.Schema.Field(f).Type.Plain && got.Name != name {
			return fmt.Errorf("%w: image name %q, want %q", errDiffers, got.Name, name)
		}
	}
	return nil
}

// CompareCells reports whether two cells differ in type or value; NaN equals
// NaN and -0.0 does not equal 0.0.
func CompareCells(got, want pipeline.Cell) error {
	if got.Array == nil {
		return fmt.Errorf("%w: no value", errDiffers)
	}
	if got.Row < 0 || got.Row >= got.Array.Len() {
		return fmt.Errorf("%w: cell %d of %d", errDiffers, got.Row, got.Array.Len())
	}
	if !arrow.TypeEqual(got.Array.DataType(), want.Array.DataType()) {
		return fmt.Errorf("%w: type %s, want %s", errDiffers, got.Array.DataType(), want.Array.DataType())
	}
	if schema.ValuesEqual(got.Array, got.Row, want.Array, want.Row) {
		return nil
	}
	a, err := schema.AppendJSON(nil, got.Array, got.Row, schema.PythonFloats)
	if err != nil {
		return err
	}
	b, err := schema.AppendJSON(nil, want.Array, want.Row, schema.PythonFloats)
	if err != nil {
		return err
	}
	return fmt.Errorf("%w: %.80s, want %.80s", errDiffers, a, b)
}
