package schema

import (
	"encoding/json"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
)

// Features returns the fields as Hugging Face's features JSON object, in field
// order, e.g. {"img":{"_type":"Image"},"E1":{"dtype":"float64","_type":"Value"}}.
func (s *Schema) Features() json.RawMessage {
	dst := []byte{'{'}
	for i, f := range s.fields {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = appendFeature(append(AppendJSONString(dst, f.Name), ':'), f.Type.HuggingFace())
	}
	return append(dst, '}')
}

// HuggingFace returns the type that every version of datasets has a feature for and
// that holds the same values: a map is the list of its {key, value}, and a list of
// structs has any length, as Sequence(length) of a struct is a struct of lists to
// them (datasets: features/features.py, generate_from_arrow_type knows no map;
// get_nested_type).
func (t Type) HuggingFace() Type {
	switch t.Kind {
	case List:
		elem := t.Elem.HuggingFace()
		if t.Elem = &elem; elem.Kind == Struct {
			t.Len = 0
		}
	case Map:
		return ListOf(Type{Kind: Struct, Members: []Member{{"key", t.Key.HuggingFace()}, {"value", t.Elem.HuggingFace()}}})
	case Struct:
		members := make([]Member, len(t.Members))
		for i, m := range t.Members {
			members[i] = Member{m.Name, m.Type.HuggingFace()}
		}
		t.Members = members
	}
	return t
}

// appendFeature appends a type of HuggingFace as the feature that every version of
// datasets knows.
// A list is written [feature], which versions before and after 4.0 take for the
// same list; the names that they have for it, Sequence and List, each is not known
// to, or means something else to, the other (datasets: features/features.py,
// generate_from_dict).
func appendFeature(dst []byte, t Type) []byte {
	switch t.Kind {
	case Image:
		if !t.Plain {
			return append(dst, `{"_type":"Image"}`...)
		}
	case Class:
		dst = append(dst, `{"names":[`...)
		for i, n := range t.Names {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = AppendJSONString(dst, n)
		}
		return append(dst, `],"_type":"ClassLabel"}`...)
	case List:
		if t.Len > 0 {
			dst = appendFeature(append(dst, `{"feature":`...), *t.Elem)
			return fmt.Appendf(dst, `,"length":%d,"_type":"Sequence"}`, t.Len)
		}
		return append(appendFeature(append(dst, '['), *t.Elem), ']')
	case Struct:
		dst = append(dst, '{')
		for i, m := range t.Members {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = appendFeature(append(AppendJSONString(dst, m.Name), ':'), m.Type)
		}
		return append(dst, '}')
	}
	return fmt.Appendf(dst, `{"dtype":%q,"_type":"Value"}`, t.Dtype())
}

// Dtype is what datasets calls a type that has no parts (datasets:
// features/features.py, string_to_arrow): Arrow's name with its parameters.
func (t Type) Dtype() string {
	switch t.Kind {
	case JSON:
		return "string"
	case Image:
		if t.Plain {
			return "binary"
		}
	case Time:
		if t.Unit <= arrow.Millisecond {
			return "time32[" + t.Unit.String() + "]"
		}
		return "time64[" + t.Unit.String() + "]"
	case Decimal:
		if t.Precision <= 38 {
			return fmt.Sprintf("decimal128(%d, %d)", t.Precision, t.Scale)
		}
		return fmt.Sprintf("decimal256(%d, %d)", t.Precision, t.Scale)
	}
	return t.String()
}

// FeaturesMetadata returns the value of the metadata key Metadata:
// {"info":{"features":{...}}} (datasets: arrow_writer.py, _build_metadata).
func (s *Schema) FeaturesMetadata() string {
	return `{"info":{"features":` + string(s.Features()) + `}}`
}
