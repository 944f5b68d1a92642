package parquet

import (
	"bytes"
	"fmt"
	"io"
	"math"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
)

func TestFileName(t *testing.T) {
	f := newFormat(t, Options{})
	if got := f.FileName("train", 7, 42); got != "data/train-00007-of-00042.parquet" || f.Name() != "parquet" {
		t.Error(got, f.Name())
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{RowGroupBytes: -1}, {RowGroupRows: -1}, {RowGroupBytes: MaxRowGroupBytes + 1}, {RowGroupRows: MaxRowGroupRows + 1},
	} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v is accepted", o)
		}
	}
	f := newFormat(t, Options{})
	if n := f.limitsFor(newTable(newSchema(t, "a:string"))).groupRows; n != DefaultRows {
		t.Errorf("row groups of %d rows without images", n)
	}
	if n := f.limitsFor(newTable(newSchema(t, "a:image"))).groupRows; n != DefaultImageRows {
		t.Errorf("row groups of %d rows with images", n)
	}
	var wide []string
	for i := range 1000 {
		wide = append(wide, fmt.Sprintf("c%d:int64", i))
	}
	n := f.limitsFor(newTable(newSchema(t, wide...))).groupRows
	if n != MaxRowGroupCells/1000 {
		t.Errorf("row groups of %d rows in 1,000 columns", n)
	}
	// What is written can be read, and no more.
	for rows, ok := range map[int]bool{n: true, n + 1: false} {
		s := &shape{rows: int64(rows), groups: []groupShape{{rows: int64(rows), chunks: make([]chunkShape, len(wide))}}}
		for i := range wide {
			s.groups[0].chunks[i].size = 1
		}
		if err := s.check(1<<20, len(wide)); (err == nil) != ok {
			t.Errorf("%d rows in 1,000 columns: %v", rows, err)
		}
	}
}

// TestLacking: a program is named for what it cannot take, and not for anything else.
func TestLacking(t *testing.T) {
	for _, c := range []struct {
		fields []string
		want   []string // what each sentence has
	}{
		{[]string{"b:timestamp[us]", "c:timestamp[s]", "d:duration[ns]", "e:decimal[38, 2]"}, nil},
		{[]string{"a:timestamp[ns, tz=UTC]", "b:timestamp[us]"}, []string{"Spark has no types for `a` \\(timestamp\\[ns, tz=UTC\\]\\): .*it has timestamp\\[us\\], if `a`"}},
		{[]string{"f:float16", "t:time[us]"}, []string{"Spark has no types for `f` \\(float16\\), `t` \\(time\\[us\\]\\): give it a schema of the other fields, .*\\`$"}},
		{[]string{"d:decimal[39, 0]"}, []string{"Spark has", "DuckDB reads `d` \\(decimal\\[39, 0\\]\\) as a double, and Polars only the other fields"}},
	} {
		got := newFormat(t, Options{}).Lacking(newSchema(t, c.fields...))
		if len(got) != len(c.want) {
			t.Errorf("%v: %q", c.fields, got)
			continue
		}
		for i, text := range got {
			if !regexp.MustCompile(c.want[i]).MatchString(text) {
				t.Errorf("%v: %q, want %s", c.fields, text, c.want[i])
			}
		}
	}
}

func TestCheckRecord(t *testing.T) {
	d := &dataset{
		schema: newSchema(t, "text:string", "when:timestamp[s]", "img:image"),
		rows:   8,
		values: [][]any{
			{"fine", "\xff", nil, "", "", "", "", ""},
			{int64(1), nil, int64(math.MaxInt64 / 1000), int64(math.MaxInt64/1000 + 1), int64(math.MinInt64), nil, nil, nil},
			{nil, nil, nil, nil, nil, []byte("a"), []byte("b"), []byte("c")},
		},
		names: func(_ int, row int64) string {
			if row == 6 {
				return "ok/\xfe.png"
			}
			return "\xfe/ok.png"
		},
	}
	r := d.records(t)
	r.Images[2].Sizes.Set(7, maxValue+1)
	f := newFormat(t, Options{})
	want := []string{"", "text " + pipeline.RuleType, "", "when " + pipeline.RuleType, "when " + pipeline.RuleType, "", "img " + pipeline.RulePath, "img " + pipeline.RuleTooLarge}
	for row := range want {
		v, ok := f.CheckRecord(r, int64(row))
		got := ""
		if !ok {
			got = v.Field + " " + v.Rule
			if v.Split != "train" || v.Row != int64(row) || v.Detail == "" {
				t.Errorf("violation lacks something: %+v", v)
			}
		}
		if got != want[row] {
			t.Errorf("row %d: %q, want %q", row, got, want[row])
		}
	}
}

