package report

import "math/bits"

// A sketch counts how often values occur in each of some slots (splits, or ways round),
// by their hashes. Beyond mostDistinct it keeps the values alone whose hashes end in a
// number of zero bits, all of their occurrences: what it tells is then an estimate, and
// the same whatever the order or the parting of the values.
type sketch struct {
	slots  int
	shift  int // hashes that are kept end in so many zero bits
	counts map[uint64][]uint32
}

const mostDistinct = 1 << 15

func newSketch(slots int) *sketch { return &sketch{slots: slots, counts: make(map[uint64][]uint32)} }

func (s *sketch) add(hash uint64, slot int, n uint32) {
	if bits.TrailingZeros64(hash) < s.shift {
		return
	}
	c := s.counts[hash]
	if c == nil {
		c = make([]uint32, s.slots)
		s.counts[hash] = c
	}
	c[slot] += n
	for len(s.counts) > mostDistinct {
		s.keepFewer(s.shift + 1)
	}
}

func (s *sketch) keepFewer(shift int) {
	s.shift = shift
	for h := range s.counts {
		if bits.TrailingZeros64(h) < shift {
			delete(s.counts, h)
		}
	}
}

func (s *sketch) merge(o *sketch) {
	if o.shift > s.shift {
		s.keepFewer(o.shift)
	}
	for h, c := range o.counts {
		for slot, n := range c {
			if n > 0 {
				s.add(h, slot, n)
			}
		}
	}
}

// exact says whether nothing was left out.
func (s *sketch) exact() bool { return s.shift == 0 }

// distinct is how many values there are in a slot, repeated how many of them occur there
// more than once, and again how many occurrences those have.
func (s *sketch) repeats(slot int) (distinct, repeated, again int64) {
	for _, c := range s.counts {
		if c[slot] > 0 {
			distinct++
		}
		if c[slot] > 1 {
			repeated++
			again += int64(c[slot])
		}
	}
	return distinct << s.shift, repeated << s.shift, again << s.shift
}

// both is how many values occur in both slots.
func (s *sketch) both(a, b int) int64 {
	n := int64(0)
	for _, c := range s.counts {
		if c[a] > 0 && c[b] > 0 {
			n++
		}
	}
	return n << s.shift
}

// hashText is FNV-1a with its bits mixed, as sketches and samples need them.
func hashText(seed uint64, text string) uint64 {
	h := uint64(14695981039346656037) ^ seed
	for i := range len(text) {
		h ^= uint64(text[i])
		h *= 1099511628211
	}
	return mix(h)
}

// mix is the finalizer of splitmix64.
func mix(x uint64) uint64 {
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	return x ^ x>>31
}
