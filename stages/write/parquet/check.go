package parquet

import (
	"fmt"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// CheckRecord reports values that do not fit: longer than maxValue, lists of more
// than maxElements, text or an image's name that is not UTF-8, seconds that do not
// fit milliseconds, times beyond a day, decimals of too many digits.
func (f *Format) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	for i := range r.Schema.Len() {
		rule, detail := "", ""
		if t := r.Schema.Type(i); r.Images[i] != nil {
			rule, detail = f.checkImages(r, i, row)
		} else if !anyFits(t) {
			rule, detail = checkCell(r.Cell(i, row), t)
		}
		if rule != "" {
			return pipeline.Violation{Split: r.Split, Row: row, Rule: rule, Field: r.Schema.Field(i).Name, Detail: detail}, false
		}
	}
	return pipeline.Violation{}, true
}

// anyFits says that a column holds every value of a type's arrays.
func anyFits(t *schema.Type) bool {
	switch t.Kind {
	case schema.String, schema.JSON, schema.Binary, schema.Decimal, schema.Time, schema.List, schema.Struct, schema.Map:
		return false
	case schema.Timestamp:
		return t.Unit != arrow.Second
	}
	return true
}

func checkCell(c pipeline.Cell, t *schema.Type) (rule, detail string) {
	if c.Array.IsNull(c.Row) {
		return "", ""
	}
	if t.Nested() {
		if detail := checkSize(c.Array, t, c.Row, c.Row+1, 1); detail != "" {
			return pipeline.RuleType, detail
		}
	}
	if detail := checkValue(c.Array, t, c.Row); detail != "" {
		return pipeline.RuleType, detail
	}
	return "", ""
}

// checkSize says what is too large in values from up to to, nulls included, of which
// there are levels in what holds them.
func checkSize(a arrow.Array, t *schema.Type, from, to, levels int) (detail string) {
	if from >= to {
		return ""
	}
	switch a := a.(type) {
	case *array.Struct:
		for i := range t.Members {
			if detail := checkSize(a.Field(i), &t.Members[i].Type, from, to, levels); detail != "" {
				return detail
			}
		}
		return ""
	case array.ListLike:
		lo, _ := a.ValueOffsets(from)
		_, hi := a.ValueOffsets(to - 1)
		if levels += int(hi - lo); levels > maxElements {
			return fmt.Sprintf("lists of %d values: Parquet holds at most %d of a record", levels, maxElements)
		}
		if t.Kind == schema.Map {
			entries := a.ListValues().(*array.Struct)
			if detail := checkSize(entries.Field(0), t.Key, int(lo), int(hi), levels); detail != "" {
				return detail
			}
			return checkSize(entries.Field(1), t.Elem, int(lo), int(hi), levels)
		}
		return checkSize(a.ListValues(), t.Elem, int(lo), int(hi), levels)
	}
	if size := schema.ValueBytes(a, from, to); size > maxValue {
		return tooLarge(size)
	}
	return ""
}

func tooLarge(size int64) string {
	return fmt.Sprintf("value of %d bytes: Parquet holds at most %d", size, maxValue)
}

// checkValue says what does not fit of a value, which may be null, and what lies in it.
func checkValue(a arrow.Array, t *schema.Type, i int) (detail string) {
	if a.IsNull(i) {
		return ""
	}
	switch a := a.(type) {
	case *array.String:
		if !utf8.ValidString(a.Value(i)) {
			return "text is not UTF-8"
		}
		if size := a.ValueLen(i); size > maxValue {
			return tooLarge(int64(size))
		}
	case *array.Binary:
		if size := a.ValueLen(i); size > maxValue {
			return tooLarge(int64(size))
		}
	case *array.Timestamp:
		if x := int64(a.Value(i)); !fits(x, scaleOf(*t)) {
			return fmt.Sprintf("timestamp of %d s does not fit milliseconds, Parquet's coarsest unit", x)
		}
	case *array.Time32:
		return checkTime(int64(a.Value(i)), t)
	case *array.Time64:
		return checkTime(int64(a.Value(i)), t)
	case *array.Decimal128:
		if !hasDigits(a.Value(i), t.Precision) {
			return fmt.Sprintf("decimal %s has more than %d digits", a.ValueStr(i), t.Precision)
		}
	case *array.Decimal256:
		if !hasDigits(a.Value(i), t.Precision) {
			return fmt.Sprintf("decimal %s has more than %d digits", a.ValueStr(i), t.Precision)
		}
	case *array.Struct, array.ListLike:
		return checkParts(a, t, i)
	}
	return ""
}

func checkTime(x int64, t *schema.Type) (detail string) {
	if day := int64(86_400) * int64(1e9) / int64(t.Unit.Multiplier()); x < 0 || x >= day {
		return fmt.Sprintf("time of %d %s is not within a day", x, t.Unit)
	}
	return ""
}

// checkParts is checkValue for what lies in a value that is not null.
func checkParts(a arrow.Array, t *schema.Type, i int) (detail string) {
	if s, ok := a.(*array.Struct); ok {
		for k := range t.Members {
			if detail := checkValue(s.Field(k), &t.Members[k].Type, i); detail != "" {
				return detail
			}
		}
		return ""
	}
	list := a.(array.ListLike)
	from, to := list.ValueOffsets(i)
	for p, part := range t.Parts() {
		if anyFits(&part.Type) {
			continue
		}
		values := list.ListValues()
		if t.Kind == schema.Map {
			values = values.(*array.Struct).Field(p)
		}
		for k := int(from); k < int(to); k++ {
			if detail := checkValue(values, &part.Type, k); detail != "" {
				return detail
			}
		}
	}
	return ""
}

func (f *Format) checkImages(r *pipeline.Records, field int, row int64) (rule, detail string) {
	images := r.Images[field]
	w := weighImages(images, row, r.Schema.Type(field).Kind == schema.List)
	if size := w.bytes - 4*int64(w.images); size > maxValue {
		return pipeline.RuleTooLarge, fmt.Sprintf("%d bytes: Parquet holds at most %d", size, maxValue)
	}
	if w.levels > maxElements {
		return pipeline.RuleType, fmt.Sprintf("list of %d images: Parquet holds at most %d", w.levels, maxElements)
	}
	scratch := f.names.Get().(*[]byte)
	defer f.names.Put(scratch)
	for item := range images.Count(row) {
		if images.Size(row, item) == pipeline.NoImage {
			continue
		}
		name, ok := images.AppendName((*scratch)[:0], row, item)
		*scratch = name
		if ok && !utf8.Valid(name) {
			return pipeline.RulePath, "file name is not UTF-8"
		}
	}
	return "", ""
}
