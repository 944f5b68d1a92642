package read_test

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/csv"
	"github.com/pickshard/pickshard/stages/read/json"
)

// values is an array of a type of schema, from JSON.
func values(t *testing.T, typ, text string) arrow.Array {
	t.Helper()
	parsed, err := schema.ParseType(typ)
	if err != nil {
		t.Fatal(err)
	}
	a, _, err := array.FromJSON(memory.DefaultAllocator, parsed.Arrow(), strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// TestConvert: what becomes of values of each type, safely and with a cast. Rows that
// cannot be the type are listed.
func TestConvert(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from, text, to string
		cast           read.Cast
		def            any
		want, misfits  string
	}{
		{from: "int64", text: `[1, 200, null]`, to: "int8", want: `1 null null`, misfits: `1: int 200`},
		{from: "int64", text: `[9007199254740993, 9007199254740992]`, to: "float64", want: `null 9007199254740992.0`, misfits: `0: int 9007199254740993`},
		{from: "float64", text: `[4.0, 5.5, -9007199254740992]`, to: "int64", want: `4 null -9007199254740992`, misfits: `1: float 5.5`},
		{from: "float64", text: `[0.5, 0.1]`, to: "float32", want: `0.5 null`, misfits: `1: float 0.1`},
		{from: "float64", text: `[3.0, -1.0]`, to: "uint8", want: `3 null`, misfits: `1: float -1`},
		{from: "string", text: `["5", "x"]`, to: "int64", want: `null null`, misfits: `0: text "5" 1: text "x"`},
		{from: "string", text: `["5", "x", "5.5"]`, to: "int64", cast: read.Lossless, want: `5 null null`, misfits: `1: text "x" 2: text "5.5"`},
		{from: "string", text: `["true", "0", "no"]`, to: "bool", cast: read.Lossless, want: `true false null`, misfits: `2: text "no"`},
		{from: "string", text: `["[1, 2]", "{}"]`, to: "list[int8]", cast: read.Lossless, want: `[1,2] null`, misfits: `1: text "{}"`},
		{from: "int64", text: `[7, null]`, to: "string", cast: read.Lossless, want: `"7" null`},
		{from: "int64", text: `[7, null]`, to: "string", cast: read.Lossless, def: "none", want: `"7" "none"`},
		{from: "float64", text: `[1.0, 0.1]`, to: "string", cast: read.Lossless, want: `"1.0" "0.1"`},
		{from: "int64", text: `[7, null]`, to: "int64", def: int64(3), want: `7 3`},
		{from: "date32", text: `["2024-02-29"]`, to: "timestamp[ms]", want: `"2024-02-29T00:00:00.000"`},
		{from: "timestamp[us]", text: `["2024-02-29 00:00:00", "2024-02-29 12:00:00"]`, to: "date32", want: `"2024-02-29" null`, misfits: `1: timestamp \"2024-02-29T12:00:00.000000\"`},
		{from: "timestamp[us]", text: `["2024-02-29 00:00:00.000001"]`, to: "timestamp[s]", want: `null`, misfits: `0: timestamp \"2024-02-29T00:00:00.000001\"`},
		{from: "timestamp[us]", text: `["2024-02-29 00:00:00"]`, to: "timestamp[us, tz=UTC]", want: `null`, misfits: `0: timestamp \"2024-02-29T00:00:00.000000\"`},
		{from: "decimal[9, 2]", text: `["12.50", "12.00"]`, to: "decimal[4, 1]", want: `12.5 12.0`},
		{from: "decimal[9, 2]", text: `["12.55", "12.00"]`, to: "int8", want: `null 12`, misfits: `0: decimal 12.55`},
		{from: "string", text: `["dog", "cow"]`, to: "class[cat, dog]", want: `1 null`, misfits: `1: text "cow"`},
		{from: "int64", text: `[0, 2]`, to: "class[cat, dog]", want: `0 null`, misfits: `1: int 2`},
		{from: "list[float64]", text: `[[1, 2], [1.5], null]`, to: "list[int8]", want: `[1,2] null null`, misfits: `1: list [1.5]`},
		{from: "list[int64]", text: `[[1, 2], [1]]`, to: "list[int64, 2]", want: `[1,2] null`, misfits: `1: list [1]`},
		{from: "struct[a: int64, b: string]", text: `[{"a": 1, "b": "x"}]`, to: "struct[b: string, a: float64, c: bool]", want: `{"b":"x","a":1.0,"c":null}`},
		{from: "struct[a: int64, b: string]", text: `[{"a": 1, "b": "x"}]`, to: "struct[a: int64]", want: `null`, misfits: `0: struct {\"a\":1,\"b\":\"x\"}`},
		{from: "struct[a: int64]", text: `[{"a": 1}, null]`, to: "json", want: `"{\"a\":1}" null`},
		{from: "string", text: `["plain", "{\"k\": 1}", "5"]`, to: "json", want: `"\"plain\"" "{\"k\": 1}" "\"5\""`},
		{from: "map[string, int64]", text: `[[{"key": "k", "value": 1}]]`, to: "map[string, float64]", want: `[{"key":"k","value":1.0}]`},
	}
	for _, tt := range tests {
		typ, err := schema.ParseType(tt.to)
		if err != nil {
			t.Fatal(err)
		}
		var misfits []string
		got, err := read.Convert(values(t, tt.from, tt.text), read.Want{Type: typ, Cast: tt.cast, Default: tt.def}, read.Options{}, func(row int, found string) {
			misfits = append(misfits, string(rune('0'+row))+": "+found)
		})
		if err != nil {
			t.Errorf("%s to %s: %v", tt.from, tt.to, err)
			continue
		}
		if !arrow.TypeEqual(got.DataType(), typ.Arrow()) {
			t.Errorf("%s to %s: it is %s", tt.from, tt.to, got.DataType())
		}
		var shown []string
		for i := range got.Len() {
			text, err := schema.AppendJSON(nil, got, i, schema.StrictFloats)
			if err != nil {
				t.Fatal(err)
			}
			shown = append(shown, string(text))
		}
		if diff := cmp.Diff(tt.want+"; "+tt.misfits, strings.Join(shown, " ")+"; "+strings.Join(misfits, " ")); diff != "" {
			t.Errorf("%s to %s: %s", tt.from, tt.to, diff)
		}
	}
}

func TestDefaultOfAnotherType(t *testing.T) {
	t.Parallel()
	_, err := read.Convert(values(t, "int64", `[1]`), read.Want{Type: schema.Type{Kind: schema.Int8}, Default: "x"}, read.Options{}, nil)
	if err == nil || !strings.Contains(err.Error(), "its default, x, cannot be int8") {
		t.Error(err)
	}
}

func TestPath(t *testing.T) {
	t.Parallel()
	a := values(t, "struct[a: struct[b: int64]]", `[{"a": {"b": 1}}, null, {"a": null}, {"a": {"b": null}}]`)
	for _, part := range []arrow.Array{a, array.NewSlice(a, 1, 4)} {
		got, ok := read.Path(part, []string{"a", "b"})
		if !ok || got.Len() != part.Len() {
			t.Fatal(ok, got)
		}
		for i := range got.Len() {
			if whole := part.Len() == 4 && i == 0; got.IsNull(i) == whole {
				t.Errorf("row %d of %d: null %v", i, got.Len(), got.IsNull(i))
			}
		}
	}
	if _, ok := read.Path(a, []string{"a", "c"}); ok {
		t.Error("there is no a.c")
	}
}

// TestConcat: parts of several kinds have the types in common, and their misfits keep
// their rows.
func TestConcat(t *testing.T) {
	t.Parallel()
	part := func(r read.Reader, name, text string) *read.Result {
		f, err := read.OpenFile(read.Input{Name: name, At: strings.NewReader(text), Size: int64(len(text))}, read.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		opts := read.Options{Want: map[string]read.Want{"w": {Type: schema.Type{Kind: schema.Int8}}}}
		res, err := r.Read(t.Context(), []*read.File{f}, opts)
		if err != nil {
			t.Fatal(err)
		}
		return res
	}
	res, err := read.Concat([]*read.Result{
		part(csv.New(), "a.csv", "k,w,n\n1,2,\nx,3,\n"), part(json.New(), "b.jsonl", "{\"w\":1000,\"k\":\"y\",\"n\":1.5}\n"), part(csv.New(), "c.csv", "k,w,n\nz,4,2\n"),
	}, read.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if res.Table.NumRows() != 4 || !cmp.Equal(res.FileRows, []int64{2, 1, 1}) || !cmp.Equal(res.Misfits.Rows(), []int64{2}) {
		t.Errorf("%d rows, %v, misfits in %v", res.Table.NumRows(), res.FileRows, res.Misfits.Rows())
	}
	if kinds := res.Table.Schema().String(); !strings.Contains(kinds, "n: type=float64") || !strings.Contains(kinds, "w: type=int8") {
		t.Error(kinds)
	}
	if _, err := read.Concat([]*read.Result{part(csv.New(), "a.csv", "w,b\n1,x\n"), part(csv.New(), "b.csv", "w,b\n1,2\n")}, read.Options{}); err == nil || !strings.Contains(err.Error(), `in b.csv it is int64, in the files before string`) {
		t.Errorf("two types: %v", err)
	}
}

// TestClassNames: a class without names takes those of the records.
func TestClassNames(t *testing.T) {
	t.Parallel()
	text := "c\ndog\ncat\n\ndog\n"
	f, err := read.OpenFile(read.Input{Name: "x.csv", At: strings.NewReader(text), Size: int64(len(text))}, read.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	res, err := csv.New().Read(t.Context(), []*read.File{f}, read.Options{Want: map[string]read.Want{"c": {Type: schema.Type{Kind: schema.Class}}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"cat", "dog"}, res.Types["c"].Names); diff != "" || res.Misfits.Count != 0 {
		t.Error(diff, res.Misfits)
	}
}
