package parquet

import (
	"encoding/binary"
	"errors"
	"math"
)

var errThrift = errors.New("metadata is cut or not in Thrift's compact form")

// decoder takes structs of the compact protocol apart. It trusts nothing: each
// length is checked against the bytes that are left, nesting is bounded, field
// ids must rise. The first fault is kept in err and ends all further work.
type decoder struct {
	b     []byte
	pos   int
	depth int
	err   error
}

func (d *decoder) fail() {
	if d.err == nil {
		d.err = errThrift
	}
	d.pos = len(d.b)
}

func (d *decoder) byte() byte {
	if d.pos >= len(d.b) {
		d.fail()
		return 0
	}
	d.pos++
	return d.b[d.pos-1]
}

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b[d.pos:])
	if n <= 0 {
		d.fail()
		return 0
	}
	d.pos += n
	return v
}

func (d *decoder) varint() int64 {
	v := d.uvarint()
	return int64(v>>1) ^ -int64(v&1)
}

// structure reads a struct and calls each for every field, which must consume
// its value.
func (d *decoder) structure(each func(id int16, typ byte)) {
	if d.depth++; d.depth > maxDepth {
		d.fail()
	}
	defer func() { d.depth-- }()
	last := int64(0)
	for d.err == nil {
		head := d.byte()
		if head == 0 {
			return
		}
		id := last + int64(head>>4)
		if head>>4 == 0 {
			id = d.varint()
		}
		if id <= last || id > math.MaxInt16 {
			d.fail()
			return
		}
		last = id
		each(int16(id), head&15)
	}
}

// i64 reads an integer field of at most 64 bits.
func (d *decoder) i64(typ byte) int64 {
	if typ != typeI64 {
		d.fail()
		return 0
	}
	return d.varint()
}

func (d *decoder) i32(typ byte) int32 {
	if typ != typeI32 {
		d.fail()
		return 0
	}
	v := d.varint()
	if int64(int32(v)) != v {
		d.fail()
	}
	return int32(v)
}

// list reads the head of a list of structs and returns their number, which is
// at most the number of bytes that are left.
func (d *decoder) list(typ byte) int {
	if typ != typeList {
		d.fail()
		return 0
	}
	n, elem := d.listHead()
	if elem != typeStruct {
		d.fail()
		return 0
	}
	return n
}

func (d *decoder) listHead() (n int, elem byte) {
	head := d.byte()
	count := uint64(head >> 4)
	if count == 15 {
		count = d.uvarint()
	}
	if count > uint64(len(d.b)-d.pos) {
		d.fail()
		return 0, 0
	}
	return int(count), head & 15
}

// skip passes over a value.
func (d *decoder) skip(typ byte) {
	switch typ {
	case typeTrue, typeFalse:
	case typeI8:
		d.byte()
	case typeI16, typeI32, typeI64:
		d.uvarint()
	case typeDouble:
		d.take(8)
	case typeBinary:
		d.take(d.uvarint())
	case typeList, typeSet:
		n, elem := d.listHead()
		if elem == typeTrue || elem == typeFalse {
			elem = typeI8 // in lists a bool is a byte
		}
		for ; n > 0 && d.err == nil; n-- {
			d.element(elem)
		}
	case typeStruct:
		d.structure(func(_ int16, typ byte) { d.skip(typ) })
	default: // typeMap: Parquet has none
		d.fail()
	}
}

// element passes over a list's element. Lists of lists would nest without
// bound, and Parquet has none.
func (d *decoder) element(typ byte) {
	if typ == typeList || typ == typeSet {
		d.fail()
		return
	}
	d.skip(typ)
}

func (d *decoder) take(n uint64) {
	if n > uint64(len(d.b)-d.pos) {
		d.fail()
		return
	}
	d.pos += int(n)
}
