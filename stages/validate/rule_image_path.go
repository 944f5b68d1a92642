package validate

import "github.com/pickshard/pickshard/pipeline"

// ImagePath is found by the source, by name.
func ImagePath() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RulePath, Of: pipeline.UnitImages, Essential: true,
			Means:        "the name leads out of INPUT or to nothing that is a file: nobody else could open it",
			Advice:       "correct the name, or say how names are to be understood: `paths: {strip: ..., roots: [...]}`",
			ConfigAdvice: "the names were likely written on another machine: `paths: {strip: ..., separators: windows, roots: [...]}` says how they are to be understood",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"../a.png\"}"}},
	}
}
