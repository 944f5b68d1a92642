package arrow

import (
	"context"
	"fmt"
	"math"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Format lays out Arrow shards; it fulfils pipeline.Format. Its zero value is
// ready for use.
type Format struct{}

// New returns the format.
func New() *Format { return &Format{} }

// Name returns "arrow".
func (*Format) Name() string { return "arrow" }

// FileName returns "train/data-00000-of-00042.arrow" (datasets:
// arrow_dataset.py, save_to_disk).
func (*Format) FileName(split string, index, total int) string {
	return fmt.Sprintf("%s/data-%05d-of-%05d.arrow", split, index, total)
}

// Keyed is false: a record is a row.
func (*Format) Keyed() bool { return false }

// Survey finds nothing that shards must have alike.
func (*Format) Survey(context.Context, []pipeline.Kept) (pipeline.Traits, error) { return nil, nil }

// Check reports a schema that cannot be encoded; the types of package schema
// all can.
func (*Format) Check(s *schema.Schema) error {
	if _, err := newFraming(s); err != nil {
		return fmt.Errorf("encode arrow schema: %w", err)
	}
	return nil
}

// CheckRecord reports an image that Arrow's 32-bit offsets cannot hold.
func (*Format) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	return checkRecord(r, row)
}

func checkRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	for _, f := range r.Schema.Images() {
		size, c := int64(0), r.Images[f]
		for item := range c.Count(row) {
			size += max(c.Size(row, item), 0)
		}
		if size > math.MaxInt32 {
			return pipeline.Violation{
				Split: r.Split, Row: row, Rule: pipeline.RuleTooLarge, Field: r.Schema.Field(f).Name,
				Detail: fmt.Sprintf("%d bytes: at most %d fit an Arrow binary column", size, math.MaxInt32),
			}, false
		}
	}
	return pipeline.Violation{}, true
}
