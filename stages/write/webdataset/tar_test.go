package webdataset_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

var update = flag.Bool("update", false, "write golden files again")

func write(t testing.TB, table *conformance.Table) *conformance.File {
	t.Helper()
	w := &conformance.Writing{Format: webdataset.New(), Table: table, Shard: table.Shard(nil)}
	return w.MustWrite(t, conformance.InOrder)
}

// TestSameBytesAsArchiveTar writes the members that come out once more with
// archive/tar as plain ustar: the files must be equal, headers and all.
func TestSameBytesAsArchiveTar(t *testing.T) {
	for _, table := range []*conformance.Table{conformance.Pick(30), conformance.ManyRows(200), conformance.EveryType()} {
		table.Rows = whole(table)
		got := write(t, table).Bytes()
		var want bytes.Buffer
		tw := tar.NewWriter(&want)
		tr := tar.NewReader(bytes.NewReader(got))
		for {
			h, err := tr.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := tw.WriteHeader(&tar.Header{Name: h.Name, Size: h.Size, Mode: 0o644, Typeflag: tar.TypeReg, Format: tar.FormatUSTAR}); err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(tw, tr); err != nil {
				t.Fatal(err)
			}
		}
		if err := tw.Close(); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want.Bytes()) {
			t.Errorf("%d bytes are not the %d that archive/tar writes", len(got), want.Len())
		}
	}
}

// whole returns the rows that have all their images.
func whole(table *conformance.Table) [][]any {
	var rows [][]any
	r := table.Records()
	for i := range table.Rows {
		if _, ok := webdataset.New().CheckRecord(r, int64(i)); ok {
			rows = append(rows, table.Rows[i])
		}
	}
	return rows
}

func TestMembers(t *testing.T) {
	table := conformance.Pick(2)
	table.Rows[1][0], table.Rows[1][6] = nil, nil
	table.Split = "val"
	tr := tar.NewReader(bytes.NewReader(write(t, table).Bytes()))
	var names, texts []string
	for {
		h, err := tr.Next()
		if err != nil {
			break
		}
		names = append(names, h.Name)
		if strings.HasSuffix(h.Name, ".json") {
			text, err := io.ReadAll(tr)
			if err != nil || !json.Valid(text) {
				t.Fatalf("%s: %v in %s", h.Name, err, text)
			}
			texts = append(texts, string(text))
		}
	}
	want := []string{
		"val-000000000.easy_image_0.png", "val-000000000.easy_image_1.png", "val-000000000.refine_image.png", "val-000000000.json",
		"val-000000001.easy_image_0.png", "val-000000001.easy_image_1.png", "val-000000001.refine_image.png", "val-000000001.json",
	}
	if fmt.Sprint(names) != fmt.Sprint(want) {
		t.Errorf("members %q, want %q", names, want)
	}
	if want := `{"refine_prompt":null,"easy_prompt":"prompt 1","E1":0.0,"rank":null}`; texts[1] != want {
		t.Errorf("JSON %s, want %s", texts[1], want)
	}
}

func TestEmptyShardIsTwoBlocksOfZeros(t *testing.T) {
	got := write(t, &conformance.Table{Fields: conformance.PickFields()}).Bytes()
	if !bytes.Equal(got, make([]byte, 1024)) {
		t.Errorf("%d bytes", len(got))
	}
	if _, err := tar.NewReader(bytes.NewReader(got)).Next(); !errors.Is(err, io.EOF) {
		t.Errorf("archive/tar: %v", err)
	}
}

// TestWritesPerSample counts writes: one an image, and one for the end.
func TestWritesPerSample(t *testing.T) {
	table := conformance.Pick(10)
	file := &counter{}
	canvas := pipeline.NewCanvas(file, pipeline.NewCombiner())
	shard := table.Shard(nil)
	w, err := webdataset.New().Create(t.Context(), shard, conformance.Survey(webdataset.New(), shard.Records), canvas)
	if err != nil {
		t.Fatal(err)
	}
	for i := range shard.Len() {
		for _, f := range shard.Schema.Images() {
			if err := w.WriteImage(pipeline.Asset{Record: i, Field: f}, conformance.NewImage(table.Image(i, f, 0))); err != nil {
				t.Fatal(err)
			}
		}
	}
	if file.n != 31 {
		t.Errorf("%d writes for 30 images, want 31", file.n)
	}
}

type counter struct{ n int }

func (c *counter) WriteAt(p []byte, _ int64) (int, error) { c.n++; return len(p), nil }

