package validate

import "github.com/pickshard/pickshard/pipeline"

// TextFile is found by who reads texts that are files of their own.
func TextFile() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleTextFile, Of: pipeline.UnitRecords, Essential: true,
			Means:        "the record has no text: its file is missing, too large or not UTF-8",
			Advice:       "put the file there in UTF-8, or correct `text:` or `lines:` in the config if most are missing",
			ConfigAdvice: "`text:` or `lines:` likely leads to the wrong folder",
		},
		Always: true, Applies: func(d Data) bool { return d.Texts },
	}
}
