package webdataset_test

import (
	"archive/tar"
	"bytes"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

// A member of a tar that a test makes up.
type member struct{ name, data string }

func archive(t testing.TB, members []member) *conformance.File {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range members {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.data)), Mode: 0o644, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(m.data)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return conformance.NewFile(b.Bytes())
}

func twoImages() *conformance.Table {
	return &conformance.Table{Fields: []schema.Field{
		{Name: "b", Type: schema.Type{Kind: schema.Image}},
		{Name: "a", Type: schema.Type{Kind: schema.Image}},
		{Name: "s", Type: schema.Type{Kind: schema.String}, Nullable: true},
		{Name: "f", Type: schema.Type{Kind: schema.Float64}},
		{Name: "n", Type: schema.Type{Kind: schema.Int8}},
	}}
}

func TestReaderRefuses(t *testing.T) {
	const good = `{"s":"x","f":0.5,"n":1}`
	sample := func(key, json string) []member {
		return []member{{key + ".a.png", "A"}, {key + ".b.jpg", "B"}, {key + ".json", json}}
	}
	for _, c := range []struct {
		want    string
		members []member
	}{
		{"", append(sample("k1", good), sample("k2", `{"s":null,"f":NaN,"n":-128}`)...)},
		{"again", append(sample("k1", good), sample("k1", good)...)},
		{"within a sample", sample("k1", good)[:2]},
		{"", sample("k1", good)[1:]}, // an image is null
		{"", sample("k1", good)[2:]},
		{"k1.json was due", []member{{"k1.b.jpg", "B"}, {"k1.a.png", "A"}, {"k1.json", good}}},
		{"again", append(sample("k1", good), member{"k1.c.png", "C"})},
		{"k1.json was due", []member{{"k1.a.png", "A"}, {"k1.a.jpg", "A"}, {"k1.json", good}}},
		{"is a png", []member{{"k1.a.jpg", "\x89PNG\r\n\x1a\n"}}},
		{"is a jpg", []member{{"k1.a.png", "\xff\xd8\xff"}}},
		{"is a webp", []member{{"k1.a.img", "RIFF....WEBP"}}},
		{"where k1.json was due", []member{{"k1.a.png", "A"}, {"k1.b.jpg", "B"}, {"k2.json", good}}},
		{"extension", []member{{"k1.a.PNG", "A"}}},
		{"k1.json was due", []member{{"k1.png", "A"}}},
		{"k1.json was due", []member{{"k1", "A"}}},
		{"key", sample("a b", good)},
		{"key", sample("__k", good)},
		{"key", sample("d/k", good)},
		{"JSON", sample("k", `{"s":"x","f":0.50,"n":1}`)},
		{"JSON", sample("k", `{"s":"\u0078","f":0.5,"n":1}`)},
		{"JSON", sample("k", `{"s":"x","f":5e-1,"n":1}`)},
		{"JSON", sample("k", `{"s":"x","f":1,"n":1}`)},
		{"JSON", sample("k", `{"s":"x","f":0.5,"n":+1}`)},
		{"was due", sample("k", `{"f":0.5,"s":"x","n":1}`)},
		{"was due", sample("k", `{"s":"x", "f":0.5,"n":1}`)},
		{"was due", sample("k", `{"s":"x","f":0.5}`)},
		{"was due", sample("k", `{"s":"x","f":0.5,"n":1,"m":1}`)},
		{"was due", sample("k", good+"\n")},
		{"was due", sample("k", ``)},
		{"not a string", sample("k", `{"s":1,"f":0.5,"n":1}`)},
		{"field n", sample("k", `{"s":"x","f":0.5,"n":128}`)},
		{"field n", sample("k", `{"s":"x","f":0.5,"n":1.0}`)},
		{"field f", sample("k", `{"s":"x","f":"0.5","n":1}`)},
		{"without end", sample("k", `{"s":"x`)},
		{"without end", sample("k", `{"s":"x\`)},
		{"was due", sample("k", `{"s":null`)},
	} {
		err := conformance.DrainSafely(webdataset.New(), archive(t, c.members), twoImages())
		switch {
		case c.want == "" && err.Error() != "EOF":
			t.Errorf("good file: %v", err)
		case !strings.Contains(err.Error(), c.want), c.want != "" && err.Error() == "EOF":
			t.Errorf("%q: %v, want %q", c.members, err, c.want)
		}
	}
}

// FuzzReader: any bytes give records or an error, and what gives records to the
// end is what the writer would make of them.
func FuzzReader(f *testing.F) {
	small := twoImages()
	small.Rows = [][]any{{[]byte("B"), []byte("A"), "x\"y", 0.5, int8(1)}, {[]byte{}, bytes.Repeat([]byte("i"), 600), nil, -1.0, int8(-7)}}
	f.Add(write(f, small).Bytes())
	f.Add(write(f, twoImages()).Bytes())
	f.Add([]byte{})
	for _, name := range []string{"k.a.png", "k.json", "PaxHeader"} {
		f.Add(archive(f, []member{{name, "{}"}}).Bytes())
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		drain(t, data, twoImages())
	})
}

// TestReaderRefusesNested: JSON of values that lie in values, and of types that JSON
// has no word for.
func TestReaderRefusesNested(t *testing.T) {
	for _, c := range []struct{ spelling, text, want string }{
		{"list[int8]", `[1,null,-2]`, ""},
		{"list[int8]", `[]`, ""},
		{"list[int8]", `[1,]`, "invalid syntax"},
		{"list[int8]", `[,1]`, "invalid syntax"},
		{"list[int8]", `[1 ,2]`, "invalid syntax"},
		{"list[int8]", `[1}`, "was due"},
		{"list[int8]", `[1`, ", was due"},
		{"list[int8]", `[1,2,300]`, "out of range"},
		{"list[int8]", `{}`, "[ was due"},
		{"list[int8]", `1`, "[ was due"},
		{"list[int8, 2]", `[1,2]`, ""},
		{"list[int8, 2]", `[1]`, "a list of 1, want 2"},
		{"list[int8, 2]", `[1,2,3]`, "a list of 3, want 2"},
		{"list[struct[a: list[float64, 16000000], b: list[float64, 16000000], c: list[int8, 16000000]]]", `[null]`, "nulls take more"},
		{"list[list[list[int8, 10000000], 10000000], 10000000]", `null`, "nulls take more"},
		{"struct[a: int8, b: string]", `{"a":1,"b":"x"}`, ""},
		{"struct[a: int8, b: string]", `{"b":"x","a":1}`, "was due"},
		{"struct[a: int8, b: string]", `{"a":1}`, "was due"},
		{"struct[a: int8, b: string]", `{"a":1,"b":"x","c":1}`, "was due"},
		{"struct[a: int8, b: string]", `{"a":1, "b":"x"}`, "was due"},
		{"map[string, int8]", `[{"key":"a","value":1},{"key":"a","value":null}]`, ""},
		{"map[string, int8]", `[]`, ""},
		{"map[string, int8]", `{"a":1}`, "[ was due"},
		{"map[string, int8]", `[{"key":null,"value":1}]`, "key is null"},
		{"map[string, int8]", `[null]`, "was due"},
		{"map[string, int8]", `[{"value":1,"key":"a"}]`, "was due"},
		{"decimal[4, 2]", `-12.30`, ""},
		{"decimal[4, 2]", `12.3`, "not a decimal"},
		{"decimal[4, 2]", `123.00`, "not a decimal"},
		{"decimal[4, 2]", `+1.00`, "byte 5"},
		{"decimal[4, 2]", `01.00`, "byte 5"},
		{"decimal[4, 2]", `1e1`, "not a decimal"},
		{"decimal[4, 2]", `"1.00"`, "not a decimal"},
		{"time[ms]", `"23:59:59.999"`, ""},
		{"time[ms]", `"24:00:00.000"`, "out of range"},
		{"time[ms]", `"23:59:59.9999"`, "is not what its value is written as"},
		{"duration[ms]", `"-PT1.500S"`, ""},
		{"duration[ms]", `"-PT0.000S"`, "is not what its value is written as"},
		{"duration[ms]", `"PT1.5S"`, "not a duration"},
		{"duration[ms]", `"PT9999999999999999999.000S"`, "out of range"},
		{"duration[ns]", `"PT9223372036.854775808S"`, "beyond 64 bits"},
		{"duration[ns]", `"-PT9223372036.854775808S"`, ""},
		{"float16", `65504.0`, ""},
		{"float16", `70000.0`, "is not what its value is written as"},
		{"class[a, b]", `1`, ""},
		{"class[a, b]", `"b"`, "invalid syntax"},
		{"json", `"{\"a\":1}"`, ""},
		{"json", `{"a":1}`, "not a string"},
		{"timestamp[s]", `"33658-09-27T01:46:40"`, ""},
		{"timestamp[s]", `"-0004-02-29T00:00:00"`, ""},
		{"timestamp[s]", `"-0005-02-29T00:00:00"`, "out of range"},
		{"date32", `"99999-01-01"`, ""},
		{"date32", `"9999999999-01-01"`, "no year"},
		{"date32", `"-"`, "no year"},
	} {
		typ, err := schema.ParseType(c.spelling)
		if err != nil {
			t.Fatal(err)
		}
		table := &conformance.Table{Fields: []schema.Field{{Name: "x", Type: typ}}}
		err = conformance.DrainSafely(webdataset.New(), archive(t, []member{{"k.json", `{"x":` + c.text + `}`}}), table)
		if c.want == "" && err.Error() != "EOF" || !strings.Contains(err.Error(), c.want) || c.want != "" && err.Error() == "EOF" {
			t.Errorf("%s as %s: %v, want %q", c.text, c.spelling, err, c.want)
		}
	}
}

// FuzzReaderOfLists is FuzzReader for lists of images.
func FuzzReaderOfLists(f *testing.F) {
	table := conformance.MixedLists()
	table.Rows = table.Rows[:3]
	f.Add(write(f, table).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) { drain(t, data, table) })
}

// FuzzReaderOfEveryType is FuzzReader for JSON members of all types: the fuzzer
// changes the text, the tar around it is whole.
func FuzzReaderOfEveryType(f *testing.F) {
	table := conformance.EveryType()
	table.Fields = table.Fields[:len(table.Fields)-1] // without the image
	fuzzJSON(f, table)
}

// FuzzReaderOfEveryOtherType is the same for the types that EveryType lacks.
func FuzzReaderOfEveryOtherType(f *testing.F) { fuzzJSON(f, conformance.EveryOtherType()) }

// FuzzReaderOfNested is the same for values that lie in values.
func FuzzReaderOfNested(f *testing.F) { fuzzJSON(f, conformance.NullLevels()) }

func fuzzJSON(f *testing.F, table *conformance.Table) {
	file := write(f, table).Bytes()
	for at := 0; at+512 < len(file) && file[at] != 0; {
		var size int
		for _, c := range file[at+124 : at+135] {
			size = size*8 + int(c-'0')
		}
		f.Add(string(file[at+512 : at+512+size]))
		at += 512 + (size+511)/512*512
	}
	f.Fuzz(func(t *testing.T, text string) {
		drain(t, archive(t, []member{{"key.json", text}}).Bytes(), table)
	})
}

func drain(t *testing.T, data []byte, table *conformance.Table) {
	err := conformance.DrainSafely(webdataset.New(), conformance.NewFile(data), table)
	if err == nil || conformance.IsPanic(err) {
		t.Fatal(err)
	}
}
