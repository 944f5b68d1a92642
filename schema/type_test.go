package schema

import (
	"strings"
	"testing"
)

func TestParseType(t *testing.T) {
	t.Parallel()
	for _, name := range append(TypeNames(), "timestamp[ns, tz=+02:00]", `class["", "a, b", "c]", "\"", plain name]`,
		"list[list[struct[a: list[int8, 3], b c: decimal[76, 0]]]]", "map[date32, list[json]]", `struct["x:y": class]`) {
		typ, err := ParseType(name)
		if err != nil || typ.String() != name {
			t.Errorf("ParseType(%q) = %v, %v", name, typ, err)
		}
	}
	for alias, want := range map[string]string{
		"str": "string", "int": "int64", "Int64": "int64", "double": "float64", "bool_": "bool", "datetime": "timestamp[us]", "timestamp": "timestamp[us]",
		"datetime64[ns]": "timestamp[ns]", "datetime64[ns, UTC]": "timestamp[ns, tz=UTC]", "time64[ns]": "time[ns]", "timedelta64[ms]": "duration[ms]",
		"list<item: int64>": "list[int64]", "list<element: list<int8>>": "list[list[int8]]", "fixed_size_list<item: float>[3]": "",
		"decimal128(10, 2)": "decimal[10, 2]", "decimal[5]": "decimal[5, 0]", "struct<a: str, b: int>": "struct[a: string, b: int64]",
		" list[ item ] ": "", "category": "class", "dict": "json", "list[ int64 , 4 ]": "list[int64, 4]", "struct[ a : int8 ]": "struct[a: int8]",
	} {
		typ, err := ParseType(alias)
		if (err != nil) != (want == "") || err == nil && typ.String() != want {
			t.Errorf("ParseType(%q) = %v, %v, want %s", alias, typ, err, want)
		}
	}
	for _, bad := range []string{
		"", "invalid", "float", "number", "timestamp[h]", "timestamp[us", "timestamp[us, tz=]", "list", "list[]", "list[int64", "list[int64]]", "list[int64, 0]", "list[int64, -1]",
		"list[int64, 99999999999999999999]", "map[string]", "map[json, string]", "map[list[int8], string]", "struct[]", "struct[a]", "struct[a: int8, a: int8]",
		"class[]", "class[a, a]", "decimal[0]", "decimal[77, 0]", "decimal[3, 4]", "struct[a: image]", "image[x]", "list[image[binary]]", "list[list[image]]", "map[string, image]", "int64 x", "int64,",
		strings.Repeat("list[", 40) + "int8" + strings.Repeat("]", 40), "struct[" + strings.Repeat("a: int8, ", 20_000) + "]", "list<int64]", "\x00", "list[\xff]",
	} {
		if typ, err := ParseType(bad); err == nil {
			t.Errorf("ParseType(%q) = %v, want an error", shortened(bad), typ)
		} else if len(err.Error()) > 1200 {
			t.Errorf("ParseType(%q): an error of %d bytes", shortened(bad), len(err.Error()))
		}
	}
}

func FuzzParseType(f *testing.F) {
	for _, s := range append(TypeNames(), "list<item: int64>", "decimal128(10, 2)", `class["a\nb", c]`, "list[list[") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		typ, err := ParseType(s)
		if err != nil {
			return
		}
		back, err := ParseType(typ.String())
		if err != nil || !back.Equal(typ) {
			t.Fatalf("%q is %s, which is %v, %v", s, typ, back, err)
		}
	})
}

func TestFromArrow(t *testing.T) {
	t.Parallel()
	for _, name := range TypeNames() {
		typ, err := ParseType(name)
		if err != nil {
			t.Fatal(err)
		}
		if typ.Has(Image) || typ.Has(Class) || typ.Has(JSON) {
			continue // written as types of their own
		}
		if back, ok := FromArrow(typ.Arrow()); !ok || !back.Equal(typ) {
			t.Errorf("%s comes back from %s as %s, %v", typ, typ.Arrow(), back, ok)
		}
	}
}

func TestFeatures(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"list[image]":                     `[{"_type":"Image"}]`,
		"list[list[int64], 2]":            `{"feature":[{"dtype":"int64","_type":"Value"}],"length":2,"_type":"Sequence"}`,
		"struct[a: json, b: class[x, y]]": `{"a":{"dtype":"string","_type":"Value"},"b":{"names":["x","y"],"_type":"ClassLabel"}}`,
		"time[s]":                         `{"dtype":"time32[s]","_type":"Value"}`,
		"decimal[40, 1]":                  `{"dtype":"decimal256(40, 1)","_type":"Value"}`,
	} {
		typ, err := ParseType(name)
		if err != nil {
			t.Fatal(err)
		}
		s, err := New([]Field{{Name: "x", Type: typ}})
		if err != nil {
			t.Fatal(err)
		}
		if got := string(s.Features()); got != `{"x":`+want+`}` {
			t.Errorf("%s: features %s, want %s", name, got, want)
		}
	}
}
