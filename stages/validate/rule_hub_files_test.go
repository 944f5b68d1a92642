package validate

import (
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// TestHubFaults: what the Hub takes is no fault, one file or byte more is.
func TestHubFaults(t *testing.T) {
	t.Parallel()
	shards := func(n int, size int64) []pipeline.PlanShard {
		all := make([]pipeline.PlanShard, n)
		for i := range all {
			all[i] = pipeline.PlanShard{Rows: 1, Bounds: map[string]int64{"parquet": size, "arrow": size}}
		}
		return all
	}
	for name, c := range map[string]struct {
		format string
		shards []pipeline.PlanShard
		want   string
	}{
		"fits":          {"parquet", shards(hubFolder, hubFileSize), ""},
		"many files":    {"parquet", shards(hubFolder+1, 1), "parquet: 10,001 files in one folder, which holds 10,000"},
		"large file":    {"parquet", shards(1, hubFileSize+1), "parquet: 1 files are larger than 200 GB"},
		"many of Arrow": {"arrow", shards(hubFolder+1, 1), "arrow: split train has 10,001 files, a folder holds 10,000"},
	} {
		p := &pipeline.Plan{Formats: []string{c.format}, Splits: []pipeline.PlanSplit{{Name: "train", Shards: c.shards}}}
		files, faults := hubFaults(p, c.format)
		if got := strings.Join(faults, "; "); got != c.want || files != len(c.shards) {
			t.Errorf("%s: %d files, %q, want %q", name, files, got, c.want)
		}
	}
}
