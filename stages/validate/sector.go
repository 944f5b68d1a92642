package validate

import "bytes"

// A copy that went wrong did so by the sectors of a disk or the pages of a
// memory. Where a stream has no sums and its codes are not walked, the traces
// that such a copy leaves are looked for: sectors of one byte throughout, which
// begin and end where sectors do, and pages that stand there twice.

const (
	sector = 512
	page   = 4096
	// slack is how many bytes beside a hole happen to be as those in it.
	slack = 2
)

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
