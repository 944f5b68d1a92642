package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// sizerSteps checks the bound for every prefix of a shard.
func (s *Suite) sizerSteps(t *testing.T) {
	table := ManyRows(230)
	full := s.writing(t, table, shuffled(230, 3))
	traits := Survey(s.Format, full.Shard.Records)
	sizer := s.Format.NewSizer(full.Shard.Records, traits)
	for n := 1; n <= full.Shard.Len(); n++ {
		bound := sizer.Add(full.Shard.Order.At(n - 1))
		if n > 12 && n%17 != 0 && (n+1)%100 > 3 {
			continue
		}
		part := full.Shard.With(full.Shard.Order.Slice(0, n))
		canvas := pipeline.NewCanvas(&File{}, pipeline.NewCombiner())
		sw, err := s.Format.Create(t.Context(), part, traits, canvas)
		if err != nil {
			t.Fatal(err)
		}
		if sw.Size() > bound || sizer.Exact() && sw.Size() != bound {
			t.Fatalf("after %d rows the bound is %d, the file's size %d (exact: %t)", n, bound, sw.Size(), sizer.Exact())
		}
	}
}

func (s *Suite) names(t *testing.T) {
	if s.Format.Name() == "" || !fs.ValidPath(s.Format.Name()) {
		t.Errorf("name %q", s.Format.Name())
	}
	for _, total := range []int{1, 42} {
		seen := make(map[string]bool)
		for _, split := range []string{"train", "test"} {
			for i := range total {
				name := s.Format.FileName(split, i, total)
				if !fs.ValidPath(name) || seen[name] {
					t.Fatalf("file name %q of shard %d of %d is not a path or was given twice", name, i, total)
				}
				seen[name] = true
				if f, ok := s.Format.(pipeline.Indexed); ok {
					for _, kind := range f.Indexes() {
						name := f.IndexName(kind, split, i, total)
						if !fs.ValidPath(name) || seen[name] {
							t.Fatalf("name %q of index %s of shard %d of %d is not a path or was given twice", name, kind, i, total)
						}
						seen[name] = true
					}
				}
			}
		}
	}
}

// Dataset returns a made-up data set of the format for tests of side files.
func Dataset(f pipeline.Format) *pipeline.Dataset {
	table := Pick(3)
	images := func(n int64) (stats []pipeline.ImageStat) {
		for _, field := range []string{"easy_image_0", "easy_image_1", "refine_image"} {
			stats = append(stats, pipeline.ImageStat{Field: field, Format: pipeline.FormatPNG, Count: n})
		}
		return stats
	}
	return &pipeline.Dataset{
		Name: "pick-high", Schema: table.Schema(), Traits: Survey(f, table.Records()),
		Splits: []pipeline.DatasetSplit{
			{Name: "train", Rows: 5, ArrowBytes: 5000, FileBytes: 6000, Shards: []int64{3, 2}, ShardBytes: []int64{3500, 2500}, Images: images(5)},
			{Name: "validation", Rows: 1, ArrowBytes: 1000, FileBytes: 1200, Shards: []int64{1}, ShardBytes: []int64{1200}, Images: images(1)},
			{Name: "test", Rows: 0, Shards: []int64{0}, ShardBytes: []int64{700}, FileBytes: 700},
		},
	}
}

func (s *Suite) sideFiles(t *testing.T) {
	a, err := s.Format.SideFiles(Dataset(s.Format))
	if err != nil {
		t.Fatal(err)
	}
	b, err := s.Format.SideFiles(Dataset(s.Format))
	if err != nil {
		t.Fatal(err)
	}
	if len(a) != len(b) {
		t.Fatalf("%d side files, then %d", len(a), len(b))
	}
	seen := make(map[string]bool)
	for i := range a {
		if a[i].Name != b[i].Name || !bytes.Equal(a[i].Data, b[i].Data) {
			t.Errorf("side file %s differs between two calls", a[i].Name)
		}
		if !fs.ValidPath(a[i].Name) || seen[a[i].Name] {
			t.Errorf("side file name %q is not a path or was given twice", a[i].Name)
		}
		seen[a[i].Name] = true
	}
}

// imageMissing leaves out each image of a small shard in turn: the canvas must
// not take the file for whole.
func (s *Suite) imageMissing(t *testing.T) {
	w := s.writing(t, Pick(3), nil)
	assets := w.assets()
	for skip := range assets {
		canvas := pipeline.NewCanvas(&File{}, pipeline.NewCombiner())
		sw, err := w.create(t.Context(), canvas)
		if err != nil {
			t.Fatal(err)
		}
		rest := slices.Delete(slices.Clone(assets), skip, skip+1)
		if err := w.writeImages(sw, rest, InOrder); err != nil {
			t.Fatal(err)
		}
		if _, err := canvas.Sum(sw.Size()); err == nil {
			t.Errorf("image %d of field %d is missing, and the file passes for whole", assets[skip].Record, assets[skip].Field)
		}
	}
}

// diskFails lets the n-th write fail, for every n.
func (s *Suite) diskFails(t *testing.T) {
	w := s.writing(t, longText(), nil)
	for n := 0; ; n++ {
		file := NewFailingFile(n)
		canvas := pipeline.NewCanvas(file, pipeline.NewCombiner())
		sw, err := w.create(t.Context(), canvas)
		if err == nil {
			err = w.writeImages(sw, w.assets(), InOrder)
		}
		if err == nil {
			if _, err := canvas.Sum(sw.Size()); err != nil {
				t.Fatalf("no write failed, and yet: %v", err)
			}
			return
		}
		if !errors.Is(err, ErrDisk) {
			t.Fatalf("write %d fails, the error is: %v", n, err)
		}
	}
}

// cancelled wants a cancelled context noticed: Create of a large shard may not
// run to its end.
func (s *Suite) cancelled(t *testing.T) {
	w := s.writing(t, ManyRows(3000), nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.create(ctx, pipeline.NewCanvas(&File{}, pipeline.NewCombiner()))
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Create with a cancelled context: %v", err)
	}
}

// DrainSafely reads a file to its end with the format's reader, looks at every
// value, and returns the first error, io.EOF for a whole file; a panic is an
// error of its own kind, see IsPanic. Browsing the file must not panic either.
func DrainSafely(f pipeline.Format, file *File, table *Table) error {
	return drainSafely(f, file, table, nil)
}

func drainSafely(f pipeline.Format, file *File, table *Table, t pipeline.Traits) error {
	if err := safely(func() error { return drain(f.Browse(file, file.Size(), table.Schema(), t)) }); IsPanic(err) {
		return err
	}
	return safely(func() error { return drain(f.Open(file, file.Size(), table.Schema(), t)) })
}

func drain(r pipeline.ShardReader, err error) error {
	if err != nil {
		return err
	}
	var text []byte
	for {
		s, err := r.Next()
		if err != nil {
			return err
		}
		for i, c := range s.Values {
			if c.Array != nil {
				if text, err = schema.AppendJSON(text[:0], c.Array, c.Row, schema.PythonFloats); err != nil {
					return err
				}
			}
			for _, m := range s.Images[i] {
				pipeline.CRC32C(m.Bytes)
			}
		}
	}
}

type panicError struct{ v any }

func (e panicError) Error() string { return fmt.Sprintf("panic: %v", e.v) }

// IsPanic says whether an error of DrainSafely was a panic.
func IsPanic(err error) bool {
	var p panicError
	return errors.As(err, &p)
}

func safely(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = panicError{v}
		}
	}()
	return fn()
}
