package validate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ValueOneOf looks for values of a field that are none of a list.
func ValueOneOf() Kind {
	return Kind{
		About: pipeline.About{
			ID: "value.one-of", Of: pipeline.UnitValues,
			Means:        "a label that nobody knows: one class more, or an exception where labels become numbers",
			Advice:       "correct the values (case and blanks count), or add them to `one_of`",
			ConfigAdvice: "the list is likely spelled otherwise than the column, or the field is taken from another one",
		},
		OfField: true, Keys: []string{"one_of"},
		Example: Example{
			Fields: "{style: {type: string}}", Rules: "{style: {one_of: [photo, art]}}",
			Good: []string{`{"style": "photo"}`},
			Bad:  []string{`{"style": "Photo"}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			field, err := column(s, r.Field, append(numberKinds(), schema.String, schema.Bool)...)
			if err != nil {
				return err
			}
			var names []string
			var numbers []float64
			for _, v := range p.OneOf {
				switch v := v.(type) {
				case string:
					names = append(names, v)
				case bool:
					names = append(names, fmt.Sprint(v))
				case int64:
					numbers = append(numbers, float64(v))
				case uint64:
					numbers = append(numbers, float64(v))
				case float64:
					numbers = append(numbers, v)
				}
			}
			if isNumber := slices.Contains(numberKinds(), s.Field(field).Type.Kind); isNumber && len(names) > 0 || !isNumber && len(numbers) > 0 {
				return errors.New("a value of one_of is not of the field's type: put texts in quotes, and numbers not")
			}
			set := make(map[string]bool, len(names))
			for _, n := range names {
				set[n] = true
			}
			r.Columns = func(ctx context.Context, rec *pipeline.Records, f *pipeline.Finder) error {
				return eachChunk(ctx, rec, field, f, func(c *cells) { c.oneOf(set, numbers) })
			}
			return nil
		},
	}
}

func (c *cells) oneOf(names map[string]bool, numbers []float64) {
	other := func(i int, what string) {
		c.broke(i, "", func() string { return what + " is none of those" + nearest(what, names) })
	}
	if a, ok := c.array.(*array.Boolean); ok {
		c.values()
		for i := range a.Len() {
			if s := fmt.Sprint(a.Value(i)); c.has(i) && !names[s] {
				other(i, s)
			}
		}
		return
	}
	if _, ok := c.array.(texts); ok {
		c.eachText(func(i int, s string) {
			if !names[s] {
				other(i, shown(s))
			}
		})
		return
	}
	c.values()
	eachNumber(c.array, func(v float64) bool { return !slices.Contains(numbers, v) }, func(i int) {
		if c.has(i) {
			other(i, spell(numberAt(c.array, i)))
		}
	})
}

// nearest names the value that is the same but for case and blanks.
func nearest(what string, names map[string]bool) string {
	plain := func(s string) string { return strings.ToLower(strings.Join(strings.Fields(strings.Trim(s, `"`)), " ")) }
	for n := range names {
		if plain(n) == plain(what) {
			return "; there is " + shown(n)
		}
	}
	return ""
}
