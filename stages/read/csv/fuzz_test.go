package csv_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/stages/read"
	ours "github.com/pickshard/pickshard/stages/read/csv"
)

// FuzzRead: whatever the bytes, there is a table or an error; and what encoding/csv
// takes, as far as its rules are the same, is read as the same.
func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"a,b\n1,x\n", "a;b\r\n1;\"x\"\"y\"\r\n", "\ufeffa\tb\n1\t\n", "a,b\n\"1\n2\",\n", "a\n\n1\n", "a,b\n1\n", "a,\"b\n", "a,b\r1,2\r", ",\n,\n", "a,b\n007,1e5\n", "\xff\xfe", "A A\n 1",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := read.OpenFile(read.Input{Name: "x.csv", At: bytes.NewReader(data), Size: int64(len(data))}, read.Limits{})
		if err != nil {
			return
		}
		defer file.Close()
		res, err := ours.New().Read(t.Context(), []*read.File{file}, read.Options{DedupeColumns: true, Limits: read.Limits{RowBytes: 1 << 16, Columns: 1000}})
		if err != nil {
			var fe *read.FileError
			if !errors.As(err, &fe) {
				t.Fatalf("an error without a file: %v", err)
			}
			return
		}
		defer res.Table.Release()
		if bytes.IndexByte(data, '\r') >= 0 {
			return // encoding/csv has its own way with it
		}
		compare(t, data, res)
	})
}

func compare(t *testing.T, data []byte, res *read.Result) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	for _, comma := range ",\t;| " {
		r.Comma = comma
		header, err := r.Read()
		if err != nil {
			return
		}
		if len(header) == int(res.Table.NumCols()) {
			break
		}
		r = csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	}
	rows := int64(0)
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return
		}
		for c, text := range record {
			if c >= int(res.Table.NumCols()) || rows >= res.Table.NumRows() {
				t.Fatalf("row %d of encoding/csv has %d fields", rows, len(record))
			}
			chunk := res.Table.Column(c).Data().Chunk(0)
			if chunk.DataType().ID() == arrow.NULL {
				continue
			}
			if s, ok := chunk.(*array.String); ok && rows < int64(s.Len()) && s.Value(int(rows)) != text {
				t.Fatalf("row %d column %d: %q, want %q", rows, c, s.Value(int(rows)), text)
			}
			if chunk.IsNull(int(rows)) != (text == "") {
				t.Fatalf("row %d column %d: null %v for %q", rows, c, chunk.IsNull(int(rows)), text)
			}
		}
		rows++
	}
	if rows != res.Table.NumRows() {
		t.Fatalf("%d rows, want %d", res.Table.NumRows(), rows)
	}
}
