package parquet

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/klauspost/compress/s2"
)

func checkSnappy(t *testing.T, src []byte) {
	t.Helper()
	var e snappyEncoder
	packed := e.append(nil, src)
	if n := int64(len(packed) - len(src)); n > snappySlack(int64(len(src))) {
		t.Fatalf("%d bytes become %d longer", len(src), n)
	}
	got, err := s2.Decode(nil, packed)
	if err != nil || !bytes.Equal(got, src) {
		t.Fatalf("%d bytes do not come back: %v", len(src), err)
	}
	if again := e.append(nil, src); !bytes.Equal(packed, again) {
		t.Fatal("the encoder remembers what it saw before")
	}
}

func TestSnappy(t *testing.T) {
	r := rand.New(rand.NewPCG(13, 13))
	for _, n := range []int{0, 1, 15, 16, 17, 60, 61, 62, 256, 257, 1000, snappyBlock - 1, snappyBlock, snappyBlock + 1, 3*snappyBlock + 5} {
		checkSnappy(t, randomBytes(r, n))
		checkSnappy(t, make([]byte, n))
		checkSnappy(t, []byte(strings.Repeat("abcdefg", n)))
		checkSnappy(t, []byte(randomText(r, n)))
		sparse := randomBytes(r, n) // short matches between long literals
		for i := 0; i+80 < n; i += 64 + r.IntN(9) {
			copy(sparse[i:], "abcd")
		}
		checkSnappy(t, sparse)
	}
}

func FuzzSnappy(f *testing.F) {
	f.Add([]byte("a cat, a cat, a cat"), 3)
	f.Fuzz(func(t *testing.T, p []byte, times int) {
		checkSnappy(t, bytes.Repeat(p, 1+times&1023%(1+1<<16/(1+len(p)))))
	})
}

func BenchmarkSnappy(b *testing.B) {
	d := pickHighRows(b, 2000, 10)
	var text []byte
	for _, v := range d.values[1] {
		text = append(text, v.(string)...)
	}
	var e snappyEncoder
	var dst []byte
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		dst = e.append(dst[:0], text)
	}
	b.ReportMetric(float64(len(text))/float64(len(dst)), "ratio")
}
