package validate

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageMode looks for images of a mode that is none of one_of; without it, of one that code
// which expects RGB stumbles over. Modes are named as Pillow names them.
func ImageMode() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.mode", Of: pipeline.UnitImages,
			Means:  "four channels or 16 bits where code expects three of 8: a tensor of another shape, or colours that are wrong",
			Advice: "convert the images to RGB, or have the training code do so (`image.convert(\"RGB\")`)",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasImages, Keys: []string{"one_of"},
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{`{"win": "a.png"}`},
			Bad:    []string{`{"win": "deep.png"}`},
		},
		Make: func(p *Params, _ *schema.Schema, r *pipeline.Rule) error {
			var modes []string
			for _, v := range p.OneOf {
				m, ok := v.(string)
				if !ok || !slices.Contains(knownModes, m) {
					return fmt.Errorf("%v is not a mode of images; known are %s", v, strings.Join(knownModes, ", "))
				}
				modes = append(modes, m)
			}
			r.Image = func(data []byte, h pipeline.Head, _ []byte) *pipeline.Fault {
				m := modeOf(data, h)
				if len(modes) == 0 && !slices.Contains(oddModes, m) || len(modes) > 0 && slices.Contains(modes, m) {
					return nil
				}
				return &pipeline.Fault{Cause: m, Detail: "its mode is " + m}
			}
			return nil
		},
	}
}
