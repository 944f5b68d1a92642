package readtest

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
)

// File is text as a file, which is closed when the test ends.
func File(t testing.TB, name, text string) *read.File {
	t.Helper()
	f, err := read.OpenFile(read.Input{Name: name, At: strings.NewReader(text), Size: int64(len(text))}, read.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// Lines is a table as lines of values in JSON, a space before each.
func Lines(t testing.TB, tab arrow.Table) string {
	t.Helper()
	var out []byte
	var err error
	for row := range tab.NumRows() {
		for c := range int(tab.NumCols()) {
			column, at := tab.Column(c), row
			chunk := 0
			for at >= int64(column.Data().Chunk(chunk).Len()) {
				at -= int64(column.Data().Chunk(chunk).Len())
				chunk++
			}
			if out, err = schema.AppendJSON(append(out, " "...), column.Data().Chunk(chunk), int(at), schema.PythonFloats); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, '\n')
	}
	return string(out)
}
