package validate

import (
	"context"
	"errors"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// TableRows looks for splits of fewer than min or more than max records.
func TableRows() Kind {
	return Kind{
		About: pipeline.About{
			ID: "table.rows", Of: pipeline.UnitSplits, Whole: true,
			Means:  "a split of far fewer records than last time was cut somewhere on the way, and nobody notices",
			Advice: "look at the source: is it whole? Change `min` and `max` if it is meant",
		},
		Severity: pipeline.SeverityWarn, Keys: []string{"min", "max"},
		Example: Example{Fields: "{score: {type: float64}}", Rules: "{table.rows: {min: 2}}",
			Good: []string{`{"score": 1}` + "\n" + `{"score": 2}`},
			Bad:  []string{`{"score": 1}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			if p.Min == nil && p.Max == nil {
				return errors.New("it needs a bound: {min: 1000}, {max: ...} or both")
			}
			r.Columns = func(_ context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				n := rec.Chosen().Len()
				f.Checked(1)
				switch {
				case p.Min != nil && float64(n) < *p.Min:
					whole(f, "", count(n)+" records, the fewest are "+spell(*p.Min))
				case p.Max != nil && float64(n) > *p.Max:
					whole(f, "", count(n)+" records, the most are "+spell(*p.Max))
				}
				return nil
			}
			return nil
		},
	}
}

// whole takes down what is wrong with a split as a whole.
func whole(f *pipeline.Finder, field, detail string) {
	if f.Broke(pipeline.WholeSplit, field, "") {
		f.Tell(pipeline.Violation{Row: pipeline.WholeSplit, Field: field, Detail: detail})
	}
}
