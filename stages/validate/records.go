package validate

import (
	"iter"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
)

// CheckRecords yields the cells of a split that are empty although their field
// must have a value (RuleRequired): a null, and for an image field a record
// that gives no file name. Order is by field, then by row.
//
// misfit, which may be nil, says which cells are null because their value was
// not of the field's type: those are broken already, by RuleType, and are not
// told again.
//
// A column without nulls costs nothing, another a look at its validity bits. An
// image field costs spelling its file names, but for the images whose size is known:
// they have one. A list of images must not be null, nor any image in it.
func CheckRecords(r *pipeline.Records, misfit func(field int, row int64) bool) iter.Seq[pipeline.Violation] {
	return func(yield func(pipeline.Violation) bool) {
		for f := range r.Schema.Len() {
			field := r.Schema.Field(f)
			if field.Nullable {
				continue
			}
			rows, detail := nullRows(r.Columns[f]), "the field must have a value, the record has none"
			if field.Type.Images() {
				rows, detail = namelessRows(r, f), "the field must have an image, the record names no file"
			}
			for row := range rows {
				if !r.Has(row) || misfit != nil && misfit(f, row) {
					continue
				}
				if !yield(pipeline.Violation{Split: r.Split, Row: row, Rule: pipeline.RuleRequired, Field: field.Name, Detail: detail}) {
					return
				}
			}
		}
	}
}

// nullRows yields the rows in which a column is null.
func nullRows(c *arrow.Chunked) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		if c == nil || c.NullN() == 0 {
			return
		}
		var start int64
		for _, a := range c.Chunks() {
			n := a.Len()
			for i, left := 0, a.NullN(); i < n && left > 0; i++ {
				if a.IsValid(i) {
					continue
				}
				left--
				if !yield(start + int64(i)) {
					return
				}
			}
			start += int64(n)
		}
	}
}

// namelessRows yields the rows that have no file name for an image field.
func namelessRows(r *pipeline.Records, f int) iter.Seq[int64] {
	return func(yield func(int64) bool) {
		name, c := make([]byte, 0, 256), r.Images[f]
		for row := range r.Rows {
			n, ok := c.Len(row)
			for item := 0; ok && item < n; item++ {
				if c.Size(row, item) == pipeline.NoImage {
					name, ok = c.AppendFile(name[:0], row, item)
				}
			}
			if !ok && !yield(row) {
				return
			}
		}
	}
}
