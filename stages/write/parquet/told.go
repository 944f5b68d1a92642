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
// Durations and lengths of lists come back by an Arrow schema alone; it replaces all
// other metadata for Arrow's readers, and so holds it (arrow:
// cpp/src/parquet/arrow/schema.cc, FromParquetSchema). Files that have neither do
// without. Names of time zones do not come back: Polars dies of one that it does not
// know.
func tell(s *schema.Schema) (told *schema.Schema, arrowSchema bool) {
	for i := range s.Len() {
		f := s.Field(i)
		arrowSchema = arrowSchema || keepsLength(f) || f.Type.Has(schema.Duration)
	}
	fields := make([]schema.Field, s.Len())
	for i := range fields {
		f := s.Field(i)
		length, keeps := f.Type.Len, keepsLength(f)
		if f.Type.Kind != schema.Timestamp || arrowSchema {
			f.Type = comesBack(f.Type)
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

// comesBack is the type that pyarrow gives a column.
func comesBack(t schema.Type) schema.Type {
	switch t.Kind {
	case schema.List:
		elem := comesBack(*t.Elem)
		return schema.ListOf(elem)
	case schema.Map:
		return comesBack(listOfPairs(t))
	case schema.Struct:
		members := make([]schema.Member, len(t.Members))
		for i, m := range t.Members {
			members[i] = schema.Member{Name: m.Name, Type: comesBack(m.Type)}
		}
		t.Members = members
	case schema.Time, schema.Timestamp:
		if t.Unit == arrow.Second {
			t.Unit = arrow.Millisecond
		}
		if t.Zone != "" {
			t.Zone = "UTC"
		}
	}
	return t
}

// appendMetadata appends FileMetaData.key_value_metadata.
func appendMetadata(e *encoder, s *schema.Schema, content bool) {
	told, arrowSchema := tell(s)
	pairs := [][2]string{{schema.Metadata, told.FeaturesMetadata()}}
	if arrowSchema {
		pairs = append(pairs, [2]string{arrowSchemaKey, encodeArrowSchema(told.Arrow())})
	}
	if content {
		pairs = append(pairs, [2]string{contentDefinedKey, contentDefined})
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
