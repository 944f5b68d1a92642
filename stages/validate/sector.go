package validate

import (
	"bytes"
	"fmt"
)

// A copy that went wrong did so by the sectors of a disk or the pages of a
// memory. In a stream without sums the traces that such a copy leaves are looked
// for: zeros, sectors of one byte throughout, which begin and end where sectors do,
// and pages that stand there twice. Zeros are a suspicion, for
// flat images have such: there the codes have the word.

const (
	sector = 512
	page   = 4096
	// slack is how many bytes beside a hole happen to be as those in it.
	slack = 2
)

// trace is what a bad copy left in compressed data.
type trace struct {
	at, size int
	repeated bool // what stands there stands before it too
}

func (t trace) found() bool { return t.size > 0 }

// isProof says whether a trace in data that are not a JPEG's is more than a suspicion:
// coders hardly ever write so many ff, or a page twice.
func (t trace) isProof(data []byte) bool { return t.repeated || t.found() && data[t.at] == 0xff }

// findTrace looks for one in data[from:to].
func findTrace(data []byte, from, to int) trace {
	if at, size := emptySectors(data, from, to); size > 0 {
		return trace{at: at, size: size}
	}
	if at := zeroBlock(data, from, to); at >= 0 {
		return trace{at: at, size: zeroSpan}
	}
	if at := repeatedPage(data, from, to); at >= 0 {
		return trace{at: at, size: page, repeated: true}
	}
	return trace{}
}

func (t trace) describe(data []byte) string {
	if t.repeated {
		return fmt.Sprintf("the %s bytes from byte %s on are those that stand before them", count(t.size), count(t.at))
	}
	from, to := t.at, t.at
	for from > 0 && data[from-1] == data[t.at] {
		from--
	}
	for to < len(data) && data[to] == data[t.at] {
		to++
	}
	return fmt.Sprintf("a hole: %s bytes from byte %s on are all %02x, in the middle of compressed data", count(to-from), count(from), data[t.at])
}

// emptySectors returns where a run of zeros, or of ff, lies in data[from:to]
// that fills sectors and ends with them; size is 0 for none.
func emptySectors(data []byte, from, to int) (at, size int) {
	for pos := (from + sector - 1) &^ (sector - 1); pos+sector <= to; pos += sector {
		c := data[pos]
		if c != 0 && c != 0xff || !isAll(data[pos:pos+sector], c) {
			continue
		}
		begin, end := pos, pos+sector
		for begin > from && data[begin-1] == c {
			begin--
		}
		for end < to && data[end] == c {
			end++
		}
		if pos-begin <= slack && (end%sector <= slack || end == to) {
			return begin, end - begin
		}
		pos = (end - 1) &^ (sector - 1)
	}
	return 0, 0
}

// isAll says whether p holds nothing but c.
func isAll(p []byte, c byte) bool {
	return p[0] == c && bytes.Equal(p[1:], p[:len(p)-1])
}

// repeatedPage returns where a page in data[from:to] is the same as the one in
// front of it, -1 for nowhere. Pages that repeat something shorter do not count:
// flat images have such.
func repeatedPage(data []byte, from, to int) int {
	for pos := (from+page-1)&^(page-1) + page; pos+page <= to; pos += page {
		if data[pos] != data[pos-page] || data[pos+1] != data[pos+1-page] {
			continue
		}
		p := data[pos : pos+page]
		if bytes.Equal(p, data[pos-page:pos]) && !isPeriodic(p) {
			return pos
		}
	}
	return -1
}

// isPeriodic says whether p repeats something of at most 512 bytes.
func isPeriodic(p []byte) bool {
	second := bytes.Index(p[1:], p[:16]) + 1
	return second > 0 && second <= sector && bytes.Equal(p[second:], p[:len(p)-second])
}
