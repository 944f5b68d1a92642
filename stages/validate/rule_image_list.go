package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageList is found by who binds lists of images.
func ImageList() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleList, Of: pipeline.UnitRecords, Essential: true,
			Means:  "one record would take the memory of thousands",
			Advice: "raise `limits: {list_images: ...}` if it is right",
		},
		Always: true, Applies: hasLists,
		Example: Example{},
	}
}
