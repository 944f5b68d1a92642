package validate

import (
	"bytes"
	"context"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// TableConstant looks for columns of a split that hold one value over and over.
func TableConstant() Kind {
	return Kind{
		About: pipeline.About{
			ID: "table.constant", Of: pipeline.UnitSplits, Whole: true,
			Means:  "a column of one value tells nothing: often a default that a failed join or export has left everywhere",
			Advice: "leave the field out, or find out what should stand there",
		},
		Severity: pipeline.SeverityWarn,
		Example: Example{Fields: "{score: {type: float64}}", Rules: "{table.constant: warn}",
			Good: []string{`{"score": 1}` + "\n" + `{"score": 2}`},
			Bad:  []string{`{"score": 1}` + "\n" + `{"score": 1}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			r.Columns = func(_ context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				for field := range s.Len() {
					if !s.Field(field).Type.Images() && rec.Chosen().Len() > 1 {
						f.Checked(1)
						if v, same := constant(rec, field); same {
							whole(f, s.Field(field).Name, "all "+count(rec.Chosen().Len())+" values are "+v)
						}
					}
				}
				return nil
			}
			return nil
		},
	}
}

// constant says whether all values of a field are one.
func constant(r *pipeline.Records, field int) (shownValue string, same bool) {
	var first, next []byte
	for i, row := range r.Chosen().All() {
		c := r.Cell(field, row)
		next = schema.AppendValue(next[:0], c.Array, c.Row)
		if i == 0 {
			first = bytes.Clone(next)
		} else if !bytes.Equal(first, next) {
			return "", false
		}
	}
	c := r.Cell(field, r.Chosen().At(0))
	return shown(c.Array.ValueStr(c.Row)), true
}
