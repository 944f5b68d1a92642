// Package readtest holds what the tests of every reader of tables have in common: files
// as the readers take them, tables as lines of JSON, and a suite over files that another
// program wrote. It is for tests alone; the program never imports it.
package readtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
)

// Samples are files of one kind that another program wrote, all of the same rows.
type Samples struct {
	Reader read.Reader
	// Files is a pattern for their names. Their rows are in expected.jsonl beside them.
	Files string
	// EndsWell says whether a file that ends early may be read, with so many rows;
	// none may if it is nil.
	EndsWell func(name string, rows int) bool
}

// rows reads a file and returns its rows as decoded JSON.
func (s Samples) rows(t testing.TB, name string, data []byte, opts read.Options) ([]map[string]any, error) {
	t.Helper()
	f, err := read.OpenFile(read.Input{Name: name, At: bytes.NewReader(data), Size: int64(len(data))}, read.Limits{})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []map[string]any
	err = s.Reader.Look(t.Context(), f, opts, func(tab read.Table) error {
		return tab.Batches(0, -1, func(b arrow.RecordBatch) error {
			for i := range int(b.NumRows()) {
				row := make(map[string]any)
				for c, column := range b.Columns() {
					text, err := schema.AppendJSON(nil, column, i, schema.StrictFloats)
					if err != nil { // a type that no value of a field can have
						row[b.ColumnName(c)] = err.Error()
						continue
					}
					var v any
					if err := decode(text, &v); err != nil {
						t.Fatalf("cell %s: %v", text, err)
					}
					row[b.ColumnName(c)] = v
				}
				out = append(out, row)
			}
			return nil
		})
	})
	return out, err
}

// decode reads JSON, numbers as they are spelled: 1e999 is how the infinite is.
func decode(text []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// load returns the files by name, and the rows that are in each.
func (s Samples) load(t testing.TB) (map[string][]byte, []map[string]any) {
	t.Helper()
	files := make(map[string][]byte)
	names, err := filepath.Glob(s.Files)
	if err != nil || len(names) == 0 {
		t.Fatal("no samples", err)
	}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := os.ReadFile(filepath.Join(filepath.Dir(s.Files), "expected.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string]any
	for line := range bytes.Lines(lines) {
		var row map[string]any
		if err := decode(line, &row); err != nil {
			t.Fatal(err)
		}
		want = append(want, row)
	}
	return files, want
}

// Read: the files have the rows that they should, and columns of them are read as other
// types.
func (s Samples) Read(t *testing.T) {
	files, want := s.load(t)
	for name, data := range files {
		got, err := s.rows(t, name, data, read.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// Some columns, a path among them, wanted as other types.
		opts := read.Options{Columns: []string{"struct.b.c", "int64", "image"}, Want: map[string]read.Want{
			"int64": {Type: schema.Type{Kind: schema.String}, Cast: read.Lossless}, "image": {Type: schema.Type{Kind: schema.Image}},
		}}
		got, err = s.rows(t, name, data, opts)
		if err != nil || len(got) != 3 || len(got[0]) != 3 {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		if diff := cmp.Diff(map[string]any{"struct.b.c": []any{"x", nil}, "int64": "1", "image": want[0]["image"]}, got[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// Cut: a file that ends early is an error, wherever it ends.
func (s Samples) Cut(t *testing.T) {
	files, _ := s.load(t)
	for name, data := range files {
		for n := 0; n < len(data)-1; n += 1 + len(data)/60 {
			got, err := s.rows(t, name, data[:n], read.Options{})
			if err == nil && (s.EndsWell == nil || !s.EndsWell(name, len(got))) {
				t.Errorf("%s cut to %d bytes: %d rows", name, n, len(got))
			}
			checkError(t, err)
		}
	}
}

// Damage: a file with a byte that is another is a table or an error.
func (s Samples) Damage(t *testing.T) {
	files, _ := s.load(t)
	for name, data := range files {
		for at := 0; at < len(data); at += 1 + len(data)/100 {
			for _, b := range []byte{0, 0x7f, 0xff, data[at] ^ 1} {
				damaged := bytes.Clone(data)
				damaged[at] = b
				_, err := s.rows(t, name, damaged, read.Options{})
				checkError(t, err)
			}
		}
	}
}

func checkError(t testing.TB, err error) {
	t.Helper()
	var fe *read.FileError
	if err != nil && !errors.As(err, &fe) {
		t.Errorf("an error without a file: %v", err)
	}
}

// Fuzz: whatever the bytes, there is a table or an error.
func (s Samples) Fuzz(f *testing.F) {
	files, _ := s.load(f)
	for _, data := range files {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := s.rows(t, "x", data, read.Options{DedupeColumns: true, Limits: read.Limits{ExpandBase: 1 << 20}})
		checkError(t, err)
	})
}
