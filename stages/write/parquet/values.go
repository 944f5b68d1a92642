package parquet

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/float16"
)

// values is a piece of a column in Parquet's terms: levels, one a row where values
// lie in no lists, and the values that are there, either as bits (numbers,
// booleans) or as texts (byte arrays). It is reused from piece to piece.
type values struct {
	levels []uint8 // definition levels
	reps   []uint8 // repetition levels; none outside of lists
	nulls  int
	// bits holds a number's physical bits in the low half or whole of a word:
	// a 32-bit integer's upper half is zero, a boolean is 0 or 1.
	bits []uint64
	// texts share the memory of the array they come from.
	texts []string
	shred shredder
}

func (v *values) reset() {
	v.levels, v.reps, v.bits, v.texts, v.nulls = v.levels[:0], v.reps[:0], v.bits[:0], v.texts[:0], 0
}

// count is the number of values that are not null.
func (v *values) count() int { return len(v.levels) - v.nulls }

// load takes in a whole array of values that lie in no others. absent gives the
// definition level of a null row.
func (v *values) load(l *leaf, a arrow.Array, absent func(row int) uint8) error {
	v.reset()
	for i := range a.Len() {
		if a.IsNull(i) {
			v.levels = append(v.levels, absent(i))
			v.nulls++
		} else {
			v.levels = append(v.levels, l.maxDef)
		}
	}
	return v.gather(l, a, nil)
}

// loadNested takes in rows lo to hi of the field whose arrays w holds.
func (v *values) loadNested(l *leaf, w *way, lo, hi int) error {
	v.reset()
	at := v.shred.run(l, w, lo, hi)
	v.levels, v.reps = append(v.levels, v.shred.levels...), append(v.reps, v.shred.reps...)
	v.nulls = len(v.levels) - len(at)
	if len(at) == 0 {
		return nil
	}
	return v.gather(l, w.values(), at)
}

// gather appends the values of an array at those places; at all places that are
// not null when there are none.
func (v *values) gather(l *leaf, a arrow.Array, at []int) error {
	switch a := a.(type) {
	case *array.String:
		if at != nil {
			for _, i := range at {
				v.texts = append(v.texts, a.Value(i))
			}
			return nil
		}
		for i := range a.Len() {
			if a.IsValid(i) {
				v.texts = append(v.texts, a.Value(i))
			}
		}
	case *array.Binary:
		if at != nil {
			for _, i := range at {
				v.texts = append(v.texts, a.ValueString(i))
			}
			return nil
		}
		for i := range a.Len() {
			if a.IsValid(i) {
				v.texts = append(v.texts, a.ValueString(i))
			}
		}
	case *array.Boolean:
		loadBits(v, a, at, func(b bool) uint64 {
			if b {
				return 1
			}
			return 0
		})
	case *array.Int8:
		loadBits(v, a, at, func(x int8) uint64 { return uint64(uint32(x)) })
	case *array.Int16:
		loadBits(v, a, at, func(x int16) uint64 { return uint64(uint32(x)) })
	case *array.Int32:
		loadBits(v, a, at, func(x int32) uint64 { return uint64(uint32(x)) })
	case *array.Date32:
		loadBits(v, a, at, func(x arrow.Date32) uint64 { return uint64(uint32(x)) })
	case *array.Int64:
		loadBits(v, a, at, func(x int64) uint64 { return uint64(x) })
	case *array.Uint8:
		loadBits(v, a, at, func(x uint8) uint64 { return uint64(x) })
	case *array.Uint16:
		loadBits(v, a, at, func(x uint16) uint64 { return uint64(x) })
	case *array.Uint32:
		loadBits(v, a, at, func(x uint32) uint64 { return uint64(x) })
	case *array.Uint64:
		loadBits(v, a, at, func(x uint64) uint64 { return x })
	case *array.Float16:
		loadBits(v, a, at, func(x float16.Num) uint64 { return uint64(x.Uint16()) })
	case *array.Float32:
		loadBits(v, a, at, func(x float32) uint64 { return uint64(math.Float32bits(x)) })
	case *array.Float64:
		loadBits(v, a, at, math.Float64bits)
	case *array.Duration:
		loadBits(v, a, at, func(x arrow.Duration) uint64 { return uint64(x) })
	case *array.Time64:
		loadBits(v, a, at, func(x arrow.Time64) uint64 { return uint64(x) })
	default:
		return v.gatherChecked(l, a, at)
	}
	return nil
}

