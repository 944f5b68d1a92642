package pipeline

import (
	"testing"

	"github.com/zeebo/xxh3"
)

// BenchmarkDigests finds equal ones among 30 million; a script measures its memory.
func BenchmarkDigests(b *testing.B) {
	const n = 30_000_000
	for range b.N {
		d := &Digests{Folder: b.TempDir()}
		for i := range uint64(n) {
			key := i
			if i%100 == 99 { // a hundredth is there twice
				key--
			}
			h := xxh3.Hash128(append(make([]byte, 0, 8), byte(key), byte(key>>8), byte(key>>16), byte(key>>24)))
			if err := d.Add(h.Hi, h.Lo, ImageRef(i)); err != nil {
				b.Fatal(err)
			}
		}
		groups := 0
		if err := d.Groups(2, func([]ImageRef) { groups++ }); err != nil {
			b.Fatal(err)
		}
		if groups != n/100 {
			b.Errorf("%d groups", groups)
		}
		if err := d.Close(); err != nil {
			b.Fatal(err)
		}
	}
}
