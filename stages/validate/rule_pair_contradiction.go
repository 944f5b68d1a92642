package validate

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/zeebo/xxh3"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// PairContradiction looks for records that prefer a to b where another one, for the
// same prompt, prefers b to a. Images are compared by the files that they are.
func PairContradiction() Kind {
	return Kind{
		About: pipeline.About{
			ID: "pair.contradiction", Of: pipeline.UnitRecords,
			Means:  "the two records cancel each other out, and a benchmark that holds them cannot be won",
			Advice: "decide by votes, or leave both out by `on_error: skip`",
		},
		Severity: pipeline.SeverityWarn, Keys: []string{"a", "b", "by"},
		Example: Example{
			Fields: `{prompt: {type: string}, win: {type: image, file: "{win}"}, lose: {type: image, file: "{lose}"}}`,
			Rules:  "{pair.contradiction: {a: win, b: lose, by: prompt}}",
			Good:   []string{`{"prompt": "a cat", "win": "a.png", "lose": "b.png"}` + "\n" + `{"prompt": "a dog", "win": "b.png", "lose": "a.png"}`},
			Bad:    []string{`{"prompt": "a cat", "win": "a.png", "lose": "b.png"}` + "\n" + `{"prompt": "A cat", "win": "b.png", "lose": "a.png"}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			if p.A == "" || p.B == "" || p.By == "" {
				return errors.New("it needs three fields: {a: THE PREFERRED IMAGE, b: THE OTHER, by: THE PROMPT}")
			}
			c := contradiction{}
			var err error
			if c.a, err = imageField(s, p.A); err != nil {
				return err
			}
			if c.b, err = imageField(s, p.B); err != nil {
				return err
			}
			if c.by, err = column(s, p.By, textKinds()...); err != nil {
				return err
			}
			r.Field = p.A + ", " + p.B
			c.field = r.Field
			r.Dataset = c.find
			return nil
		},
	}
}

type contradiction struct {
	a, b, by int
	field    string
}

// find digests prompt and pair, whichever is preferred; the lowest bit of the number
// in a ref says which it is.
func (c contradiction) find(ctx context.Context, splits []*pipeline.Records, f []*pipeline.Finder) (err error) {
	d := &pipeline.Digests{}
	defer func() { err = errors.Join(err, d.Close()) }()
	var key, a, b []byte
	for s, r := range splits {
		n := int64(0)
		for _, row := range r.Chosen().All() {
			if row%65536 == 0 && ctx.Err() != nil {
				return context.Cause(ctx)
			}
			text := r.Cell(c.by, row)
			var okA, okB bool
			a, okA = r.Images[c.a].AppendFile(a[:0], row, 0)
			b, okB = r.Images[c.b].AppendFile(b[:0], row, 0)
			if text.Array.IsNull(text.Row) || !okA || !okB || string(a) == string(b) {
				continue
			}
			n++
			turned := 0
			first, second := a, b
			if string(a) > string(b) {
				turned, first, second = 1, b, a
			}
			key = appendPlain(key[:0], text.Array.(*array.String).Value(text.Row))
			key = binary.LittleEndian.AppendUint32(key, uint32(len(key)))
			key = append(append(append(key, first...), 0), second...)
			h := xxh3.Hash128(key)
			if err := d.Add(h.Hi, h.Lo, pipeline.MakeImageRef(s, turned, row)); err != nil {
				return err
			}
		}
		f[s].Checked(n)
	}
	return d.Groups(2, func(refs []pipeline.ImageRef) { c.contradict(splits, f, refs) })
}

func (c contradiction) contradict(splits []*pipeline.Records, f []*pipeline.Finder, refs []pipeline.ImageRef) {
	var ways [2]*pipeline.ImageRef
	for i := range refs {
		if w := &ways[refs[i].Field()]; *w == nil {
			*w = &refs[i]
		}
	}
	if ways[0] == nil || ways[1] == nil {
		return
	}
	for _, r := range refs {
		other := ways[1-r.Field()]
		if f[r.Split()].Broke(r.Place(), c.field, "") {
			rec := splits[r.Split()]
			f[r.Split()].Tell(pipeline.Violation{
				Row: r.Place(), Field: c.field,
				Detail: fmt.Sprintf("it prefers %s to %s, %s row %d the other way round", pipeline.Printable(rec.Images[c.a].File(r.Place(), 0)),
					pipeline.Printable(rec.Images[c.b].File(r.Place(), 0)), splits[other.Split()].Split, other.Place()),
			})
		}
	}
}
