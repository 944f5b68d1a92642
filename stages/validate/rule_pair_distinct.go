package validate

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// PairDistinct looks for records two of whose images are the same, byte for byte: a
// and b where the config names them, else any two.
func PairDistinct() Kind {
	return Kind{
		About: pipeline.About{
			ID: "pair.distinct", Of: pipeline.UnitRecords,
			Means:  "a pair of one image with itself has the loss ln 2 and no gradient: it trains nothing, silently",
			Advice: "look where the two files come from; leave such records out by `rules: {pair.distinct: {a: ..., b: ..., on_error: skip}}`",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: func(d Data) bool { return len(d.Schema.Images()) > 1 || hasLists(d) }, Keys: []string{"a", "b"},
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}, lose: {type: image, file: "{lose}"}}`,
			Rules:  "{pair.distinct: {a: win, b: lose}}",
			Good:   []string{`{"win": "a.png", "lose": "b.png"}`},
			Bad:    []string{`{"win": "a.png", "lose": "copy-of-a.png"}`},
		},
		Make: func(p *Params, s *schema.Schema, r *pipeline.Rule) error {
			if p.A == "" && p.B == "" {
				if len(s.Images()) > 1 || len(s.Images()) == 1 && s.Field(s.Images()[0]).Type.ImageList() {
					r.Sample = func(ctx context.Context, i *pipeline.SampleImages) (*pipeline.Fault, bool, error) {
						return anyTwo(ctx, s, i)
					}
				}
				return nil
			}
			a, err := imageField(s, p.A)
			if err != nil {
				return err
			}
			b, err := imageField(s, p.B)
			if err != nil {
				return err
			}
			if a == b {
				return errors.New("a and b are one field")
			}
			r.Field = p.A + ", " + p.B
			r.Sample = func(ctx context.Context, i *pipeline.SampleImages) (*pipeline.Fault, bool, error) {
				if !i.Has(a, 0) || !i.Has(b, 0) {
					return nil, false, nil
				}
				same, err := i.Same(ctx, a, 0, b, 0)
				if !same || err != nil {
					return nil, true, err
				}
				return &pipeline.Fault{Detail: p.A + " and " + p.B + " are the same image, byte for byte"}, true, nil
			}
			return nil
		},
	}
}

// place is one of a record's images, and what tells it from others.
type place struct {
	field, item int
	sum         uint32
	size        int64
}

// anyTwo finds the first two images of a record that are the same.
func anyTwo(ctx context.Context, s *schema.Schema, i *pipeline.SampleImages) (*pipeline.Fault, bool, error) {
	var room [8]place
	all := room[:0]
	for _, f := range s.Images() {
		for item := range i.Count(f) {
			if sum, size, ok := i.Sum(f, item); ok {
				all = append(all, place{f, item, sum, size})
			}
		}
	}
	if len(all) < 2 {
		return nil, false, nil
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.size, b.size), cmp.Compare(a.sum, b.sum), cmp.Compare(a.field, b.field), cmp.Compare(a.item, b.item))
	})
	for k := 1; k < len(all); k++ {
		a, b := all[k-1], all[k]
		if a.size != b.size || a.sum != b.sum {
			continue
		}
		same, err := i.Same(ctx, a.field, a.item, b.field, b.item)
		if err != nil {
			return nil, true, err
		}
		if same {
			names := s.Field(a.field).Name + ", " + s.Field(b.field).Name
			return &pipeline.Fault{
				Cause:  names,
				Detail: "two of its images are the same, byte for byte: " + names,
			}, true, nil
		}
	}
	return nil, true, nil
}
