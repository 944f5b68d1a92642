package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageEmpty is found by the source, by size.
func ImageEmpty() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleEmpty, Of: pipeline.UnitImages, Essential: true,
			Means:        "a download or a copy that never began: nothing can be decoded",
			Advice:       "fetch the file again",
			ConfigAdvice: "the copy or download likely never ran to its end: make it again",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"empty.png\"}"}},
	}
}
