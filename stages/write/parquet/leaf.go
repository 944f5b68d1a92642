package parquet

import (
	"math"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/float16"

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
	physicalFixed     = 7
)

// order is how a leaf's values compare (parquet.thrift, ColumnOrder).
type order uint8

const (
	orderUnsigned order = iota // also booleans
	orderSigned
	orderFloat
	orderText    // bytes, unsigned, one after the other
	orderDecimal // bytes of a signed number, the highest first
)

// part says what of a field a leaf holds.
type part uint8

const (
	partValue      part = iota // the field's value, or one that lies in it
	partImageBytes             // an image's bytes
	partImagePath              // an image's name
)

// leaf is a column as Parquet stores it. An image field has two, a field with
// values in values one for each that holds no others.
type leaf struct {
	field    int
	part     part
	name     string      // of the field; of a value in values, its path
	path     []string    // path_in_schema
	typ      schema.Type // of the values: Binary and String for an image's
	physical int32
	order    order
	width    int   // bytes of a PLAIN number: 2, 4 or 8; 0 for booleans and bytes
	fixed    int   // bytes of a PLAIN value that is bytes, where all have as many
	maxDef   uint8 // definition level of a value
	maxRep   uint8 // repetition level of the innermost list; 0 outside of lists
	scale    int64 // what a timestamp or time is multiplied with: 1000 for seconds

	// The way from the field's array to the one that holds the values; none for
	// values that lie in no others, and for images. For names of images in lists it
	// is that of layout.imageNames.
	steps []step
}

// text says that values are bytes.
func (l *leaf) text() bool { return l.order >= orderText }

// varies says that values are bytes of any length.
func (l *leaf) varies() bool { return l.physical == physicalByteArray }

// utf8 says that values are text.
func (l *leaf) utf8() bool { return l.typ.Kind == schema.String || l.typ.Kind == schema.JSON }

// nested says that values lie in values.
func (l *leaf) nested() bool { return len(l.steps) > 0 }

// defWidth is the bits of a definition level.
func (l *leaf) defWidth() int { return bits.Len8(l.maxDef) }

// repWidth is the bits of a repetition level.
func (l *leaf) repWidth() int { return bits.Len8(l.maxRep) }

// levelWidth is the bits of both levels together.
func (l *leaf) levelWidth() int { return l.defWidth() + l.repWidth() }

func newLeaf(field int, name string, t schema.Type) leaf {
	l := leaf{field: field, name: name, path: []string{name}, typ: t, maxDef: 1, scale: scaleOf(t)}
	switch t.Kind {
	case schema.Bool:
		l.physical, l.order = physicalBoolean, orderUnsigned
	case schema.Int8, schema.Int16, schema.Int32, schema.Date:
		l.physical, l.order, l.width = physicalInt32, orderSigned, 4
	case schema.Uint8, schema.Uint16, schema.Uint32:
		l.physical, l.order, l.width = physicalInt32, orderUnsigned, 4
	case schema.Int64, schema.Timestamp, schema.Duration, schema.Class:
		l.physical, l.order, l.width = physicalInt64, orderSigned, 8
	case schema.Uint64:
		l.physical, l.order, l.width = physicalInt64, orderUnsigned, 8
	case schema.Time:
		l.physical, l.order, l.width = physicalInt32, orderSigned, 4
		if t.Unit > arrow.Millisecond {
			l.physical, l.width = physicalInt64, 8
		}
	case schema.Float16:
		l.physical, l.order, l.width = physicalFixed, orderFloat, 2
	case schema.Float32:
		l.physical, l.order, l.width = physicalFloat, orderFloat, 4
	case schema.Float64:
		l.physical, l.order, l.width = physicalDouble, orderFloat, 8
	case schema.Decimal:
		l.setDecimal()
	default: // String, JSON, Binary
		l.physical, l.order = physicalByteArray, orderText
	}
	return l
}

// setDecimal chooses the narrowest integer that holds all digits
// (parquet-format: LogicalTypes.md, DECIMAL).
func (l *leaf) setDecimal() {
	switch p := l.typ.Precision; {
	case p <= 9:
		l.physical, l.order, l.width = physicalInt32, orderSigned, 4
	case p <= 18:
		l.physical, l.order, l.width = physicalInt64, orderSigned, 8
	default:
		l.physical, l.order, l.fixed = physicalFixed, orderDecimal, decimalBytes(p)
	}
}

// scaleOf is what values are multiplied with: Parquet has no seconds, so they
// are written as milliseconds.
func scaleOf(t schema.Type) int64 {
	if (t.Kind == schema.Timestamp || t.Kind == schema.Time) && t.Unit == arrow.Second {
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
	switch l.width {
	case 2:
		return float64(float16.FromBits(uint16(bits)).Float32())
	case 4:
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// lessText says whether one value that is bytes is less than another.
func (l *leaf) lessText(a, b string) bool {
	if l.order == orderDecimal && (a[0]^b[0])&0x80 != 0 {
		return a[0]&0x80 != 0
	}
	return a < b
}

// compareText is lessText in three ways.
func (l *leaf) compareText(a, b []byte) int {
	switch {
	case l.lessText(asText(a), asText(b)):
		return -1
	case l.lessText(asText(b), asText(a)):
		return 1
	}
	return 0
}
