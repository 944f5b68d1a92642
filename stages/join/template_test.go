package join

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// chunked builds a column from values; nil is null, a string "|" ends a chunk.
func chunked(t testing.TB, typ arrow.DataType, vals ...any) *arrow.Chunked {
	t.Helper()
	var chunks []arrow.Array
	b := array.NewBuilder(memory.DefaultAllocator, typ)
	for _, v := range append(vals, "|") {
		switch v := v.(type) {
		case nil:
			b.AppendNull()
		case string:
			if v == "|" {
				chunks = append(chunks, b.NewArray())
			} else if err := b.AppendValueFromString(v); err != nil {
				t.Fatal(err)
			}
		}
	}
	return arrow.NewChunked(typ, chunks)
}

func columns(cols map[string]*arrow.Chunked) func(string) (*arrow.Chunked, bool) {
	return func(name string) (*arrow.Chunked, bool) {
		c, ok := cols[name]
		return c, ok
	}
}

func TestTemplate(t *testing.T) {
	t.Parallel()
	cols := columns(map[string]*arrow.Chunked{
		"uid":   chunked(t, arrow.BinaryTypes.String, "a.jpg", nil, "|", "sub/b.jpg", "|", "|", "", "é{x}"),
		"large": chunked(t, arrow.BinaryTypes.LargeString, "1", "2", "3", "4", "5"),
		"id":    chunked(t, arrow.PrimitiveTypes.Int64, "7", "-7", "|", "9223372036854775807", "-9223372036854775808", nil),
		"small": chunked(t, arrow.PrimitiveTypes.Int8, "-128", "127", "0", "1", "2"),
		"big":   chunked(t, arrow.PrimitiveTypes.Uint64, "18446744073709551615", "0", "1", "2", "3"),
		"none":  arrow.NewChunked(arrow.Null, []arrow.Array{array.NewNull(5)}),
	})
	constants := map[string]string{"folder": "train", "brace": "{id}"}
	const null = "\x00"
	for text, want := range map[string][]string{
		"img/{folder}/{uid}":    {"img/train/a.jpg", null, "img/train/sub/b.jpg", null, "img/train/é{x}"},
		"{id:06}.png":           {"000007.png", "-00007.png", "9223372036854775807.png", "-9223372036854775808.png", null},
		"{id:06d}":              {"000007", "-00007", "9223372036854775807", "-9223372036854775808", null},
		"{id:01}-{id}":          {"7-7", "-7--7", "9223372036854775807-9223372036854775807", "-9223372036854775808--9223372036854775808", null},
		"{small:04}":            {"-128", "0127", "0000", "0001", "0002"},
		"{big:22}":              nil,
		"{big:022}":             {"0018446744073709551615", "0000000000000000000000", "0000000000000000000001", "0000000000000000000002", "0000000000000000000003"},
		"{{{large}}}{{folder}}": {"{1}{folder}", "{2}{folder}", "{3}{folder}", "{4}{folder}", "{5}{folder}"},
		"{brace}{{":             {"{id}{", "{id}{", "{id}{", "{id}{", "{id}{"},
		"x{none}":               {null, null, null, null, null},
		"fixed.png":             {"fixed.png", "fixed.png", "fixed.png", "fixed.png", "fixed.png"},
	} {
		tm, err := ParseTemplate(text, constants)
		if want == nil {
			if err == nil {
				t.Errorf("%s: no error", text)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		name, err := tm.Bind(cols)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for row, w := range want {
			got, ok := name.Append([]byte("kept:"), int64(row), 0)
			if ok != (w != null) || ok && string(got) != "kept:"+w {
				t.Errorf("%s row %d: %q, %v; want %q", text, row, got, ok, w)
			}
		}
		if len(tm.Columns()) > 0 {
			for _, row := range []int64{-1, 5, math.MaxInt64} {
				if _, ok := name.Append(nil, row, 0); ok {
					t.Errorf("%s row %d: ok", text, row)
				}
			}
		}
	}
}

func TestTemplateColumns(t *testing.T) {
	t.Parallel()
	tm, err := ParseTemplate("{b}/{folder}/{a}/{b:03}", map[string]string{"folder": ""})
	if err != nil || !slices.Equal(tm.Columns(), []string{"b", "a"}) || tm.String() != "{b}/{folder}/{a}/{b:03}" {
		t.Errorf("%v, %v", tm, err)
	}
}

func TestTemplateFaults(t *testing.T) {
	t.Parallel()
	cols := columns(map[string]*arrow.Chunked{
		"text":  chunked(t, arrow.BinaryTypes.String, "x"),
		"float": chunked(t, arrow.PrimitiveTypes.Float64, "1", nil, "5.5"),
		"list":  chunked(t, arrow.ListOf(arrow.PrimitiveTypes.Int64), "[1, 2]"),
		"bytes": arrow.NewChunked(arrow.BinaryTypes.Binary, nil),
	})
	for text, want := range map[string]string{
		"":             "file template is empty",
		"{c}":          "file template is empty",
		"ab{":          "position 2: '{' without '}'",
		"a{b{c}":       "position 1: '{' without '}'",
		"a}b":          "position 1: '}' without '{'",
		"{text}}":      "position 6: '}' without '{'",
		"a{}":          "position 1: empty placeholder",
		"a{:06}":       "position 1: empty placeholder",
		"{ text}":      "position 0: placeholder { text} has spaces",
		"{text:x}":     "position 0: placeholder {text:x}: the formats are zero padding",
		"{text:}":      "the formats are zero padding",
		"{text:6}":     "the formats are zero padding",
		"{text:0}":     "the formats are zero padding",
		"{text:0-1}":   "the formats are zero padding",
		"{text:00006}": "the formats are zero padding",
		"{text:09999}": "the formats are zero padding",
		"{folder:06}":  "position 0: {folder} is a text",
		"x/{none}":     "position 2: {none}: the records have no column of that name",
		"x/{text:06}":  "position 2: {text}: the column is a string, only an integer can be padded",
		"{float}":      "position 0: {float}: the column is a float64 and row 2 has 5.5",
		"{list}{list}": "position 6: {list}: a second list",
		"{text[0]}":    "position 0: {text}: [0]: the column is a string, not a list",
		"{list[-1]}":   "one value of a list is written",
		"{list[x]}":    "one value of a list is written",
		"{list[1}":     "one value of a list is written",
		"{[1]}":        "one value of a list is written",
		"{bytes:06}":   "position 0: {bytes}: the column is a binary, only an integer can be padded",
	} {
		tm, err := ParseTemplate(text, map[string]string{"folder": "train", "c": ""})
		if err == nil {
			_, err = tm.Bind(cols)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v; want %q", text, err, want)
		}
	}
}

func TestTemplateOfLists(t *testing.T) {
	t.Parallel()
	dict := &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}
	cols := columns(map[string]*arrow.Chunked{
		"names": chunked(t, arrow.ListOf(arrow.BinaryTypes.String), `["a.png", "b.png"]`, "[]", "|", nil, `["c.png", null, ""]`),
		"ids":   chunked(t, arrow.FixedSizeListOf(2, arrow.PrimitiveTypes.Int64), "[1, 2]", "[3, 4]", "|", nil, "[5, null]"),
		"cat":   chunked(t, dict, "x", "y", "|", "x", nil),
		"whole": chunked(t, arrow.PrimitiveTypes.Float64, "7", "-1", "|", "9007199254740992", nil),
	})
	for text, want := range map[string][]string{
		"{names}":          {"a.png b.png", "", "null", "c.png - -"},
		"{ids:03}/{cat}":   {"001/x 002/x", "003/y 004/y", "null", "- -"},
		"{names[1]}":       {"b.png", "-", "-", "-"},
		"{ids[0]}-{names}": {"1-a.png 1-b.png", "", "null", "5-c.png - -"},
		"{whole:03}":       {"007", "-01", "9007199254740992", "-"},
	} {
		tm, err := ParseTemplate(text, nil)
		if err != nil {
			t.Fatal(err)
		}
		names, err := tm.Bind(cols)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for row, w := range want {
			got := []string{}
			n, ok := names.Len(int64(row))
			for item := range n {
				name, ok := names.Append(nil, int64(row), item)
				if !ok {
					name = []byte("-")
				}
				got = append(got, string(name))
			}
			if !ok {
				got = []string{"null"}
			}
			if strings.Join(got, " ") != w {
				t.Errorf("%s row %d: %q, want %q", text, row, got, w)
			}
		}
	}
}
