package csv_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
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
		"a,b\n1,x\n", "a;b\r\n1;\"x\"\"y\"\r\n", "\ufeffa\tb\n1\t\n", "a,b\n\"1\n2\",\n", "a\n\n1\n", "a,b\n1\n", "a,\"b\n", "a,b\r1,2\r", ",\n,\n", "a,b\n007,1e5\n", "\xff\xfe", "A A\n 1", "\t,\n,\t\n\t",
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

// compare reads with each separator that gives as many columns: one of them is the one
// that was found.
func compare(t *testing.T, data []byte, res *read.Result) {
	var diffs []string
	for _, comma := range ",\t;| " {
		r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
		r.Comma = comma
		header, err := r.Read()
		if err != nil {
			return
		}
		if len(header) != int(res.Table.NumCols()) {
			continue
		}
		diff := difference(r, res)
		if diff == "" {
			return
		}
		diffs = append(diffs, fmt.Sprintf("%q: %s", comma, diff))
	}
	if len(diffs) > 0 {
		t.Fatal(diffs)
	}
}

// difference tells how the rows differ; where encoding/csv refuses one, nothing does.
func difference(r *csv.Reader, res *read.Result) string {
	rows := int64(0)
	for ; ; rows++ {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return ""
		}
		for c, text := range record {
			if c >= int(res.Table.NumCols()) || rows >= res.Table.NumRows() {
				return fmt.Sprintf("row %d of encoding/csv has %d fields", rows, len(record))
			}
			chunk := res.Table.Column(c).Data().Chunk(0)
			if chunk.DataType().ID() == arrow.NULL {
				continue
			}
			if s, ok := chunk.(*array.String); ok && rows < int64(s.Len()) && s.Value(int(rows)) != text {
				return fmt.Sprintf("row %d column %d: %q, want %q", rows, c, s.Value(int(rows)), text)
			}
			if chunk.IsNull(int(rows)) != (text == "") {
				return fmt.Sprintf("row %d column %d: null %v for %q", rows, c, chunk.IsNull(int(rows)), text)
			}
		}
	}
	if rows != res.Table.NumRows() {
		return fmt.Sprintf("%d rows, want %d", res.Table.NumRows(), rows)
	}
	return ""
}
