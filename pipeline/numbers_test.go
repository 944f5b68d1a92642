package pipeline

import (
	"math"
	"math/rand/v2"
	"testing"
)

// TestNumbers: what is set by block or by row is what At returns, whatever the
// numbers' width, and beside it nothing changes.
func TestNumbers(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	spans := []uint64{1, 2, 256, 257, 1 << 16, 1 << 24, 1<<32 + 1, 1 << 40, 1 << 48, 1 << 56, 1 << 63, math.MaxUint64}
	for _, rows := range []int64{1, 2, blockRows - 1, blockRows, blockRows + 1, 3*blockRows + 5} {
		for _, span := range spans {
			want := make([]int64, rows)
			for i := range want {
				want[i] = NoImage
			}
			n := makeNumbers(rows, NoImage)
			same := func(when string) {
				t.Helper()
				for row, v := range want {
					if got := n.At(int64(row)); got != v {
						t.Fatalf("%d rows, span %d, %s: row %d is %d, want %d", rows, span, when, row, got, v)
					}
				}
			}
			same("new")
			value := func() int64 {
				if r.IntN(10) == 0 {
					return NoImage
				}
				return int64(r.Uint64N(span))
			}
			for range 20 {
				row := r.Int64N(rows)
				want[row] = value()
				n.Set(row, want[row])
			}
			same("some set")
			for lo := int64(0); lo < rows; lo += blockRows {
				block := want[lo:min(lo+blockRows, rows)]
				for i := range block {
					block[i] = value()
				}
				n.setBlock(lo, block)
			}
			same("all set")
			var b NumbersBuilder
			for _, v := range want {
				b.Append(v)
			}
			n = b.Numbers()
			same("appended")
			want[rows-1], want[0] = math.MinInt64, math.MaxInt64
			n.Set(rows-1, math.MinInt64)
			n.Set(0, math.MaxInt64)
			same("far apart")
		}
	}
}

func BenchmarkNumbersAt(b *testing.B) {
	const rows = 1 << 20
	n := makeNumbers(rows, 0)
	for row := int64(0); row < rows; row += blockRows {
		var block [blockRows]int64
		for i := range block {
			block[i] = 60_000 + (row+int64(i))*7919%50_000
		}
		n.setBlock(row, block[:])
	}
	sum, row := int64(0), int64(0)
	for b.Loop() {
		sum += n.At(row)
		row = (row + 1) % rows
	}
	_ = sum
}
