package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Features returns the fields as Hugging Face's features JSON object, in field
// order, e.g. {"img":{"_type":"Image"},"E1":{"dtype":"float64","_type":"Value"}}.
func (s *Schema) Features() json.RawMessage {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, f := range s.fields {
		if i > 0 {
			b.WriteByte(',')
		}
		name, _ := json.Marshal(f.Name) // a string always marshals
		b.Write(name)
		if f.Type.Kind == Image {
			b.WriteString(`:{"_type":"Image"}`)
		} else {
			fmt.Fprintf(&b, `:{"dtype":%q,"_type":"Value"}`, f.Type)
		}
	}
	b.WriteByte('}')
	return b.Bytes()
}

// FeaturesMetadata returns the value of the metadata key Metadata:
// {"info":{"features":{...}}} (datasets: arrow_writer.py, _build_metadata).
func (s *Schema) FeaturesMetadata() string {
	return `{"info":{"features":` + string(s.Features()) + `}}`
}
