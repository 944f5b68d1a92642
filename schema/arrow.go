package schema

import "github.com/apache/arrow-go/v18/arrow"

// Metadata is the key under which Hugging Face consumers look for features in
// a Parquet file's or an Arrow schema's metadata
// (datasets: features/features.py, Features.arrow_schema).
const Metadata = "huggingface"

// imageStruct is how Hugging Face stores an image: children nullable and in
// this order, or the column silently degrades to a plain struct
// (datasets: Features.from_arrow_schema compares types exactly).
var imageStruct = arrow.StructOf(
	arrow.Field{Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true},
	arrow.Field{Name: "path", Type: arrow.BinaryTypes.String, Nullable: true},
)

// Arrow returns the Arrow type that values of t are written as. An image is
// struct<bytes: binary, path: string>, a plain one binary.
func (t Type) Arrow() arrow.DataType {
	switch t.Kind {
	case String:
		return arrow.BinaryTypes.String
	case Binary:
		return arrow.BinaryTypes.Binary
	case Bool:
		return arrow.FixedWidthTypes.Boolean
	case Int8:
		return arrow.PrimitiveTypes.Int8
	case Int16:
		return arrow.PrimitiveTypes.Int16
	case Int32:
		return arrow.PrimitiveTypes.Int32
	case Int64:
		return arrow.PrimitiveTypes.Int64
	case Uint8:
		return arrow.PrimitiveTypes.Uint8
	case Uint16:
		return arrow.PrimitiveTypes.Uint16
	case Uint32:
		return arrow.PrimitiveTypes.Uint32
	case Uint64:
		return arrow.PrimitiveTypes.Uint64
	case Float16:
		return arrow.FixedWidthTypes.Float16
	case Float32:
		return arrow.PrimitiveTypes.Float32
	case Float64:
		return arrow.PrimitiveTypes.Float64
	case Date:
		return arrow.FixedWidthTypes.Date32
	case Timestamp:
		return &arrow.TimestampType{Unit: t.Unit, TimeZone: t.Zone}
	case Time:
		if t.Unit <= arrow.Millisecond {
			return &arrow.Time32Type{Unit: t.Unit}
		}
		return &arrow.Time64Type{Unit: t.Unit}
	case Duration:
		return &arrow.DurationType{Unit: t.Unit}
	case Decimal:
		if t.Precision <= 38 {
			return &arrow.Decimal128Type{Precision: t.Precision, Scale: t.Scale}
		}
		return &arrow.Decimal256Type{Precision: t.Precision, Scale: t.Scale}
	case Class:
		return arrow.PrimitiveTypes.Int64
	case JSON:
		return arrow.BinaryTypes.String
	case Image:
		if t.Plain {
			return arrow.BinaryTypes.Binary
		}
		return imageStruct
	case List:
		if t.Len > 0 {
			return arrow.FixedSizeListOf(int32(t.Len), t.Elem.Arrow())
		}
		return arrow.ListOf(t.Elem.Arrow())
	case Map:
		return arrow.MapOf(t.Key.Arrow(), t.Elem.Arrow())
	case Struct:
		fields := make([]arrow.Field, len(t.Members))
		for i, m := range t.Members {
			fields[i] = arrow.Field{Name: m.Name, Type: m.Type.Arrow(), Nullable: true}
		}
		return arrow.StructOf(fields...)
	}
	return arrow.Null
}

// FromArrow returns the type whose values are written as an Arrow type, as far as
// there is one: views and large types are their plain ones, a dictionary is a
// class whose names its values tell. ok is false for what no field can be.
func FromArrow(dt arrow.DataType) (t Type, ok bool) {
	switch dt := dt.(type) {
	case *arrow.TimestampType:
		return Type{Kind: Timestamp, Unit: dt.Unit, Zone: dt.TimeZone}, true
	case *arrow.Time32Type:
		return Type{Kind: Time, Unit: dt.Unit}, true
	case *arrow.Time64Type:
		return Type{Kind: Time, Unit: dt.Unit}, true
	case *arrow.DurationType:
		return Type{Kind: Duration, Unit: dt.Unit}, true
	case arrow.DecimalType:
		return Type{Kind: Decimal, Precision: dt.GetPrecision(), Scale: dt.GetScale()}, dt.GetScale() >= 0 && dt.GetScale() <= dt.GetPrecision()
	case *arrow.DictionaryType:
		return Type{Kind: Class}, true
	case *arrow.MapType:
		return fromArrowParts(Type{Kind: Map}, dt.KeyType(), dt.ItemType())
	case *arrow.FixedSizeListType:
		return fromArrowParts(Type{Kind: List, Len: int(dt.Len())}, nil, dt.Elem())
	case arrow.ListLikeType:
		return fromArrowParts(Type{Kind: List}, nil, dt.Elem())
	case *arrow.StructType:
		t = Type{Kind: Struct}
		for _, f := range dt.Fields() {
			part, ok := FromArrow(f.Type)
			if !ok {
				return Type{}, false
			}
			t.Members = append(t.Members, Member{Name: f.Name, Type: part})
		}
		return t, len(t.Members) > 0
	}
	switch dt.ID() {
	case arrow.LARGE_STRING, arrow.STRING_VIEW:
		return Type{Kind: String}, true
	case arrow.LARGE_BINARY, arrow.BINARY_VIEW, arrow.FIXED_SIZE_BINARY:
		return Type{Kind: Binary}, true
	case arrow.DATE64:
		return Type{Kind: Date}, true
	}
	for k := String; k <= Date; k++ {
		if t := (Type{Kind: k}); t.Arrow().ID() == dt.ID() {
			return t, true
		}
	}
	return Type{}, false
}

func fromArrowParts(t Type, key, elem arrow.DataType) (Type, bool) {
	part, ok := FromArrow(elem)
	t.Elem = &part
	if ok && key != nil {
		var k Type
		k, ok = FromArrow(key)
		t.Key = &k
	}
	return t, ok
}

// Arrow returns the schema of the written columns: every field nullable, the
// Hugging Face features in the metadata.
func (s *Schema) Arrow() *arrow.Schema {
	fields := make([]arrow.Field, len(s.fields))
	for i, f := range s.fields {
		fields[i] = arrow.Field{Name: f.Name, Type: f.Type.Arrow(), Nullable: true}
	}
	md := arrow.NewMetadata([]string{Metadata}, []string{s.FeaturesMetadata()})
	return arrow.NewSchema(fields, &md)
}
