package pipeline

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
)

// memFile is an io.WriterAt over a slice.
type memFile struct{ data []byte }

func (m *memFile) WriteAt(p []byte, off int64) (int, error) {
	if need := int(off) + len(p); need > len(m.data) {
		m.data = append(m.data, make([]byte, need-len(m.data))...)
	}
	return copy(m.data[off:], p), nil
}

func TestCanvasSumInAnyOrder(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	want := make([]byte, 100_000)
	for i := range want {
		want[i] = byte(rng.Uint32())
	}
	var cuts []int
	for at := 0; at < len(want); at += 1 + rng.IntN(25) { // enough that pieces are joined on the way
		cuts = append(cuts, at)
	}
	cuts = append(cuts, len(want))
	order := rng.Perm(len(cuts) - 1)
	m := &memFile{}
	c := NewCanvas(m, NewCombiner())
	for k, i := range order {
		from, to := cuts[i], cuts[i+1]
		if k%2 == 0 || to-from < 13 {
			if _, err := c.WriteAt(want[from:to], int64(from)); err != nil {
				t.Fatal(err)
			}
			continue
		}
		// As an image with 7 bytes in front and 5 behind.
		size := to - from - 12
		img := NewImage(make([]byte, RoomBefore+size+RoomAfter), size)
		copy(img.Before(7), want[from:])
		copy(img.Bytes(), want[from+7:])
		copy(img.After(5), want[to-5:to])
		img.CRC = CRC32C(img.Bytes())
		if err := c.WriteImage(img, 7, 5, int64(from)); err != nil {
			t.Fatal(err)
		}
	}
	sum, err := c.Sum(int64(len(want)))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(m.data, want) || sum != CRC32C(want) {
		t.Errorf("sum is %08x, want %08x", sum, CRC32C(want))
	}
}

func TestCanvasRefusesWhatDoesNotTile(t *testing.T) {
	t.Parallel()
	for name, pieces := range map[string][][2]int64{
		"gap":       {{0, 10}, {11, 5}},
		"overlap":   {{0, 10}, {9, 7}},
		"twice":     {{0, 10}, {0, 10}, {10, 6}},
		"short":     {{0, 10}},
		"too long":  {{0, 20}},
		"no start":  {{1, 15}},
		"no pieces": {},
	} {
		c := NewCanvas(&memFile{}, NewCombiner())
		for _, p := range pieces {
			if _, err := c.WriteAt(make([]byte, p[1]), p[0]); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := c.Sum(16); err == nil || !strings.Contains(err.Error(), "layout fault") {
			t.Errorf("%s: Sum says %v, want a layout fault", name, err)
		}
	}
}