func TestCheckRecord(t *testing.T) {
	key := func(k string) []any { return []any{k, []byte("image")} }
	table := &conformance.Table{Key: "id", Fields: []schema.Field{
		{Name: "id", Type: schema.Type{Kind: schema.String}},
		{Name: "image", Type: schema.Type{Kind: schema.Image}},
	}}
	for _, c := range []struct {
		row  []any
		want string
	}{
		{key("a"), ""},
		{key("A-Z_09"), ""},
		{key("_a"), ""},
		{key("-a"), ""},
		{key(strings.Repeat("x", 89)), ""},
		{key(strings.Repeat("x", 90)), "90 bytes: at most 89"},
		{key(""), "empty"},
		{key("a.b"), "'.'"},
		{key(".a"), "'.'"},
		{key("a/b"), "'/'"},
		{key("a b"), "' '"},
		{key("ä"), "use letters"},
		{key("__a"), "two underscores"},
		{[]any{nil, []byte("image")}, "no value"},
		{[]any{"a", nil}, ""},
	} {
		table.Rows = [][]any{c.row}
		v, ok := webdataset.New().CheckRecord(table.Records(), 0)
		if ok != (c.want == "") || !strings.Contains(v.Detail, c.want) {
			t.Errorf("%v: %v, want %q", c.row[0], v, c.want)
		}
		if _, err := webdataset.New().Create(t.Context(), table.Shard(nil), conformance.Survey(webdataset.New(), table.Records()), pipeline.NewCanvas(&conformance.File{}, pipeline.NewCombiner())); ok != (err == nil) {
			t.Errorf("%v: Create: %v", c.row[0], err)
		}
	}
}

func TestCheck(t *testing.T) {
	for name, ok := range map[string]bool{"image": true, "Image-1": true, "_image": false, strings.Repeat("x", 93): true, strings.Repeat("x", 94): false} {
		s, err := schema.New([]schema.Field{{Name: name, Type: schema.Type{Kind: schema.Image}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := webdataset.New().Check(s); ok != (err == nil) {
			t.Errorf("field %s: %v", name, err)
		}
	}
}

func TestBadExtensions(t *testing.T) {
	table := conformance.EveryType()
	table.Fields = append(table.Fields, schema.Field{Name: "list", Type: schema.ListOf(schema.Type{Kind: schema.Int8})})
	for field, exts := range map[string]map[string]bool{
		"image":   {"": false, "PNG": false, "p.g": false, "jpeg2": false, "p/g": false, "..": false, "jpg": true, "img": true},
		"string":  {"txt": true, "text": true, "cls": false, "json": false, "TXT": false},
		"int8":    {"txt": true, "cls": true, "id": true, "json": false},
		"float64": {"txt": true, "cls": false},
		"binary":  {"jpg": true, "bin": true, "": false},
		"list":    {"json": true, "txt": false},
		"nosuch":  {"txt": false},
	} {
		for ext, ok := range exts {
			f := webdataset.With(webdataset.Options{Members: map[string]string{field: ext}})
			if err := f.Check(table.Schema()); ok != (err == nil) {
				t.Errorf("%s: %q: %v", field, ext, err)
			}
		}
	}
}

// TestImageOfAnotherSize: what changed since the plan must not be written.
func TestImageOfAnotherSize(t *testing.T) {
	table := conformance.Pick(1)
	w, err := webdataset.New().Create(t.Context(), table.Shard(nil), conformance.Survey(webdataset.New(), table.Records()), pipeline.NewCanvas(&conformance.File{}, pipeline.NewCombiner()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteImage(pipeline.Asset{Field: 2}, conformance.NewImage(make([]byte, 299))); err == nil {
		t.Error("an image of 299 bytes is taken for one of 300")
	}
	if err := w.WriteImage(pipeline.Asset{Field: 0}, conformance.NewImage(nil)); err == nil {
		t.Error("an image is taken for a text field")
	}
}

func TestGolden(t *testing.T) {
	for name, table := range map[string]*conformance.Table{"pick": conformance.Pick(2), "types": conformance.EveryType()} {
		table.Rows = whole(table)
		got := write(t, table).Bytes()
		path := filepath.Join("testdata", name+".tar")
		if *update {
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: other bytes than before; if that is meant, run go test -update", path)
		}
	}
}

func TestCard(t *testing.T) {
	files, err := webdataset.New().SideFiles(conformance.Dataset(webdataset.New()))
	if err != nil || len(files) != 1 || files[0].Name != "README.md" {
		t.Fatalf("%v, %v", files, err)
	}
	path := filepath.Join("testdata", "README.md")
	if *update {
		if err := os.WriteFile(path, files[0].Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(files[0].Data, want) {
		t.Errorf("another card than before; if that is meant, run go test -update:\n%s", files[0].Data)
	}
}
