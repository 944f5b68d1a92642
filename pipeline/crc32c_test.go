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

// TestCombineLong: joining is associative, also over pieces that nobody has the
// memory to sum.
func TestCombineLong(t *testing.T) {
	t.Parallel()
	c := NewCombiner()
	const a, b, d = 0x12345678, 0x9abcdef0, 0x0f1e2d3c
	for shift := range 62 {
		lenB, lenD := int64(1)<<shift+5, int64(3)<<shift/2
		left := c.Combine(c.Combine(a, b, lenB), d, lenD)
		right := c.Combine(a, c.Combine(b, d, lenD), lenB+lenD)
		if left != right {
			t.Errorf("over %d and %d bytes: %08x and %08x", lenB, lenD, left, right)
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
