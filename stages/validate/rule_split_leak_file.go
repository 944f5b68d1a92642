package validate

import (
	"context"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// SplitLeakFile looks for files that records of two splits name.
func SplitLeakFile() Kind {
	return Kind{
		About: pipeline.About{
			ID: "split.leak.file", Of: pipeline.UnitImages,
			Means:  "the model is tested on what it was trained on: the test says more than is true",
			Advice: "leave the records out of one of the splits, or part by `split: {ratio: ..., group: ...}` so that none is in two",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: func(d Data) bool { return hasImages(d) && d.Splits > 1 },
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{`{"win": "a.png"}`, `{"win": "b.png"}`},
			Bad:    []string{`{"win": "a.png"}`, `{"win": "a.png"}`},
		},
		Make: func(_ *Params, s *schema.Schema, r *pipeline.Rule) error {
			if len(s.Images()) > 0 {
				r.Dataset = leakedFiles
			}
			return nil
		},
	}
}

func leakedFiles(ctx context.Context, splits []*pipeline.Records, f []*pipeline.Finder) error {
	if len(splits) < 2 {
		return nil
	}
	return named(ctx, splits, func(split, _ int, n int64) { f[split].Checked(n) }, func(refs []ref) {
		leaked(splits, f, refs, func(other ref) string {
			_, row, _, _ := imageOf(splits, other)
			return leakedTo("the same file", splits[other.split()].Split, row)
		})
	})
}

// leaked takes images down that are one, in two splits or more; detail says where
// another of them is.
func leaked(splits []*pipeline.Records, f []*pipeline.Finder, refs []ref, detail func(other ref) string) {
	first, last := refs[0], refs[len(refs)-1]
	if first.split() == last.split() {
		return
	}
	for _, r := range refs {
		other := first
		if other.split() == r.split() {
			other = last
		}
		rec, row, item, field := imageOf(splits, r)
		if f[r.split()].Broke(row, field, "also in "+splits[other.split()].Split) {
			f[r.split()].Tell(pipeline.Violation{Row: row, Field: field, File: rec.Images[r.field()].File(row, item), Detail: detail(other)})
		}
	}
}

// leakedTo says what another split has too.
func leakedTo(what, split string, row int64) string {
	return what + " is in split " + split + " too, row " + count(row)
}
