// Package numeric puts numbers into the columns of a table, for readers of every kind
// of file: one rule says what a width or a precision holds, and how a number goes from
// one unit to another. It never guesses: what does not fit is refused, not rounded,
// unless that is asked for. It knows nothing of files.
package numeric

import (
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
)

// AppendInt appends v to a builder of signed integers of so many bits. It appends
// nothing and returns false if they do not hold v; without a builder it only says so.
func AppendInt(b array.Builder, bits int, v int64) bool {
	if v>>(bits-1) != 0 && v>>(bits-1) != -1 {
		return false
	}
	switch b := b.(type) {
	case *array.Int8Builder:
		b.Append(int8(v))
	case *array.Int16Builder:
		b.Append(int16(v))
	case *array.Int32Builder:
		b.Append(int32(v))
	case *array.Int64Builder:
		b.Append(v)
	}
	return true
}

// AppendUint appends v to a builder of unsigned integers of so many bits. It appends
// nothing and returns false if they do not hold v; without a builder it only says so.
func AppendUint(b array.Builder, bits int, v uint64) bool {
	if bits < 64 && v>>bits != 0 {
		return false
	}
	switch b := b.(type) {
	case *array.Uint8Builder:
		b.Append(uint8(v))
	case *array.Uint16Builder:
		b.Append(uint16(v))
	case *array.Uint32Builder:
		b.Append(uint32(v))
	case *array.Uint64Builder:
		b.Append(v)
	}
	return true
}

// AppendDecimal appends n, counted in units of the last digit of the scale, to a
// builder of decimals. It appends nothing and returns false if n is not below limit,
// which is Power10 of the precision; without a builder it only says so.
func AppendDecimal(b array.Builder, limit, n *big.Int) bool {
	if n.CmpAbs(limit) >= 0 {
		return false
	}
	switch b := b.(type) {
	case *array.Decimal128Builder:
		b.Append(decimal128.FromBigInt(n))
	case *array.Decimal256Builder:
		b.Append(decimal256.FromBigInt(n))
	}
	return true
}

// Power10 is ten to the n-th.
func Power10(n int32) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}

// RescaleDecimal changes how many digits of a number stand behind the point, if no
// digit is lost by that.
func RescaleDecimal(n *big.Int, from, to int32) (*big.Int, bool) {
	switch d := to - from; {
	case d > 0:
		return new(big.Int).Mul(n, Power10(d)), true
	case d < 0:
		q, rest := new(big.Int).QuoRem(n, Power10(-d), new(big.Int))
		return q, rest.Sign() == 0
	}
	return n, true
}

// RescaleTicks turns ticks of one unit into another, exactly unless rounding is
// allowed, which is towards the past.
func RescaleTicks(i int64, from, to arrow.TimeUnit, round bool) (int64, bool) {
	a, z := int64(from.Multiplier()), int64(to.Multiplier())
	if a >= z {
		k := a / z
		v := i * k
		return v, v/k == i
	}
	q := FloorDiv(i, z/a)
	return q, round || q*(z/a) == i
}

// FloorDiv is a/b, rounded towards minus infinity; b is above 0.
func FloorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
