package report

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestViewKeepsTheSameHeads: whichever order images come in.
func TestViewKeepsTheSameHeads(t *testing.T) {
	t.Parallel()
	order := make([]int64, 5000)
	for i := range order {
		order[i] = int64(i)
	}
	var first map[viewPlace][2]int
	for seed := range uint64(5) {
		v := NewView()
		v.most = 100
		rand.New(rand.NewPCG(1, seed)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		for _, place := range order {
			v.View(0, 1, place, []byte("no image"))
		}
		if n := len(v.heads); n > 100 || n < 25 {
			t.Errorf("%d heads are kept, of at most 100", n)
		}
		if first == nil {
			first = v.heads
		} else if !maps.Equal(first, v.heads) {
			t.Errorf("other heads: %v", slices.Collect(maps.Keys(v.heads)))
		}
		if s := v.imageStats(func(int) string { return "f" }); len(s) != 1 || s[0].Count != 5000 || s[0].Format != "no image" {
			t.Errorf("%+v", s)
		}
	}
}
