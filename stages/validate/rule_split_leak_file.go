package validate

import (
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
				r.Files = func(splits []*pipeline.Records, f []*pipeline.Finder) pipeline.FileJudge {
					return leakJudge{splits, f}
				}
			}
			return nil
		},
	}
}

// leakJudge looks for files that are images of two splits.
type leakJudge struct {
	splits []*pipeline.Records
	f      []*pipeline.Finder
}

func (j leakJudge) Named(split, _ int, n int64) {
	if len(j.splits) > 1 {
		j.f[split].Checked(n)
	}
}

func (j leakJudge) Same(refs []pipeline.ImageRef) {
	leaked(j.splits, j.f, refs, func(other pipeline.ImageRef) string {
		_, row, _, _ := imageOf(j.splits, other)
		return leakedTo("the same file", j.splits[other.Split()].Split, row)
	})
}

// leaked takes images down that are one, in two splits or more; detail says where
// another of them is.
func leaked(splits []*pipeline.Records, f []*pipeline.Finder, refs []pipeline.ImageRef, detail func(other pipeline.ImageRef) string) {
	first, last := refs[0], refs[len(refs)-1]
	if first.Split() == last.Split() {
		return
	}
	for _, r := range refs {
		other := first
		if other.Split() == r.Split() {
			other = last
		}
		rec, row, item, field := imageOf(splits, r)
		if f[r.Split()].Broke(row, field, "also in "+splits[other.Split()].Split) {
			f[r.Split()].Tell(pipeline.Violation{Row: row, Field: field, File: rec.Images[r.Field()].File(row, item), Detail: detail(other)})
		}
	}
}

// leakedTo says what another split has too.
func leakedTo(what, split string, row int64) string {
	return what + " is in split " + split + " too, row " + count(row)
}
