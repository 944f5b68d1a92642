package pandas

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// column writes a dict of one list, {"a": [items...]}.
func oneColumn(items func(*assembler)) []byte {
	a := asm().op("}").text("a").op("](")
	items(a)
	return a.op("es").done()
}

func readBytes(t *testing.T, data []byte, opts Options) (*Result, error) {
	t.Helper()
	return Read(t.Context(), Input{Name: "test", At: bytes.NewReader(data), Size: int64(len(data))}, opts)
}

// values reads and returns one column.
func values(t *testing.T, data []byte, opts Options) (arrow.DataType, []any, *Result) {
	t.Helper()
	res, err := readBytes(t, data, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(res.Table.Release)
	return res.Table.Schema().Field(0).Type, tableValues(res.Table)[0].values, res
}

func TestNaturalTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		items func(*assembler)
		want  string
		cells []any
	}{
		{"text and None", func(a *assembler) { a.text("x").op("N").text("") }, "utf8", []any{"x", nil, ""}},
		{"floats", func(a *assembler) { a.op("G?\xe0\x00\x00\x00\x00\x00\x00N") }, "float64", []any{0.5, nil}},
		{"ints", func(a *assembler) { a.op("K\x01").num(-2) }, "int64", []any{1.0, -2.0}},
		{"ints and None", func(a *assembler) { a.op("K\x01N") }, "int64", []any{1.0, nil}},
		{"ints and floats", func(a *assembler) { a.op("K\x01G?\xe0\x00\x00\x00\x00\x00\x00") }, "float64", []any{1.0, 0.5}},
		{"uint64", func(a *assembler) { a.op("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x80\x00K\x01") }, "uint64", []any{9223372036854775808.0, 1.0}},
		{"2^70", func(a *assembler) { a.op("\x8a\x09\x00\x00\x00\x00\x00\x00\x00\x00\x40") }, "decimal(22, 0)", []any{"1180591620717411303424"}},
		{"bools", func(a *assembler) { a.op("\x88N\x89") }, "bool", []any{true, nil, false}},
		{"bytes", func(a *assembler) { a.bin([]byte{0xff}).op("N") }, "binary", []any{"hex ff", nil}},
		{"only None", func(a *assembler) { a.op("NN") }, "null", []any{nil, nil}},
		{"lists", func(a *assembler) { a.op("](K\x01K\x02e]N") }, "list<item: int64, nullable>", []any{[]any{1.0, 2.0}, []any{}, nil}},
		{"dicts", func(a *assembler) { a.op("}").text("k").op("K\x01s}").text("l").text("x").op("s") },
			"struct<k: int64 nullable, l: utf8 nullable>", []any{map[string]any{"k": 1.0, "l": nil}, map[string]any{"k": nil, "l": "x"}}},
		{"decimals", func(a *assembler) {
			a.global("decimal", "Decimal").text("1.50").op("\x85R").global("decimal", "Decimal").text("-2E1").op("\x85R")
		}, "decimal(4, 2)", []any{"1.5", "-20"}},
		{"dates", func(a *assembler) { a.global("datetime", "date").op("C\x04\x07\xe4\x01\x01\x85R") }, "date32", []any{"2020-01-01"}},
		{"time", func(a *assembler) { a.global("datetime", "time").op("C\x06\x01\x02\x03\x00\x00\x04\x85R") }, "time64[us]", []any{"01:02:03.000004"}},
	}
	for _, tt := range tests {
		typ, got, _ := values(t, oneColumn(tt.items), Options{})
		if typ.String() != tt.want {
			t.Errorf("%s: type %s, want %s", tt.name, typ, tt.want)
		}
		if diff := cmp.Diff(tt.cells, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

func TestMixturesNameRowAndTypes(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*assembler){
		`str "x" (row 0), int 1 (row 2)`:   func(a *assembler) { a.text("x").op("NK\x01") },
		`bool True (row 0), int 1 (row 1)`: func(a *assembler) { a.op("\x88K\x01") },
		`bytes "b" (row 1)`:                func(a *assembler) { a.text("x").bin([]byte("b")) },
		`the int in row 1 does not fit`:    func(a *assembler) { a.op("G?\xe0\x00\x00\x00\x00\x00\x00").long(1<<53 + 1) },
	}
	for want, items := range tests {
		_, err := readBytes(t, oneColumn(items), Options{})
		if !errors.Is(err, ErrMixed) || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `column "a"`) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestWant(t *testing.T) {
	t.Parallel()
	ints := func(a *assembler) { a.op("K\x01").num(300).op("N").long(1<<53 + 1) }
	tests := []struct {
		name   string
		items  func(*assembler)
		want   arrow.DataType
		cells  []any
		misfit []int64
	}{
		{"int to float64", ints, arrow.PrimitiveTypes.Float64, []any{1.0, 300.0, nil, nil}, []int64{3}},
		{"int to uint8", ints, arrow.PrimitiveTypes.Uint8, []any{1.0, nil, nil, nil}, []int64{1, 3}},
		{"text among ints", func(a *assembler) { a.op("K\x01").text("n/a") }, arrow.PrimitiveTypes.Int64, []any{1.0, nil}, []int64{1}},
		{"ints among text", func(a *assembler) { a.text("x").op("K\x01") }, arrow.BinaryTypes.String, []any{"x", nil}, []int64{1}},
		{"nulls to text", func(a *assembler) { a.op("NN") }, arrow.BinaryTypes.String, []any{nil, nil}, nil},
		{"surrogates", func(a *assembler) { a.text("x").text("\xed\xa0\x80") }, arrow.BinaryTypes.String, []any{"x", nil}, []int64{1}},
		{"lists", func(a *assembler) { a.op("](K\x01e](").text("x").op("e") }, arrow.ListOf(arrow.PrimitiveTypes.Int32), []any{[]any{1.0}, nil}, []int64{1}},
		{"float to float32", func(a *assembler) { a.op("G?\xe0\x00\x00\x00\x00\x00\x00G?\xb9\x99\x99\x99\x99\x99\x9a") },
			arrow.PrimitiveTypes.Float32, []any{0.5, nil}, []int64{1}},
	}
	for _, tt := range tests {
		typ, got, res := values(t, oneColumn(tt.items), Options{Want: map[string]arrow.DataType{"a": tt.want}})
		if !arrow.TypeEqual(typ, tt.want) {
			t.Errorf("%s: type %s", tt.name, typ)
		}
		if diff := cmp.Diff(tt.cells, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
		if len(res.MisfitRows) != len(tt.misfit) || len(tt.misfit) > 0 && !cmp.Equal(res.MisfitRows, tt.misfit) {
			t.Errorf("%s: misfits in rows %v, want %v", tt.name, res.MisfitRows, tt.misfit)
		}
	}
}

func TestMisfitsAreComplete(t *testing.T) {
	t.Parallel()
	_, _, res := values(t, oneColumn(func(a *assembler) {
		for range 50 {
			a.text("x").op("K\x01")
		}
	}), Options{MaxMisfits: 3, Want: map[string]arrow.DataType{"a": arrow.BinaryTypes.String}})
	want := Misfit{Row: 1, Column: "a", Found: "int 1", Want: "string"}
	if len(res.Misfits) != 3 || res.Misfits[0] != want || res.MisfitCount != 50 || len(res.MisfitRows) != 50 {
		t.Errorf("%d of %d misfits in %d rows, first %+v", len(res.Misfits), res.MisfitCount, len(res.MisfitRows), res.Misfits[0])
	}
}

func TestSurrogatesReplaced(t *testing.T) {
	t.Parallel()
	_, got, _ := values(t, oneColumn(func(a *assembler) { a.text("a\xed\xa0\x80b") }), Options{Surrogates: SurrogatesReplace})
	if diff := cmp.Diff([]any{"a\uFFFDb"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestColumnsSelectDedupe(t *testing.T) {
	t.Parallel()
	legacy := filepath.Join("testdata", "pandas-0.24.2")
	res, err := readPath(t, filepath.Join(legacy, "p2_basic.p2.pkl"), Options{Columns: []string{"i", "s"}})
	if err != nil || res.Table.NumCols() != 2 || res.Table.Schema().Field(0).Name != "s" {
		t.Errorf("columns: %v", err)
	}
	if _, err = readPath(t, filepath.Join(legacy, "p2_basic.p2.pkl"), Options{Columns: []string{"zz"}}); !errors.Is(err, ErrNoColumn) {
		t.Errorf("missing column: %v", err)
	}
	res, err = readPath(t, filepath.Join(legacy, "p2_dfs.p2.pkl"), Options{Select: "frame/mixed"})
	if err != nil || res.Table.NumCols() != 2 {
		t.Errorf("select: %v", err)
	}
	if _, err = readPath(t, filepath.Join(legacy, "p2_dfs.p2.pkl"), Options{Select: "frame/none"}); !errors.Is(err, ErrSelect) {
		t.Errorf("select of nothing: %v", err)
	}
	dup := frame(func(a *assembler) {
		a.block(0, 2, 1, func(a *assembler) { a.array("f8", make([]byte, 16), 2, 1) })
	}, func(a *assembler) { a.nameIndex("x", "x") }, func(a *assembler) { a.rangeIndex(0, 1, 1) })
	if _, err = readBytes(t, dup, Options{}); !errors.Is(err, ErrDuplicateColumn) || !strings.Contains(err.Error(), `"x"`) {
		t.Errorf("duplicate: %v", err)
	}
	res, err = readBytes(t, dup, Options{DedupeColumns: true})
	if err != nil || res.Table.Schema().Field(1).Name != "x.1" {
		t.Errorf("dedupe: %v", err)
	}
}

// TestReadAll: the parts of a split are one table; a column that is all null in
// one part takes the type of the others.
func TestReadAll(t *testing.T) {
	t.Parallel()
	part := func(data []byte) Input {
		return Input{Name: "part", At: bytes.NewReader(data), Size: int64(len(data))}
	}
	text := oneColumn(func(a *assembler) { a.text("x") })
	null := oneColumn(func(a *assembler) { a.op("NN") })
	num := oneColumn(func(a *assembler) { a.op("K\x01") })
	res, err := ReadAll(t.Context(), []Input{part(null), part(text), part(null)}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Table.Release()
	if diff := cmp.Diff([]any{nil, nil, "x", nil, nil}, tableValues(res.Table)[0].values); diff != "" {
		t.Error(diff)
	}
	if _, err = ReadAll(t.Context(), []Input{part(text), part(num)}, Options{}); err == nil {
		t.Error("text and numbers were joined")
	}
	res, err = ReadAll(t.Context(), []Input{part(text), part(num)}, Options{Want: map[string]arrow.DataType{"a": arrow.BinaryTypes.String}})
	if err != nil || !cmp.Equal(res.MisfitRows, []int64{1}) {
		t.Errorf("misfit rows count over the files: %v %v", res, err)
	}
}

// TestTruncation: a file cut at any byte is an error, never a shorter table.
func TestTruncation(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"pandas-2.3.3/p2_basic.p4.pkl", "pandas-0.18.1/p2_mi.p0.pkl"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(data) {
			for _, in := range []Input{{Name: "cut", At: bytes.NewReader(data[:n]), Size: int64(n)}, {Name: "cut", Stream: bytes.NewReader(data[:n])}} {
				if _, err := Read(t.Context(), in, Options{}); err == nil {
					t.Fatalf("%s cut at %d was read", name, n)
				}
			}
		}
		// The file shrinks between stat and read.
		in := Input{Name: "cut", At: bytes.NewReader(data[:len(data)/2]), Size: int64(len(data))}
		if _, err := Read(t.Context(), in, Options{}); !errors.Is(err, pickle.ErrTruncated) {
			t.Errorf("%s cut while it was read: %v", name, err)
		}
	}
}

func TestInspect(t *testing.T) {
	t.Parallel()
	open := func(data []byte) Input {
		return Input{Name: "x.pkl", At: bytes.NewReader(data), Size: int64(len(data))}
	}
	frame := oneColumn(func(a *assembler) { a.text("x").op("N") })
	info, err := Inspect(t.Context(), open(append(frame, "\xff no pickle"...)), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if info.Rows != 2 || info.Trailing != 11 || len(info.Warnings) != 1 || info.Columns[0].Nulls != 1 || info.Protocol != 4 {
		t.Errorf("%+v", info)
	}
	for _, evil := range [][]byte{
		[]byte("cos\nsystem\n(S'id'\ntR."),
		append(frame, "cos\nsystem\n."...), // a second pickle
	} {
		info, err = Inspect(t.Context(), open(evil), Options{})
		if err != nil || info.Problem == "" || len(info.Globals) != 1 || info.Globals[0].Verdict != VerdictRefused {
			t.Errorf("%+v, %v", info, err)
		}
	}
}

// TestRowsAsJSON: a column of a list of dicts that is wanted as JSON is text of each
// row's value, whatever the values are.
func TestRowsAsJSON(t *testing.T) {
	t.Parallel()
	for cells, want := range map[string]string{
		"I1\n I2\n":      `["1" "2"]`,
		"Vx\n Vy\n":      `["\"x\"" "\"y\""]`,
		"V[1,2]\n V[1\n": `["[1,2]" "\"[1\""]`,
		"F0.5\n N":       `["0.5" (null)]`,
		"(lI1\na Vx\n":   `["[1]" "\"x\""]`,
		"(dVk\nI1\ns (d": `["{\"k\":1}" "{}"]`,
	} {
		var text strings.Builder
		text.WriteString("(l")
		for cell := range strings.SplitSeq(cells, " ") {
			text.WriteString("(dVjs\n" + cell + "sa")
		}
		res, err := readBytes(t, []byte(text.String()+"."), Options{JSON: map[string]bool{"js": true}})
		if err != nil {
			t.Errorf("%q: %v", cells, err)
			continue
		}
		if got := res.Table.Column(0).Data().Chunk(0).String(); res.Table.NumRows() != 2 || got != want {
			t.Errorf("%q: %s, want %s", cells, got, want)
		}
	}
}
