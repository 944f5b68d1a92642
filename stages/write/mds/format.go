package mds

import (
	"context"
	"fmt"
	"io"
	"path"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Format lays out MDS shards; it fulfils pipeline.Format. Its zero value is ready for use.
type Format struct{}

// New returns the format.
func New() *Format { return &Format{} }

// Name returns "mds".
func (*Format) Name() string { return "mds" }

// FileName returns "train/shard.00000.mds" (streaming: base/format/base/writer.py).
func (*Format) FileName(split string, index, _ int) string {
	return fmt.Sprintf("%s/shard.%05d.mds", split, index)
}

// Keyed is false: a sample is found by its number.
func (*Format) Keyed() bool { return false }

// Check finds nothing: every type has an encoding.
func (*Format) Check(*schema.Schema) error { return nil }

// CheckRecord reports a list of images that is null or has one that is, and what 32 bits
// cannot count.
func (*Format) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	return layout(r.Schema, nil).CheckRecord(r, row)
}

// Survey finds the fields whose images are all called .png.
func (*Format) Survey(ctx context.Context, splits []pipeline.Kept) (pipeline.Traits, error) {
	var traits pipeline.Traits
	if len(splits) == 0 {
		return nil, nil
	}
	s := splits[0].Schema
	for _, f := range s.Images() {
		if t := s.Field(f); (t.Nullable || t.Type.Plain) && !t.Type.ImageList() {
			continue // bytes
		}
		png, err := allPNG(ctx, splits, f)
		if err != nil {
			return nil, err
		}
		if png {
			if traits == nil {
				traits = make(pipeline.Traits)
			}
			traits[s.Field(f).Name] = encodingPNG
		}
	}
	return traits, nil
}

// allPNG says whether a field has images, all called .png. It looks no further than the
// first that is not.
func allPNG(ctx context.Context, splits []pipeline.Kept, field int) (bool, error) {
	found := false
	var name []byte
	for _, split := range splits {
		images := split.Images[field]
		for i, row := range split.Rows.All() {
			if i%1024 == 0 && ctx.Err() != nil {
				return false, context.Cause(ctx)
			}
			for item := range images.Count(row) {
				file, ok := images.AppendName(name[:0], row, item)
				if !ok {
					continue
				}
				if name = file; !strings.EqualFold(path.Ext(string(name)), ".png") {
					return false, nil
				}
				found = true
			}
		}
	}
	return found, nil
}

// NewSizer returns a sizer; its answer is exact.
func (*Format) NewSizer(r *pipeline.Records, t pipeline.Traits) pipeline.Sizer {
	return layout(r.Schema, t).NewSizer(r)
}

// Create plans every value's place, and writes all but the images.
func (*Format) Create(ctx context.Context, s *pipeline.Shard, t pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	return layout(s.Schema, t).Create(ctx, s, c)
}

// Open returns a reader of a shard with that schema.
func (*Format) Open(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	return layout(s, t).Open(r, size)
}

// Browse is Open, but images stay where they are.
func (*Format) Browse(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	return layout(s, t).Browse(r, size)
}
