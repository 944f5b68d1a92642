package validate

import (
	"math/rand/v2"
	"testing"
)

// TestNextMarker compares nextMarker with a search byte by byte, at every
// alignment and length around the width of a vector.
func TestNextMarker(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(3, 4))
	for range 100_000 {
		data := make([]byte, rnd.IntN(80))
		for i := range data {
			data[i] = []byte{0, 0, 1, 0xff}[rnd.IntN(4)]
		}
		data = data[rnd.IntN(len(data)+1):]
		want := -1
		for i := 0; i+1 < len(data) && want < 0; i++ {
			if data[i] == 0xff && data[i+1] != 0 {
				want = i
			}
		}
		if got := nextMarker(data); got != want {
			t.Fatalf("nextMarker(% x) = %d, want %d", data, got, want)
		}
		if plain := nextMarkerPlain(data); plain != want {
			t.Fatalf("nextMarkerPlain(% x) = %d, want %d", data, plain, want)
		}
	}
}

// BenchmarkNextMarker searches the scans of JPEGs of 60 KB, stuffed as such are, one
// after the other: of one alone the processor would learn where it is stuffed.
func BenchmarkNextMarker(b *testing.B) {
	rnd := rand.New(rand.NewPCG(5, 6))
	scans := make([][]byte, 100)
	for i := range scans {
		for len(scans[i]) < 60<<10 {
			c := byte(rnd.IntN(256))
			if scans[i] = append(scans[i], c); c == 0xff {
				scans[i] = append(scans[i], 0)
			}
		}
	}
	for name, f := range map[string]func([]byte) int{"vector": nextMarker, "plain": nextMarkerPlain} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(60 << 10)
			for i := 0; b.Loop(); i++ {
				f(scans[i%len(scans)])
			}
		})
	}
}
