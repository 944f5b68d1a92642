package validate

import (
	"context"
	"errors"
	"math"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ValueLength looks for texts and lists of a field that are too short or too long:
// texts by their characters, lists by their values.
func ValueLength() Kind {
	return Kind{
		About: pipeline.About{
			ID: "value.length", Of: pipeline.UnitValues,
			Means:        "a prompt beyond the text encoder's window is cut without a word; lists of odd lengths do not stack",
			Advice:       "shorten or fix the values, or change `min_length` and `max_length`",
			ConfigAdvice: "the bounds are likely not those of this column",
		},
		OfField: true, Keys: []string{"min_length", "max_length"},
		Example: Example{
			Fields: "{prompt: {type: string}}", Rules: "{prompt: {max_length: 5}}",
			Good: []string{`{"prompt": "hällo"}`},
			Bad:  []string{`{"prompt": "too long"}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			field, err := column(s, r.Field, schema.String, schema.List)
			if err != nil {
				return err
			}
			low, high := int64(0), int64(math.MaxInt64)
			if p.MinLength != nil {
				low = *p.MinLength
			}
			if p.MaxLength != nil {
				high = *p.MaxLength
			}
			if low < 0 || low > high {
				return errors.New("min_length is below 0 or greater than max_length")
			}
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachChunk(ctx, rec, field, f, func(c *cells) { c.lengths(low, high) })
			}
			return nil
		},
	}
}

func (c *cells) lengths(low, high int64) {
	c.values()
	measure, of := lengthOf(c)
	if measure == nil {
		return
	}
	for i := range c.array.Len() {
		n := measure(i)
		if n >= low && n <= high || !c.has(i) {
			continue
		}
		if n < low {
			c.broke(i, "shorter than "+count(low), func() string { return count(n) + of + ", the fewest are " + count(low) })
		} else {
			c.broke(i, "longer than "+count(high), func() string { return count(n) + of + ", the most are " + count(high) })
		}
	}
}

// lengthOf measures an array's values, and says in what.
func lengthOf(c *cells) (func(i int) int64, string) {
	switch a := c.array.(type) {
	case *array.String:
		return func(i int) int64 { return int64(utf8.RuneCountInString(a.Value(i))) }, " characters"
	case *array.LargeString:
		return func(i int) int64 { return int64(utf8.RuneCountInString(a.Value(i))) }, " characters"
	case array.ListLike:
		return func(i int) int64 { lo, hi := a.ValueOffsets(i); return hi - lo }, " values"
	}
	return nil, ""
}
