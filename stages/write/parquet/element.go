package parquet

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// Repetition of a schema element (parquet.thrift, FieldRepetitionType).
const (
	optional = 1
	repeated = 2
)

// appendSchema appends FileMetaData.schema: the root, and under it every field,
// all OPTIONAL but what lists are made of, without field ids.
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
		appendElement(e, s.Field(i).Name, s.Field(i).Type)
	}
}

// elements counts the schema elements of a type.
func elements(t schema.Type) int {
	n := 1
	switch t.Kind {
	case schema.Image:
		if t.Plain {
			return 1
		}
		return 3
	case schema.List:
		n++ // the repeated group
	case schema.Map:
		return elements(listOfPairs(t))
	}
	for _, p := range t.Parts() {
		n += elements(p.Type)
	}
	return n
}

// appendElement appends the schema elements of a type: lists in the three levels of
// the standard, with its names (parquet-format: LogicalTypes.md, Lists). A map is
// the list of its pairs: datasets has no maps and refuses a whole file for one
// (features/features.py, generate_from_arrow_type).
func appendElement(e *encoder, name string, t schema.Type) {
	switch t.Kind {
	case schema.Image:
		if t.Plain {
			appendValueElement(e, name, schema.Type{Kind: schema.Binary})
			return
		}
		appendGroupElement(e, name, optional, 2, plainGroup)
		appendElement(e, "bytes", schema.Type{Kind: schema.Binary})
		appendElement(e, "path", schema.Type{Kind: schema.String})
	case schema.Struct:
		appendGroupElement(e, name, optional, len(t.Members), plainGroup)
		for _, m := range t.Members {
			appendElement(e, m.Name, m.Type)
		}
	case schema.List:
		appendGroupElement(e, name, optional, 1, listGroup)
		appendGroupElement(e, "list", repeated, 1, plainGroup)
		appendElement(e, "element", *t.Elem)
	case schema.Map:
		appendElement(e, name, listOfPairs(t))
	default:
		appendValueElement(e, name, t)
	}
}

// listOfPairs is what a map is written as.
func listOfPairs(t schema.Type) schema.Type {
	return schema.ListOf(schema.Type{Kind: schema.Struct, Members: []schema.Member{{Name: "key", Type: *t.Key}, {Name: "value", Type: *t.Elem}}})
}

// group is what a group means.
type group uint8

const (
	plainGroup group = iota
	listGroup
)

// appendGroupElement appends the element of a group of so many children.
func appendGroupElement(e *encoder, name string, repetition int32, children int, g group) {
	e.elem()
	e.i32(3, repetition)
	e.string(4, name)
	e.i32(5, int32(children))
	if g == listGroup {
		e.i32(6, 3) // LIST
		e.begin(10)
		e.empty(3)
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
func appendValueElement(e *encoder, name string, t schema.Type) {
	l := newLeaf(0, name, t)
	e.elem()
	e.i32(1, l.physical)
	if l.physical == physicalFixed {
		e.i32(2, int32(max(l.fixed, l.width)))
	}
	e.i32(3, optional)
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
