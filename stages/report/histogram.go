package report

import (
	"maps"
	"math"
	"slices"
)

// A histogram counts numbers in bins of a power of ten, as fine as mostFine bins allow:
// when there are more, ten and ten become one. So its memory is bounded, its range need
// not be known before, and what it ends with depends on the numbers alone, not on their
// order.
type histogram struct {
	exp  int // bins are 10^exp wide
	bins map[int64]int64

	count, below, zero int64 // of all finite numbers, those < 0, those = 0
	other              int64 // NaN and infinite
	low, high          float64
	sum, lost          float64 // lost is what rounding took off the sum (Neumaier)
}

const (
	mostFine = 1024
	// A bin's number has at most this many digits, so that it is exact in a float64.
	mostDigits = 13
	leastExp   = -300
)

// add counts a number.
func (h *histogram) add(x float64) {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		h.other++
		return
	}
	if h.count == 0 {
		h.low, h.high = x, x
		h.bins, h.exp = make(map[int64]int64), leastExp
	}
	h.count++
	h.low, h.high = min(h.low, x), max(h.high, x)
	h.addSum(x)
	switch {
	case x < 0:
		h.below++
	case x == 0:
		h.zero++
	}
	for h.exp < digits(x)-mostDigits {
		h.coarsen(digits(x) - mostDigits - h.exp)
	}
	h.bins[binOf(x, h.exp)]++
	for len(h.bins) > mostFine {
		h.coarsen(1)
	}
}

// digits is how many digits a number has before the point, roughly.
func digits(x float64) int {
	if x == 0 {
		return leastExp
	}
	return int(math.Ceil(math.Log10(math.Abs(x))))
}

// binOf is the bin of a number among those 10^exp wide. Powers of ten up to 22 are
// exact, so decimals such as 0.3 stay on the right side of an edge.
func binOf(x float64, exp int) int64 {
	if exp < 0 {
		return int64(math.Floor(x * math.Pow10(-exp)))
	}
	return int64(math.Floor(x / math.Pow10(exp)))
}

// coarsen makes bins 10^by as wide.
func (h *histogram) coarsen(by int) {
	wider := make(map[int64]int64, len(h.bins))
	for bin, n := range h.bins {
		for range min(by, mostDigits+6) {
			bin = floorDiv(bin, 10)
		}
		wider[bin] += n
	}
	h.bins, h.exp = wider, h.exp+by
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// merge adds what another histogram has counted.
func (h *histogram) merge(o *histogram) {
	h.other += o.other
	if o.count == 0 {
		return
	}
	if h.count == 0 {
		other := h.other
		*h = *o
		h.bins, h.other = maps.Clone(o.bins), other
		return
	}
	h.count, h.below, h.zero = h.count+o.count, h.below+o.below, h.zero+o.zero
	h.addSum(o.sum)
	h.addSum(o.lost)
	h.low, h.high = min(h.low, o.low), max(h.high, o.high)
	finer := histogram{exp: o.exp, bins: o.bins}
	if finer.exp < h.exp {
		finer.coarsen(h.exp - finer.exp)
	} else if h.exp < finer.exp {
		h.coarsen(finer.exp - h.exp)
	}
	for bin, n := range finer.bins {
		h.bins[bin] += n
	}
	for len(h.bins) > mostFine {
		h.coarsen(1)
	}
}

func (h *histogram) addSum(x float64) {
	sum := h.sum + x
	if math.Abs(h.sum) >= math.Abs(x) {
		h.lost += (h.sum - sum) + x
	} else {
		h.lost += (x - sum) + h.sum
	}
	h.sum = sum
}

func (h *histogram) mean() float64 { return (h.sum + h.lost) / float64(h.count) }

// quantile is about where a share of the numbers is reached: exact to a fine bin.
func (h *histogram) quantile(q float64) float64 {
	left := int64(math.Ceil(q * float64(h.count)))
	for _, bin := range slices.Sorted(maps.Keys(h.bins)) {
		if left -= h.bins[bin]; left <= 0 {
			at := float64(bin)
			if h.exp > digits(max(math.Abs(h.low), math.Abs(h.high)))-mostDigits {
				at += 0.5 // bins are wide: the middle of one
			}
			return min(max(scale{step: 1, exp: h.exp}.at(at), h.low), h.high)
		}
	}
	return h.high
}

// mostBins is how many bins a chart has at most.
const mostBins = 64

// A scale parts a range of numbers into equal bins whose edges are round: 1, 2 or 5
// times a power of ten apart.
type scale struct {
	step  int64 // of a bin, in 10^exp
	exp   int
	first int64 // the first bin's number: it begins at first*step*10^exp
	bins  int
}

// scaleOf is the scale that all of the histograms fit.
func scaleOf(all []*histogram, whole bool) (s scale, ok bool) {
	low, high, exp := math.Inf(1), math.Inf(-1), leastExp
	for _, h := range all {
		if h.count > 0 {
			low, high, exp, ok = min(low, h.low), max(high, h.high), max(exp, h.exp), true
		}
	}
	if !ok {
		return scale{}, false
	}
	reach := max(high-low, math.Max(math.Abs(low), math.Abs(high))*1e-9)
	switch {
	case whole:
		reach, exp = max(reach, 1), max(exp, 0)
	case reach == 0:
		reach = 1
	}
	s.exp = max(exp, digits(reach)-3)
	for {
		for _, s.step = range []int64{1, 2, 5} {
			from, to := floorDiv(binOf(low, s.exp), s.step), floorDiv(binOf(high, s.exp), s.step)
			if n := to - from + 1; n <= mostBins {
				s.first, s.bins = from, int(n)
				return s, true
			}
		}
		s.exp++
	}
}

// edge is where the i-th bin begins.
func (s scale) edge(i int) float64 { return s.at(float64((s.first + int64(i)) * s.step)) }

// at is n times 10^exp.
func (s scale) at(n float64) float64 {
	if s.exp < 0 {
		return n / math.Pow10(-s.exp)
	}
	return n * math.Pow10(s.exp)
}

// count is how many numbers of a histogram are in each bin.
func (s scale) count(h *histogram) []int64 {
	counts := make([]int64, s.bins)
	for bin, n := range h.bins {
		for range s.exp - h.exp {
			if bin == 0 || bin == -1 {
				break
			}
			bin = floorDiv(bin, 10)
		}
		counts[min(max(floorDiv(bin, s.step)-s.first, 0), int64(s.bins-1))] += n
	}
	return counts
}
