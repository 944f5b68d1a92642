package compare

import (
	"math/rand/v2"
	"testing"
)

// TestMovedIsTheFewest compares with all ways to leave records where they are.
func TestMovedIsTheFewest(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	for range 500 {
		n := r.IntN(9)
		blocks := make([]block, n)
		for fresh, old := range r.Perm(n) {
			blocks[fresh] = block{old: int64(old), fresh: int64(fresh), rows: 1 + r.Int64N(4)}
		}
		total, stays := int64(0), int64(0)
		for _, b := range blocks {
			total += b.rows
		}
		for set := range 1 << n {
			rows, last, ordered := int64(0), int64(-1), true
			for i, b := range blocks {
				if set&(1<<i) != 0 {
					ordered, last, rows = ordered && b.old > last, b.old, rows+b.rows
				}
			}
			if ordered {
				stays = max(stays, rows)
			}
		}
		if got := moved(blocks); got != total-stays {
			t.Fatalf("%v: %d moved, want %d", blocks, got, total-stays)
		}
	}
}
