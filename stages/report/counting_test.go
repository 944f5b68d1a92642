package report

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func numbers(seed uint64, n int) []float64 {
	r := rand.New(rand.NewPCG(seed, 1))
	all := make([]float64, n)
	for i := range all {
		switch seed % 4 {
		case 0:
			all[i] = r.NormFloat64()
		case 1:
			all[i] = float64(r.IntN(1_000_000)) / 10
		case 2:
			all[i] = math.Exp(r.NormFloat64() * 20)
		default:
			all[i] = float64(r.IntN(7)) - 3
		}
	}
	return all
}

func histogramOf(all []float64) *histogram {
	h := &histogram{}
	for _, x := range all {
		h.add(x)
	}
	return h
}

// What a histogram tells does not depend on the order of the numbers, nor on how they
// were parted.
func TestHistogramOfParts(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		all := numbers(seed, 5000)
		whole := histogramOf(all)
		merged := histogramOf(all[:7])
		merged.merge(histogramOf(all[7:3000]))
		merged.merge(histogramOf(nil))
		merged.merge(histogramOf(all[3000:]))
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(all), func(i, k int) { all[i], all[k] = all[k], all[i] })
		for name, other := range map[string]*histogram{"merged": merged, "shuffled": histogramOf(all)} {
			if other.exp != whole.exp || other.count != whole.count || other.below != whole.below || other.zero != whole.zero || !cmp.Equal(other.bins, whole.bins) {
				t.Errorf("seed %d, %s: bins of 10^%d, want 10^%d; %s", seed, name, other.exp, whole.exp, cmp.Diff(whole.bins, other.bins))
			}
		}
	}
}

// Every number is in the bin of the chart that its edges say.
func TestScale(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		all := numbers(seed, 3000)
		h := histogramOf(all)
		s, ok := scaleOf([]*histogram{h}, false)
		if !ok || s.bins < 1 || s.bins > mostBins {
			t.Fatalf("seed %d: %d bins", seed, s.bins)
		}
		want := make([]int64, s.bins)
		for _, x := range all {
			for b := range s.bins {
				if b == s.bins-1 || x < s.edge(b+1) {
					want[b]++
					break
				}
			}
		}
		got, off := s.count(h), int64(0)
		for b := range want {
			off += max(want[b]-got[b], got[b]-want[b])
		}
		if off > 6 { // numbers that a float64 cannot tell from an edge
			t.Errorf("seed %d: %d of %d numbers are in another bin: %v, want %v", seed, off, len(all), got, want)
		}
		if s.edge(0) > h.low || s.edge(s.bins) < h.high {
			t.Errorf("seed %d: edges %g to %g, numbers %g to %g", seed, s.edge(0), s.edge(s.bins), h.low, h.high)
		}
	}
}

func TestScaleOfFewNumbers(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		numbers []float64
		whole   bool
		edges   string
	}{
		{[]float64{0}, false, "0 0.001"},
		{[]float64{5}, true, "5 6"},
		{[]float64{0, 1, 2, 2}, true, "0 1 2 3"},
		{[]float64{-1, 1}, false, "-1 -0.95 -0.9 -0.85"},
		{[]float64{0.1, 0.3}, false, "0.1 0.105 0.11 0.115"},
		{[]float64{1e300, -1e300}, false, "-1.05e+300 -1e+300 -9.5e+299"},
		{[]float64{5e-320}, false, "0"},
	} {
		s, ok := scaleOf([]*histogram{histogramOf(c.numbers)}, c.whole)
		var text strings.Builder
		for b := range min(s.bins+1, 4) {
			text.WriteString(fmt.Sprintf(" %.4g", s.edge(b)))
		}
		if !ok || len(text.String()) < len(c.edges)+1 || text.String()[1:len(c.edges)+1] != c.edges {
			t.Errorf("%v: edges%s, want %s", c.numbers, text.String(), c.edges)
		}
	}
	if _, ok := scaleOf([]*histogram{histogramOf([]float64{math.NaN(), math.Inf(1)})}, false); ok {
		t.Error("numbers that are not finite have a scale")
	}
}

func TestQuantile(t *testing.T) {
	t.Parallel()
	var all []float64
	for i := range 10001 {
		all = append(all, float64(i)/10000)
	}
	h := histogramOf(all)
	for _, q := range []float64{0.01, 0.5, 0.99, 1} {
		if got := h.quantile(q); math.Abs(got-q) > 0.011 {
			t.Errorf("quantile %g is %g", q, got)
		}
	}
	if got := histogramOf([]float64{0.25, 0.5, 4}).quantile(0.5); got != 0.5 {
		t.Errorf("the median of three numbers is %g", got)
	}
}

// A sketch tells the same whatever the order and the parting; exactly while there are
// few values, and nearly when there are many.
func TestSketch(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1000, 200_000} {
		whole, a, b := newSketch(2), newSketch(2), newSketch(2)
		add := func(value, slot, part int) {
			h := hashText(0, fmt.Sprint(value))
			whole.add(h, slot, 1)
			[]*sketch{a, b}[part].add(h, slot, 1)
		}
		for i := range n {
			add(i, 0, i%2)
			if i%4 == 0 {
				add(i, 0, 1) // again
			}
			if i%10 == 0 {
				add(i, 1, 0) // in the other slot too
			}
		}
		b.merge(a)
		if !cmp.Equal(b.counts, whole.counts) || b.shift != whole.shift {
			t.Errorf("%d values: parts of them tell something else", n)
		}
		_, repeated, again := whole.repeats(0)
		near := func(what string, got int64, want int) {
			if off := math.Abs(float64(got)/float64(want) - 1); whole.exact() && off != 0 || off > 0.05 {
				t.Errorf("%d values, exact %t: %s %d, want %d", n, whole.exact(), what, got, want)
			}
		}
		near("repeated", repeated, n/4)
		near("occurrences", again, n/2)
		near("in both", whole.both(0, 1), n/10)
		if len(whole.counts) > mostDistinct {
			t.Errorf("%d values are kept", len(whole.counts))
		}
	}
}

func TestShown(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\x00b\x1b[31m": "a␀b␛[31m", "line\n\ttab": "line\n\ttab", "\u202eevil": "⟨U+202E⟩evil", "👩\u200d🎨": "👩\u200d🎨",
		"\xff": "⟨U+FFFD⟩", "\u2028": "⟨U+2028⟩", "": "", "abcdef": "abcde… (6 characters in all)", "\ufeff": "⟨U+FEFF⟩", "\x7f": "␡",
	} {
		most := 500
		if in == "abcdef" {
			most = 5
		}
		if got := shown(in, most); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestNumbersForPeople(t *testing.T) {
	t.Parallel()
	for in, want := range map[float64]string{
		0: "0", 1: "1", -1: "−1", 1234567: "1,234,567", 0.5: "0.5", -0.125: "−0.125", 0.123456: "0.1235", 98304.5: "98,305", 1e-9: "1e-09", 12.5: "12.5",
	} {
		if got := short(in); got != want {
			t.Errorf("%g: %s, want %s", in, got, want)
		}
	}
	for in, want := range map[int64]string{1: "1 byte", 999: "999 bytes", 1000: "1 kB", 67474: "67.5 kB", 1_500_000: "1.5 MB", 999_999: "1 MB", 3_380_000_000: "3.38 GB"} {
		if got := size(in); got != want {
			t.Errorf("%d: %s, want %s", in, got, want)
		}
	}
}
