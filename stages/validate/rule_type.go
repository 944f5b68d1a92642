package validate

import "github.com/pickshard/pickshard/pipeline"

// Type is found by who reads the values; whole columns of another type are the config's fault.
func Type() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleType, Of: pipeline.UnitValues, Essential: true,
			Means:        "the value is not what code that reads the field expects: a text in place of a number is an exception in the first batch",
			Advice:       "correct the values, or write the type that the column has (`pickshard inspect` spells it), or `cast: true`",
			ConfigAdvice: "the field is likely of another type than the config says: `pickshard inspect` spells the types of the columns",
		},
		Always: true, Applies: func(d Data) bool { return len(d.Schema.Images()) < d.Schema.Len() },
		Example: Example{Fields: "{score: {type: float64}}", Good: []string{`{"score": 0.5}`}, Bad: []string{`{"score": "high"}` + "\n" + `{"score": 0.5}`}},
	}
}
