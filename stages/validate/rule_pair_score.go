package validate

import (
	"context"
	"errors"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// PairScore looks for records whose preferred image has the lower score. Equal scores
// keep the rule.
func PairScore() Kind {
	return Kind{
		About: pipeline.About{
			ID: "pair.score", Of: pipeline.UnitRecords,
			Means:        "the label says one thing and the score the other: whichever is wrong, half of the signal is",
			Advice:       "check which of the columns is the winner's: where most records break the rule, a and b are swapped in the config",
			ConfigAdvice: "a and b are likely swapped in the config: the winner's score comes first",
		},
		Keys: []string{"a", "b"},
		Example: Example{
			Fields: "{win_score: {type: float64}, lose_score: {type: float64}}",
			Rules:  "{pair.score: {a: win_score, b: lose_score}}",
			Good:   []string{`{"win_score": 0.75, "lose_score": 0.25}`},
			Bad:    []string{`{"win_score": 0.25, "lose_score": 0.75}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			if p.A == "" || p.B == "" {
				return errors.New("it needs both fields: {a: SCORE OF THE PREFERRED, b: SCORE OF THE OTHER}")
			}
			a, err := column(s, p.A, numberKinds()...)
			if err != nil {
				return err
			}
			b, err := column(s, p.B, numberKinds()...)
			if err != nil {
				return err
			}
			r.Field = p.A + ", " + p.B
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachChunk(ctx, rec, a, f, func(c *cells) { c.scores(rec, b, r.Field) })
			}
			return nil
		},
	}
}

func (c *cells) scores(r *pipeline.Records, other int, field string) {
	name, name2 := c.field, r.Schema.Field(other).Name
	checked := int64(0)
	for i := range c.array.Len() {
		row := c.start + int64(i)
		if !c.has(i) {
			continue
		}
		o := r.Cell(other, row)
		if o.Array.IsNull(o.Row) {
			continue
		}
		checked++
		if v, w := numberAt(c.array, i), numberAt(o.Array, o.Row); v < w {
			if c.find.Broke(row, field, "") {
				c.find.Tell(pipeline.Violation{Row: row, Field: field, Detail: name + " is " + spell(v) + ", below " + name2 + " of " + spell(w)})
			}
		}
	}
	c.find.Checked(checked)
}
