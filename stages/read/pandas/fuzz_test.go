package pandas

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

// seeds adds small pickles: those of testdata and the attacks.
func seeds(f *testing.F, patterns ...string) {
	f.Helper()
	folder := readtest.Pickles(f)
	for _, p := range patterns {
		for _, glob := range []string{filepath.Join(folder, "pandas-*", p), filepath.Join("testdata", "*", p)} {
			files, _ := filepath.Glob(glob)
			for _, path := range files {
				if data, err := os.ReadFile(path); err == nil && len(data) < 4<<10 {
					f.Add(data)
				}
			}
		}
	}
	for _, a := range attacks() {
		if len(a.data) < 1<<10 {
			f.Add(a.data)
		}
	}
}

// tight are limits that keep one run of a fuzzer short.
var tight = pickle.Limits{Stack: 1 << 16, WorkBase: 4 << 20, OutputBase: 4 << 20, ExpandBase: 1 << 20}

// FuzzTable: no input panics, and what is read holds together: every value of
// every column can be looked at, and is the same where it stays in the file.
func FuzzTable(f *testing.F) {
	seeds(f, "*.p4.pkl", "*.p2.pkl", "df_*.p0.pkl", "df_*.p5.pkl")
	for _, cell := range opaqueCells {
		f.Add(rowsWith(cell))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		in := Input{Name: "fuzz", At: bytes.NewReader(data), Size: int64(len(data))}
		readAll(t, in, Options{Limits: tight, DedupeColumns: true, Surrogates: SurrogatesReplace})
		readAll(t, in, Options{Limits: tight, Want: map[string]arrow.DataType{
			"s": arrow.BinaryTypes.String, "i": arrow.PrimitiveTypes.Float64, "o": arrow.BinaryTypes.String, "d": arrow.FixedWidthTypes.Timestamp_us}})
		readAll(t, in, Options{Limits: tight, Columns: []string{"id"}, JSON: map[string]bool{"m": true}})
		lookAll(t, data, in)
		readAll(t, Input{Name: "fuzz", Stream: bytes.NewReader(data)}, Options{Limits: tight})
	})
}

// FuzzArrowBuffers: the same over files with pyarrow-backed columns, whose
// offsets Arrow itself trusts.
func FuzzArrowBuffers(f *testing.F) {
	seeds(f, "df_arrow*.pkl", "df_string_pa*.pkl", "df_basic*.pkl", "df_str*.pkl")
	f.Fuzz(func(t *testing.T, data []byte) {
		in := Input{Name: "fuzz", At: bytes.NewReader(data), Size: int64(len(data))}
		readAll(t, in, Options{Limits: tight, DedupeColumns: true})
		lookAll(t, data, in)
	})
}

// lookAll compares what Look tells and gives of data in memory with what Read does
// of the same data in a file.
func lookAll(t *testing.T, data []byte, in Input) {
	t.Helper()
	opts := Options{Limits: tight, DedupeColumns: true}
	res, errRead := Read(t.Context(), in, opts)
	errLook := Look(t.Context(), pickle.BytesInput("fuzz", data), opts, func(v *View) error {
		if errRead == nil {
			checkView(t, v, res)
		}
		return nil
	})
	if fmt.Sprint(errRead) != fmt.Sprint(errLook) {
		t.Fatalf("Read: %v\nLook: %v", errRead, errLook)
	}
}

// checkView compares a View with the Result of reading the same.
func checkView(t *testing.T, v *View, res *Result) {
	t.Helper()
	var batches []arrow.RecordBatch
	if err := v.Batches(0, v.Rows(), func(b arrow.RecordBatch) error {
		copies := make([]arrow.Array, b.NumCols())
		for i, c := range b.Columns() {
			var err error
			if copies[i], err = array.Concatenate([]arrow.Array{c}, memory.DefaultAllocator); err != nil {
				return err
			}
		}
		batches = append(batches, array.NewRecordBatch(b.Schema(), copies, b.NumRows()))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	looked := array.NewTableFromRecords(v.Schema(), batches)
	if !array.TableApproxEqual(looked, res.Table, array.WithNaNsEqual(true), array.WithAbsTolerance(0)) {
		t.Fatalf("Look and Read differ:\n%v\n%v", looked, res.Table)
	}
	for i, c := range v.Info.Columns {
		want := res.Info.Columns[i]
		c.Chunks = want.Chunks
		if c.Bytes != want.Bytes && v.columns[i].text != nil || c.Nulls != want.Nulls || c.Type != want.Type || c.Name != want.Name {
			t.Fatalf("Look tells %+v, Read %+v", c, want)
		}
	}
}

// readAll reads a table and looks at every value.
func readAll(t *testing.T, in Input, opts Options) {
	t.Helper()
	res, err := Read(t.Context(), in, opts)
	if err != nil {
		return
	}
	defer res.Table.Release()
	for i := range int(res.Table.NumCols()) {
		col := res.Table.Column(i).Data()
		if int64(col.Len()) != res.Table.NumRows() {
			t.Fatalf("column %d has %d rows of %d", i, col.Len(), res.Table.NumRows())
		}
		for _, a := range col.Chunks() {
			if v, ok := a.(interface{ ValidateFull() error }); ok {
				if err := v.ValidateFull(); err != nil {
					t.Fatalf("column %d: %v", i, err)
				}
			}
			for row := range min(a.Len(), 1000) {
				_ = a.ValueStr(row)
				if l, ok := a.(*array.List); ok {
					_, _ = l.ValueOffsets(row)
				}
			}
		}
	}
}
