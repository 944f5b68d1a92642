package pipeline

import "math/bits"

// shuffle orders rows by a seeded Fisher-Yates shuffle. The generator is
// SplitMix64 (Steele, Lea, Flood 2014) and the bounded draw is Lemire's
// multiply-shift with rejection, both written out here so that a seed gives the
// same order with every release of Go.
func shuffle(rows []int64, seed uint64) {
	state := seed
	next := func() uint64 {
		state += 0x9e3779b97f4a7c15
		z := state
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		return z ^ z>>31
	}
	for i := len(rows) - 1; i > 0; i-- {
		n := uint64(i) + 1
		hi, lo := bits.Mul64(next(), n)
		for lo < n && lo < -n%n {
			hi, lo = bits.Mul64(next(), n)
		}
		rows[i], rows[hi] = rows[hi], rows[i]
	}
}
