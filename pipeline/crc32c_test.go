package pipeline

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestCombine(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	c := NewCombiner()
	for _, size := range []int{0, 1, 7, 255, 256, 257, 65535, 65536, 70001, 1 << 20, 17<<20 + 3} {
		a, b := make([]byte, 100+size%13), make([]byte, size)
		for _, p := range [][]byte{a, b} {
			for i := range p {
				p[i] = byte(rng.Uint32())
			}
		}
		want := CRC32C(bytes.Join([][]byte{a, b}, nil))
		if got := c.Combine(CRC32C(a), CRC32C(b), int64(size)); got != want {
			t.Errorf("Combine over %d bytes = %08x, want %08x", size, got, want)
		}
	}
}

func BenchmarkCRC32C(b *testing.B) {
	data := make([]byte, 1<<20)
	b.ReportAllocs()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		CRC32C(data)
	}
}

func BenchmarkCombine(b *testing.B) {
	c := NewCombiner()
	var s uint32
	for b.Loop() {
		s = c.Combine(s, 12345, 1_234_567)
	}
}
