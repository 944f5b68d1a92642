package parquet

import (
	"encoding/binary"
	"math"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/pickshard/pickshard/schema"
)

func TestTextBounds(t *testing.T) {
	x := strings.Repeat("x", 63)
	for _, c := range []struct {
		name, value string
		utf8        bool
		min, max    string
		known       bool
	}{
		{"short", "abc", true, "abc", "abc", true},
		{"64 bytes", x + "y", true, x + "y", x + "y", true},
		{"65 bytes", x + "yz", true, x + "y", x + "z", true},
		{"character across the cut", x + "é!", true, x, strings.Repeat("x", 62) + "y", true},
		{"one byte grows to two", x + "\x7f!", true, x + "\x7f", x + "\u0080", true},
		{"surrogates are passed over", strings.Repeat("x", 61) + "\ud7ff!", true, strings.Repeat("x", 61) + "\ud7ff", strings.Repeat("x", 61) + "\ue000", true},
		{"last character is the greatest", strings.Repeat("x", 60) + "\U0010ffff!", true, strings.Repeat("x", 60) + "\U0010ffff", strings.Repeat("x", 59) + "y", true},
		{"no greater text", strings.Repeat("\U0010ffff", 17), true, "", "", false},
		{"no greater bytes", strings.Repeat("\xff", 65), false, "", "", false},
		{"bytes carry", x + "\xff\xff", false, x + "\xff", strings.Repeat("x", 62) + "y", true},
		{"not UTF-8", strings.Repeat("\x80", 70), true, "", "", false},
	} {
		b := textBounds(c.value, c.value, c.utf8)
		if b.known != c.known || string(b.min) != c.min || string(b.max) != c.max {
			t.Errorf("%s: %v %q %q", c.name, b.known, b.min, b.max)
		}
		if !b.known {
			continue
		}
		if string(b.min) > c.value || string(b.max) < c.value {
			t.Errorf("%s: bounds %q and %q do not hold %q", c.name, b.min, b.max, c.value)
		}
		if exact := len(c.value) <= maxBound; b.minExact != exact || b.maxExact != exact {
			t.Errorf("%s: exact %v %v", c.name, b.minExact, b.maxExact)
		}
		if c.utf8 && (!utf8.Valid(b.min) || !utf8.Valid(b.max)) {
			t.Errorf("%s: bounds %q and %q are not UTF-8", c.name, b.min, b.max)
		}
		if len(b.max) > boundText-2 {
			t.Errorf("%s: maximum of %d bytes", c.name, len(b.max))
		}
	}
}

func TestNumberBounds(t *testing.T) {
	negZero := math.Copysign(0, -1)
	f64 := func(f float64) uint64 { return math.Float64bits(f) }
	f32 := func(f float32) uint64 { return uint64(math.Float32bits(f)) }
	i32 := func(i int32) uint64 { return uint64(uint32(i)) }
	i64 := func(i int64) uint64 { return uint64(i) }
	for _, c := range []struct {
		name     string
		typ      string
		values   []uint64
		min, max uint64
		known    bool
	}{
		{"floats", "float64", []uint64{f64(2), f64(-1), f64(math.Inf(1))}, f64(-1), f64(math.Inf(1)), true},
		{"zeros widen", "float64", []uint64{f64(0)}, f64(negZero), f64(0), true},
		{"negative zeros widen", "float32", []uint64{1 << 31}, 1 << 31, 0, true},
		{"zero as minimum", "float32", []uint64{0, f32(2)}, 1 << 31, f32(2), true},
		{"NaN among values", "float64", []uint64{f64(1), f64(math.NaN())}, 0, 0, false},
		{"NaN alone", "float32", []uint64{f32(float32(math.NaN()))}, 0, 0, false},
		{"signed", "int32", []uint64{i32(5), i32(-3)}, i32(-3), i32(5), true},
		{"signed, 64 bits", "int64", []uint64{i64(5), i64(math.MinInt64)}, i64(math.MinInt64), 5, true},
		{"small", "int8", []uint64{i32(-128), i32(127)}, i32(-128), i32(127), true},
		{"unsigned", "uint32", []uint64{5, math.MaxUint32}, 5, math.MaxUint32, true},
		{"unsigned, 64 bits", "uint64", []uint64{math.MaxUint64, 1 << 63}, 1 << 63, math.MaxUint64, true},
		{"day", "date32", []uint64{i32(-1), i32(1)}, i32(-1), i32(1), true},
		{"booleans", "bool", []uint64{1, 0}, 0, 1, true},
		{"none", "int32", nil, 0, 0, false},
	} {
		typ, err := schema.ParseType(c.typ)
		if err != nil {
			t.Fatal(err)
		}
		l := newLeaf(0, "x", typ)
		var s span
		s.add(&l, &values{bits: c.values}, 0, len(c.values))
		b := s.bounds(&l)
		if b.known != c.known {
			t.Errorf("%s: known %v", c.name, b.known)
			continue
		}
		word := func(p []byte) uint64 {
			var w [8]byte
			copy(w[:], p)
			return binary.LittleEndian.Uint64(w[:])
		}
		if b.known && (len(b.min) != max(1, l.width) || word(b.min) != c.min || word(b.max) != c.max) {
			t.Errorf("%s: %x %x, want %x %x", c.name, b.min, b.max, c.min, c.max)
		}
	}
}

func TestBoundaryOrder(t *testing.T) {
	typ, _ := schema.ParseType("int32")
	l := newLeaf(0, "x", typ)
	for _, c := range []struct {
		name  string
		pages [][]int32
		want  int32
	}{
		{"one", [][]int32{{3}}, ascending},
		{"rising", [][]int32{{-5, 1}, {0, 1}, nil, {4}}, ascending},
		{"falling", [][]int32{{4}, nil, {0, 1}, {-5, 1}}, descending},
		{"alike", [][]int32{{4}, {4}}, ascending},
		{"neither", [][]int32{{4}, {0}, {9}}, unordered},
		{"inside each other", [][]int32{{0, 9}, {3, 4}}, unordered},
	} {
		m := chunkMeta{leaf: &l}
		for _, p := range c.pages {
			var s span
			for _, v := range p {
				s.addBits(&l, uint64(uint32(v)))
			}
			m.addPage(0, &pageHeader{values: max(1, len(p))}, max(1, len(p)), 0, &s)
		}
		if got := m.boundaryOrder(); got != c.want {
			t.Errorf("%s: order %d, want %d", c.name, got, c.want)
		}
	}
}
