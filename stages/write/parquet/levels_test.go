package parquet

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func TestHybridRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	for range 3000 {
		width := 1 + r.IntN(32)
		var values []uint32
		for len(values) < r.IntN(1000) {
			v := uint32(r.Uint64() & (1<<width - 1))
			run := 1
			if r.IntN(3) == 0 {
				run = r.IntN(200)
			}
			for range run {
				values = append(values, v)
			}
		}
		p := appendHybrid(nil, width, len(values), func(i int) uint32 { return values[i] })
		if limit := len(values)*width/8 + hybridSlack; len(p) > limit {
			t.Fatalf("%d values of %d bits take %d bytes, more than %d", len(values), width, len(p), limit)
		}
		got, err := decodeHybrid[uint32](nil, p, width, len(values))
		if err != nil || !slices.Equal(got, values) {
			t.Fatalf("width %d: %v, read %v, want %v", width, err, got, values)
		}
	}
}

func TestHybridBytes(t *testing.T) {
	for name, c := range map[string]struct {
		width  int
		values []uint32
		want   []byte
	}{
		"none":              {1, nil, nil},
		"one value":         {2, []uint32{2}, []byte{1 << 1, 2}},
		"one run":           {1, slices.Repeat([]uint32{1}, 1000), []byte{0xd0, 0x0f, 1}},
		"mixture":           {2, []uint32{0, 2, 2, 0, 2}, []byte{1<<1 | 1, 0b00101000, 0b10}},
		"packed, then run":  {1, append([]uint32{0}, slices.Repeat([]uint32{1}, 71)...), []byte{1<<1 | 1, 0xfe, 64 << 1 & 0xff, 1, 1}},
		"run of wide value": {17, slices.Repeat([]uint32{0x10203}, 3), []byte{3 << 1, 3, 2, 1}},
	} {
		got := appendHybrid(nil, c.width, len(c.values), func(i int) uint32 { return c.values[i] })
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %x, want %x", name, got, c.want)
		}
	}
}

func FuzzHybrid(f *testing.F) {
	f.Add([]byte{3, 0b00101000, 0b10}, 2, 5)
	f.Fuzz(func(t *testing.T, p []byte, width, n int) {
		if width < 1 || width > 32 || n < 0 || n > 1<<16 {
			return
		}
		if got, err := decodeHybrid[uint32](nil, p, width, n); err == nil && len(got) != n {
			t.Errorf("%d values, want %d", len(got), n)
		}
	})
}
