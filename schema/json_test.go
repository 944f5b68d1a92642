package schema

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// column makes an array of a type from Arrow's own JSON.
func column(t *testing.T, dt arrow.DataType, text string) arrow.Array {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, strings.NewReader(text))
	if err != nil {
		t.Fatalf("make %s from %s: %v", dt, text, err)
	}
	return a
}

func TestAppendJSON(t *testing.T) {
	t.Parallel()
	us := &arrow.TimestampType{Unit: arrow.Microsecond}
	tests := []struct {
		dt   arrow.DataType
		in   string
		want string
	}{
		{arrow.PrimitiveTypes.Float64, `[0, 1, -0.5, 1e300, 1e-7, null]`, `0.0 1.0 -0.5 1e+300 1e-07 null`},
		{arrow.PrimitiveTypes.Float32, `[0.1, 16777216]`, `0.1 16777216.0`},
		{arrow.PrimitiveTypes.Int64, `[-9223372036854775808, 7]`, `-9223372036854775808 7`},
		{arrow.PrimitiveTypes.Uint64, `[18446744073709551615]`, `18446744073709551615`},
		{arrow.BinaryTypes.String, `["a\"b\\\n\u0001", "é漢🎨", ""]`, `"a\"b\\\n\u0001" "é漢🎨" ""`},
		{arrow.BinaryTypes.Binary, `["AAEC"]`, `"AAEC"`},
		{arrow.FixedWidthTypes.Boolean, `[true, false]`, `true false`},
		{arrow.FixedWidthTypes.Date32, `["2026-11-23"]`, `"2026-11-23"`},
		{us, `["2026-11-23 01:02:03.000004"]`, `"2026-11-23T01:02:03.000004"`},
		{arrow.ListOf(arrow.PrimitiveTypes.Int8), `[[1, null], [], null]`, `[1,null] [] null`},
		{arrow.StructOf(arrow.Field{Name: "x", Type: arrow.PrimitiveTypes.Float64, Nullable: true}), `[{"x": 2}]`, `{"x":2.0}`},
		{arrow.MapOf(arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int8), `[[{"key": "a", "value": 1}, {"key": "b", "value": null}], []]`, `[{"key":"a","value":1},{"key":"b","value":null}] []`},
		{&arrow.Decimal128Type{Precision: 20, Scale: 2}, `["12345678901234567.50"]`, `12345678901234567.50`},
		{&arrow.DurationType{Unit: arrow.Millisecond}, `[1500, -1]`, `"PT1.500S" "-PT0.001S"`},
	}
	for _, tt := range tests {
		a := column(t, tt.dt, tt.in)
		var got []string
		for i := range a.Len() {
			data, err := AppendJSON(nil, a, i, StrictFloats)
			if err != nil {
				t.Errorf("%s: %v", tt.dt, err)
			}
			got = append(got, string(data))
			if written := written(func(w *bufio.Writer) error { return WriteJSON(w, a, i, StrictFloats) }); written != string(data) {
				t.Errorf("%s: writes %s, appends %s", tt.dt, written, data)
			}
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s: got %s, want %s", tt.dt, s, tt.want)
		}
	}
}

// written is what write writes, through a small buffer.
func written(write func(*bufio.Writer) error) string {
	var b strings.Builder
	w := bufio.NewWriterSize(&b, 16)
	if err := errors.Join(write(w), w.Flush()); err != nil {
		return err.Error()
	}
	return b.String()
}

// TestWriteJSONStops: who takes no more is not given the rest of a long text.
func TestWriteJSONStops(t *testing.T) {
	t.Parallel()
	a := column(t, arrow.ListOf(arrow.BinaryTypes.String), `[["`+strings.Repeat("x", 100)+`", "y"]]`)
	r, out := io.Pipe()
	gone := errors.New("gone")
	_ = r.CloseWithError(gone)
	if err := WriteJSON(bufio.NewWriterSize(out, 16), a, 0, StrictFloats); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

func TestAppendJSONFloats(t *testing.T) {
	t.Parallel()
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues([]float64{math.NaN(), math.Inf(1), math.Inf(-1)}, nil)
	a := b.NewArray()
	for i, want := range []struct{ python, strict string }{
		{"NaN", "null"}, {"Infinity", "1e999"}, {"-Infinity", "-1e999"},
	} {
		if got, _ := AppendJSON(nil, a, i, PythonFloats); string(got) != want.python {
			t.Errorf("Python: got %s, want %s", got, want.python)
		}
		if got, _ := AppendJSON(nil, a, i, StrictFloats); string(got) != want.strict {
			t.Errorf("strict: got %s, want %s", got, want.strict)
		}
	}
}

func FuzzAppendJSONString(f *testing.F) {
	for _, s := range []string{"", "plain ASCII that is long enough", "quote\" here and a \\ there", "é漢🎨 and\ttabs\x00\x1f\x7f", "bad \xff\xc3 bytes", "12345678\"", "1234567\\"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		data := AppendJSONString(nil, s)
		if written := written(func(w *bufio.Writer) error { return WriteJSONString(w, s) }); written != string(data) {
			t.Fatalf("%q: writes %s, appends %s", s, written, data)
		}
		var back string
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatalf("%q becomes %s: %v", s, data, err)
		}
		if want := strings.Map(func(r rune) rune { return r }, s); back != want {
			t.Fatalf("%q becomes %s", s, data)
		}
	})
}

func BenchmarkAppendJSONString(b *testing.B) {
	s := strings.Repeat("a prompt of some words, ", 10)
	var dst []byte
	b.SetBytes(int64(len(s)))
	for b.Loop() {
		dst = AppendJSONString(dst[:0], s)
	}
}
