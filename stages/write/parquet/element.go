package parquet

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// Repetition of a schema element (parquet.thrift, FieldRepetitionType).
const (
	required = 0
	optional = 1
	repeated = 2
)

// appendSchema appends FileMetaData.schema: the root, and under it every field,
// all OPTIONAL but what lists and maps are made of, without field ids.
func appendSchema(e *encoder, s *schema.Schema) {
	count := 1
	for i := range s.Len() {
		count += elements(s.Field(i).Type)
	}
	e.list(2, typeStruct, count)
	e.elem()
	e.string(4, "schema")
	e.i32(5, int32(s.Len()))
	e.end()
	for i := range s.Len() {
		appendElement(e, s.Field(i).Name, s.Field(i).Type, optional)
	}
}

// elements counts the schema elements of a type.
func elements(t schema.Type) int {
	n := 1
	switch t.Kind {
	case schema.Image:
		return 3
	case schema.List, schema.Map:
		n++ // the repeated group
	}
	for _, p := range t.Parts() {
		n += elements(p.Type)
	}
	return n
}

// appendElement appends the schema elements of a type: lists and maps in the
// three levels of the standard, with its names (parquet-format:
// LogicalTypes.md, Nested Types).
func appendElement(e *encoder, name string, t schema.Type, repetition int32) {
	switch t.Kind {
	case schema.Image:
		appendGroupElement(e, name, repetition, 2, nil)
		appendElement(e, "bytes", schema.Type{Kind: schema.Binary}, optional)
		appendElement(e, "path", schema.Type{Kind: schema.String}, optional)
	case schema.Struct:
		appendGroupElement(e, name, repetition, len(t.Members), nil)
		for _, m := range t.Members {
			appendElement(e, m.Name, m.Type, optional)
		}
	case schema.List:
		appendGroupElement(e, name, repetition, 1, &annotation{converted: 3, logical: 3})
		appendGroupElement(e, "list", repeated, 1, nil)
		appendElement(e, "element", *t.Elem, optional)
	case schema.Map:
		appendGroupElement(e, name, repetition, 1, &annotation{converted: 1, logical: 2})
		appendGroupElement(e, "key_value", repeated, 2, nil)
		appendElement(e, "key", *t.Key, required)
		appendElement(e, "value", *t.Elem, optional)
	default:
		appendValueElement(e, name, t, repetition)
	}
}

// annotation is what a group means: its ConvertedType and the field of its
// LogicalType.
type annotation struct {
	converted int32
	logical   int16
}

// appendGroupElement appends the element of a group of so many children.
func appendGroupElement(e *encoder, name string, repetition int32, children int, a *annotation) {
	e.elem()
	e.i32(3, repetition)
	e.string(4, name)
	e.i32(5, int32(children))
	if a != nil {
		e.i32(6, a.converted)
		e.begin(10)
		e.empty(a.logical)
		e.end()
	}
	e.end()
}

// appendValueElement appends the element of values. Legacy converted types stand
// beside the logical ones because the format asks writers for both
// (parquet-format: LogicalTypes.md), local timestamps and times included.
//
// JSON is annotated as text: as JSON, readers make of it types of their own, each
// another one (pyarrow an extension type, DuckDB its JSON), and datasets before 4.7
// none.
func appendValueElement(e *encoder, name string, t schema.Type, repetition int32) {
	l := newLeaf(0, name, t)
	e.elem()
	e.i32(1, l.physical)
	if l.physical == physicalFixed {
		e.i32(2, int32(max(l.fixed, l.width)))
	}
	e.i32(3, repetition)
	e.string(4, name)
	switch t.Kind {
	case schema.String, schema.JSON:
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
		appendInstant(e, 8, t.Unit, 8, t.Zone != "")
	case schema.Time:
		appendInstant(e, 6, t.Unit, 7, false)
	case schema.Decimal:
		appendDecimal(e, t)
	case schema.Float16:
		e.begin(10)
		e.empty(15)
		e.end()
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

// appendInstant appends what a timestamp or a time is: of the converted types, the
// one of milliseconds is base+1, that of microseconds base+2.
func appendInstant(e *encoder, base int32, u arrow.TimeUnit, logical int16, utc bool) {
	unit := int16(1) // MILLIS
	switch u {
	case arrow.Microsecond:
		unit = 2
	case arrow.Nanosecond:
		unit = 3 // has no converted type
	}
	if unit != 3 {
		e.i32(6, base+int32(unit))
	}
	e.begin(10)
	e.begin(logical)
	e.bool(1, utc)
	e.begin(2)
	e.empty(unit)
	e.end()
	e.end()
	e.end()
}

func appendDecimal(e *encoder, t schema.Type) {
	e.i32(6, 5)
	e.i32(7, t.Scale)
	e.i32(8, t.Precision)
	e.begin(10)
	e.begin(5)
	e.i32(1, t.Scale)
	e.i32(2, t.Precision)
	e.end()
	e.end()
}
