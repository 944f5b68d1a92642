package parquet

import (
	"bytes"
	"encoding/base64"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"

	"github.com/pickshard/pickshard/schema"
)

// arrowSchemaKey is where Arrow's readers look for the types that Parquet has not.
const arrowSchemaKey = "ARROW:schema"

// tell returns the schema that consumers are told in the metadata key huggingface,
// and whether they must be told it as an Arrow schema too.
//
// datasets takes a feature only if its Arrow type is the one that pyarrow gives the
// column (features/features.py, from_arrow_schema), so types are those that come back.
// Durations, time zones' names and lengths of lists come back by an Arrow schema
// alone; it replaces all other metadata for Arrow's readers, and so holds it (arrow:
// cpp/src/parquet/arrow/schema.cc, FromParquetSchema). Plain columns do without,
// a time zone's name as well.
func tell(s *schema.Schema) (told *schema.Schema, arrowSchema bool) {
	for i := range s.Len() {
		f := s.Field(i)
		arrowSchema = arrowSchema || keepsLength(f) || f.Type.Has(schema.Duration) || f.Type.Nested() && namesZone(f.Type)
	}
	fields := make([]schema.Field, s.Len())
	for i := range fields {
		f := s.Field(i)
		length, keeps := f.Type.Len, keepsLength(f)
		if f.Type.Nested() || f.Type.Kind == schema.Time {
			f.Type = comesBack(f.Type, arrowSchema)
		}
		if keeps {
			f.Type.Len = length
		}
		fields[i] = f
	}
	told, err := schema.New(fields)
	if err != nil {
		return s, false // as s is none
	}
	return told, arrowSchema
}

// keepsLength says that a field is told as a list of a fixed length: it must have no
// nulls, where pyarrow before 20 fails on them ("Expected all lists to be of size").
func keepsLength(f schema.Field) bool {
	return f.Type.Len > 0 && !f.Nullable && f.Type.HuggingFace().Len > 0
}

// namesZone says that there is a time zone other than UTC, which all are without an
// Arrow schema.
func namesZone(t schema.Type) bool {
	return !t.Walk(func(p schema.Type) bool { return p.Zone == "" || p.Zone == "UTC" })
}

// comesBack is the type that pyarrow gives a column.
func comesBack(t schema.Type, arrowSchema bool) schema.Type {
	switch t.Kind {
	case schema.List:
		elem := comesBack(*t.Elem, arrowSchema)
		return schema.ListOf(elem)
	case schema.Map:
		return comesBack(listOfPairs(t), arrowSchema)
	case schema.Struct:
		members := make([]schema.Member, len(t.Members))
		for i, m := range t.Members {
			members[i] = schema.Member{Name: m.Name, Type: comesBack(m.Type, arrowSchema)}
		}
		t.Members = members
	case schema.Time, schema.Timestamp:
		if t.Unit == arrow.Second {
			t.Unit = arrow.Millisecond
		}
		if t.Zone != "" && !arrowSchema {
			t.Zone = "UTC"
		}
	}
	return t
}

// appendMetadata appends FileMetaData.key_value_metadata.
func appendMetadata(e *encoder, s *schema.Schema) {
	told, arrowSchema := tell(s)
	pairs := [][2]string{{schema.Metadata, told.FeaturesMetadata()}}
	if arrowSchema {
		pairs = append(pairs, [2]string{arrowSchemaKey, encodeArrowSchema(told.Arrow())})
	}
	e.list(5, typeStruct, len(pairs))
	for _, p := range pairs {
		e.elem()
		e.string(1, p[0])
		e.string(2, p[1])
		e.end()
	}
}

// encodeArrowSchema encodes a schema as Arrow's readers of Parquet want it: an
// IPC message in base64.
func encodeArrowSchema(s *arrow.Schema) string {
	var b bytes.Buffer
	_ = ipc.NewWriter(&b, ipc.WithSchema(s)).Close() // a bytes.Buffer takes all
	return base64.StdEncoding.EncodeToString(b.Bytes())
}
