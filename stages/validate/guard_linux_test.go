package validate

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// guarded is room in front of a page that nobody may read, and behind one.
type guarded struct{ pages []byte }

func newGuarded(t testing.TB, room int) *guarded {
	t.Helper()
	page := os.Getpagesize()
	n := (room + page - 1) / page * page
	pages, err := syscall.Mmap(-1, 0, n+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(pages); err != nil {
			t.Error(err)
		}
	})
	for _, forbidden := range [][]byte{pages[:page], pages[page+n:]} {
		if err := syscall.Mprotect(forbidden, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	return &guarded{pages[page : page+n]}
}

// last puts data in front of the forbidden page behind, first behind the one in front.
func (g *guarded) last(data []byte) []byte {
	at := len(g.pages) - len(data)
	copy(g.pages[at:], data)
	return g.pages[at:len(g.pages):len(g.pages)]
}

func (g *guarded) first(data []byte) []byte {
	copy(g.pages, data)
	return g.pages[:len(data):len(data)]
}

// TestReadsWithin: no check reads a byte beyond an image, in front of it or behind it,
// wherever it is cut. Such a read would end the test.
func TestReadsWithin(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 4))
	c := NewChecker(Options{Limits: DefaultLimits(), Depth: DepthCodes,
		Formats: append(DefaultFormats(), pipeline.FormatAVIF, pipeline.FormatBMP, pipeline.FormatTIFF)})
	for _, s := range long(t) {
		g := newGuarded(t, len(s.data))
		cuts := []int{len(s.data)}
		for range 200 {
			cuts = append(cuts, rng.IntN(len(s.data)))
		}
		for i := range 70 {
			cuts = append(cuts, min(i, len(s.data)))
		}
		for _, n := range cuts {
			_, want := c.CheckImage(s.data[:n])
			for _, put := range []func([]byte) []byte{g.last, g.first} {
				if _, got := c.CheckImage(put(s.data[:n])); (got == nil) != (want == nil) || got != nil && *got != *want {
					t.Fatalf("%s cut after %d: %+v, elsewhere %+v", s.name, n, got, want)
				}
			}
		}
	}
}

// laneTablesOf are tables of scans of all sorts.
func laneTablesOf(t testing.TB) []*laneTables {
	t.Helper()
	var all []*laneTables
	for _, s := range long(t) {
		if s.format == pipeline.FormatJPEG {
			w := new(walker)
			w.walk(s.data, false)
			all = append(all, &w.lanes)
		}
	}
	return all
}

// FuzzLaneSteps: on any bytes, in front of a page that nobody may read, lanes get to the
// same places with assembly and without, and never beyond the margin that bitstream.add
// puts behind the data.
func FuzzLaneSteps(f *testing.F) {
	tables := laneTablesOf(f)
	rng := rand.New(rand.NewPCG(6, 6))
	for i := range 40 {
		data := make([]byte, 1<<(3+i%10)+i)
		for k := range data {
			data[k] = byte(rng.Uint32()) & byte(rng.Uint32()|uint32(i%2)*255)
		}
		f.Add(data, uint(i), uint64(i)*0x9e3779b97f4a7c15)
	}
	g := newGuarded(f, 1<<20)
	f.Fuzz(func(t *testing.T, data []byte, which uint, begins uint64) {
		const margin = codeMargin
		if len(data) == 0 || len(data) > 1<<20-margin {
			return
		}
		tab := tables[which%uint(len(tables))]
		buf := g.last(append(data[:len(data):len(data)], make([]byte, margin)...))
		end := uint(len(data)) * 8
		var a [lanes]lane
		for i := range a {
			at := uint(begins>>(16*i)&0xffff) * end >> 16
			a[i] = lane{began: at, pos: at, end: end, state: tab.first}
		}
		b := a
		for range 10_000 {
			x, y := tab.run(buf, &a), tab.runPlain(buf, &b)
			if x != y || a != b {
				t.Fatalf("%d %+v\n%d %+v", x, a, y, b)
			}
			if x < 0 {
				return
			}
			for _, l := range []*lane{&a[x], &b[x]} { // over what is not known
				l.pos, l.k, l.state = l.pos+1, 0, tab.first
			}
		}
	})
}

// FuzzNextMarker: the same of the search for markers.
func FuzzNextMarker(f *testing.F) {
	f.Add([]byte{0xff}, uint(0))
	f.Add(append(make([]byte, 70), 0xff, 0, 0xff, 0xd9), uint(1))
	f.Add([]byte{0xff, 0, 0xff, 0xff, 0, 0xff, 0xd8}, uint(33))
	g := newGuarded(f, 1<<20)
	f.Fuzz(func(t *testing.T, data []byte, pad uint) {
		data = append(make([]byte, pad%200), data...)
		if len(data) == 0 || len(data) > 1<<20 {
			return
		}
		want := nextMarkerPlain(data)
		for _, put := range []func([]byte) []byte{g.last, g.first} {
			if got := nextMarker(put(data)); got != want {
				t.Fatalf("%d, plainly %d", got, want)
			}
		}
	})
}
