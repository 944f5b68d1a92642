package validate

import (
	"errors"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageRepeated looks for images whose bytes a split has very often, whatever their
// files are called: what image.fan-out looks for by name.
func ImageRepeated() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.repeated", Of: pipeline.UnitImages,
			Means:  "one picture in a hundred places: a placeholder (\"image not available\", a censored frame) under many names",
			Advice: "open the image: if it is a placeholder, leave such records out; if it may repeat, raise `max` (a share from 0 to 1)",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasImages, Keys: []string{"max"},
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{repeat(`{"win": "a.png"}`, 9)},
			Bad:    []string{repeat(`{"win": "a.png"}`, 6) + "\n" + repeat(`{"win": "copy-of-a.png"}`, 6)},
		},
		Make: func(p *Params, _ *schema.Schema, r *pipeline.Rule) error {
			most := fanOut
			if p.Max != nil {
				most = *p.Max
			}
			if most < 0 || most > 1 {
				return errors.New("max is not a share from 0 to 1")
			}
			r.Contents = func() pipeline.Contents {
				var c *contents
				c = newContents(func(splits []*pipeline.Records, f []*pipeline.Finder, refs []pipeline.ImageRef) {
					eachSplit(refs, func(refs []pipeline.ImageRef) {
						split := refs[0].Split()
						if n := len(refs); n > fanOutLeast && float64(n) > most*float64(c.counts[split]) {
							fanned(splits, f[split], refs, c.counts[split])
						}
					})
				})
				return c
			}
			return nil
		},
	}
}

// eachSplit parts refs, which are ascending, by their split.
func eachSplit(refs []pipeline.ImageRef, each func(refs []pipeline.ImageRef)) {
	for i := 0; i < len(refs); {
		j := i + 1
		for j < len(refs) && refs[j].Split() == refs[i].Split() {
			j++
		}
		each(refs[i:j])
		i = j
	}
}
