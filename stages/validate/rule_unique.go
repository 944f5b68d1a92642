package validate

import (
	"context"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Unique looks for keys that an earlier record has already. Keys that are numbered
// are distinct by construction: then nothing is checked.
func Unique() Kind {
	return Kind{
		About: pipeline.About{
			ID: pipeline.RuleUnique, Of: pipeline.UnitRecords, Essential: true,
			Means:  "two samples of one key: WebDataset takes their files for one sample and loses one of them",
			Advice: "make the key field unique, or leave `output: {key: ...}` out to number the records",
		},
		Always: true, Applies: func(d Data) bool { return d.Key },
		Make: func(_ *Params, _ *schema.Schema, r *pipeline.Rule) error {
			r.Dataset = uniqueKeys
			return nil
		},
	}
}

func uniqueKeys(_ context.Context, splits []*pipeline.Records, f []*pipeline.Finder) error {
	var keys []Keys
	at := make(map[string]int)
	field := ""
	for i, r := range splits {
		if r.KeyField < 0 {
			return nil
		}
		field = r.Schema.Field(r.KeyField).Name
		keys = append(keys, Keys{Split: r.Split, Rows: r.Rows, All: r.Keys})
		at[r.Split] = i
		f[i].Checked(int64(r.Chosen().Len()))
	}
	eachDuplicate(keys, func(d Duplicate) {
		if find := f[at[d.Second.Split]]; find.Broke(d.Second.Row, field, "") {
			find.Tell(pipeline.Violation{
				Row: d.Second.Row, Field: field,
				Detail: fmt.Sprintf("key %q is that of %s row %d too", d.Key, d.First.Split, d.First.Row),
			})
		}
	})
	return nil
}
