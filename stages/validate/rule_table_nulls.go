package validate

import (
	"context"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// TableNulls looks for splits in which more than a share of a field is null.
func TableNulls() Kind {
	return Kind{
		About: pipeline.About{
			ID: "table.nulls", Of: pipeline.UnitSplits, Whole: true,
			Means:  "a column that is mostly empty teaches nothing; one that has become so was lost by a join",
			Advice: "look at the source and at the join that fills the column; raise `max_nulls` if it is meant",
		},
		Severity: pipeline.SeverityWarn, OfField: true, Keys: []string{"max_nulls"},
		Example: Example{Fields: "{score: {type: float64, nullable: true}}", Rules: "{score: {max_nulls: 0.5}}",
			Good: []string{`{"score": 1}` + "\n" + `{"score": null}`},
			Bad:  []string{`{"score": null}` + "\n" + `{"score": null}` + "\n" + `{"score": 1}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			field, err := column(s, r.Field)
			if err != nil {
				return err
			}
			if most := *p.MaxNulls; most < 0 || most > 1 {
				return fmt.Errorf("max_nulls is %v, not a share from 0 to 1", most)
			}
			r.Columns = func(_ context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				rows, nulls := rec.Chosen().Len(), 0
				for row := range nullRows(rec.Columns[field]) {
					if rec.Has(row) {
						nulls++
					}
				}
				if rows == 0 {
					return nil
				}
				f.Checked(1)
				if float64(nulls) > *p.MaxNulls*float64(rows) {
					whole(f, r.Field, count(nulls)+" of "+count(rows)+" values are null, the most is a share of "+spell(*p.MaxNulls))
				}
				return nil
			}
			return nil
		},
	}
}