func TestTimestampThatDoesNotFit(t *testing.T) {
	d := &dataset{schema: newSchema(t, "when:timestamp[s]"), rows: 1, values: [][]any{{int64(math.MaxInt64)}}}
	_, err := newFormat(t, Options{}).Create(t.Context(), d.shard(t), nil, pipeline.NewCanvas(&memFile{}, pipeline.NewCombiner()))
	if err == nil || !strings.Contains(err.Error(), "when") {
		t.Errorf("%v", err)
	}
}

// TestImageWithoutName: the path of an image is null when a column that its
// template names is.
func TestImageWithoutName(t *testing.T) {
	d := &dataset{schema: newSchema(t, "img:image"), rows: 3, values: [][]any{{[]byte("aa"), nil, []byte("b")}}}
	s := d.shard(t)
	named := s.Images[0].Images
	s.Images[0].Images = pipelinetest.Names(func(dst []byte, row int64) ([]byte, bool) {
		dst, _ = named.AppendFile(dst, row, 0)
		return dst, row > 0
	})
	file := d.write(t, newFormat(t, Options{}), s, nil)
	got, err := contents(t, file, d.schema)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]any{{[]byte("aa"), ""}, {nil, ""}, {[]byte("b"), "0-2.png"}} {
		if !equalValues(got[i][0], want[0]) || got[i][1] != want[1] {
			t.Errorf("record %d: %v, want %v", i, got[i], want)
		}
	}
}

func TestWriteImageConcurrently(t *testing.T) {
	d := pickHighRows(t, 300, 5000)
	s, f := d.shard(t), newFormat(t, Options{RowGroupRows: 70})
	want := d.write(t, f, s, nil)
	file := &lockedFile{}
	canvas := pipeline.NewCanvas(file, pipeline.NewCombiner())
	w, err := f.Create(t.Context(), s, nil, canvas)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for worker := range 4 {
		wg.Go(func() {
			for i := worker; i < s.Len(); i += 4 {
				for _, field := range s.Schema.Images() {
					if err := w.WriteImage(pipeline.Asset{Record: i, Field: field}, newImage(d.values[field][i].([]byte))); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	if _, err := canvas.Sum(w.Size()); err != nil {
		t.Error(err)
	}
	if !bytes.Equal(file.f.b, want) {
		t.Error("several goroutines write another file than one")
	}
}

// lockedFile makes a memFile safe for concurrent use, as a file is.
type lockedFile struct {
	mu sync.Mutex
	f  memFile
}

func (l *lockedFile) WriteAt(p []byte, off int64) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.WriteAt(p, off)
}

// TestReaderHoldsOnePage: reading needs memory for the largest page, not for
// the row group.
func TestReaderHoldsOnePage(t *testing.T) {
	d := pickHighRows(t, 200, 100_000)
	file := d.write(t, newFormat(t, Options{}), d.shard(t), nil)
	largest := 0
	r, err := newFormat(t, Options{}).Open(onRead{bytes.NewReader(file), func(n int) { largest = max(largest, n) }}, int64(len(file)), d.schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	for {
		_, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range r.(*reader).images {
		if n := cap(c.page.body); n > 400_000 {
			t.Errorf("an image field holds %d bytes", n)
		}
	}
	if largest > 400_000 {
		t.Errorf("%d bytes are read at once", largest)
	}
}

type onRead struct {
	r  io.ReaderAt
	do func(n int)
}

func (o onRead) ReadAt(p []byte, off int64) (int, error) {
	o.do(len(p))
	return o.r.ReadAt(p, off)
}

func TestSideFiles(t *testing.T) {
	s := newSchema(t, "prompt:string", "img:image", "score:float64")
	files, err := newFormat(t, Options{}).SideFiles(&pipeline.Dataset{
		Name: "tiny", Schema: s,
		Splits: []pipeline.DatasetSplit{{Name: "validation", Rows: 2, ArrowBytes: 9, FileBytes: 7, Shards: []int64{2}}},
	})
	if err != nil || len(files) != 1 || files[0].Name != "README.md" {
		t.Fatal(files, err)
	}
	for _, want := range []string{
		"---\nconfigs:\n- config_name: default\n  data_files:\n  - split: validation\n    path: data/validation-*\n",
		"  - name: img\n    dtype: image\n",
		"num_examples: 2", "download_size: 7", "dataset_size: 9",
		`ds["validation"][0]["img"]`, `WHERE "score" > 0.5`, "data/validation-*.parquet", "spark.read.parquet",
	} {
		if !strings.Contains(string(files[0].Data), want) {
			t.Errorf("card lacks %q:\n%s", want, files[0].Data)
		}
	}
}
