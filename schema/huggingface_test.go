package schema_test

import (
	"testing"

	"github.com/pickshard/pickshard/schema"
)

// TestHuggingFace wants the features that load_from_disk of datasets 2.14, 3.6, 4.1 and
// 5.2 took for columns of the type that HuggingFace gives.
func TestHuggingFace(t *testing.T) {
	t.Parallel()
	for spelling, want := range map[string]struct{ typ, feature string }{
		"list[int64]":            {"list[int64]", `[{"dtype":"int64","_type":"Value"}]`},
		"list[float32, 512]":     {"list[float32, 512]", `{"feature":{"dtype":"float32","_type":"Value"},"length":512,"_type":"Sequence"}`},
		"list[list[bool, 2]]":    {"list[list[bool, 2]]", `[{"feature":{"dtype":"bool","_type":"Value"},"length":2,"_type":"Sequence"}]`},
		"list[class[a, \"b,\"]]": {"list[class[a, \"b,\"]]", `[{"names":["a","b,"],"_type":"ClassLabel"}]`},
		"list[struct[a: json, b: time[us]], 2]": {"list[struct[a: json, b: time[us]]]",
			`[{"a":{"dtype":"string","_type":"Value"},"b":{"dtype":"time64[us]","_type":"Value"}}]`},
		"map[string, decimal[10, 2]]": {"list[struct[key: string, value: decimal[10, 2]]]",
			`[{"key":{"dtype":"string","_type":"Value"},"value":{"dtype":"decimal128(10, 2)","_type":"Value"}}]`},
		"struct[m: list[map[int8, date32], 3]]": {"struct[m: list[list[struct[key: int8, value: date32]], 3]]",
			`{"m":{"feature":[{"key":{"dtype":"int8","_type":"Value"},"value":{"dtype":"date32","_type":"Value"}}],"length":3,"_type":"Sequence"}}`},
		"image[binary]": {"image[binary]", `{"dtype":"binary","_type":"Value"}`},
		"list[image]":   {"list[image]", `[{"_type":"Image"}]`},
	} {
		typ, err := schema.ParseType(spelling)
		if err != nil {
			t.Fatal(err)
		}
		if got := typ.HuggingFace(); got.String() != want.typ {
			t.Errorf("%s: for Hugging Face it is %s, want %s", spelling, got, want.typ)
		}
		s, err := schema.New([]schema.Field{{Name: "f", Type: typ}})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.Features()); got != `{"f":`+want.feature+`}` {
			t.Errorf("%s: features %s, want %s", spelling, got, want.feature)
		}
	}
}
