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
// struct<bytes: binary, path: string>.
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
	case Float32:
		return arrow.PrimitiveTypes.Float32
	case Float64:
		return arrow.PrimitiveTypes.Float64
	case Date:
		return arrow.FixedWidthTypes.Date32
	case Timestamp:
		return &arrow.TimestampType{Unit: t.Unit, TimeZone: t.Zone}
	case Image:
		return imageStruct
	}
	return arrow.Null
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
