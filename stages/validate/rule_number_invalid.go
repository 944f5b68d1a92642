package validate

import (
	"context"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// NumberInvalid looks for NaN and infinities in all fields of floats. A NaN that stands
// for a null where its table was written is a null by then.
func NumberInvalid() Kind {
	return Kind{
		About: pipeline.About{
			ID: "number.invalid", Of: pipeline.UnitValues,
			Means:  "one infinite or NaN score makes the loss NaN, and from there on every weight",
			Advice: "write null where there is no value; `rules: {SCORE: {finite: true, on_error: skip}}` with the field's name leaves such records out",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasFloats,
		Example: Example{
			Fields: "{score: {type: float64, cast: true}}",
			Good:   []string{`{"score": 0.5}`},
			Bad:    []string{`{"score": "-inf"}`},
		},
		Make: func(_ *Params, _ *schema.Schema, r *pipeline.Rule) error {
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				for field := range rec.Schema.Len() {
					if isFloat(rec.Schema.Field(field).Type) {
						if err := eachChunk(ctx, rec, field, f, (*cells).finite); err != nil {
							return err
						}
					}
				}
				return nil
			}
			return nil
		},
	}
}

func isFloat(t schema.Type) bool { return t.Kind == schema.Float32 || t.Kind == schema.Float64 }

func hasFloats(d Data) bool {
	for i := range d.Schema.Len() {
		if isFloat(d.Schema.Field(i).Type) {
			return true
		}
	}
	return false
}
