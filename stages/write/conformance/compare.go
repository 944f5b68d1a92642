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
		if sch.Field(f).Type.Kind == schema.Image {
			err = w.compareImage(row, f, s)
		} else {
			err = CompareCells(s.Values[f], w.Shard.Cell(f, row))
		}
		if err != nil {
			return fmt.Errorf("field %s: %w", sch.Field(f).Name, err)
		}
	}
	return nil
}

func (w *Writing) compareImage(row int64, f int, s pipeline.Sample) error {
	if s.Values[f] != (pipeline.Cell{}) {
		return fmt.Errorf("%w: an image has a value", errDiffers)
	}
	has := w.Shard.Sizes[f].At(row) != pipeline.NoImage
	if has != (s.Images[f] != nil) {
		return fmt.Errorf("%w: image there: %t, want %t", errDiffers, s.Images[f] != nil, has)
	}
	want := w.Table.Image(int(row), f)
	if !bytes.Equal(s.Images[f], want) {
		return fmt.Errorf("%w: image of %d bytes, want %d bytes, or other bytes", errDiffers, len(s.Images[f]), len(want))
	}
	if s.Names == nil {
		return nil // the format keeps no names
	}
	name := ""
	if has {
		name, _ = w.Shard.ImageName(f, row)
	}
	if s.Names[f] != name {
		return fmt.Errorf("%w: image name %q, want %q", errDiffers, s.Names[f], name)
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
	a, err := schema.AppendJSON(nil, got.Array, got.Row, schema.PythonFloats)
	if err != nil {
		return err
	}
	b, err := schema.AppendJSON(nil, want.Array, want.Row, schema.PythonFloats)
	if err != nil {
		return err
	}
	if !bytes.Equal(a, b) {
		return fmt.Errorf("%w: %.80s, want %.80s", errDiffers, a, b)
	}
	return nil
}
