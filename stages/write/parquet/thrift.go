package parquet

import "encoding/binary"

// Thrift's compact protocol, as much of it as Parquet's metadata needs
// (apache/thrift: doc/specs/thrift-compact-protocol.md). A struct is a run of
// fields, each a byte of id step and type, ended by a zero byte; integers are
// zigzag varints.

// Types of fields and list elements.
const (
	typeTrue   = 1 // a bool field's type is its value
	typeFalse  = 2
	typeI8     = 3
	typeI16    = 4
	typeI32    = 5
	typeI64    = 6
	typeDouble = 7
	typeBinary = 8
	typeList   = 9
	typeSet    = 10
	typeMap    = 11
	typeStruct = 12
)

// maxDepth is how deep structs may nest. Parquet's metadata needs six.
const maxDepth = 16

// encoder appends structs to b. The zero value is ready, and stands inside a
// struct. It does not allocate but to grow b.
type encoder struct {
	b     []byte
	last  int16 // id of the field before
	outer [maxDepth]int16
	depth int
}

func (e *encoder) field(id int16, typ byte) {
	if step := id - e.last; step > 0 && step <= 15 {
		e.b = append(e.b, byte(step)<<4|typ)
	} else {
		e.b = append(e.b, typ)
		e.varint(int64(id))
	}
	e.last = id
}

func (e *encoder) varint(v int64) {
	e.b = binary.AppendUvarint(e.b, uint64(v)<<1^uint64(v>>63))
}

func (e *encoder) i8(id int16, v int8) {
	e.field(id, typeI8)
	e.b = append(e.b, byte(v))
}

func (e *encoder) i32(id int16, v int32) {
	e.field(id, typeI32)
	e.varint(int64(v))
}

func (e *encoder) i64(id int16, v int64) {
	e.field(id, typeI64)
	e.varint(v)
}

func (e *encoder) bool(id int16, v bool) {
	if v {
		e.field(id, typeTrue)
	} else {
		e.field(id, typeFalse)
	}
}

func (e *encoder) string(id int16, s string) {
	e.field(id, typeBinary)
	e.elemString(s)
}

func (e *encoder) binary(id int16, p []byte) {
	e.field(id, typeBinary)
	e.elemBinary(p)
}

// list begins a list of n elements; the caller appends them.
func (e *encoder) list(id int16, elem byte, n int) {
	e.field(id, typeList)
	if n < 15 {
		e.b = append(e.b, byte(n)<<4|elem)
	} else {
		e.b = append(e.b, 0xf0|elem)
		e.b = binary.AppendUvarint(e.b, uint64(n))
	}
}

func (e *encoder) elemString(s string) {
	e.b = binary.AppendUvarint(e.b, uint64(len(s)))
	e.b = append(e.b, s...)
}

func (e *encoder) elemBinary(p []byte) {
	e.b = binary.AppendUvarint(e.b, uint64(len(p)))
	e.b = append(e.b, p...)
}

// elemBool: in lists a bool is a byte of its own.
func (e *encoder) elemBool(v bool) {
	if v {
		e.b = append(e.b, typeTrue)
	} else {
		e.b = append(e.b, typeFalse)
	}
}

// begin opens a struct that is a field, elem one that is a list's element.
func (e *encoder) begin(id int16) {
	e.field(id, typeStruct)
	e.elem()
}

func (e *encoder) elem() {
	e.outer[e.depth] = e.last
	e.depth++
	e.last = 0
}

// end closes the struct that begin or elem opened.
func (e *encoder) end() {
	e.stop()
	e.depth--
	e.last = e.outer[e.depth]
}

// stop ends the outermost struct.
func (e *encoder) stop() { e.b = append(e.b, 0) }

// empty writes a field that is a struct without fields, as unions use.
func (e *encoder) empty(id int16) {
	e.begin(id)
	e.end()
}
