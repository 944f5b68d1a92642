package csv_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/csv"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

func readText(t testing.TB, name, text string, opts read.Options) (*read.Result, error) {
	t.Helper()
	return csv.New().Read(t.Context(), []*read.File{readtest.File(t, name, text)}, opts)
}

func TestRead(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, text, want string }{
		"types":          {"x.csv", "i,f,b,s,n\n1,1.5,True,a,\n-2,,False,b c,\n", " 1 1.5 true \"a\" null\n -2 null false \"b c\" null\n"},
		"zeros in front": {"x.csv", "a,b\n007,1e3\n1,2\n", " \"007\" 1000.0\n \"1\" 2.0\n"},
		"quotes":         {"x.csv", "a,b\n\"x,\"\"y\"\"\r\nz\",5\" tall\n\"\",\"q\"\n", " \"x,\\\"y\\\"\\r\\nz\" \"5\\\" tall\"\n null \"q\"\n"},
		"CRLF, BOM":      {"x.csv", "\ufeffa,b\r\n1,2\r\n\r\n3,4", " 1 2\n 3 4\n"},
		"CR":             {"x.csv", "a,b\r1,2\r3,4\r", " 1 2\n 3 4\n"},
		"tabs":           {"x.tsv", "a\tb\n1,5\tx\n", " \"1,5\" \"x\"\n"},
		"tabs unnamed":   {"x", "a\tb\n1,5\tx\n", " \"1,5\" \"x\"\n"},
		"semicolons":     {"x.csv", "a;b\n1;x\n", " 1 \"x\"\n"},
		"one column":     {"x.csv", "a\nhello\n", " \"hello\"\n"},
		"large ints":     {"x.csv", "a,b,c\n18446744073709551615,9223372036854775807,18446744073709551616\n", " 18446744073709551615 9223372036854775807 \"18446744073709551616\"\n"},
		"nan":            {"x.csv", "a,b\n1.5,nan\ninf,x\n", " 1.5 \"nan\"\n Infinity \"x\"\n"},
		"NUL":            {"x.csv", "a,b\n1,x\x00y\n2,\x00\n", " 1 \"x\\u0000y\"\n 2 \"\\u0000\"\n"},
		"header only":    {"x.csv", "a,b\n", ""},
		"empty at end":   {"x.csv", "a,b\n1,", " 1 null\n"},
	}
	for name, tt := range tests {
		res, err := readText(t, tt.name, tt.text, read.Options{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := readtest.Lines(t, res.Table); got != tt.want {
			t.Errorf("%s:\n%swant\n%s", name, got, tt.want)
		}
	}
}

// A file without a header is told its columns' names.
func TestHeader(t *testing.T) {
	t.Parallel()
	res, err := readText(t, "x.tsv", "1.jpg\ta\n2.jpg\tb\n", read.Options{Header: []string{"image", "label"}, Columns: []string{"label", "image"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := readtest.Lines(t, res.Table), " \"a\" \"1.jpg\"\n \"b\" \"2.jpg\"\n"; got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	res, err = readText(t, "x.txt", "1 a/b.jpg\n2 c.jpg\n", read.Options{Header: []string{"id", "image"}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := readtest.Lines(t, res.Table), " 1 \"a/b.jpg\"\n 2 \"c.jpg\"\n"; got != want {
		t.Errorf("%swant\n%s", got, want)
	}
	_, err = readText(t, "x.csv", "1.jpg,a\n", read.Options{Header: []string{"image"}})
	if err == nil || !strings.Contains(err.Error(), "line 1: it has 2 fields, the header that is given names 1") {
		t.Error(err)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, text, want string }{
		"few fields":    {"x.csv", "a,b\n1,2\n\"x\ny\",1\n3\n", "line 5: 1 field, the header has 2"},
		"many fields":   {"x.csv", "a,b\n1,2,3\n", "line 2: 3 fields, the header has 2"},
		"no end":        {"x.csv", "a,b\n1,2\n3,\"x\ny\n", "line 3, column 3: a quote opens here that never ends"},
		"behind quotes": {"x.csv", "a,b\n1,\"x\" y\n", "line 2, column 6: text follows a closing quote"},
		"not UTF-8":     {"x.csv", "a,b\n1,xy\xff\n", "line 2, column 5: byte 0xff, which is not UTF-8"},
		"UTF-16":        {"x.csv", "\xff\xfea\x00,\x00b\x00\n\x00", "UTF-16"},
		"no mark":       {"x.csv", "a\x00,\x00b\x00\n\x00", "UTF-16"},
		"empty":         {"x.csv", "", "is empty"},
		"twice":         {"x.csv", "a,a\n1,2\n", `column "a": duplicate column: columns 1 and 2`},
		"unclear":       {"x", "a;b,c;d\n1;2,3;4\n", "not plain"},
		"zipped twice":  {"x.csv", "PK\x05\x06" + strings.Repeat("\x00", 18), "zip archive of 0 files"},
	}
	for name, tt := range tests {
		f, err := read.OpenFile(read.Input{Name: tt.name, At: strings.NewReader(tt.text), Size: int64(len(tt.text))}, read.Limits{})
		if err == nil {
			_, err = csv.New().Read(t.Context(), []*read.File{f}, read.Options{})
		}
		if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), tt.name) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
	_, err := readText(t, "x.csv", "a,b\n1,2\n", read.Options{Columns: []string{"a", "c"}})
	if !errors.Is(err, read.ErrNoColumn) || !strings.Contains(err.Error(), "there are a, b") {
		t.Errorf("missing column: %v", err)
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	text := "i,f,b,d,t,c,j,l,s\n" +
		"7.0,3,1,2024-02-29,2024-02-29 12:00:00.5,dog,\"{\"\"a\"\": 1}\",\"[1, 2]\",x\n" +
		"5.5,x,2,2024-02-30,noon,cow,plain,[1,,\n"
	want := map[string]read.Want{}
	for name, typ := range map[string]string{
		"i": "int32", "f": "float32", "b": "bool", "d": "date32", "t": "timestamp[ms]", "c": "class[cat, dog]",
		"j": "json", "l": "list[int8]", "s": "string",
	} {
		parsed, err := schema.ParseType(typ)
		if err != nil {
			t.Fatal(err)
		}
		want[name] = read.Want{Type: parsed}
	}
	want["s"] = read.Want{Type: want["s"].Type, Default: "none"}
	text = strings.Replace(text, "[1,,", "\"[1,\",", 1)
	res, err := readText(t, "x.csv", text, read.Options{Want: want})
	if err != nil {
		t.Fatal(err)
	}
	got := readtest.Lines(t, res.Table)
	const rows = ` 7 3.0 true "2024-02-29" "2024-02-29T12:00:00.500" 1 "{\"a\": 1}" [1,2] "x"` + "\n" +
		` null null null null null null "\"plain\"" null "none"` + "\n"
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Error(diff)
	}
	var misfits []string
	for _, m := range res.Misfits.List {
		misfits = append(misfits, m.Column+": "+m.Found+" is not "+m.Want)
	}
	if diff := cmp.Diff([]string{
		`i: text "5.5" is not int32`, `f: text "x" is not float32`, `b: text "2" is not bool`, `d: text "2024-02-30" is not date32`,
		`t: text "noon" is not timestamp[ms]`, `c: text "cow" is not class[cat, dog]`, `l: text "[1," is not list[int8]`,
	}, misfits); diff != "" {
		t.Error(diff)
	}
	if rows := res.Misfits.Rows(); len(rows) != 1 || rows[0] != 1 || res.Misfits.Count != 7 {
		t.Errorf("%d misfits in rows %v", res.Misfits.Count, rows)
	}
}

// However the bytes come, the records are the same.
func TestReadSizes(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("id,text\r\n")
	for i := range 40_000 {
		text.WriteString(strings.Repeat("7", i%9+1) + ",\"" + strings.Repeat("ü\"\"\r\n", i%5) + "\"\r\n")
	}
	whole, err := readText(t, "x.csv", text.String(), read.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := readtest.Lines(t, whole.Table)
	if whole.Table.NumRows() != 40_000 {
		t.Fatal(whole.Table.NumRows())
	}
	for name, r := range map[string]io.Reader{
		"bytes":  iotest.OneByteReader(strings.NewReader(text.String())),
		"halves": iotest.HalfReader(strings.NewReader(text.String())),
		"errors": iotest.DataErrReader(bytes.NewReader([]byte(text.String()))),
	} {
		f, err := read.OpenFile(read.Input{Name: "x.csv", Stream: r}, read.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := csv.New().Read(t.Context(), []*read.File{f}, read.Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		if readtest.Lines(t, res.Table) != want {
			t.Errorf("%s: other records", name)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// quotes is a file whose second value opens a quote, and then goes on for ever.
type quotes struct{ n int64 }

func (q *quotes) ReadAt(b []byte, at int64) (int, error) {
	for i := range b {
		b[i] = 'x'
		if at+int64(i) < 8 {
			b[i] = "a,b\n1,\"x"[at+int64(i)]
		}
	}
	q.n = max(q.n, at+int64(len(b)))
	return len(b), nil
}

// A quote that never ends is told once the limit of a record is reached.
func TestQuoteWithoutEnd(t *testing.T) {
	t.Parallel()
	q := &quotes{}
	f, err := read.OpenFile(read.Input{Name: "x.csv", At: q, Size: 1 << 40}, read.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = csv.New().Read(t.Context(), []*read.File{f}, read.Options{Limits: read.Limits{RowBytes: 4 << 20}})
	if !errors.Is(err, read.ErrLimit) || !strings.Contains(err.Error(), "line 2") || q.n > 16<<20 {
		t.Errorf("%v after %d bytes", err, q.n)
	}
}
