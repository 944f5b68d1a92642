package pandas

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/google/go-cmp/cmp"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

// truth is what pandas itself read from a file.
type truth struct {
	Type    string
	Rows    int
	Columns []struct {
		Name   any
		Dtype  string
		Values []any
	}
	Index []any
	Value any
}

// refused are the kinds of the corpus that are not tables, and what the error must
// be.
var refused = map[string]error{
	"nd_scalar0":         ErrNotTable,
	"nd_obj":             ErrMixed,
	"df_dupcols":         ErrDuplicateColumn,
	"df_objmixed":        ErrMixed,
	"dfs":                ErrSelect,
	"p2_dfs":             ErrSelect,
	"sparse_scalar_cplx": ErrMixed,
}

// TestCorpusTruth: every file of the corpus reads as pandas reads it, or is
// refused for the stated reason.
func TestCorpusTruth(t *testing.T) {
	t.Parallel()
	dirs, _ := filepath.Glob(filepath.Join(readtest.Pickles(t), "pandas-*"))
	checkFolders(t, dirs)
}

// TestLegacyTruth: the same for the small files of older pandas in testdata.
func TestLegacyTruth(t *testing.T) {
	t.Parallel()
	dirs, _ := filepath.Glob(filepath.Join("testdata", "pandas-*"))
	if len(dirs) < 8 {
		t.Errorf("%d folders in testdata", len(dirs))
	}
	checkFolders(t, dirs)
}

func checkFolders(t *testing.T, dirs []string) {
	t.Helper()
	for _, dir := range dirs {
		data, err := os.ReadFile(filepath.Join(dir, "truth.json"))
		if err != nil {
			t.Fatal(err)
		}
		var all struct{ Files map[string]truth }
		if err := json.Unmarshal(data, &all); err != nil {
			t.Fatal(err)
		}
		for name, want := range all.Files {
			checkTruth(t, filepath.Join(dir, name), want)
		}
		t.Logf("%s: %d files", filepath.Base(dir), len(all.Files))
	}
}

func checkTruth(t *testing.T, path string, want truth) {
	t.Helper()
	res, err := readPath(t, path, Options{})
	kind, _, _ := strings.Cut(filepath.Base(path), ".")
	if wantErr := refused[kind]; wantErr != nil {
		if !errors.Is(err, wantErr) {
			t.Errorf("%s: got %v, want %v", path, err, wantErr)
		}
		return
	}
	if err != nil {
		t.Errorf("%s: %v", path, err)
		return
	}
	defer res.Table.Release()
	if want.Columns == nil && want.Index == nil {
		return // not a frame: its own tests
	}
	got := tableValues(res.Table)
	if res.Table.NumRows() != int64(want.Rows) {
		t.Errorf("%s: %d rows, want %d", path, res.Table.NumRows(), want.Rows)
	}
	names := map[string]bool{}
	for i, c := range want.Columns {
		if i >= len(got) {
			t.Errorf("%s: %d columns, want %d", path, len(got), len(want.Columns))
			return
		}
		if diff := cmp.Diff(canonTruth(c.Values), got[i].values); diff != "" {
			t.Errorf("%s column %v (-want +got):\n%s", path, c.Name, diff)
		}
		if name := truthName(c.Name); name != got[i].name {
			t.Errorf("%s: column %q, want %q", path, got[i].name, name)
		}
		names[got[i].name] = true
	}
	checkIndex(t, path, want.Index, got[len(want.Columns):])
}

func truthName(v any) string {
	if parts, ok := v.([]any); ok {
		var s []string
		for _, p := range parts {
			s = append(s, truthName(p))
		}
		return strings.Join(s, "_")
	}
	return fmt.Sprint(v)
}

// checkIndex compares the columns that the index became.
func checkIndex(t *testing.T, path string, want []any, got []readColumn) {
	t.Helper()
	isDefault := true
	for i, v := range want {
		isDefault = isDefault && v == float64(i)
	}
	if len(got) == 0 {
		if !isDefault {
			t.Errorf("%s: the index is missing", path)
		}
		return
	}
	rows := make([]any, len(want))
	for i := range rows {
		if len(got) == 1 {
			rows[i] = got[0].values[i]
			continue
		}
		var parts []any
		for _, c := range got {
			parts = append(parts, c.values[i])
		}
		rows[i] = parts
	}
	if diff := cmp.Diff(canonTruth(want), rows); diff != "" {
		t.Errorf("%s index (-want +got):\n%s", path, diff)
	}
}

