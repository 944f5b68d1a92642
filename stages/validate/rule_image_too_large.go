package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageTooLarge is found by the source and formats, by size.
func ImageTooLarge() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleTooLarge, Of: pipeline.UnitImages, Essential: true,
			Means:        "one image would take the memory of a whole batch",
			Advice:       "raise `limits: {image_bytes: ...}` if it is right, or scale the image down",
			ConfigAdvice: "`limits: {image_bytes: ...}` is likely too small for this dataset",
		},
		Always: true, Applies: hasImages,
		Example: Example{},
	}
}
