package validate

import (
	"context"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// TextBlank looks for texts that are empty or nothing but blanks.
func TextBlank() Kind {
	return Kind{
		About: pipeline.About{
			ID: "text.blank", Of: pipeline.UnitValues,
			Means:  "an empty prompt is a condition that says nothing: the model learns to ignore it",
			Advice: "write the text, or null where there is none",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasTexts,
		Example: Example{
			Fields: "{prompt: {type: string}}",
			Good:   []string{`{"prompt": "a cat"}`},
			Bad:    []string{`{"prompt": "   "}`},
		},
		Make: func(_ *Params, s *schema.Schema, r *pipeline.Rule) error {
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachTextField(ctx, rec, f, blank)
			}
			return nil
		},
	}
}

// eachTextField calls fault for every text of every field of texts; it returns the
// cause and the detail of what is wrong, empty for nothing.
func eachTextField(ctx context.Context, r *pipeline.Records, f *pipeline.Finder, fault func(s string) (what, detail string)) error {
	for field := range r.Schema.Len() {
		if r.Schema.Field(field).Type.Kind != schema.String {
			continue
		}
		err := eachChunk(ctx, r, field, f, func(c *cells) {
			c.eachText(func(i int, s string) {
				if what, detail := fault(s); what != "" {
					c.broke(i, what, func() string { return detail + ": " + shown(s) })
				}
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func blank(s string) (what, detail string) {
	switch {
	case s == "":
		return "empty", "the text is empty"
	case s[0] > ' ' && s[0] < 0x80:
		return "", ""
	case strings.TrimSpace(s) == "":
		return "blanks alone", "the text is nothing but blanks"
	}
	return "", ""
}
