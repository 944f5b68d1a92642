package validate

import (
	"errors"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageAspect looks for images whose longer side is more than max times the shorter.
func ImageAspect() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.aspect", Of: pipeline.UnitImages,
			Means:  "a banner or a strip: cropped to a square, hardly anything of it is left",
			Advice: "leave such records out by `on_error: skip`, or crop the images to what they show",
		},
		Severity: pipeline.SeverityWarn, Keys: []string{"max"},
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Rules:  "{image.aspect: {max: 4}}",
			Good:   []string{`{"win": "a.png"}`},
			Bad:    []string{`{"win": "strip.png"}`},
		},
		Make: func(p *Params, _ *schema.Schema, r *pipeline.Rule) error {
			if p.Max == nil || *p.Max < 1 {
				return errors.New("it needs the largest ratio of the longer side to the shorter: {max: 4}")
			}
			most := *p.Max
			r.Image = func(_ []byte, h pipeline.Head, _ []byte) *pipeline.Fault {
				if float64(max(h.Width, h.Height)) <= most*float64(min(h.Width, h.Height)) {
					return nil
				}
				return &pipeline.Fault{Detail: sides(h) + ", the ratio is at most " + spell(most)}
			}
			return nil
		},
	}
}
