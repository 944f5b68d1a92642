package litdata

import (
	"context"
	"fmt"
	"io"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Format lays out litData chunks; it fulfils pipeline.Format. Its zero value is ready for
// use.
type Format struct{}

// New returns the format.
func New() *Format { return &Format{} }

// Name returns "litdata".
func (*Format) Name() string { return "litdata" }

// FileName returns "train/chunk-0-7.bin", a chunk of litData's worker 0.
func (*Format) FileName(split string, index, _ int) string {
	return fmt.Sprintf("%s/chunk-0-%d.bin", split, index)
}

// Keyed is false: a sample is found by its number.
func (*Format) Keyed() bool { return false }

// Check finds nothing: every type has a serializer.
func (*Format) Check(*schema.Schema) error { return nil }

// CheckRecord reports a list of images that is null, empty or has one that is null, and
// what 32 bits cannot count.
func (*Format) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	return layout(r.Schema).CheckRecord(r, row)
}

// Survey finds nothing that chunks must have alike.
func (*Format) Survey(context.Context, []pipeline.Kept) (pipeline.Traits, error) { return nil, nil }

// NewSizer returns a sizer; its answer is exact.
func (*Format) NewSizer(r *pipeline.Records, _ pipeline.Traits) pipeline.Sizer {
	return layout(r.Schema).NewSizer(r)
}

// Create plans every value's place, and writes all but the images.
func (*Format) Create(ctx context.Context, s *pipeline.Shard, _ pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	return layout(s.Schema).Create(ctx, s, c)
}

// Open returns a reader of a chunk with that schema.
func (*Format) Open(r io.ReaderAt, size int64, s *schema.Schema, _ pipeline.Traits) (pipeline.ShardReader, error) {
	return layout(s).Open(r, size)
}

// Browse is Open, but images stay where they are.
func (*Format) Browse(r io.ReaderAt, size int64, s *schema.Schema, _ pipeline.Traits) (pipeline.ShardReader, error) {
	return layout(s).Browse(r, size)
}
