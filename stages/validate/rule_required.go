package validate

import "github.com/pickshard/pickshard/pipeline"

// Required looks for cells that are empty although their field must have a value, as
// CheckRecords tells them to who has loaded the records.
func Required() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleRequired, Of: pipeline.UnitValues, Essential: true,
			Means:        "a value that the training code counts on is not there: a batch with a hole in it",
			Advice:       "fill the value in, or write `nullable: true` (or a `default:`) for the field",
			ConfigAdvice: "the column is likely another one, or the field is meant to be `nullable: true`",
		},
		Always: true, Applies: hasRequired,
		Example: Example{
			Fields: "{prompt: {type: string}}",
			Good:   []string{`{"prompt": "a cat"}`},
			Bad:    []string{`{"prompt": null}` + "\n" + `{"prompt": "a cat"}`},
		},
	}
}
