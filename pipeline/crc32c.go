package pipeline

import "hash/crc32"

// Digests are CRC-32C (Castagnoli): hardware computes it at memory speed, and
// the sums of pieces combine into the sum of the whole, so a file that is
// written in any order has its digest without being read again. Object stores
// speak the same sum. An image's sum is computed once for all formats.

// CRC32C returns the CRC-32C of p.
func CRC32C(p []byte) uint32 { return UpdateCRC32C(0, p) }

// UpdateCRC32C adds p to a running sum.
func UpdateCRC32C(sum uint32, p []byte) uint32 { return crc32.Update(sum, castagnoli, p) }

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Combiner joins sums of adjacent pieces. Make one with NewCombiner; it is
// immutable.
type Combiner struct {
	// power[d][b] = x^(8·b·256^d) mod the polynomial, reflected: how b·256^d
	// bytes that follow move a sum. A length is up to eight factors.
	power [8][256]uint32
}

// NewCombiner computes the tables of powers.
func NewCombiner() *Combiner {
	c := &Combiner{}
	unit := uint32(1) << (31 - 8) // x^8: one byte
	for d := range c.power {
		c.power[d][0] = 1 << 31 // x^0
		for b := 1; b < 256; b++ {
			c.power[d][b] = mulCRC(c.power[d][b-1], unit)
		}
		unit = mulCRC(c.power[d][255], unit)
	}
	return c
}

// Combine returns the sum of A‖B from the sums of A and B and B's length.
func (c *Combiner) Combine(a, b uint32, lenB int64) uint32 {
	for d := 0; lenB > 0; d++ {
		if digit := lenB & 255; digit != 0 {
			a = mulCRC(a, c.power[d][digit])
		}
		lenB >>= 8
	}
	return a ^ b
}

// mulCRC multiplies two polynomials modulo the reflected Castagnoli polynomial
// (zlib's crc32_combine works alike).
func mulCRC(a, b uint32) uint32 {
	var p uint32
	for range 32 {
		p ^= b & -(a >> 31)
		a <<= 1
		b = b>>1 ^ crc32.Castagnoli&-(b&1)
	}
	return p
}
