package parquet

import (
	"encoding/binary"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
)

// decimalBytes is the least number of bytes whose signed integers have all those of
// so many digits (parquet-format: LogicalTypes.md, DECIMAL).
func decimalBytes(digits int32) int {
	limit := decimal256.GetScaleMultiplier(int(digits)).Array() // greater than each
	for i := len(limit) - 1; i >= 0; i-- {
		if limit[i] != 0 {
			return (64*i + bits.Len64(limit[i]) + 1 + 7) / 8 // and a sign
		}
	}
	return 1
}

// appendDecimalValue appends a decimal as a signed number, the highest byte first.
// ok is false when it has more digits than its type.
func appendDecimalValue(dst []byte, l *leaf, a arrow.Array, i int) (_ []byte, ok bool) {
	var b [32]byte
	switch a := a.(type) {
	case *array.Decimal128:
		n := a.Value(i)
		ok = hasDigits(n, l.typ.Precision)
		binary.BigEndian.PutUint64(b[16:], uint64(n.HighBits()))
		binary.BigEndian.PutUint64(b[24:], n.LowBits())
	case *array.Decimal256:
		n := a.Value(i)
		ok = hasDigits(n, l.typ.Precision)
		for k, word := range n.Array() {
			binary.BigEndian.PutUint64(b[24-8*k:], word)
		}
	}
	return append(dst, b[len(b)-l.fixed:]...), ok
}

// appendDecimalText appends the number that appendDecimalValue spells, if the
// builder's type has so many digits.
func appendDecimalText(builder array.Builder, l *leaf, t string) bool {
	var b [32]byte
	copy(b[len(b)-len(t):], t)
	if t[0]&0x80 != 0 {
		for i := range len(b) - len(t) {
			b[i] = 0xff
		}
	}
	switch builder := builder.(type) {
	case *array.Decimal128Builder:
		n := decimal128.New(int64(binary.BigEndian.Uint64(b[16:])), binary.BigEndian.Uint64(b[24:]))
		builder.Append(n)
		return hasDigits(n, l.typ.Precision)
	case *array.Decimal256Builder:
		n := decimal256.New(binary.BigEndian.Uint64(b[0:]), binary.BigEndian.Uint64(b[8:]), binary.BigEndian.Uint64(b[16:]), binary.BigEndian.Uint64(b[24:]))
		builder.Append(n)
		return hasDigits(n, l.typ.Precision)
	}
	return false
}

// hasDigits says whether a decimal has at most so many digits. The least number of
// all has no absolute value, and more digits than any type.
func hasDigits[T interface {
	Abs() T
	Sign() int
	FitsInPrecision(int32) bool
}](n T, digits int32) bool {
	return n.Abs().Sign() >= 0 && n.FitsInPrecision(digits)
}
