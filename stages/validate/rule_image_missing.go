package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageMissing is found by the source, by name, and by who reads an image that is gone by then.
func ImageMissing() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleMissing, Of: pipeline.UnitImages, Essential: true,
			Means:        "the loader of the training run dies at this record, or skips it without a word",
			Advice:       "put the file there, or correct `file:` in the config if most are missing",
			ConfigAdvice: "`file:` in the config likely leads to the wrong folder: compare one of the names with what lies in INPUT",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"missing.png\"}"}},
	}
}
