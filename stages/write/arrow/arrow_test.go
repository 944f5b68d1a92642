package arrow_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"testing"

	aa "github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

var update = flag.Bool("update", false, "write golden files again")

func write(t testing.TB, table *conformance.Table, order []int64) *conformance.File {
	t.Helper()
	w := &conformance.Writing{Format: arrow.New(), Table: table, Shard: table.Shard(order)}
	return w.MustWrite(t, conformance.InOrder)
}

// TestSameBytesAsArrowGo reads each shard with arrow-go, checks it in full,
// builds the batches again with arrow-go's builders, writes them with arrow-go's
// writer, and wants the same file: the template with its numbers put in is what
// arrow-go would have encoded.
func TestSameBytesAsArrowGo(t *testing.T) {
	for _, c := range slices.Concat(conformance.Cases(), conformance.NestedCases(), conformance.ImageListCases()) {
		if c.Large && conformance.Brief() {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			got := write(t, c.Table, c.Order)
			r, err := ipc.NewReader(bytes.NewReader(got.Bytes()), ipc.WithBodySizeLimit(0))
			if err != nil {
				t.Fatal(err)
			}
			var want bytes.Buffer
			w := ipc.NewWriter(&want, ipc.WithSchema(r.Schema()))
			rows := 0
			for r.Next() {
				batch := r.RecordBatch()
				rows += int(batch.NumRows())
				for _, column := range batch.Columns() {
					if v, ok := column.(interface{ ValidateFull() error }); ok {
						if err := v.ValidateFull(); err != nil {
							t.Fatal(err)
						}
					}
				}
				if err := w.Write(rebuilt(batch)); err != nil {
					t.Fatal(err)
				}
			}
			if err := r.Err(); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if want := c.Table.Shard(c.Order).Len(); c.Order == nil && rows != want {
				t.Errorf("%d rows, want %d", rows, want)
			}
			if !bytes.Equal(got.Bytes(), want.Bytes()) {
				t.Errorf("%d bytes differ from the %d of arrow-go", got.Size(), want.Len())
			}
		})
	}
}

// rebuilt copies a batch value by value into buffers of the lengths that Create
// gives them.
func rebuilt(batch aa.RecordBatch) aa.RecordBatch {
	columns := make([]aa.Array, batch.NumCols())
	for i, column := range batch.Columns() {
		columns[i] = rebuiltArray(column)
	}
	return array.NewRecordBatch(batch.Schema(), columns, batch.NumRows())
}

func rebuiltArray(a aa.Array) aa.Array {
	var children []aa.ArrayData
	buffers := []*memory.Buffer{bitmap(a)}
	switch a := a.(type) {
	case *array.Struct:
		for f := range a.NumField() {
			children = append(children, rebuiltArray(a.Field(f)).Data())
		}
	case *array.FixedSizeList:
		children = []aa.ArrayData{rebuiltArray(a.ListValues()).Data()}
	case *array.List:
		offsets := []int32{0}
		for i := range a.Len() {
			from, to := a.ValueOffsets(i)
			offsets = append(offsets, offsets[i]+int32(to-from))
		}
		buffers = append(buffers, memory.NewBufferBytes(aa.Int32Traits.CastToBytes(offsets)))
		children = []aa.ArrayData{rebuiltArray(a.ListValues()).Data()}
	default:
		b := array.NewBuilder(memory.DefaultAllocator, a.DataType())
		b.Reserve(max(a.Len(), 1))
		for i := range a.Len() {
			if err := schema.CopyValue(b, a, i); err != nil {
				panic(err)
			}
		}
		values := b.NewArray().Data().Buffers()[1:]
		if a, ok := a.(array.BinaryLike); ok && a.Len() == 0 {
			values[0] = memory.NewBufferBytes(make([]byte, 4))
		}
		buffers = append(buffers, values...)
	}
	return array.MakeFromData(array.NewData(a.DataType(), a.Len(), buffers, children, a.NullN(), 0))
}

// bitmap is the validity of an array in multiples of 64 bytes.
func bitmap(a aa.Array) *memory.Buffer {
	if a.NullN() == 0 {
		return nil
	}
	p := make([]byte, (a.Len()+511)/512*64)
	for i := range a.Len() {
		if a.IsValid(i) {
			p[i/8] |= 1 << (i % 8)
		}
	}
	return memory.NewBufferBytes(p)
}

// TestBatches: where batches end.
func TestBatches(t *testing.T) {
	big := func(sizes ...int) *conformance.Table {
		table := &conformance.Table{Fields: []schema.Field{{Name: "i", Type: schema.Type{Kind: schema.Image}}}}
		for _, n := range sizes {
			table.Rows = append(table.Rows, []any{conformance.Image{Name: "", Data: make([]byte, n)}})
		}
		return table
	}
	for name, c := range map[string]struct {
		table *conformance.Table
		want  []int64
	}{
		"hundred":  {conformance.Pick(100), []int64{100}},
		"one more": {conformance.Pick(101), []int64{100, 1}},
		"by bytes": {big(16<<20-1, 16<<20-1, 5, 20<<20), []int64{2, 2}}, // each has the name "."
		"huge":     {big(1, 40<<20, 1, 1), []int64{1, 1, 2}},
	} {
		r, err := ipc.NewReader(bytes.NewReader(write(t, c.table, nil).Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		var got []int64
		for r.Next() {
			got = append(got, r.RecordBatch().NumRows())
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: batches of %d rows, want %d", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: batches of %d rows, want %d", name, got, c.want)
			}
		}
	}
}

func TestTooLargeImage(t *testing.T) {
	table := conformance.Pick(1)
	r := table.Records()
	r.Images[2].Sizes.Set(0, 1<<31)
	if v, ok := arrow.New().CheckRecord(r, 0); ok || v.Rule != pipeline.RuleTooLarge {
		t.Errorf("%v, %t", v, ok)
	}
	shard := pipeline.NewShard(r, 0, 1, pipeline.RowRange(0, 1))
	if _, err := arrow.New().Create(t.Context(), shard, nil, pipeline.NewCanvas(conformance.Discard{}, pipeline.NewCombiner())); err == nil {
		t.Error("an image of 2 GiB is taken")
	}
}

// TestImageOfAnotherSize: what changed since the plan must not be written.
func TestImageOfAnotherSize(t *testing.T) {
	table := conformance.Pick(1)
	w, err := arrow.New().Create(t.Context(), table.Shard(nil), nil, pipeline.NewCanvas(conformance.Discard{}, pipeline.NewCombiner()))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.WriteImage(pipeline.Asset{Field: 2}, conformance.NewImage(make([]byte, 299))); err == nil {
		t.Error("an image of 299 bytes is taken for one of 300")
	}
}

func TestGolden(t *testing.T) {
	files := map[string][]byte{
		"pick.arrow":   write(t, conformance.Pick(2), nil).Bytes(),
		"types.arrow":  write(t, conformance.EveryType(), nil).Bytes(),
		"nested.arrow": write(t, conformance.NullLevels(), nil).Bytes(),
	}
	side, err := arrow.New().SideFiles(conformance.Dataset(arrow.New()))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range side {
		if !json.Valid(s.Data) {
			t.Errorf("%s is not JSON", s.Name)
		}
		files[s.Name] = s.Data
	}
	for name, got := range files {
		path := filepath.Join("testdata", filepath.FromSlash(name))
		if *update {
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s: other bytes than before; if that is meant, run go test -update", path)
		}
	}
}
