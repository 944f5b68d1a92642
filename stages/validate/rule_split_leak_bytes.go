package validate

import (
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// SplitLeakBytes looks for images whose bytes two splits have, whatever their files
// are called.
func SplitLeakBytes() Kind {
	return Kind{
		About: pipeline.About{
			ID: "split.leak.bytes", Of: pipeline.UnitImages,
			Means:  "the model is tested on images that it was trained on, under other names: the test says more than is true",
			Advice: "leave the records out of one of the splits, or part by `split: {ratio: ..., group: ...}` so that none is in two",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: func(d Data) bool { return hasImages(d) && d.Splits > 1 },
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{`{"win": "a.png"}`, `{"win": "b.png"}`},
			Bad:    []string{`{"win": "a.png"}`, `{"win": "copy-of-a.png"}`},
		},
		Make: func(_ *Params, _ *schema.Schema, r *pipeline.Rule) error {
			r.Contents = func() pipeline.Contents { return newContents(leakedBytes) }
			return nil
		},
	}
}

func leakedBytes(splits []*pipeline.Records, f []*pipeline.Finder, refs []pipeline.ImageRef) {
	leaked(splits, f, refs, func(other pipeline.ImageRef) string {
		_, row, item, _ := imageOf(splits, other)
		return leakedTo("the same image", splits[other.Split()].Split, row) + ": " +
			pipeline.Printable(splits[other.Split()].Images[other.Field()].File(row, item))
	})
}
