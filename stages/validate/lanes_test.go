package validate

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// long returns JPEGs whose intervals are parted into lanes, and such as have many.
func long(t testing.TB) []sample {
	t.Helper()
	return append(settings(t),
		sample{"long.jpg", pipeline.FormatJPEG, encode(t, pipeline.FormatJPEG, picture(640, 480, 3, 40), 92)},
		sample{"smooth.jpg", pipeline.FormatJPEG, encode(t, pipeline.FormatJPEG, picture(1200, 900, 4, 3), 80)})
}

// compareWalks compares the walk in lanes with that code by code.
func compareWalks(t *testing.T, w *walker, name string, data []byte) outcome {
	t.Helper()
	if checkJPEG(data, DepthStructure, new(walkers)) != nil {
		return cannotTell
	}
	fast, plain := w.walk(data, false), w.walk(data, true)
	if fast != plain && !strings.Contains(plain.detail, unnatural) {
		t.Errorf("%s: %+v in lanes, %+v code by code", name, fast, plain)
	}
	return plain.outcome
}

// TestLanes: what lanes say is what the walk code by code says, also of what is
// damaged.
func TestLanes(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 7))
	w := new(walker)
	outcomes := map[outcome]int{}
	for _, s := range long(t) {
		if s.format != pipeline.FormatJPEG {
			continue
		}
		if got := compareWalks(t, w, s.name, s.data); got != comesEven {
			t.Errorf("%s: %v", s.name, got)
		}
		scan := bytes.Index(s.data, []byte("\xff\xda")) + 14
		for range 60 {
			data := bytes.Clone(s.data)
			at := scan + rng.IntN(len(data)-scan-2)
			switch rng.IntN(3) {
			case 0:
				data[at] ^= 1 << rng.IntN(8)
			case 1:
				data = append(data[:at], data[min(at+rng.IntN(50), len(data)-2):]...)
			case 2:
				copy(data[at:len(data)-2], s.data[scan:])
			}
			outcomes[compareWalks(t, w, s.name, data)]++
		}
	}
	if outcomes[comesEven] < 100 || outcomes[comesUneven] < 100 {
		t.Errorf("%v: too few of a kind", outcomes)
	}
}

// FuzzLanes: the same of any bytes whose markers are in order.
func FuzzLanes(f *testing.F) {
	for _, s := range long(f) {
		if s.format == pipeline.FormatJPEG && len(s.data) < 20_000 {
			f.Add(s.data)
		}
	}
	w := new(walker)
	f.Fuzz(func(t *testing.T, data []byte) {
		if sniff(data) == pipeline.FormatJPEG {
			compareWalks(t, w, "fuzz", data)
		}
	})
}

// TestLaneSteps: lanes get to the same places with assembly and without.
func TestLaneSteps(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(8, 9))
	w := new(walker)
	for _, s := range long(t) {
		if s.format != pipeline.FormatJPEG {
			continue
		}
		if got := w.walk(s.data, false); got.outcome != comesEven {
			t.Fatalf("%s: %+v", s.name, got)
		}
		// The tables of its last scan, on any bytes.
		if w.lanes.n == 0 {
			t.Fatalf("%s: no lanes", s.name)
		}
		data := make([]byte, 4096+codeMargin)
		for i := range data {
			data[i] = byte(rng.Uint32())
		}
		var a [lanes]lane
		for i := range a {
			a[i] = lane{pos: uint(i) * 8192, end: uint(i+1) * 8192, state: w.lanes.first}
		}
		b := a
		for range 200 {
			x, y := w.lanes.run(data, &a), w.lanes.runPlain(data, &b)
			if x != y || a != b {
				t.Fatalf("%s: %d %+v\n%d %+v", s.name, x, a, y, b)
			}
			if x < 0 {
				break
			}
			for _, l := range []*lane{&a[x], &b[x]} { // over what is not known
				l.pos, l.k, l.state = l.pos+1, 0, w.lanes.first
			}
		}
	}
}
