package validate

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// damage changes a copy of an image; it returns nil where the image is too
// small for it, or comes out as it was.
type damage struct {
	name string
	make func(rng *rand.Rand, data []byte) []byte
	// must holds the formats in which every single one is found.
	must []string
}

func damages() []damage {
	const j, p, g, w = pipeline.FormatJPEG, pipeline.FormatPNG, pipeline.FormatGIF, pipeline.FormatWebP
	all := []string{j, p, g, w}
	return []damage{
		{"cut anywhere", func(rng *rand.Rand, d []byte) []byte { return d[:rng.IntN(len(d)-1)+1] }, all},
		{"last 4 KiB missing", func(_ *rand.Rand, d []byte) []byte { return d[:max(0, len(d)-page)] }, all},
		{"last byte missing", func(_ *rand.Rand, d []byte) []byte { return d[:len(d)-1] }, all},
		{"tail zeroed", func(rng *rand.Rand, d []byte) []byte {
			clear(d[len(d)/4+rng.IntN(len(d)/2):])
			return d
		}, []string{j, p, g}},
		{"4 KiB hole of zeros", hole(page, page), []string{j, p, g}},
		{"512 byte hole of zeros", hole(512, 512), []string{j, p}},
		{"two 4 KiB blocks swapped", func(rng *rand.Rand, d []byte) []byte {
			n := len(d) / page
			if n < 3 {
				return nil
			}
			a := rng.IntN(n)
			b := (a + 1 + rng.IntN(n-1)) % n
			x, y := d[a*page:(a+1)*page], d[b*page:(b+1)*page]
			for i := range x {
				x[i], y[i] = y[i], x[i]
			}
			return d
		}, []string{p}},
		{"one bit flipped", func(rng *rand.Rand, d []byte) []byte {
			d[rng.IntN(len(d))] ^= 1 << rng.IntN(8)
			return d
		}, []string{p}},
		{"100 bytes appended", func(_ *rand.Rand, d []byte) []byte { return append(d, make([]byte, 100)...) }, nil},
		{"empty", func(*rand.Rand, []byte) []byte { return []byte{} }, all},
		{"HTML page", func(*rand.Rand, []byte) []byte { return []byte("<!DOCTYPE html><html>404</html>") }, all},
	}
}

// hole zeroes an aligned part of the file, as a block that was never written.
func hole(size, align int) func(*rand.Rand, []byte) []byte {
	return func(rng *rand.Rand, d []byte) []byte {
		n := (len(d) - size) / align
		if n < 2 {
			return nil
		}
		at := rng.IntN(n) * align
		clear(d[at : at+size])
		return d
	}
}

// TestMutations damages images and counts what is found; -v prints the table.
func TestMutations(t *testing.T) {
	t.Parallel()
	t.Run("generated", func(t *testing.T) {
		t.Parallel()
		mutate(t, append(generated(t), settings(t)...), 10, DepthStructure)
	})
	t.Run("generated, decoded", func(t *testing.T) {
		t.Parallel()
		mutate(t, append(generated(t), settings(t)...), 4, DepthPixels)
	})
	t.Run("corpus", func(t *testing.T) {
		t.Parallel()
		samples := corpus(t)
		if len(samples) == 0 {
			t.Skip("NOT TESTED ON REAL IMAGES: ../shared/corpus/images is not beside the repository")
		}
		mutate(t, samples, 60, DepthStructure)
	})
}

func mutate(t *testing.T, samples []sample, rounds int, depth Depth) {
	c := NewChecker(Options{Limits: DefaultLimits(), Depth: depth})
	rng := rand.New(rand.NewPCG(7, 11))
	var table strings.Builder
	fmt.Fprintf(&table, "%-26s %14s %14s %14s %14s\n", "damage: found of made", "jpeg", "png", "gif", "webp")
	for _, d := range damages() {
		fmt.Fprintf(&table, "%-26s", d.name)
		for _, format := range []string{pipeline.FormatJPEG, pipeline.FormatPNG, pipeline.FormatGIF, pipeline.FormatWebP} {
			found, made := 0, 0
			for _, s := range samples {
				if s.format != format || strings.HasPrefix(s.name, "flat") {
					continue
				}
				for range rounds {
					data := d.make(rng, bytes.Clone(s.data))
					if data == nil || bytes.Equal(data, s.data) {
						continue
					}
					made++
					if _, fault := c.CheckImage(data); fault != nil {
						found++
					} else if slices.Contains(d.must, format) {
						t.Errorf("%s %s: %s is not found", format, s.name, d.name)
					}
				}
			}
			fmt.Fprintf(&table, " %14s", fmt.Sprintf("%d/%d", found, made))
		}
		table.WriteByte('\n')
	}
	t.Log("\n" + table.String())
}
