package validate

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"strings"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"
	"golang.org/x/text/unicode/norm"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// SplitLeakText looks for texts of a field that two splits have: compared without
// case, outer blanks and runs of blanks, composed as Unicode's NFC; one that is nothing
// but blanks is none. Where the config names no field it looks at those that are called
// a prompt: a label is in every split, and may be.
func SplitLeakText() Kind {
	return Kind{
		About: pipeline.About{
			ID: "split.leak.text", Of: pipeline.UnitValues,
			Means:  "the model is tested on prompts that it was trained on: the test says more than is true",
			Advice: "leave the records out of one of the splits, or part by `split: {ratio: ..., group: ...}` so that no text is in two",
		},
		Severity: pipeline.SeverityWarn, Always: true, Keys: []string{"by"},
		Applies: func(d Data) bool { return d.Splits > 1 && len(prompts(d.Schema)) > 0 },
		Example: Example{
			Fields: "{prompt: {type: string}}",
			Good:   []string{`{"prompt": "a cat"}`, `{"prompt": "a dog"}`},
			Bad:    []string{`{"prompt": "a cat"}`, `{"prompt": " A  cat"}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			fields := prompts(s)
			if p.By != "" {
				field, err := column(s, p.By, textKinds()...)
				if err != nil {
					return err
				}
				r.Field, fields = p.By, []int{field}
			}
			if len(fields) == 0 {
				return errors.New("no field is called a prompt; name the one that is: {by: my_field}")
			}
			r.Dataset = func(ctx context.Context, splits []*pipeline.Records, f []*pipeline.Finder) error {
				for _, field := range fields {
					if err := leakedTexts(ctx, splits, f, field); err != nil {
						return err
					}
				}
				return nil
			}
			return nil
		},
	}
}

// prompts are the fields of texts that are called a prompt: prompt, easy_prompt, Prompt_2
// or userPrompt, not prompt_id or negative_prompt. Captions, questions and labels of two
// pictures may be the same by nature.
func prompts(s *schema.Schema) []int {
	var fields []int
	for f := range s.Len() {
		if s.Field(f).Type.Kind == schema.String && promptName.MatchString(s.Field(f).Name) && !negativeName.MatchString(s.Field(f).Name) {
			fields = append(fields, f)
		}
	}
	return fields
}

var (
	promptName   = regexp.MustCompile(`(^|[^A-Za-z])(?i:prompts?([_ ]?text)?)[_ ]?[0-9]*$|[a-z]Prompt(Text)?[0-9]*$`)
	negativeName = regexp.MustCompile(`(?i)^neg(ative)?([^a-z]|prompt)`)
)

func leakedTexts(ctx context.Context, splits []*pipeline.Records, f []*pipeline.Finder, field int) (err error) {
	if len(splits) < 2 {
		return nil
	}
	d := &pipeline.Digests{}
	defer func() { err = errors.Join(err, d.Close()) }()
	var plain []byte
	for s, r := range splits {
		n := int64(0)
		for _, row := range r.Chosen().All() {
			if row%65536 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			c := r.Cell(field, row)
			if c.Array.IsNull(c.Row) {
				continue
			}
			n++
			if plain = appendPlain(plain[:0], c.Array.(*array.String).Value(c.Row)); len(plain) == 0 {
				continue // rule text.blank tells
			}
			h := xxh3.Hash128(plain)
			if err := d.Add(h.Hi, h.Lo, pipeline.MakeImageRef(s, 0, row)); err != nil {
				return err
			}
		}
		f[s].Checked(n)
	}
	return d.Groups(2, func(refs []pipeline.ImageRef) {
		if refs[0].Split() == refs[len(refs)-1].Split() {
			return
		}
		for _, r := range refs {
			other := refs[0]
			if other.Split() == r.Split() {
				other = refs[len(refs)-1]
			}
			name := splits[0].Schema.Field(field).Name
			if f[r.Split()].Broke(r.Place(), name, "also in "+splits[other.Split()].Split) {
				c := splits[r.Split()].Cell(field, r.Place())
				f[r.Split()].Tell(pipeline.Violation{
					Row: r.Place(), Field: name,
					Detail: leakedTo("the text", splits[other.Split()].Split, other.Place()) + ": " + shown(c.Array.(*array.String).Value(c.Row)),
				})
			}
		}
	})
}

// appendPlain appends a text as it is compared with others.
func appendPlain(dst []byte, s string) []byte {
	ascii, blank := true, true // blank: a run of blanks goes on
	for i := 0; i < len(s) && ascii; i++ {
		ascii = s[i] < 0x80
	}
	if !ascii {
		s = strings.Join(strings.FieldsFunc(strings.ToLower(norm.NFC.String(s)), unicode.IsSpace), " ")
		return append(dst, s...)
	}
	for i := range len(s) {
		b := s[i]
		if b == ' ' || b >= '\t' && b <= '\r' {
			if !blank {
				dst = append(dst, ' ')
			}
			blank = true
			continue
		}
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		dst, blank = append(dst, b), false
	}
	return bytes.TrimSuffix(dst, []byte(" "))
}
