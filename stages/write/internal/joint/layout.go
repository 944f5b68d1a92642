package joint

import (
	"errors"
	"fmt"
	"math"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Encoding says how a value becomes bytes.
type Encoding uint8

// The encodings.
const (
	// Number is a number at the width of its type.
	Number Encoding = iota + 1
	// Int64 is a whole number, or a class, as a signed one of eight bytes.
	Int64
	// Float64 is a float as one of eight bytes.
	Float64
	// Bool is a byte, 0 or 1.
	Bool
	// Text is text and binary as they are, and all else as in JSON without quotes.
	Text
	// JSON is JSON, null too.
	JSON
	// Image is an image's bytes; none stand for null.
	Image
	// Images is a list of images: Zeros words of zero, their number, their sizes, and
	// their bytes.
	Images
)

// Column is a field as each sample holds it.
type Column struct {
	Field    int
	Encoding Encoding
	// Sized says that the value's size stands in front of the sample.
	Sized bool
	// Zeros is how many words of zero begin a list of images.
	Zeros int
	// NonEmpty says that a list of images must not be empty.
	NonEmpty bool
}

// Layout says what a file consists of. It is immutable.
type Layout struct {
	// Format is what messages call the format.
	Format string
	Schema *schema.Schema
	// Columns of a sample, in order.
	Columns []Column
	// Config is the text between the places and the samples.
	Config []byte
}

const (
	word = 4 // bytes of a place or a size
	// maxFile is the largest file in bytes: places have 32 bits.
	maxFile = math.MaxUint32
	// maxItems is how many images a list may have.
	maxItems = 1 << 20
)

// RuleRecord is the name of the rule that a record can be a sample of a format.
func (l *Layout) RuleRecord() string { return l.Format + ".sample" }

// width is the bytes of a value whose encoding has always so many, or 0.
func (l *Layout) width(c *Column) int64 {
	switch c.Encoding {
	case Number:
		return numberWidth(l.Schema.Field(c.Field).Type)
	case Int64, Float64:
		return 8
	case Bool:
		return 1
	}
	return 0
}

// heads is the bytes of the sizes in front of a sample.
func (l *Layout) heads() int64 {
	n := int64(0)
	for i := range l.Columns {
		if l.Columns[i].Sized {
			n += word
		}
	}
	return n
}

// front is where the first of n samples begins.
func (l *Layout) front(n int64) int64 { return word*(n+2) + int64(len(l.Config)) }

// value appends a value that is not an image.
func (l *Layout) value(dst []byte, c *Column, r *pipeline.Records, row int64) ([]byte, error) {
	dst, err := appendValue(dst, c.Encoding, r.Cell(c.Field, row))
	if err != nil {
		return dst, fmt.Errorf("field %s: %w", l.Schema.Field(c.Field).Name, err)
	}
	return dst, nil
}

// listHead is the bytes in front of the images of a list of n.
func (c *Column) listHead(n int) int64 { return word * int64(c.Zeros+1+n) }

// span is the bytes that a column's images take in a row, with what stands in front.
func (c *Column) span(r *pipeline.Records, row int64) int64 {
	images := r.Images[c.Field]
	n := images.Count(row)
	total := int64(0)
	if c.Encoding == Images {
		total = c.listHead(n)
	}
	for item := range n {
		total += max(images.Size(row, item), 0)
	}
	return total
}

// CheckRecord reports what a sample cannot hold: null where the format has none, and what
// 32 bits cannot count.
func (l *Layout) CheckRecord(r *pipeline.Records, row int64) (pipeline.Violation, bool) {
	violation := func(rule string, field int, detail string) (pipeline.Violation, bool) {
		return pipeline.Violation{Split: r.Split, Row: row, Rule: rule, Field: l.Schema.Field(field).Name, Detail: detail}, false
	}
	total, largest := int64(0), 0
	for i := range l.Columns {
		c := &l.Columns[i]
		images := r.Images[c.Field]
		if images == nil {
			if cell := r.Cell(c.Field, row); c.Encoding != JSON && cell.Array.IsNull(cell.Row) {
				return violation(l.RuleRecord(), c.Field, "no value in a field that is not nullable")
			}
			continue
		}
		n, there := images.Len(row)
		switch {
		case c.Encoding == Images && (!there || c.NonEmpty && n == 0):
			return violation(l.RuleRecord(), c.Field, "no list of images, or an empty one: "+l.Format+" has none such; "+l.advice())
		case n > maxItems:
			return violation(l.RuleRecord(), c.Field, fmt.Sprintf("%d images: at most %d are in a list of %s; %s", n, maxItems, l.Format, l.advice()))
		case c.Encoding == Image && images.Size(row, 0) == pipeline.NoImage && !l.Schema.Field(c.Field).Nullable:
			return violation(l.RuleRecord(), c.Field, "no image in a field that is not nullable")
		case c.Encoding == Image && images.Size(row, 0) == 0:
			return violation(l.RuleRecord(), c.Field, "an image of 0 bytes, which would stand for none")
		}
		for item := range n {
			if c.Encoding == Images && images.Size(row, item) == pipeline.NoImage {
				return violation(l.RuleRecord(), c.Field, fmt.Sprintf("image %d of the list is null: %s has none such; %s", item, l.Format, l.advice()))
			}
		}
		if span := c.span(r, row); span > total {
			largest = c.Field
		}
		total += c.span(r, row)
	}
	if room := maxFile - l.front(1) - l.heads() - (1 << 20); total > room {
		return violation(pipeline.RuleTooLarge, largest, fmt.Sprintf("images of %d bytes: at most %d fit a file of %s", total, room, l.Format))
	}
	return pipeline.Violation{}, true
}

func (l *Layout) advice() string {
	return "leave the record out (--on-error skip), or " + l.Format + " out of the formats"
}

// Sizer adds up samples; it fulfils pipeline.Sizer. Its answer is exact.
type Sizer struct {
	layout  *Layout
	records *pipeline.Records
	size    int64
	room    []byte
}

// NewSizer returns a sizer; it is for one goroutine.
func (l *Layout) NewSizer(r *pipeline.Records) *Sizer {
	s := &Sizer{layout: l, records: r}
	s.Reset()
	return s
}

// Add adds a sample. Values are encoded into room that is used again and again.
func (s *Sizer) Add(row int64) int64 {
	if n, err := s.layout.sampleSize(&s.room, s.records, row); err == nil { // else Create fails
		s.size += word + n
	}
	return s.size
}

// Reset begins an empty file.
func (s *Sizer) Reset() { s.size = s.layout.front(0) }

// Exact is true.
func (s *Sizer) Exact() bool { return true }

// sampleSize is the bytes of a row's sample.
func (l *Layout) sampleSize(room *[]byte, r *pipeline.Records, row int64) (int64, error) {
	total := l.heads()
	for i := range l.Columns {
		c := &l.Columns[i]
		n := l.width(c)
		if r.Images[c.Field] != nil {
			n = c.span(r, row)
		} else if n == 0 {
			text, err := l.value((*room)[:0], c, r, row)
			if err != nil {
				return 0, err
			}
			*room, n = text, int64(len(text))
		}
		total += n
	}
	return total, nil
}

var errTooLarge = errors.New("a file holds at most 4 GiB, as its places have 32 bits: ask for a smaller shard size")
