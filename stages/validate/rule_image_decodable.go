package validate

import "github.com/pickshard/pickshard/pipeline"

// ImageDecodable is found by the Checker, by structure; with `decode: all` by decoding.
func ImageDecodable() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleDecodable, Of: pipeline.UnitImages,
			Means:  "intact, but Pillow, which `datasets` and most loaders use, refuses it",
			Advice: "write the image again as an ordinary PNG or JPEG",
		},
		Always: true, Applies: hasImages,
		Example: Example{Fields: "{win: {type: image, file: \"{win}\"}}", Good: []string{"{\"win\": \"a.png\"}"}, Bad: []string{"{\"win\": \"deep.jpg\"}"}},
	}
}
