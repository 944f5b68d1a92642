package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageEnd is found by the Checker, by structure.
func ImageEnd() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleEnd, Of: pipeline.UnitImages,
			Means:  "all of the picture is there, only the end mark is not: decoders open it, strict ones complain",
			Advice: "write the image again, or `rules: {image.end: warn}` if your loaders take it",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"endless.png\"}"}},
	}
}
