package main

import (
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

func TestHubWarnings(t *testing.T) {
	shard := pipeline.PlanShard{Rows: 1, Bounds: map[string]int64{"parquet": 1e9}}
	many := make([]pipeline.PlanShard, hubFolderFiles+1)
	for i := range many {
		many[i] = shard
	}
	large := pipeline.PlanShard{Rows: 1, Bounds: map[string]int64{"parquet": hubFileBytes + 1}}
	for name, c := range map[string]struct {
		shards []pipeline.PlanShard
		group  int64
		want   string
	}{
		"fits":       {[]pipeline.PlanShard{shard}, 1e8, ""},
		"many files": {many, 1e8, "in a folder"},
		"large file": {[]pipeline.PlanShard{large}, 1e8, "smaller --shard-size"},
		"row groups": {[]pipeline.PlanShard{shard}, 4e8, "output.row_group.bytes"},
	} {
		p := &pipeline.Plan{Formats: []string{"parquet"}, Splits: []pipeline.PlanSplit{{Name: "train", Shards: c.shards}}}
		got := strings.Join(hubWarnings(p, c.group), "\n")
		if (c.want == "") != (got == "") || !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q in it", name, got, c.want)
		}
	}
}
