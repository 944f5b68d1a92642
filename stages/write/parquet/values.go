package parquet

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// values is a piece of a column in Parquet's terms: a definition level a row,
// and the values of the rows that have one, either as bits (numbers, booleans)
// or as texts (byte arrays). It is reused from chunk to chunk.
type values struct {
	levels []uint8
	nulls  int
	// bits holds a number's physical bits in the low half or whole of a word:
	// a 32-bit integer's upper half is zero, a boolean is 0 or 1.
	bits []uint64
	// texts share the memory of the array they come from.
	texts []string
}

func (v *values) reset() {
	v.levels, v.bits, v.texts, v.nulls = v.levels[:0], v.bits[:0], v.texts[:0], 0
}

// count is the number of values that are not null.
func (v *values) count() int { return len(v.levels) - v.nulls }

// load takes in a whole array. absent gives the definition level of a null row.
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
	switch a := a.(type) {
	case *array.String:
		for i := range a.Len() {
			if a.IsValid(i) {
				v.texts = append(v.texts, a.Value(i))
			}
		}
	case *array.Binary:
		for i := range a.Len() {
			if a.IsValid(i) {
				v.texts = append(v.texts, a.ValueString(i))
			}
		}
	case *array.Timestamp:
		return v.loadTimestamps(l, a)
	case *array.Boolean:
		loadBits(v, a, func(b bool) uint64 {
			if b {
				return 1
			}
			return 0
		})
	case *array.Int8:
		loadBits(v, a, func(x int8) uint64 { return uint64(uint32(x)) })
	case *array.Int16:
		loadBits(v, a, func(x int16) uint64 { return uint64(uint32(x)) })
	case *array.Int32:
		loadBits(v, a, func(x int32) uint64 { return uint64(uint32(x)) })
	case *array.Date32:
		loadBits(v, a, func(x arrow.Date32) uint64 { return uint64(uint32(x)) })
	case *array.Int64:
		loadBits(v, a, func(x int64) uint64 { return uint64(x) })
	case *array.Uint8:
		loadBits(v, a, func(x uint8) uint64 { return uint64(x) })
	case *array.Uint16:
		loadBits(v, a, func(x uint16) uint64 { return uint64(x) })
	case *array.Uint32:
		loadBits(v, a, func(x uint32) uint64 { return uint64(x) })
	case *array.Uint64:
		loadBits(v, a, func(x uint64) uint64 { return x })
	case *array.Float32:
		loadBits(v, a, func(x float32) uint64 { return uint64(math.Float32bits(x)) })
	case *array.Float64:
		loadBits(v, a, math.Float64bits)
	default:
		return fmt.Errorf("no rule for type %s", a.DataType())
	}
	return nil
}

// loadBits appends the values of a that are not null.
func loadBits[T any](v *values, a interface {
	arrow.Array
	Value(int) T
}, bits func(T) uint64) {
	for i := range a.Len() {
		if a.IsValid(i) {
			v.bits = append(v.bits, bits(a.Value(i)))
		}
	}
}

func (v *values) loadTimestamps(l *leaf, a *array.Timestamp) error {
	for i := range a.Len() {
		if a.IsNull(i) {
			continue
		}
		x := int64(a.Value(i))
		if !fits(x, l.scale) {
			return fmt.Errorf("timestamp of %d s does not fit milliseconds", x)
		}
		v.bits = append(v.bits, uint64(x*l.scale))
	}
	return nil
}

// fits says that a timestamp can be multiplied with the scale.
func fits(x, scale int64) bool {
	return x <= math.MaxInt64/scale && x >= math.MinInt64/scale
}

// appendPlain appends values lo to hi (of those not null) in PLAIN encoding
// (parquet-format: Encodings.md).
func (v *values) appendPlain(dst []byte, l *leaf, lo, hi int) []byte {
	switch {
	case l.text():
		for _, t := range v.texts[lo:hi] {
			dst = binary.LittleEndian.AppendUint32(dst, uint32(len(t)))
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
		n += 4 + len(t)
	}
	return n
}
