package arrow_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	tables "github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/arrow"
)

// rows reads a file and returns its rows as decoded JSON.
func rows(t testing.TB, name string, data []byte, opts read.Options) ([]map[string]any, error) {
	t.Helper()
	f, err := read.OpenFile(read.Input{Name: name, At: bytes.NewReader(data), Size: int64(len(data))}, read.Limits{})
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var out []map[string]any
	err = arrow.New().Look(t.Context(), f, opts, func(tab read.Table) error {
		return tab.Batches(0, -1, func(b tables.RecordBatch) error {
			for i := range int(b.NumRows()) {
				row := make(map[string]any)
				for c, column := range b.Columns() {
					text, err := schema.AppendJSON(nil, column, i, schema.StrictFloats)
					if err != nil {
						return err
					}
					var v any
					if err := json.Unmarshal(text, &v); err != nil {
						return err
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

// samples are files that pyarrow wrote, by name, and the rows that are in each: see
// scripts/judges/make_tables.py.
func samples(t testing.TB) (map[string][]byte, []map[string]any) {
	t.Helper()
	files := make(map[string][]byte)
	names, err := filepath.Glob("testdata/*.arrow*")
	if err != nil || len(names) == 0 {
		t.Fatal("no samples", err)
	}
	for _, name := range names {
		if files[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := os.ReadFile("testdata/expected.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var want []map[string]any
	for line := range bytes.Lines(lines) {
		var row map[string]any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		want = append(want, row)
	}
	return files, want
}

func TestSamples(t *testing.T) {
	t.Parallel()
	files, want := samples(t)
	for name, data := range files {
		got, err := rows(t, name, data, read.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
		// Some columns, a path among them, wanted as other types.
		opts := read.Options{Columns: []string{"struct.b.c", "int64", "image"}, Want: map[string]read.Want{
			"int64": {Type: schema.Type{Kind: schema.String}, Cast: read.Lossless}, "image": {Type: schema.Type{Kind: schema.Image}},
		}}
		got, err = rows(t, name, data, opts)
		if err != nil || len(got) != 3 || len(got[0]) != 3 {
			t.Fatalf("%s: %v, %v", name, got, err)
		}
		if diff := cmp.Diff(map[string]any{"struct.b.c": []any{"x", nil}, "int64": "1", "image": want[0]["image"]}, got[0]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestCut: a file that ends early is an error, wherever it ends.
func TestCut(t *testing.T) {
	t.Parallel()
	files, _ := samples(t)
	for name, data := range files {
		for n := 0; n < len(data)-1; n += 1 + len(data)/60 {
			got, err := rows(t, name, data[:n], read.Options{})
			if err == nil && !endsWell(name, len(got)) {
				t.Errorf("%s cut to %d bytes: %d rows", name, n, len(got))
			}
			checkError(t, err)
		}
	}
}

// TestDamage: a file with a byte that is another is a table or an error.
func TestDamage(t *testing.T) {
	t.Parallel()
	files, _ := samples(t)
	for name, data := range files {
		for at := 0; at < len(data); at += 1 + len(data)/100 {
			for _, b := range []byte{0, 0x7f, 0xff, data[at] ^ 1} {
				damaged := bytes.Clone(data)
				damaged[at] = b
				_, err := rows(t, name, damaged, read.Options{})
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

// FuzzRead: whatever the bytes, there is a table or an error.
func FuzzRead(f *testing.F) {
	files, _ := samples(f)
	for _, data := range files {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := rows(t, "x", data, read.Options{DedupeColumns: true, Limits: read.Limits{ExpandBase: 1 << 20}})
		checkError(t, err)
	})
}

// endsWell says whether a file that ends early may be read: a stream may end between
// messages, with the rows so far (Columnar.rst, IPC Streaming Format).
func endsWell(name string, rows int) bool {
	return filepath.Ext(name) == ".arrows" && (rows == 0 || rows == 3)
}
