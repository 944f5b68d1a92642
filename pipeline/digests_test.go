package pipeline

import (
	"math/rand/v2"
	"slices"
	"testing"
)

// TestSortBucket: buckets are in order, whatever stands in them.
func TestSortBucket(t *testing.T) {
	t.Parallel()
	var s bucketSorter
	rng := rand.New(rand.NewPCG(2, 3))
	for _, n := range []int{0, 1, 2, 500, 8191, 8192, 100_000} {
		for _, different := range []uint64{1, 3, 1 << 10, 1 << 62} {
			bucket := make([]digest, n)
			for i := range bucket {
				k := rng.Uint64N(different)
				bucket[i] = digest{7<<56 | k*0x9e3779b97f4a7c15>>8, k % 5, ImageRef(rng.Uint64N(1000))}
			}
			want := slices.SortedFunc(slices.Values(bucket), compareDigests)
			if s.sort(bucket); !slices.Equal(bucket, want) {
				t.Errorf("%d digests, of %d sorts", n, different)
			}
		}
	}
}
