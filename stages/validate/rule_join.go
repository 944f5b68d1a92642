package validate

import "github.com/pickshard/pickshard/pipeline"

// Join is found by who joins side tables.
func Join() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleJoin, Of: pipeline.UnitRecords, Essential: true,
			Means:        "the record lacks what the side table should tell of it",
			Advice:       "add the key to the side table, or write `missing: \"null\"` or `missing: drop` under `join:`",
			ConfigAdvice: "the key columns of the join likely do not belong together: check `on:`",
		},
		Always: true, Applies: func(d Data) bool { return d.Sides },
		Example: Example{},
	}
}
