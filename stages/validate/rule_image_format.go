package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageFormat is found by the Checker, by first bytes.
func ImageFormat() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleFormat, Of: pipeline.UnitImages, Essential: true,
			Means:        "what is there is not an image that loaders open: a web page, a pointer file, another format",
			Advice:       "fetch what was meant (the detail says what it is instead), or admit the format by `formats:`",
			ConfigAdvice: "the files are likely of a format that has to be admitted (`formats:`), pointers that were never resolved (git lfs pull), or pages that a server sent in place of images",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"page.png\"}"}},
	}
}
