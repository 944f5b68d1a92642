package parquet

import (
	"bytes"
	"encoding/base64"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/parquet-go/parquet-go/format"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/messages"
)

// arrowSchema is the key under which Arrow's writers keep the schema that a file was
// written from (Arrow C++: parquet/arrow/schema.cc).
const arrowSchema = "ARROW:schema"

// refine gives columns the types that Parquet has no word for where the file tells
// them: durations, the names of time zones, the length of lists. What it says is only
// taken where it fits what the schema says.
func (s *source) refine() {
	for _, kv := range s.meta.KeyValueMetadata {
		if kv.Key != arrowSchema || len(kv.Value) > mostHeader {
			continue
		}
		original := decodeSchema(kv.Value)
		if original == nil || original.NumFields() != len(s.tree) {
			return
		}
		for i, n := range s.tree {
			if f := original.Field(i); f.Name == n.name {
				n.refine(f.Type)
			}
		}
	}
}

// decodeSchema reads a schema message, nil if it is none: nothing depends on it.
func decodeSchema(text string) *arrow.Schema {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	r, err := ipc.NewReader(messages.Guard(bytes.NewReader(data), 0, int64(len(data)), read.Limits{}))
	if err != nil {
		return nil
	}
	defer r.Release()
	return r.Schema()
}

// refine takes a type that the values of a node were written from.
func (n *node) refine(from arrow.DataType) {
	if e, ok := from.(arrow.ExtensionType); ok {
		from = e.StorageType()
	}
	switch n.shape {
	case leafShape:
		n.refineLeaf(from)
	case structShape:
		t, ok := from.(*arrow.StructType)
		if !ok || t.NumFields() != len(n.parts) {
			return
		}
		fields := make([]arrow.Field, len(n.parts))
		for i, p := range n.parts {
			if t.Field(i).Name == p.name {
				p.refine(t.Field(i).Type)
			}
			fields[i] = arrow.Field{Name: p.name, Type: p.arrow, Nullable: true}
		}
		n.arrow = arrow.StructOf(fields...)
	case mapShape:
		if t, ok := from.(*arrow.MapType); ok {
			n.parts[0].refine(t.KeyType())
			n.parts[1].refine(t.ItemType())
			n.arrow = arrow.MapOf(n.parts[0].arrow, n.parts[1].arrow)
		}
	case listShape:
		t, ok := from.(arrow.ListLikeType)
		if !ok {
			return
		}
		n.parts[0].refine(t.Elem())
		n.arrow = arrow.ListOf(n.parts[0].arrow)
		if f, ok := from.(*arrow.FixedSizeListType); ok && f.Len() > 0 {
			n.arrow = arrow.FixedSizeListOf(f.Len(), n.parts[0].arrow)
		}
	}
}

func (n *node) refineLeaf(from arrow.DataType) {
	switch t := from.(type) {
	case *arrow.DurationType:
		if n.physical.kind == format.Int64 && n.arrow.ID() == arrow.INT64 {
			n.arrow, n.append = t, numbers[arrow.DURATION]
		}
	case *arrow.DictionaryType:
		text := t.ValueType.ID()
		n.category = n.arrow.ID() == arrow.STRING && (text == arrow.STRING || text == arrow.LARGE_STRING || text == arrow.STRING_VIEW)
	case *arrow.TimestampType:
		// What was adjusted to UTC is shown in the zone it was written from.
		if own, ok := n.arrow.(*arrow.TimestampType); ok && own.TimeZone != "" && t.TimeZone != "" {
			n.arrow = &arrow.TimestampType{Unit: own.Unit, TimeZone: t.TimeZone}
		}
	}
}
