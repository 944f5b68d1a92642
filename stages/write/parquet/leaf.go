package parquet

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// Physical types (parquet.thrift, Type).
const (
	physicalBoolean   = 0
	physicalInt32     = 1
	physicalInt64     = 2
	physicalFloat     = 4
	physicalDouble    = 5
	physicalByteArray = 6
)

// order is how a leaf's values compare (parquet.thrift, ColumnOrder).
type order uint8

const (
	orderUnsigned order = iota // also booleans
	orderSigned
	orderFloat
	orderText // bytes, unsigned, one after the other
)

// part says what of a field a leaf holds.
type part uint8

const (
	partValue      part = iota // the field's value
	partImageBytes             // an image's bytes
	partImagePath              // an image's name
)

// leaf is a column as Parquet stores it. An image field has two.
type leaf struct {
	field    int
	part     part
	name     string      // of the field
	typ      schema.Type // of the values: Binary and String for an image's
	physical int32
	order    order
	width    int   // bytes of a PLAIN value: 4 or 8; 0 for booleans and byte arrays
	maxDef   uint8 // definition level of a value: 1, or 2 inside an image's group
	scale    int64 // what a timestamp is multiplied with: 1000 for seconds
}

// path is the leaf's path_in_schema.
func (l *leaf) path() []string {
	switch l.part {
	case partImageBytes:
		return []string{l.name, "bytes"}
	case partImagePath:
		return []string{l.name, "path"}
	}
	return []string{l.name}
}

// text says that values are byte arrays.
func (l *leaf) text() bool { return l.order == orderText }

// levelWidth is the bits of a definition level.
func (l *leaf) levelWidth() int { return int(l.maxDef) }

// leavesOf lists the columns of a schema in file order.
func leavesOf(s *schema.Schema) []leaf {
	var leaves []leaf
	for i := range s.Len() {
		f := s.Field(i)
		if f.Type.Kind == schema.Image {
			leaves = append(leaves,
				newLeaf(i, f.Name, schema.Type{Kind: schema.Binary}, partImageBytes),
				newLeaf(i, f.Name, schema.Type{Kind: schema.String}, partImagePath))
			continue
		}
		leaves = append(leaves, newLeaf(i, f.Name, f.Type, partValue))
	}
	return leaves
}

func newLeaf(field int, name string, t schema.Type, p part) leaf {
	l := leaf{field: field, part: p, name: name, typ: t, maxDef: 1, scale: scaleOf(t)}
	if p != partValue {
		l.maxDef = 2
	}
	switch t.Kind {
	case schema.Bool:
		l.physical, l.order = physicalBoolean, orderUnsigned
	case schema.Int8, schema.Int16, schema.Int32, schema.Date:
		l.physical, l.order, l.width = physicalInt32, orderSigned, 4
	case schema.Uint8, schema.Uint16, schema.Uint32:
		l.physical, l.order, l.width = physicalInt32, orderUnsigned, 4
	case schema.Int64, schema.Timestamp:
		l.physical, l.order, l.width = physicalInt64, orderSigned, 8
	case schema.Uint64:
		l.physical, l.order, l.width = physicalInt64, orderUnsigned, 8
	case schema.Float32:
		l.physical, l.order, l.width = physicalFloat, orderFloat, 4
	case schema.Float64:
		l.physical, l.order, l.width = physicalDouble, orderFloat, 8
	default: // String, Binary
		l.physical, l.order = physicalByteArray, orderText
	}
	return l
}

// scaleOf is what values are multiplied with: Parquet has no seconds, so they
// are written as milliseconds.
func scaleOf(t schema.Type) int64 {
	if t.Kind == schema.Timestamp && t.Unit == arrow.Second {
		return 1000
	}
	return 1
}

// key maps a value's bits, as values.bits holds them, to a number that orders
// as the leaf's values do. NaN has no place in the order.
func (l *leaf) key(bits uint64) uint64 {
	const sign = 1 << 63
	switch l.order {
	case orderSigned:
		if l.width == 4 {
			bits = uint64(int64(int32(uint32(bits))))
		}
		return bits ^ sign
	case orderFloat:
		f := l.float(bits)
		bits = math.Float64bits(f) // widening a float32 keeps order and zeros' signs
		if bits&sign != 0 {
			return ^bits
		}
		return bits ^ sign
	}
	return bits
}

func (l *leaf) float(bits uint64) float64 {
	if l.width == 4 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// appendSchema appends the tree of leaves as FileMetaData.schema: the root, and
// every field OPTIONAL, without field ids.
func appendSchema(e *encoder, s *schema.Schema) {
	e.list(2, typeStruct, 1+s.Len()+2*len(s.Images()))
	e.elem()
	e.string(4, "schema")
	e.i32(5, int32(s.Len()))
	e.end()
	for i := range s.Len() {
		f := s.Field(i)
		if f.Type.Kind != schema.Image {
			appendElement(e, f.Name, f.Type)
			continue
		}
		e.elem()
		e.i32(3, 1) // OPTIONAL
		e.string(4, f.Name)
		e.i32(5, 2)
		e.end()
		appendElement(e, "bytes", schema.Type{Kind: schema.Binary})
		appendElement(e, "path", schema.Type{Kind: schema.String})
	}
}

// appendElement appends a leaf's SchemaElement. Legacy converted types stand
// beside the logical ones because the format asks writers for both
// (parquet-format: LogicalTypes.md), local timestamps included.
func appendElement(e *encoder, name string, t schema.Type) {
	l := newLeaf(0, name, t, partValue)
	e.elem()
	e.i32(1, l.physical)
	e.i32(3, 1) // OPTIONAL
	e.string(4, name)
	switch t.Kind {
	case schema.String:
		e.i32(6, 0) // UTF8
		e.begin(10)
		e.empty(1)
		e.end()
	case schema.Date:
		e.i32(6, 6)
		e.begin(10)
		e.empty(6)
		e.end()
	case schema.Timestamp:
		appendTimestamp(e, t)
	case schema.Int8:
		appendInteger(e, 15, 8, true)
	case schema.Int16:
		appendInteger(e, 16, 16, true)
	case schema.Uint8:
		appendInteger(e, 11, 8, false)
	case schema.Uint16:
		appendInteger(e, 12, 16, false)
	case schema.Uint32:
		appendInteger(e, 13, 32, false)
	case schema.Uint64:
		appendInteger(e, 14, 64, false)
	}
	e.end()
}

func appendInteger(e *encoder, converted int32, bits int8, signed bool) {
	e.i32(6, converted)
	e.begin(10)
	e.begin(10)
	e.i8(1, bits)
	e.bool(2, signed)
	e.end()
	e.end()
}

func appendTimestamp(e *encoder, t schema.Type) {
	unit := int16(1) // MILLIS
	switch t.Unit {
	case arrow.Microsecond:
		unit = 2
	case arrow.Nanosecond:
		unit = 3 // has no converted type
	}
	if unit != 3 {
		e.i32(6, 8+int32(unit))
	}
	e.begin(10)
	e.begin(8)
	e.bool(1, t.Zone != "")
	e.begin(2)
	e.empty(unit)
	e.end()
	e.end()
	e.end()
}
