package validate

import (
	"errors"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageSize looks for images whose width or height is below min_side.
func ImageSize() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.size", Of: pipeline.UnitImages,
			Means:  "an image of a few pixels is blown up to a blur in every batch",
			Advice: "fetch it in its full size, or leave such records out by `on_error: skip`",
		},
		Severity: pipeline.SeverityWarn, Keys: []string{"min_side"},
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Rules:  "{image.size: {min_side: 32}}",
			Good:   []string{`{"win": "a.png"}`},
			Bad:    []string{`{"win": "tiny.png"}`},
		},
		Make: func(p *Params, _ *schema.Schema, r *pipeline.Rule) error {
			if p.MinSide < 1 {
				return errors.New("it needs the least side in pixels: {min_side: 256}")
			}
			cause := "below " + count(p.MinSide) + " pixels"
			r.Image = func(_ []byte, h pipeline.Head, _ []byte) *pipeline.Fault {
				if int64(min(h.Width, h.Height)) >= p.MinSide {
					return nil
				}
				return &pipeline.Fault{Cause: cause, Detail: sides(h) + ", the least side is " + count(p.MinSide)}
			}
			return nil
		},
	}
}

// sides spells an image's size for people.
func sides(h pipeline.Head) string { return count(h.Width) + " x " + count(h.Height) + " pixels" }
