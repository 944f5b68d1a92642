package parquet

import (
	"encoding/binary"
	"math/bits"
)

// hybrid gives the values of the RLE and bit-packing hybrid (Encodings.md, RLE = 3)
// one by one: a run may claim any length.
type hybrid struct {
	b     []byte
	width int
	run   uint64 // values left of a run of one value
	value uint32
	group uint64 // values left of a run of packed values
	bits  int    // of b, that the packed values have taken
}

// next returns the next value; ok is false at the end of the bytes.
func (h *hybrid) next() (v uint32, ok bool) {
	for {
		switch {
		case h.run > 0:
			h.run--
			return h.value, true
		case h.group > 0:
			h.group--
			return h.packed()
		case h.width == 0: // all values are 0, whatever there is
			return 0, true
		case !h.open():
			return 0, false
		}
	}
}

// packed is the next of packed values.
func (h *hybrid) packed() (uint32, bool) {
	at := h.bits >> 3
	var word uint64
	if at+8 <= len(h.b) {
		word = binary.LittleEndian.Uint64(h.b[at:])
	} else {
		for i := at; i < len(h.b) && i < at+8; i++ {
			word |= uint64(h.b[i]) << (8 * (i - at))
		}
	}
	if h.bits+h.width > 8*len(h.b) {
		return 0, false
	}
	v := word >> (h.bits & 7) & (1<<h.width - 1)
	if h.bits += h.width; h.group == 0 { // groups are of 8, so they end with a byte
		h.b = h.b[min(len(h.b), (h.bits+7)>>3):]
		h.bits = 0
	}
	return uint32(v), true
}

// open reads the header of the next run.
func (h *hybrid) open() bool {
	head, n := binary.Uvarint(h.b)
	if n <= 0 {
		return false
	}
	h.b = h.b[n:]
	if head&1 == 1 {
		h.group, h.bits = head>>1*8, 0
		return head>>1 < 1<<40
	}
	size := (h.width + 7) / 8
	if len(h.b) < size {
		return false
	}
	h.value = 0
	for i := range size {
		h.value |= uint32(h.b[i]) << (8 * i)
	}
	h.b = h.b[size:]
	h.run = head >> 1
	return true
}

// widthOf is how many bits the values up to most take.
func widthOf(most int) int { return bits.Len(uint(most)) }
