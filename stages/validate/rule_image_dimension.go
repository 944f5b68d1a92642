package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageDimension is found by the Checker, by head.
func ImageDimension() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleDimension, Of: pipeline.UnitImages, Essential: true,
			Means:  "Pillow refuses images of so many pixels as bombs; one without pixels cannot be a tensor",
			Advice: "scale it down, or raise `limits: {image_side: ..., image_pixels: ...}`",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"flat.png\"}"}},
	}
}
