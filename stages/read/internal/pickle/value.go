package pickle

import "math"

// Kind says what a [Value] is.
type Kind uint8

// The kinds of values. Text is valid UTF-8 except KindBadText.
const (
	KindInvalid   Kind = iota
	KindNone           // None
	KindBool           // True, False
	KindInt            // an int that fits 64 bits
	KindBigInt         // a larger int: little-endian two's complement
	KindFloat          // a float
	KindText           // a str that is valid UTF-8
	KindBadText        // a str with lone surrogates (or bytes that are not UTF-8)
	KindStr8           // a Python 2 str: text or bytes, only the context tells
	KindBytes          // bytes
	KindByteArray      // bytearray
	KindTuple          // a tuple
	KindList           // a list
	KindDict           // a dict or a subclass of the standard library
	KindSet            // a set
	KindFrozenSet      // a frozenset
	KindGlobal         // a class or function of the table
	KindObject         // what a class or function of the table was called with
)

var kindNames = [...]string{
	KindInvalid: "invalid", KindNone: "None", KindBool: "bool", KindInt: "int", KindBigInt: "int",
	KindFloat: "float", KindText: "str", KindBadText: "str", KindStr8: "str", KindBytes: "bytes",
	KindByteArray: "bytearray", KindTuple: "tuple", KindList: "list", KindDict: "dict",
	KindSet: "set", KindFrozenSet: "frozenset", KindGlobal: "class", KindObject: "object",
}

// String returns Python's name of the type.
func (k Kind) String() string { return kindNames[k] }

// Value is one Python value: 16 bytes without pointers, meaningful only together
// with the [Doc] it comes from. The zero Value is KindInvalid.
//
// meta holds the kind in the top byte, the shared bit below it and a length in
// the low 48 bits; bits holds the number itself or an address.
type Value struct {
	bits uint64
	meta uint64
}

const (
	kindShift  = 56
	sharedBit  = 1 << 55 // a memo entry refers to the value
	lengthMask = 1<<48 - 1
)

func makeValue(k Kind, bits, length uint64) Value {
	return Value{bits, uint64(k)<<kindShift | length&lengthMask}
}

func intValue(i int64) Value     { return makeValue(KindInt, uint64(i), 0) }
func floatValue(f float64) Value { return makeValue(KindFloat, math.Float64bits(f), 0) }

func boolValue(b bool) Value {
	if b {
		return makeValue(KindBool, 1, 0)
	}
	return makeValue(KindBool, 0, 0)
}

// None is the value None.
func None() Value { return makeValue(KindNone, 0, 0) }

// Kind returns what the value is.
func (v Value) Kind() Kind { return Kind(v.meta >> kindShift) }

// Len is the number of bytes of text, bytes and big ints, and of items of a tuple.
func (v Value) Len() int { return int(v.meta & lengthMask) }

// Int is the number of a KindInt, 0 or 1 for a KindBool.
func (v Value) Int() int64 { return int64(v.bits) }

// Bool is the truth of a KindBool.
func (v Value) Bool() bool { return v.bits != 0 }

// Float is the number of a KindFloat.
func (v Value) Float() float64 { return math.Float64frombits(v.bits) }

// Addr is an opaque address of the bytes of text and bytes: the bytes of b follow
// those of a without a gap when a.Addr()+a.Len() == b.Addr().
func (v Value) Addr() uint64 { return v.bits }

// Same tells whether a and b are the same object (or equal numbers).
func Same(a, b Value) bool { return a.bits == b.bits && (a.meta^b.meta)&^sharedBit == 0 }

// IsText tells whether the value is text in any of its forms.
func (v Value) IsText() bool {
	k := v.Kind()
	return k == KindText || k == KindBadText || k == KindStr8
}

// IsNone tells whether the value is None.
func (v Value) IsNone() bool { return v.Kind() == KindNone }

func (v Value) index() int { return int(v.bits) }
