package validate

import (
	"context"
	"errors"
	"math"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ValueRange looks for numbers of a field that are below min or above max. NaN is
// in no range.
func ValueRange() Kind {
	return Kind{
		About: pipeline.About{
			ID: "value.range", Of: pipeline.UnitValues,
			Means:        "a value that cannot be, such as a share of 37 or a score of -1 for \"none\", pulls every mean and loss",
			Advice:       "correct the values, or widen `min` and `max`",
			ConfigAdvice: "the bounds are likely not those of this column: check `min`, `max` and `from:`",
		},
		OfField: true, Keys: []string{"min", "max"},
		Example: Example{
			Fields: "{score: {type: float64}}", Rules: "{score: {min: 0, max: 1}}",
			Good: []string{`{"score": 0}` + "\n" + `{"score": 1}`},
			Bad:  []string{`{"score": 1.5}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			field, err := column(s, r.Field, numberKinds()...)
			if err != nil {
				return err
			}
			low, high := math.Inf(-1), math.Inf(1)
			if p.Min != nil {
				low = *p.Min
			}
			if p.Max != nil {
				high = *p.Max
			}
			if low > high {
				return errors.New("min is greater than max: no value keeps the rule")
			}
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachChunk(ctx, rec, field, f, func(c *cells) { c.inRange(low, high) })
			}
			return nil
		},
	}
}

func (c *cells) inRange(low, high float64) {
	c.values()
	eachNumber(c.array, func(v float64) bool { return !(v >= low && v <= high) }, func(i int) {
		if !c.has(i) {
			return
		}
		v := numberAt(c.array, i)
		switch {
		case v < low:
			c.broke(i, "below "+spell(low), func() string { return spell(v) + ", the least is " + spell(low) })
		case v > high:
			c.broke(i, "above "+spell(high), func() string { return spell(v) + ", the most is " + spell(high) })
		default:
			c.broke(i, "NaN", func() string { return "NaN, which is in no range" })
		}
	})
}
