package validate

import (
	"encoding/binary"
	"iter"
)

// huffman is a table of codes for reading (T.81 annex C, and section F.2.2.3).
type huffman struct {
	ok    bool
	fast  [1 << fastBits]uint16 // by the next bits: length <<8 | symbol, 0 for none
	most  [17]int32             // by length: the largest code, -1 for none
	first [17]int32             // by length: symbols[code - first] is its symbol
	syms  [256]byte
	made  definition
}

// definition is what a table was made of: how many codes there are of each length,
// and their symbols, with zeros behind them.
type definition [16 + 256]byte

const fastBits = 9

// huffmanCode is a code of a table.
type huffmanCode struct {
	code, length int
	symbol       byte
}

// codes are the codes of at most so many bits.
func (h *huffman) codes(bits int) iter.Seq[huffmanCode] {
	return func(yield func(huffmanCode) bool) {
		code, k := 0, 0
		for length := 1; length <= bits; length++ {
			for range h.made[length-1] {
				if !yield(huffmanCode{code, length, h.syms[k]}) {
					return
				}
				code++
				k++
			}
			code <<= 1
		}
	}
}

// define builds a table from its definition: how many codes there are of each
// length, and their symbols. checkHuffman has looked at the numbers.
func (h *huffman) define(counts, symbols []byte) {
	var made definition
	copy(made[:], counts)
	copy(made[len(counts):], symbols)
	if h.made == made {
		h.ok = true
		return
	}
	*h = huffman{ok: true, made: made}
	copy(h.syms[:], symbols)
	code, k := int32(0), int32(0)
	for length := 1; length <= 16; length++ {
		n := int32(counts[length-1])
		h.first[length], h.most[length] = code-k, -1
		for range n {
			if length <= fastBits {
				e := uint16(length)<<8 | uint16(h.syms[k])
				from := int(code) << (fastBits - length)
				block := h.fast[from : from+1<<(fastBits-length)]
				for i := range block {
					block[i] = e
				}
			}
			h.most[length] = code
			code++
			k++
		}
		code <<= 1
	}
}

// symbol reads the code that the bits of x begin with, from the highest down;
// length is 0 for one that the table has not.
func (h *huffman) symbol(x uint64) (s byte, length int) {
	if e := h.fast[x>>(64-fastBits)]; e != 0 {
		return byte(e), int(e >> 8)
	}
	for length := fastBits + 1; length <= 16; length++ {
		if code := int32(x >> (64 - length)); code <= h.most[length] {
			return h.syms[(code-h.first[length])&255], length
		}
	}
	return 0, 0
}

// bitstream is the entropy-coded data of one interval, without the stuffed bytes,
// and a margin of zeros behind it that a block can be read from.
type bitstream struct {
	buf []byte
	end int // bits of the data
	pos int // bits that were read
}

// Margins are the zeros behind an interval, in bytes: more than any block takes, 64
// codes of 16 bits and as many more; and more than any code takes.
const (
	blockMargin = 64*32/8 + 8
	codeMargin  = 16
)

// peek returns the bits of a buffer from pos on, at least 57 of them, the first
// the highest.
func peek(buf []byte, pos int) uint64 {
	return binary.BigEndian.Uint64(buf[uint(pos)>>3:]) << (uint(pos) & 7)
}

func (b *bitstream) peek(pos int) uint64 { return peek(b.buf, pos) }

// unused returns how many whole bytes were not asked for, and whether all of
// them are zero.
func (b *bitstream) unused() (n int, zero bool) {
	n = max(0, b.end-b.pos) / 8
	end := b.end / 8
	return n, allZero(b.buf[end-n : end])
}
