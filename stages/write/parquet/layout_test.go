package parquet

import (
	"bytes"
	"context"
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/pickshard/pickshard/pipeline"
)

var update = flag.Bool("update", false, "write golden files again")

func TestGolden(t *testing.T) {
	d, f := tinyDataset(t)
	file := d.write(t, f, d.shard(t), nil)
	golden := filepath.Join("testdata", "tiny.parquet")
	if *update {
		if err := os.WriteFile(golden, file, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, want) {
		t.Errorf("layout differs from %s: if that is meant, raise createdBy's number and run with -update", golden)
	}
}

// imagePagesOf returns the rows of each page of the first image field.
func imagePagesOf(t *testing.T, f *pq.File, column int) (rows []int64) {
	t.Helper()
	for g, group := range f.RowGroups() {
		oi, err := group.ColumnChunks()[column].OffsetIndex()
		if err != nil {
			t.Fatal(err)
		}
		for i := range oi.NumPages() {
			end := f.Metadata().RowGroups[g].NumRows
			if i+1 < oi.NumPages() {
				end = oi.FirstRowIndex(i + 1)
			}
			rows = append(rows, end-oi.FirstRowIndex(i))
		}
	}
	return rows
}

func TestImagePages(t *testing.T) {
	s := newSchema(t, "img:image")
	size := func(n int) any { return bytes.Repeat([]byte{7}, n) }
	const lone, mib = loneImage, pageBytes
	for _, c := range []struct {
		name   string
		images []any
		rows   []int64 // of each page
	}{
		{"no record", nil, nil},
		{"one record", []any{size(5)}, []int64{1}},
		{"one null", []any{nil}, []int64{1}},
		{"nulls", []any{nil, nil, nil}, []int64{3}},
		{"around 32 KiB", []any{size(lone - 1), size(lone - 1), size(lone), size(lone + 1), size(lone - 1)}, []int64{2, 1, 1, 1}},
		{"nulls join the open page", []any{nil, size(lone), nil, nil, size(lone), nil, size(1), size(1)}, []int64{4, 2, 2}},
		{"40 MB", []any{size(1), size(40_000_000), size(1)}, []int64{1, 1, 1}},
		{"pages of 1 MiB", append(manySizes(mib/(30000+4), size(30000)), size(30000), size(30000)), []int64{mib / 30004, 2}},
		{"empty images", manySizes(imageRows+1, size(0)), []int64{1000, 1000, 1000, 1000, 97}},
	} {
		t.Run(c.name, func(t *testing.T) {
			d := &dataset{schema: s, rows: len(c.images), values: [][]any{c.images}}
			shard := d.shard(t)
			f := newFormat(t, Options{})
			file := d.write(t, f, shard, rand.New(rand.NewPCG(1, 1)))
			read := judge(t, d, shard, file)
			readBack(t, d, shard, file)
			rows := imagePagesOf(t, read, 0)
			if len(rows) != len(c.rows) {
				t.Fatalf("pages of %d rows, want %d", rows, c.rows)
			}
			for i := range rows {
				if rows[i] != c.rows[i] {
					t.Fatalf("pages of %d rows, want %d", rows, c.rows)
				}
			}
		})
	}
}

func manySizes(n int, image any) []any {
	images := make([]any, n)
	for i := range images {
		images[i] = image
	}
	return images
}

func TestRowGroups(t *testing.T) {
	s := newSchema(t, "img:image", "text:string")
	d := &dataset{schema: s, rows: 10, values: [][]any{make([]any, 10), make([]any, 10)}}
	for i := range 10 {
		d.values[0][i] = make([]byte, 100_000)
		d.values[1][i] = "text"
	}
	for _, c := range []struct {
		o    Options
		want []int64
	}{
		{Options{}, []int64{10}},
		{Options{RowGroupRows: 4}, []int64{4, 4, 2}},
		{Options{RowGroupBytes: 1}, []int64{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}},
		{Options{RowGroupBytes: 302_000}, []int64{3, 3, 3, 1}},
		{Options{RowGroupBytes: 302_000, RowGroupRows: 2}, []int64{2, 2, 2, 2, 2}},
	} {
		shard := d.shard(t)
		file := judge(t, d, shard, d.write(t, newFormat(t, c.o), shard, nil))
		groups := file.Metadata().RowGroups
		if len(groups) != len(c.want) {
			t.Fatalf("%+v: %d row groups, want %d", c.o, len(groups), len(c.want))
		}
		for i, g := range groups {
			if g.NumRows != c.want[i] {
				t.Errorf("%+v: row group %d has %d rows, want %d", c.o, i, g.NumRows, c.want[i])
			}
			if g.NumRows > 1 && c.o.RowGroupBytes > 0 && g.TotalByteSize > c.o.RowGroupBytes {
				t.Errorf("%+v: row group of %d bytes", c.o, g.TotalByteSize)
			}
		}
	}
}

// TestIndexesHoldTheirPages checks column indexes and statistics against the
// values, as parquet-go reads both.
func TestIndexesHoldTheirPages(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	s := newSchema(t, "text:string", "f:float64", "u:uint32", "i:int64", "nan:float32", "img:image")
	d := randomDataset(t, r, s, 900)
	for i := range d.rows {
		d.values[4][i] = []any{float32(1), float32(math.NaN()), nil, float32(-1)}[r.IntN(4)]
	}
	f := newFormat(t, Options{RowGroupRows: 300})
	f.lim.pageRows = 70
	shard := d.shard(t)
	file := judge(t, d, shard, d.write(t, f, shard, nil))
	indexed := []bool{true, true, true, true, false, false, true}
	for g, group := range file.RowGroups() {
		for c, chunk := range group.ColumnChunks() {
			meta := file.Metadata().RowGroups[g].Columns[c]
			if got := meta.ColumnIndexOffset > 0; got != indexed[c] {
				t.Errorf("row group %d, column %d: column index %v", g, c, got)
				continue
			}
			if meta.OffsetIndexOffset == 0 {
				t.Errorf("row group %d, column %d: no offset index", g, c)
			}
			if indexed[c] {
				checkIndex(t, chunk, meta.MetaData.Statistics.NullCount)
			}
		}
	}
}

func checkIndex(t *testing.T, chunk pq.ColumnChunk, nulls int64) {
	t.Helper()
	ci, err := chunk.ColumnIndex()
	if err != nil {
		t.Fatal(err)
	}
	typ := chunk.Type()
	pages := chunk.Pages()
	defer pages.Close()
	var total int64
	for i := range ci.NumPages() {
		p, err := pages.ReadPage()
		if err != nil {
			t.Fatal(err)
		}
		if ci.NullCount(i) != p.NumNulls() || ci.NullPage(i) != (p.NumNulls() == p.NumValues()) {
			t.Errorf("page %d: index counts %d nulls, page has %d", i, ci.NullCount(i), p.NumNulls())
		}
		total += p.NumNulls()
		values := make([]pq.Value, p.NumValues())
		n, _ := p.Values().ReadValues(values)
		for _, v := range values[:n] {
			if !v.IsNull() && (typ.Compare(v, ci.MinValue(i)) < 0 || typ.Compare(v, ci.MaxValue(i)) > 0) {
				t.Fatalf("page %d: %v is outside %v, %v", i, v, ci.MinValue(i), ci.MaxValue(i))
			}
		}
	}
	if total != nulls {
		t.Errorf("statistics count %d nulls, pages %d", nulls, total)
	}
}

func TestWriteImageRefuses(t *testing.T) {
	d, f := tinyDataset(t)
	w, err := f.Create(context.Background(), d.shard(t), nil, pipeline.NewCanvas(&memFile{}, pipeline.NewCombiner()))
	if err != nil {
		t.Fatal(err)
	}
	img := d.schema.Index("img")
	m := newImage([]byte("aaaa"))
	for name, at := range map[string]cell{
		"another size": {2, img}, "no image": {1, img}, "not an image field": {0, 0},
		"no such record": {9, img}, "negative record": {-1, img}, "no such field": {0, 99},
	} {
		if w.WriteImage(pipeline.Asset{Record: at.record, Field: at.field}, m) == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := w.WriteImage(pipeline.Asset{Field: img}, m); err != nil {
		t.Error(err)
	}
}

func TestCreateStops(t *testing.T) {
	d, f := tinyDataset(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Create(ctx, d.shard(t), nil, pipeline.NewCanvas(&memFile{}, pipeline.NewCombiner())); err == nil {
		t.Error("a cancelled context is ignored")
	}
}