// gatherChecked is gather for the types whose arrays can hold what Parquet cannot.
func (v *values) gatherChecked(l *leaf, a arrow.Array, at []int) error {
	first := len(v.bits)
	var fault error
	fail := func(format string, x any) {
		if fault == nil {
			fault = fmt.Errorf(format, x)
		}
	}
	switch a := a.(type) {
	case *array.Timestamp:
		loadBits(v, a, at, func(x arrow.Timestamp) uint64 { return uint64(x) })
		for i, x := range v.bits[first:] {
			if !fits(int64(x), l.scale) {
				fail("timestamp of %d s does not fit milliseconds", int64(x))
			}
			v.bits[first+i] = uint64(int64(x) * l.scale)
		}
	case *array.Time32:
		loadBits(v, a, at, func(x arrow.Time32) uint64 {
			if int64(x)*l.scale != int64(x*arrow.Time32(l.scale)) {
				fail("time of %d s is not within a day", x)
			}
			return uint64(uint32(x * arrow.Time32(l.scale)))
		})
	case *array.Decimal128:
		if l.fixed > 0 {
			return v.gatherDecimals(l, a, at)
		}
		loadBits(v, a, at, func(x decimal128.Num) uint64 {
			if !hasDigits(x, l.typ.Precision) {
				fail("decimal %v has too many digits", x.BigInt())
			}
			if l.width == 4 {
				return uint64(uint32(x.LowBits()))
			}
			return x.LowBits()
		})
	case *array.Decimal256:
		return v.gatherDecimals(l, a, at)
	default:
		return fmt.Errorf("no rule for type %s", a.DataType())
	}
	return fault
}

// gatherDecimals appends decimals that no integer holds.
func (v *values) gatherDecimals(l *leaf, a arrow.Array, at []int) error {
	room := len(at)
	if at == nil {
		room = a.Len()
	}
	all := make([]byte, 0, room*l.fixed) // never grows: texts share its memory
	add := func(i int) error {
		start := len(all)
		var ok bool
		if all, ok = appendDecimalValue(all, l, a, i); !ok {
			return fmt.Errorf("decimal %s has more than %d digits", a.ValueStr(i), l.typ.Precision)
		}
		v.texts = append(v.texts, asText(all[start:]))
		return nil
	}
	for _, i := range at {
		if err := add(i); err != nil {
			return err
		}
	}
	for i := 0; at == nil && i < a.Len(); i++ {
		if a.IsValid(i) {
			if err := add(i); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadBits appends the values of a at those places, or all that are not null.
func loadBits[T any](v *values, a interface {
	arrow.Array
	Value(int) T
}, at []int, bits func(T) uint64) {
	if at != nil {
		for _, i := range at {
			v.bits = append(v.bits, bits(a.Value(i)))
		}
		return
	}
	for i := range a.Len() {
		if a.IsValid(i) {
			v.bits = append(v.bits, bits(a.Value(i)))
		}
	}
}

// fits says that a timestamp can be multiplied with the scale.
func fits(x, scale int64) bool {
	return x <= math.MaxInt64/scale && x >= math.MinInt64/scale
}

// appendPlain appends values lo to hi (of those not null) in PLAIN encoding
// (parquet-format: Encodings.md).
func (v *values) appendPlain(dst []byte, l *leaf, lo, hi int) []byte {
	switch {
	case l.varies():
		for _, t := range v.texts[lo:hi] {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(t)))
			dst = append(dst, t...)
		}
	case l.text():
		for _, t := range v.texts[lo:hi] {
			dst = append(dst, t...)
		}
	case l.width == 8:
		for _, b := range v.bits[lo:hi] {
			dst = binary.LittleEndian.AppendUint64(dst, b)
		}
	case l.width == 4:
		for _, b := range v.bits[lo:hi] {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(b))
		}
	case l.width == 2:
		for _, b := range v.bits[lo:hi] {
			dst = binary.LittleEndian.AppendUint16(dst, uint16(b))
		}
	default:
		for i, b := range v.bits[lo:hi] {
			if i%8 == 0 {
				dst = append(dst, 0)
			}
			dst[len(dst)-1] |= byte(b) << (i % 8)
		}
	}
	return dst
}

// plainSize is the bytes that all values take in PLAIN encoding, booleans
// apart.
func (v *values) plainSize(l *leaf) int {
	n := l.width * len(v.bits)
	for _, t := range v.texts {
		n += l.textSize(t)
	}
	return n
}

// textSize is what a value that is bytes takes in PLAIN encoding.
func (l *leaf) textSize(t string) int {
	if l.varies() {
		return 4 + len(t)
	}
	return len(t)
}
