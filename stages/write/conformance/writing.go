package conformance

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// Writing is a shard that is to be written in one format, and the table its
// images come from.
type Writing struct {
	Format pipeline.Format
	Table  *Table
	Shard  *pipeline.Shard
}

// Order is the order in which a Writing's images come.
type Order int

// The orders.
const (
	InOrder Order = iota // record by record, one goroutine
	Mixed                // at random, eight goroutines
)

// assets lists the assets that have an image.
func (w *Writing) assets() []pipeline.Asset {
	var assets []pipeline.Asset
	for n := range w.Shard.Assets() {
		if a := w.Shard.Asset(n); w.Shard.AssetSize(a) != pipeline.NoImage {
			assets = append(assets, a)
		}
	}
	return assets
}

// create lays the shard out on a canvas.
func (w *Writing) create(ctx context.Context, canvas *pipeline.Canvas) (pipeline.ShardWriter, error) {
	return w.Format.Create(ctx, w.Shard, Survey(w.Format, w.Shard.Records), canvas)
}

// MustWrite is Write in a test, which fails where Write does.
func (w *Writing) MustWrite(t testing.TB, order Order) *File {
	t.Helper()
	file, err := w.Write(t.Context(), order)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Write writes the shard and returns its file. It fails when the pieces do not tile
// the file, or the canvas's sum is not the file's.
func (w *Writing) Write(ctx context.Context, order Order) (*File, error) {
	file := &File{}
	canvas := pipeline.NewCanvas(file, pipeline.NewCombiner())
	sw, err := w.create(ctx, canvas)
	if err != nil {
		return nil, fmt.Errorf("create: %w", err)
	}
	if err := w.writeImages(sw, w.assets(), order); err != nil {
		return nil, fmt.Errorf("write image: %w", err)
	}
	sum, err := canvas.Sum(sw.Size())
	if err != nil {
		return nil, fmt.Errorf("sum: %w", err)
	}
	if sum != pipeline.CRC32C(file.Bytes()) {
		return nil, errors.New("the canvas's sum is not the file's")
	}
	if f, ok := w.Format.(pipeline.Indexed); ok {
		file.Indexes = make(map[string][]byte)
		for _, kind := range f.Indexes() {
			var text bytes.Buffer
			if err := sw.(pipeline.IndexWriter).WriteIndex(kind, &text); err != nil {
				return nil, fmt.Errorf("index: %w", err)
			}
			file.Indexes[kind] = text.Bytes()
		}
	}
	return file, nil
}

func (w *Writing) writeImages(sw pipeline.ShardWriter, assets []pipeline.Asset, order Order) error {
	if order == InOrder {
		for _, a := range assets {
			if err := sw.WriteImage(a, w.Image(a)); err != nil {
				return err
			}
		}
		return nil
	}
	rand.New(rand.NewPCG(7, 7)).Shuffle(len(assets), func(i, j int) { assets[i], assets[j] = assets[j], assets[i] })
	var (
		next atomic.Int64
		wg   sync.WaitGroup
		errs [8]error
	)
	for g := range errs {
		wg.Go(func() {
			for {
				k := int(next.Add(1)) - 1
				if k >= len(assets) {
					return
				}
				if err := sw.WriteImage(assets[k], w.Image(assets[k])); err != nil {
					errs[g] = err
					return
				}
			}
		})
	}
	wg.Wait()
	return errors.Join(errs[:]...)
}

// Image returns an asset's image in a new buffer whose room is full of rubbish, as
// a buffer that was used before is.
func (w *Writing) Image(a pipeline.Asset) *pipeline.Image {
	return NewImage(w.Table.Image(int(w.Shard.Order.At(a.Record)), a.Field, a.Item))
}

// NewImage returns data as an image in a buffer with room around it.
func NewImage(data []byte) *pipeline.Image {
	buf := make([]byte, pipeline.RoomBefore+len(data)+pipeline.RoomAfter)
	for i := range pipeline.RoomBefore {
		buf[i] = 0xAA
	}
	for i := range pipeline.RoomAfter {
		buf[len(buf)-1-i] = 0x55
	}
	m := pipeline.NewImage(buf, len(data))
	copy(m.Bytes(), data)
	m.CRC = pipeline.CRC32C(data)
	return m
}

// Compare reads the file with the format's reader, and then with that which leaves
// images where they are, and reports the first difference from what was to be written.
func (w *Writing) Compare(file *File) error {
	traits := Survey(w.Format, w.Shard.Records)
	r, err := w.Format.Open(file, file.Size(), w.Shard.Schema, traits)
	if err != nil {
		return fmt.Errorf("open: %w", err)
	}
	if err := w.compareRecords(r); err != nil {
		return err
	}
	for kind, text := range file.Indexes {
		size, crc := r.(pipeline.IndexReader).IndexSum(kind)
		if size != int64(len(text)) || crc != pipeline.CRC32C(text) {
			return fmt.Errorf("the reader takes index %s for %d bytes, it has %d, or other ones", kind, size, len(text))
		}
	}
	if r, err = w.Format.Browse(file, file.Size(), w.Shard.Schema, traits); err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	if err := w.compareRecords(placed{r, file}); err != nil {
		return fmt.Errorf("browse: %w", err)
	}
	return nil
}

// placed reads the images that a browsing reader tells the places of.
type placed struct {
	pipeline.ShardReader
	file *File
}

// Next returns the next record with its images.
func (p placed) Next() (pipeline.Sample, error) {
	s, err := p.ShardReader.Next()
	for _, images := range s.Images {
		for i := range images {
			m := &images[i]
			if m.Bytes != nil || m.Size < 0 || m.At < 0 || m.Size > p.file.Size() {
				return s, fmt.Errorf("%w: an image of %d bytes at %d while browsing, %d read", errDiffers, m.Size, m.At, len(m.Bytes))
			}
			if m.At > 0 {
				m.Bytes = make([]byte, m.Size)
				if _, err := p.file.ReadAt(m.Bytes, m.At); err != nil && !errors.Is(err, io.EOF) {
					return s, err
				}
			}
		}
	}
	return s, err
}

func (w *Writing) compareRecords(r pipeline.ShardReader) error {
	if n := r.Len(); n != -1 && n != int64(w.Shard.Len()) {
		return fmt.Errorf("%w: Len is %d, want %d", errDiffers, n, w.Shard.Len())
	}
	for i := range w.Shard.Len() {
		s, err := r.Next()
		if err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
		if err := w.compareSample(i, s); err != nil {
			return fmt.Errorf("record %d: %w", i, err)
		}
	}
	switch _, err := r.Next(); {
	case err == nil:
		return fmt.Errorf("%w: more than %d records", errDiffers, w.Shard.Len())
	case !errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("after the last record: %w", err)
	}
	if n := r.Len(); n != -1 && n != int64(w.Shard.Len()) {
		return fmt.Errorf("%w: Len is %d in the end, want %d", errDiffers, n, w.Shard.Len())
	}
	return nil
}
