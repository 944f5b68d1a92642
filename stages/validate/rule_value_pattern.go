package validate

import (
	"context"
	"fmt"
	"regexp"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ValuePattern looks for texts of a field that a regular expression does not match.
func ValuePattern() Kind {
	return Kind{
		About: pipeline.About{
			ID: "value.pattern", Of: pipeline.UnitValues,
			Means:        "an identifier that is none: joins and look-ups by it find nothing",
			Advice:       "correct the values, or the `pattern`",
			ConfigAdvice: "the pattern is likely wrong, or the field is taken from another column",
		},
		OfField: true, Keys: []string{"pattern"},
		Example: Example{
			Fields: "{id: {type: string}}", Rules: "{id: {pattern: '^[0-9a-f]{4}$'}}",
			Good: []string{`{"id": "00ff"}`},
			Bad:  []string{`{"id": "00fg"}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			field, err := column(s, r.Field, textKinds()...)
			if err != nil {
				return err
			}
			pattern, err := regexp.Compile(p.Pattern)
			if err != nil {
				return fmt.Errorf("%q is not a regular expression: %w", p.Pattern, err)
			}
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachChunk(ctx, rec, field, f, func(c *cells) {
					c.eachText(func(i int, s string) {
						if !pattern.MatchString(s) {
							c.broke(i, "", func() string { return shown(s) + " does not match " + p.Pattern })
						}
					})
				})
			}
			return nil
		},
	}
}

// eachText counts the texts of a chunk, and calls look for each of the split.
func (c *cells) eachText(look func(i int, s string)) {
	c.values()
	a, ok := c.array.(texts)
	if !ok {
		return
	}
	for i := range a.Len() {
		if c.has(i) {
			look(i, a.Value(i))
		}
	}
}
