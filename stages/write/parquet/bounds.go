package parquet

import (
	"encoding/binary"
	"math"
	"unicode/utf8"
)

// maxBound is the longest text bound in bytes; a longer minimum is cut, a
// longer maximum is cut and rounded up. Rounding up a character can make it
// one byte longer.
const maxBound = 64

// span is the least and the greatest of some values.
type span struct {
	any    bool // it has seen a value
	nan    bool // one of them was NaN
	lo, hi uint64
	loKey  uint64 // leaf.key of lo and hi
	hiKey  uint64
	loText string
	hiText string
}

// add takes in values lo to hi of v.
func (s *span) add(l *leaf, v *values, lo, hi int) {
	if l.text() {
		for _, t := range v.texts[lo:hi] {
			s.addText(l, t)
		}
		return
	}
	for _, b := range v.bits[lo:hi] {
		s.addBits(l, b)
	}
}

func (s *span) addText(l *leaf, t string) {
	if !s.any {
		s.any, s.loText, s.hiText = true, t, t
		return
	}
	if l.lessText(t, s.loText) {
		s.loText = t
	}
	if l.lessText(s.hiText, t) {
		s.hiText = t
	}
}

func (s *span) addBits(l *leaf, b uint64) {
	if l.order == orderFloat && math.IsNaN(l.float(b)) {
		s.nan = true
		return
	}
	k := l.key(b)
	if !s.any || k < s.loKey {
		s.lo, s.loKey = b, k
	}
	if !s.any || k > s.hiKey {
		s.hi, s.hiKey = b, k
	}
	s.any = true
}

// merge takes in what another span has seen.
func (s *span) merge(l *leaf, o *span) {
	s.nan = s.nan || o.nan
	switch {
	case !o.any:
	case l.text():
		s.addText(l, o.loText)
		s.addText(l, o.hiText)
	default:
		s.addBits(l, o.lo)
		s.addBits(l, o.hi)
	}
}

// bounds are a span as statistics and column indexes hold it.
type bounds struct {
	known              bool
	min, max           []byte
	minExact, maxExact bool
	minKey, maxKey     uint64 // order of numbers, see leaf.key
}

// bounds encodes the span. They are unknown when there is no value; when one is
// NaN, because Spark and DuckDB take NaN for the greatest number while the
// format keeps it out of bounds, so that a filter x > 5 would lose it; and when
// a long maximum cannot be rounded up.
func (s *span) bounds(l *leaf) bounds {
	if !s.any || s.nan {
		return bounds{}
	}
	if l.order == orderDecimal {
		return bounds{known: true, minExact: true, maxExact: true, min: []byte(s.loText), max: []byte(s.hiText)}
	}
	if l.text() {
		return textBounds(s.loText, s.hiText, l.utf8())
	}
	lo, hi := s.lo, s.hi
	if l.order == orderFloat {
		// Zeros compare as equal, so bounds must hold both
		// (parquet.thrift, ColumnOrder).
		sign := uint64(1) << (8*l.width - 1)
		if lo == 0 {
			lo = sign
		}
		if hi == sign {
			hi = 0
		}
	}
	b := bounds{known: true, minExact: true, maxExact: true, minKey: l.key(lo), maxKey: l.key(hi)}
	switch l.width {
	case 8:
		b.min, b.max = binary.LittleEndian.AppendUint64(nil, lo), binary.LittleEndian.AppendUint64(nil, hi)
	case 2:
		b.min, b.max = binary.LittleEndian.AppendUint16(nil, uint16(lo)), binary.LittleEndian.AppendUint16(nil, uint16(hi))
	case 4:
		b.min, b.max = binary.LittleEndian.AppendUint32(nil, uint32(lo)), binary.LittleEndian.AppendUint32(nil, uint32(hi))
	default:
		b.min, b.max = []byte{byte(lo)}, []byte{byte(hi)}
	}
	return b
}

func textBounds(lo, hi string, isUTF8 bool) bounds {
	b := bounds{minExact: len(lo) <= maxBound, maxExact: len(hi) <= maxBound}
	b.min = []byte(lo[:cutAt(lo, isUTF8)])
	b.max = []byte(hi[:cutAt(hi, isUTF8)])
	b.known = true
	if !b.maxExact {
		b.max, b.known = roundUp(b.max, isUTF8)
	}
	if !b.known {
		return bounds{}
	}
	return b
}

// cutAt returns how much of t a bound keeps: whole characters of UTF-8, because
// readers check bounds of text as text.
func cutAt(t string, isUTF8 bool) int {
	if len(t) <= maxBound {
		return len(t)
	}
	n := maxBound
	for back := 0; isUTF8 && back < utf8.UTFMax && n > 0 && !utf8.RuneStart(t[n]); back++ {
		n--
	}
	return n
}

// roundUp returns the least text of at most as many characters (or bytes) that
// is greater than all that begin with p; ok is false when there is none.
func roundUp(p []byte, isUTF8 bool) (up []byte, ok bool) {
	for len(p) > 0 {
		if !isUTF8 {
			last := p[len(p)-1]
			p = p[:len(p)-1]
			if last < 0xff {
				return append(p, last+1), true
			}
			continue
		}
		r, size := utf8.DecodeLastRune(p)
		if r == utf8.RuneError && size <= 1 {
			return nil, false // not UTF-8
		}
		p = p[:len(p)-size]
		switch {
		case r == utf8.MaxRune:
		case r == 0xd7ff: // surrogates are not characters
			return utf8.AppendRune(p, 0xe000), true
		default:
			return utf8.AppendRune(p, r+1), true
		}
	}
	return nil, false
}
