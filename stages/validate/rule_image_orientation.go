package validate

import (
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageOrientation looks for images that Exif says to turn or to mirror.
func ImageOrientation() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.orientation", Of: pipeline.UnitImages,
			Means:  "Exif says to turn the picture: `datasets` does, most other loaders do not, and the model sees it lying on its side",
			Advice: "turn the pixels and write the images again (`ImageOps.exif_transpose`)",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasImages,
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{`{"win": "a.png"}`},
			Bad:    []string{`{"win": "turned.jpg"}`},
		},
		Make: func(p *Params, _ *schema.Schema, r *pipeline.Rule) error {
			r.Image = func(data []byte, h pipeline.Head, _ []byte) *pipeline.Fault {
				o := orientationOf(data, h)
				if o <= 1 || o > 8 {
					return nil
				}
				return &pipeline.Fault{Cause: turns[o], Detail: "Exif orientation " + count(o) + ": " + turns[o]}
			}
			return nil
		},
	}
}

// turns are the orientations of Exif, in words.
var turns = [...]string{
	2: "mirrored", 3: "upside down", 4: "mirrored and upside down", 5: "mirrored and lying on its side", 6: "lying on its side",
	7: "mirrored and lying on its side", 8: "lying on its side",
}