func readPath(t testing.TB, path string, opts Options) (*Result, error) {
	t.Helper()
	in, c, err := pickle.OpenInput(path)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return Read(t.Context(), in, opts)
}

// readColumn is a column as plain values, in the terms of truth.json.
type readColumn struct {
	name   string
	values []any
}

func tableValues(tb arrow.Table) []readColumn {
	var out []readColumn
	for i := range int(tb.NumCols()) {
		col := tb.Column(i)
		rc := readColumn{name: col.Name(), values: []any{}}
		for _, a := range col.Data().Chunks() {
			for row := range a.Len() {
				rc.values = append(rc.values, arrowValue(a, row))
			}
		}
		out = append(out, rc)
	}
	return out
}

// canonTruth turns the reprs of truth.json into the terms of arrowValue.
func canonTruth(vs []any) []any {
	out := make([]any, len(vs))
	for i, v := range vs {
		out[i] = canonOne(v)
	}
	return out
}

func canonOne(v any) any {
	switch v := v.(type) {
	case []any:
		return canonTruth(v)
	case map[string]any:
		if b, ok := v["bytes"]; ok {
			return "hex " + b.(string)
		}
		if ts, ok := v["ts_ns"]; ok {
			return ts
		}
		if td, ok := v["td_ns"]; ok {
			return td
		}
		if d, ok := v["dict"]; ok {
			m := map[string]any{}
			for _, kv := range d.([]any) {
				m[kv.([]any)[0].(string)] = canonOne(kv.([]any)[1])
			}
			return m
		}
		if r, ok := v["repr"]; ok {
			return canonRepr(r.(string))
		}
	}
	return v
}

// canonRepr reads the few reprs that the corpus holds in frames.
func canonRepr(s string) any {
	var a, b float64
	switch {
	case strings.HasPrefix(s, "Period("), strings.HasPrefix(s, "UUID("), strings.HasPrefix(s, "PurePosixPath("), strings.HasPrefix(s, "PosixPath("):
		return strings.Split(s, "'")[1]
	case strings.HasPrefix(s, "Interval("):
		fmt.Sscanf(s, "Interval(%f, %f", &a, &b)
		return map[string]any{"left": a, "right": b}
	case s == "1j":
		return map[string]any{"real": 0.0, "imag": 1.0}
	case s == "(2+0j)":
		return map[string]any{"real": 2.0, "imag": 0.0}
	}
	return s
}

// arrowValue is one cell in the terms of truth.json: numbers are float64,
// times nanoseconds, bytes hex.
func arrowValue(a arrow.Array, i int) any {
	if a.IsNull(i) || a.DataType().ID() == arrow.NULL {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		return a.Value(i)
	case *array.Binary:
		return "hex " + hex.EncodeToString(a.Value(i))
	case *array.Boolean:
		return a.Value(i)
	case *array.Float64:
		return number(a.Value(i))
	case *array.Float32:
		return number(float64(a.Value(i)))
	case *array.Float16:
		return number(float64(a.Value(i).Float32()))
	case *array.Int64:
		return float64(a.Value(i))
	case *array.Int32:
		return float64(a.Value(i))
	case *array.Int16:
		return float64(a.Value(i))
	case *array.Int8:
		return float64(a.Value(i))
	case *array.Uint64:
		return float64(a.Value(i))
	case *array.Uint32:
		return float64(a.Value(i))
	case *array.Uint16:
		return float64(a.Value(i))
	case *array.Uint8:
		return float64(a.Value(i))
	case *array.Timestamp:
		return float64(int64(a.Value(i)) * int64(a.DataType().(*arrow.TimestampType).Unit.Multiplier()))
	case *array.Duration:
		return float64(int64(a.Value(i)) * int64(a.DataType().(*arrow.DurationType).Unit.Multiplier()))
	case *array.Struct:
		m := map[string]any{}
		for k, f := range a.DataType().(*arrow.StructType).Fields() {
			m[f.Name] = arrowValue(a.Field(k), i)
		}
		return m
	case *array.List:
		lo, hi := a.ValueOffsets(i)
		out := []any{}
		for k := lo; k < hi; k++ {
			out = append(out, arrowValue(a.ListValues(), int(k)))
		}
		return out
	}
	return a.ValueStr(i)
}

func number(f float64) any {
	switch {
	case math.IsNaN(f):
		return nil
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	}
	return f
}
