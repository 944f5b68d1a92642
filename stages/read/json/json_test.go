package json_test

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
	"github.com/pickshard/pickshard/stages/read/json"
)

// lines is a table with its names as JSON values.
func lines(t testing.TB, tab arrow.Table) string {
	t.Helper()
	var out []byte
	for _, f := range tab.Schema().Fields() {
		out = append(append(out, " "...), f.Name...)
	}
	out = append(out, '\n')
	return string(out) + readtest.Lines(t, tab)
}

func readText(t testing.TB, name, text string, opts read.Options) (*read.Result, error) {
	t.Helper()
	return json.New().Read(t.Context(), []*read.File{readtest.File(t, name, text)}, opts)
}

func TestLayouts(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		name, text string
		opts       read.Options
		want       string
	}{
		"lines":            {"x.jsonl", "{\"a\":1,\"b\":\"x\"}\r\n\n{\"b\": \"y\", \"a\":2, \"c\":[1,2.5]}", read.Options{}, " a b c\n 1 \"x\" null\n 2 \"y\" [1.0,2.5]\n"},
		"one after other":  {"x", "\ufeff{\"a\":1} {\"a\":null}{\"a\":3}", read.Options{}, " a\n 1\n null\n 3\n"},
		"array":            {"x.json", " [ {\"a\":NaN}, {\"a\":-Infinity},{\"a\":1e3} ] \n", read.Options{}, " a\n NaN\n -Infinity\n 1000.0\n"},
		"empty array":      {"x.json", "[]", read.Options{}, "\n"},
		"columns":          {"x.json", `{"a":{"0":1,"1":2},"b":{"0":"x","1":null}}`, read.Options{}, " a b\n 1 \"x\"\n 2 null\n"},
		"columns, named":   {"x.json", `{"a":{"p":1,"q":2},"b":{"p":"x","q":null}}`, read.Options{}, " a b __index_level_0__\n 1 \"x\" \"p\"\n 2 null \"q\"\n"},
		"columns of lists": {"x.json", `{"a":[1,2],"b":[[1],[]]}`, read.Options{}, " a b\n 1 [1]\n 2 []\n"},
		"index":            {"x.json", `{"p":{"a":1},"q":{"b":2}}`, read.Options{Orient: read.OrientIndex}, " a b __index_level_0__\n 1 null \"p\"\n null 2 \"q\"\n"},
		"split":            {"x.json", `{"columns":["a","b"],"index":[0,1],"data":[[1,"x"],[2,null]]}`, read.Options{}, " a b\n 1 \"x\"\n 2 null\n"},
		"split, named":     {"x.json", `{"columns":["a",["p","q"]],"index":[5,7],"data":[[1,"x"],[2,null]]}`, read.Options{}, " a p_q __index_level_0__\n 1 \"x\" 5\n 2 null 7\n"},
		"table":            {"x.json", `{"schema":{"fields":[]},"data":[{"index":0,"a":1}]}`, read.Options{}, " index a\n 0 1\n"},
		"values":           {"x.json", `[[1,"x"],[2,"y"]]`, read.Options{}, " 0 1\n 1 \"x\"\n 2 \"y\"\n"},
		"items":            {"x.json", `{"x.jpg":["a","b"],"y.jpg":["c"]}`, read.Options{Orient: read.OrientItems}, " key value\n \"x.jpg\" [\"a\",\"b\"]\n \"y.jpg\" [\"c\"]\n"},
		"selected deeper":  {"x.json", `{"a":1,"a/b":[],"in":{"x":2,"side":{"id":[1,2],"n":["a","b"]}}}`, read.Options{Select: "in/side"}, " id n\n 1 \"a\"\n 2 \"b\"\n"},
		"selected name":    {"x.json", `{"a":{"b":[{"c":1}]},"a/b":[{"d":2}]}`, read.Options{Select: "a/b"}, " d\n 2\n"},
		"selected":         {"x.json", `{"info":{"v":1},"images":[{"id":1}],"annotations":[{"id":7,"caption":"c"}]}`, read.Options{Select: "annotations"}, " id caption\n 7 \"c\"\n"},
		"the only table":   {"x.json", `{"version":"1.1","data":[{"id":1}]}`, read.Options{}, " id\n 1\n"},
		"some columns":     {"x.jsonl", "{\"a\":{\"b\":{\"c\":1}},\"x.y\":2}\n{\"a\":null}\n", read.Options{Columns: []string{"x.y", "a.b.c", "a.b"}}, " x.y a.b.c a.b\n 2 1 {\"c\":1}\n null null null\n"},
		"mixed":            {"x.jsonl", "{\"a\":1}\n{\"a\":\"x\"}\n{\"a\":{ \"k\" : [1e1, \"\\u00e9\"]}}\n", read.Options{}, " a\n \"1\"\n \"\\\"x\\\"\"\n \"{\\\"k\\\":[10.0,\\\"é\\\"]}\"\n"},
		"large":            {"x.jsonl", "{\"a\":18446744073709551615,\"b\":9007199254740993,\"c\":123456789012345678901234567890}\n{\"a\":1,\"b\":0.5,\"c\":1}\n", read.Options{}, " a b c\n 18446744073709551615 \"9007199254740993\" \"123456789012345678901234567890\"\n 1 \"0.5\" \"1\"\n"},
	}
	for name, tt := range tests {
		res, err := readText(t, tt.name, tt.text, tt.opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(tt.want, lines(t, res.Table)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 100) + strings.Repeat("]", 100)
	tests := map[string]struct {
		name, text string
		opts       read.Options
		want       string
	}{
		"no value":      {"x.jsonl", "{\"a\":1}\n{\"a\":}\n", read.Options{}, "line 2, column 6: '}' where a value should begin"},
		"cut":           {"x.jsonl", "{\"a\":1}\n{\"a\":[1,", read.Options{}, "the file ends early at line 2"},
		"not an object": {"x.jsonl", "{\"a\":1}\n5\n", read.Options{}, "line 2, column 1: a row is an object, not a number"},
		"twice":         {"x.jsonl", "{\"a\":1}\n{\"a\":1,\"a\":2}\n", read.Options{}, "line 2: the row that ends here has the name \"a\" twice"},
		"deep":          {"x.jsonl", "{\"a\":" + deep + "}\n", read.Options{}, "more than 64 deep"},
		"not UTF-8":     {"x.jsonl", "{\"a\":\"x\xff\"}\n", read.Options{}, "line 1, column 8: byte 0xff, which is not UTF-8"},
		"UTF-16":        {"x.json", "\xff\xfe{\x00", read.Options{}, "UTF-16"},
		"no member in":  {"x.json", `{"a":{"b":[]},"c":[]}`, read.Options{Select: "a/x"}, `there is no member "x" to select; there are b`},
		"not in array":  {"x.json", `{"a":{"b":[{}]}}`, read.Options{Select: "a/b/c"}, `there is no member "b/c" to select; there are b`},
		"several":       {"x.json", `{"images":[{}],"annotations":[{}]}`, read.Options{}, "select one of the members images, annotations"},
		"settings":      {"x.json", `{"lr":0.1,"name":"x"}`, read.Options{}, "neither all columns nor tables"},
		"short column":  {"x.json", `{"a":[1,2],"b":[1]}`, read.Options{}, `column "b" has another number of values than "a"`},
		"other names":   {"x.json", `{"a":{"x":1,"y":2},"b":{"x":1,"z":2}}`, read.Options{}, `column "b" has row "z" where "a" has "y"`},
		"no column":     {"x.jsonl", "{\"a\":1}\n", read.Options{Columns: []string{"b"}}, `column "b": no such column: no row has it`},
		"trailing":      {"x.json", "[{\"a\":1}] x", read.Options{}, "behind the end of the table"},
		"empty":         {"x.json", " \n", read.Options{}, "empty"},
		"surrogate":     {"x.jsonl", "{\"a\":\"x\\ud800\"}\n", read.Options{}, `column "a" row 0: cell cannot be represented`},
	}
	for name, tt := range tests {
		_, err := readText(t, tt.name, tt.text, tt.opts)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestWanted(t *testing.T) {
	t.Parallel()
	want := map[string]read.Want{}
	for name, typ := range map[string]string{
		"i": "int8", "f": "float32", "d": "decimal[6, 2]", "s": "struct[a: int64, b: string]", "m": "map[string, int64]",
		"j": "json", "t": "timestamp[us, tz=UTC]", "l": "list[float64, 2]", "c": "class[cat, dog]", "p": "duration[ms]",
	} {
		parsed, err := schema.ParseType(typ)
		if err != nil {
			t.Fatal(err)
		}
		want[name] = read.Want{Type: parsed}
	}
	const text = `{"i":5.0,"f":0.1,"d":12.5,"s":{"b":"x"},"m":{"k":1,"l":2},"j":{"z": [1.50, null]},"t":"2024-01-01T00:00:00+02:00","l":[1,2.5],"c":"dog","p":"PT1.5S"}
{"i":300,"f":"0.1","d":12.555,"s":{"b":"x","q":1},"m":[["k",1]],"j":"plain","t":"2024-01-01 00:00:00","l":[1],"c":7,"p":3}
`
	columns := []string{"i", "f", "d", "s", "m", "j", "t", "l", "c", "p"}
	res, err := readText(t, "x.jsonl", text, read.Options{Want: want, Columns: columns})
	if err != nil {
		t.Fatal(err)
	}
	const rows = " i f d s m j t l c p\n" +
		` 5 0.1 12.50 {"a":null,"b":"x"} [{"key":"k","value":1},{"key":"l","value":2}] "{\"z\":[1.5,null]}" "2023-12-31T22:00:00.000000Z" [1.0,2.5] 1 "PT1.500S"` + "\n" +
		` null null null null [{"key":"k","value":1}] "\"plain\"" null null null null` + "\n"
	if diff := cmp.Diff(rows, lines(t, res.Table)); diff != "" {
		t.Error(diff)
	}
	if res.Misfits.Count != 8 {
		t.Errorf("%d misfits: %v", res.Misfits.Count, res.Misfits.List)
	}
}

// However the bytes come, the rows are the same.
func TestReadSizes(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range 10_000 {
		text.WriteString(`{"id":` + strings.Repeat("7", i%9+1) + `,"t":"` + strings.Repeat(`ü\"\\\n`, i%5) + `","l":[` + strings.Repeat("1,", i%3) + "2]}\r\n")
	}
	whole, err := readText(t, "x.jsonl", text.String(), read.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := lines(t, whole.Table)
	for name, r := range map[string]io.Reader{
		"bytes":  iotest.OneByteReader(strings.NewReader(text.String())),
		"halves": iotest.HalfReader(strings.NewReader(text.String())),
	} {
		f, err := read.OpenFile(read.Input{Name: "x.jsonl", Stream: r}, read.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		res, err := json.New().Read(t.Context(), []*read.File{f}, read.Options{})
		if err != nil {
			t.Fatal(name, err)
		}
		if lines(t, res.Table) != want {
			t.Errorf("%s: other rows", name)
		}
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}
}

// endless is a file with one row that goes on for ever.
type endless struct{ n int64 }

func (q *endless) ReadAt(b []byte, at int64) (int, error) {
	for i := range b {
		b[i] = 'x'
		if at+int64(i) < 6 {
			b[i] = `{"a":"`[at+int64(i)]
		}
	}
	q.n = max(q.n, at+int64(len(b)))
	return len(b), nil
}

func TestRowWithoutEnd(t *testing.T) {
	t.Parallel()
	q := &endless{}
	f, err := read.OpenFile(read.Input{Name: "x.jsonl", At: q, Size: 1 << 40}, read.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = json.New().Read(t.Context(), []*read.File{f}, read.Options{Limits: read.Limits{RowBytes: 4 << 20}})
	if !errors.Is(err, read.ErrLimit) || !strings.Contains(err.Error(), "line 1") || q.n > 16<<20 {
		t.Errorf("%v after %d bytes", err, q.n)
	}
}
