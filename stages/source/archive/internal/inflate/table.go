package inflate

import "math/bits"

// A table maps the next bits of the input to what they stand for: as many as
// root bits at once, a second look for longer codes. An entry holds
//
//	bits  0 to 4   how many bits the code takes (of the part looked up here)
//	bits  5 to 9   how many bits follow it: of a length or distance; for link,
//	               how many bits choose the entry of the second look
//	bits 10 to 12  isLiteral, isEnd, isLink
//	bits 13 to 31  the literal, the length or distance to add to, or where the
//	               second look begins
//
// An entry of 0 stands for a code that the block does not define.
type table struct {
	root    uint
	entries []uint32
	second  [1 << litRoot]uint8 // how many bits the second look takes, by its beginning
}

const (
	isLiteral = 1 << 10
	isEnd     = 1 << 11
	isLink    = 1 << 12

	extraShift = 5
	valueShift = 13
)

func codeLen(e uint32) uint  { return uint(e & 31) }
func extraLen(e uint32) uint { return uint(e >> extraShift & 31) }
func value(e uint32) int     { return int(e >> valueShift) }

const maxCode = 15 // bits of the longest code

// Codes of a block, as RFC 1951 numbers them.
const (
	endOfBlock  = 256
	maxLiterals = 286
	maxDistance = 30
)

// litSymbols and distSymbols are the entries of each symbol, without its length.
var litSymbols, distSymbols, codeSymbols = symbols()

func symbols() (lit [maxLiterals]uint32, dist [maxDistance]uint32, code [19]uint32) {
	for i := range endOfBlock {
		lit[i] = isLiteral | uint32(i)<<valueShift
	}
	lit[endOfBlock] = isEnd
	length := uint32(3)
	for i := 257; i < 285; i++ {
		extra := uint32(max(0, (i-261)/4))
		lit[i] = extra<<extraShift | length<<valueShift
		length += 1 << extra
	}
	lit[285] = 258 << valueShift
	distance := uint32(1)
	for i := range dist {
		extra := uint32(max(0, i/2-1))
		dist[i] = extra<<extraShift | distance<<valueShift
		distance += 1 << extra
	}
	for i := range code {
		code[i] = uint32(i) << valueShift
	}
	return lit, dist, code
}

// build makes the table of the code whose lengths are given, one a symbol; 0: the
// symbol does not occur. It says no to lengths that are not a prefix code. One that is
// incomplete is taken where it has one code of one bit, or none at all: a block of
// one distance, or none.
func (t *table) build(root uint, lengths []uint8, symbols []uint32) bool {
	var count [maxCode + 1]int
	longest := uint(0)
	for _, n := range lengths {
		count[n]++
		longest = max(longest, uint(n))
	}
	count[0] = 0
	left := 1
	for n := 1; n <= maxCode; n++ {
		if left = left<<1 - count[n]; left < 0 {
			return false
		}
	}
	if left > 0 && longest > 0 && (longest != 1 || count[1] != 1) {
		return false
	}
	t.root = min(root, max(longest, 1))
	t.entries = append(t.entries[:0], make([]uint32, 1<<t.root)...)

	// next is the next code of each length, as RFC 1951 section 3.2.2 counts them.
	var next [maxCode + 2]uint32
	for n := 1; n <= maxCode; n++ {
		next[n+1] = (next[n] + uint32(count[n])) << 1
	}
	if longest > t.root {
		clear(t.second[:])
		first := next
		for _, n := range lengths {
			if uint(n) > t.root {
				begin := reversed(first[n], uint(n)) & (1<<t.root - 1)
				t.second[begin] = max(t.second[begin], n-uint8(t.root))
			}
			first[n]++
		}
	}
	for s, n := range lengths {
		if n == 0 {
			continue
		}
		code := reversed(next[n], uint(n))
		next[n]++
		if uint(n) <= t.root {
			for i := code; i < 1<<t.root; i += 1 << n {
				t.entries[i] = symbols[s] | uint32(n)
			}
			continue
		}
		begin := code & (1<<t.root - 1)
		bits := t.second[begin]
		if t.entries[begin] == 0 {
			t.entries[begin] = isLink | uint32(t.root) | uint32(bits)<<extraShift | uint32(len(t.entries))<<valueShift
			t.entries = append(t.entries, make([]uint32, 1<<bits)...)
		}
		at := value(t.entries[begin])
		for i := code >> t.root; i < 1<<bits; i += 1 << (uint(n) - t.root) {
			t.entries[uint32(at)+i] = symbols[s] | uint32(uint(n)-t.root)
		}
	}
	return true
}

// reversed turns a code of n bits round: DEFLATE sends the highest bit first.
func reversed(code uint32, n uint) uint32 { return bits.Reverse32(code) >> (32 - n) }
