package validate

import (
	"context"
	"math"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ValueFinite looks for NaN and infinities in a field of floats.
func ValueFinite() Kind {
	return Kind{
		About: pipeline.About{
			ID: "value.finite", Of: pipeline.UnitValues,
			Means:  "one NaN in a batch makes the loss NaN, and from there on every weight",
			Advice: "write null where there is no value, and find out where the infinite ones come from",
		},
		OfField: true, Keys: []string{"finite"},
		Example: Example{
			Fields: "{score: {type: float64, cast: true}}", Rules: "{score: {finite: true}}",
			Good: []string{`{"score": 0.5}`},
			Bad:  []string{`{"score": "inf"}`},
		},
		Make: func(_ *Params, s *schema.Schema, r *pipeline.Rule) error {
			field, err := column(s, r.Field, schema.Float32, schema.Float64)
			if err != nil {
				return err
			}
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachChunk(ctx, rec, field, f, (*cells).finite)
			}
			return nil
		},
	}
}

func (c *cells) finite() {
	c.values()
	eachNumber(c.array, func(v float64) bool { return v-v != 0 }, func(i int) {
		if !c.has(i) {
			return
		}
		what := "NaN"
		if v := numberAt(c.array, i); !math.IsNaN(v) {
			what = spell(v)
		}
		c.broke(i, what, func() string { return "the value is " + what })
	})
}
