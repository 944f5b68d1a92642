package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageIntact is found by the Checker, by structure.
func ImageIntact() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleIntact, Of: pipeline.UnitImages,
			Means:  "half of the picture is grey or noise, and most decoders do not say so: the model learns it",
			Advice: "fetch the file again from where it is whole",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"cut.png\"}"}},
	}
}
