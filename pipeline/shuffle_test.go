package pipeline

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestShuffleIsFixed(t *testing.T) {
	t.Parallel()
	rows := func(n int64) []int64 {
		out := make([]int64, n)
		for i := range out {
			out[i] = int64(i)
		}
		return out
	}
	got := rows(10)
	shuffle(got, 7)
	// These orders are part of the output's bytes: they must never change.
	if diff := cmp.Diff([]int64{9, 5, 8, 6, 1, 2, 4, 7, 0, 3}, got); diff != "" {
		t.Errorf("seed 7 (-want +got):\n%s", diff)
	}
	many := rows(10_000)
	shuffle(many, 1)
	if fixed := countFixed(many); fixed > 10 {
		t.Errorf("%d of 10,000 rows stay in place", fixed)
	}
	slices.Sort(many)
	if !slices.Equal(many, rows(10_000)) {
		t.Error("a shuffle lost rows")
	}
}

func countFixed(rows []int64) int {
	n := 0
	for i, r := range rows {
		if int64(i) == r {
			n++
		}
	}
	return n
}
