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
		{`"k1.b.jpg" is not KEY.a.EXT`, sample("k1", good)[1:]},
		{"where k1.json was due", []member{{"k1.a.png", "A"}, {"k1.b.jpg", "B"}, {"k2.json", good}}},
		{"where k1.b.jpg was due", append(sample("k0", good), []member{{"k1.a.png", "A"}, {"k1.b.png", "B"}, {"k1.json", good}}...)},
		{"extension", []member{{"k1.a.PNG", "A"}}},
		{"is not KEY.a.EXT", []member{{"k1.png", "A"}}},
		{"is not KEY.a.EXT", []member{{"k1", "A"}}},
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
		{"no string", sample("k", `{"s":1,"f":0.5,"n":1}`)},
		{"field n", sample("k", `{"s":"x","f":0.5,"n":128}`)},
		{"field n", sample("k", `{"s":"x","f":0.5,"n":1.0}`)},
		{"field f", sample("k", `{"s":"x","f":"0.5","n":1}`)},
		{"without end", sample("k", `{"s":"x`)},
		{"without end", sample("k", `{"s":"x\`)},
		{"without end", sample("k", `{"s":null`)},
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

// FuzzReaderOfEveryType is FuzzReader for JSON members of all types: the fuzzer
// changes the text, the tar around it is whole.
func FuzzReaderOfEveryType(f *testing.F) {
	table := conformance.EveryType()
	table.Fields = table.Fields[:len(table.Fields)-1] // without the image
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
