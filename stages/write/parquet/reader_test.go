package parquet

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// readBack reads a file with the package's own reader and compares every value.
func readBack(t *testing.T, d *dataset, s *pipeline.Shard, file []byte) {
	t.Helper()
	f := newFormat(t, Options{})
	r, err := f.Open(bytes.NewReader(file), int64(len(file)), d.schema, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() != int64(s.Len()) {
		t.Fatalf("reader counts %d records, want %d", r.Len(), s.Len())
	}
	for i := range s.Len() {
		sample, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		for field := range d.schema.Len() {
			compareSample(t, d, s, i, field, sample)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Fatalf("after the last record: %v", err)
	}
}

func compareSample(t *testing.T, d *dataset, s *pipeline.Shard, i, field int, sample pipeline.Sample) {
	t.Helper()
	want := d.values[field][s.Order.At(i)]
	f := d.schema.Field(field)
	if f.Type.Kind == schema.Image {
		got := sample.Images[field]
		name, _ := s.Images[field].Name(s.Order.At(i), 0)
		if (got == nil) != (want == nil) || want != nil && (!bytes.Equal(got[0].Bytes, want.([]byte)) || got[0].Name != name) {
			t.Fatalf("record %d, field %s: image differs", i, f.Name)
		}
		return
	}
	c := sample.Values[field]
	if !arrow.TypeEqual(c.Array.DataType(), f.Type.Arrow()) {
		t.Fatalf("field %s: type %s, want %s", f.Name, c.Array.DataType(), f.Type.Arrow())
	}
	if got := valueOf(t, c); !equalValues(got, want) {
		t.Fatalf("record %d, field %s: read %.80v, want %.80v", i, f.Name, got, want)
	}
}

func valueOf(t testing.TB, c pipeline.Cell) any {
	t.Helper()
	if c.Array.IsNull(c.Row) {
		return nil
	}
	switch a := c.Array.(type) {
	case *array.String:
		return a.Value(c.Row)
	case *array.Binary:
		return a.Value(c.Row)
	case *array.Boolean:
		return a.Value(c.Row)
	case *array.Int8:
		return a.Value(c.Row)
	case *array.Int16:
		return a.Value(c.Row)
	case *array.Int32:
		return a.Value(c.Row)
	case *array.Int64:
		return a.Value(c.Row)
	case *array.Uint8:
		return a.Value(c.Row)
	case *array.Uint16:
		return a.Value(c.Row)
	case *array.Uint32:
		return a.Value(c.Row)
	case *array.Uint64:
		return a.Value(c.Row)
	case *array.Float32:
		return a.Value(c.Row)
	case *array.Float64:
		return a.Value(c.Row)
	case *array.Date32:
		return int32(a.Value(c.Row))
	case *array.Timestamp:
		return int64(a.Value(c.Row))
	}
	t.Fatalf("no rule for %T", c.Array)
	return nil
}

func equalValues(a, b any) bool {
	switch a := a.(type) {
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case float32:
		b, ok := b.(float32)
		return ok && math.Float32bits(a) == math.Float32bits(b)
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	}
	return a == b
}

// contents reads all records into a list of values, or returns the fault.
func contents(t testing.TB, file []byte, s *schema.Schema) ([][]any, error) {
	r, err := newFormat(t, Options{}).Open(bytes.NewReader(file), int64(len(file)), s, nil)
	if err != nil {
		return nil, err
	}
	var all [][]any
	for {
		sample, err := r.Next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		row := make([]any, 0, 2*s.Len())
		for f := range s.Len() {
			if s.Field(f).Type.Kind != schema.Image {
				row = append(row, valueOf(t, sample.Values[f]))
			} else if sample.Images[f] == nil {
				row = append(row, nil, "")
			} else {
				row = append(row, bytes.Clone(sample.Images[f][0].Bytes), sample.Images[f][0].Name)
			}
		}
		all = append(all, row)
	}
}

// tinyDataset is small enough to flip every bit of its file, and has all that a
// file can have: row groups, pages, dictionaries, nulls, pages of several
// images.
func tinyDataset(t testing.TB) (*dataset, *Format) {
	s := newSchema(t, "prompt:string", "score:float64", "img:image", "ok:bool", "when:timestamp[s]", "n:int8")
	d := &dataset{schema: s, rows: 9, values: [][]any{
		{"a cat", "a cat", nil, "a cat", strings.Repeat("é", 40), "🎨", "a cat", "a cat", ""},
		{0.0, 1.0, -0.5, nil, math.Copysign(0, -1), math.NaN(), 1.0, 1.0, 1.0},
		{[]byte("aaaa"), nil, []byte("bb"), []byte(strings.Repeat("c", 50)), nil, nil, nil, []byte{}, []byte("d")},
		{true, false, nil, true, true, nil, nil, nil, nil},
		{int64(0), nil, int64(-1), int64(1 << 40), nil, nil, nil, nil, int64(7)},
		{int8(-128), int8(127), int8(0), nil, int8(5), int8(5), int8(5), int8(5), int8(5)},
	}}
	f := newFormat(t, Options{RowGroupRows: 6})
	f.lim.pageRows, f.lim.imageRows, f.lim.loneImage = 4, 4, 40
	return d, f
}

func TestReaderDetectsEveryFlippedByte(t *testing.T) {
	d, f := tinyDataset(t)
	file := d.write(t, f, d.shard(t), nil)
	want, err := contents(t, file, d.schema)
	if err != nil {
		t.Fatal(err)
	}
	image := d.schema.Index("img")
	missed := 0
	for i := range file {
		for bit := range 8 {
			damaged := bytes.Clone(file)
			damaged[i] ^= 1 << bit
			got, err := contents(t, damaged, d.schema)
			if err != nil {
				if len(err.Error()) > 300 || !strings.Contains(err.Error(), "byte ") {
					t.Errorf("byte %d: error says too much or not where: %v", i, err)
				}
				continue
			}
			// Only an image's own bytes may change unnoticed: they have no check
			// sum in the file.
			missed++
			changed := 0
			for row := range want {
				for c := range want[row] {
					if !equalValues(got[row][c], want[row][c]) {
						changed++
						if c != image || len(got[row][c].([]byte)) != len(want[row][c].([]byte)) {
							t.Fatalf("byte %d, bit %d: row %d, column %d changed unnoticed", i, bit, row, c)
						}
					}
				}
			}
			if changed != 1 {
				t.Fatalf("byte %d, bit %d: not noticed, and %d values changed", i, bit, changed)
			}
		}
	}
	if want := 8 * (4 + 2 + 50 + 1); missed != want {
		t.Errorf("%d flips changed an image, want %d", missed, want)
	}
}

func TestReaderDetectsTruncation(t *testing.T) {
	d, f := tinyDataset(t)
	file := d.write(t, f, d.shard(t), nil)
	for n := range file {
		if _, err := contents(t, file[:n], d.schema); err == nil {
			t.Fatalf("file cut after %d of %d bytes is accepted", n, len(file))
		}
		if _, err := contents(t, append(bytes.Clone(file[:n]), file[max(0, n-1):]...), d.schema); n > 0 && err == nil {
			t.Fatalf("a byte doubled at %d is accepted", n)
		}
	}
}

func TestReaderRefusesOtherFiles(t *testing.T) {
	d, f := tinyDataset(t)
	file := d.write(t, f, d.shard(t), nil)
	other := newSchema(t, "prompt:string")
	if _, err := f.Open(bytes.NewReader(file), int64(len(file)), other, nil); err == nil || !strings.Contains(err.Error(), "schema") {
		t.Errorf("another schema: %v", err)
	}
	r, err := f.Open(failing{bytes.NewReader(file)}, int64(len(file)), d.schema, nil)
	if err == nil {
		_, err = r.Next()
	}
	if !errors.Is(err, errBroken) {
		t.Errorf("a disk's fault is lost: %v", err)
	}
}

var errBroken = errors.New("disk is broken")

// failing fails on the file's front.
type failing struct{ r io.ReaderAt }

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off > 0 && off < 100 {
		return 0, errBroken
	}
	return f.r.ReadAt(p, off)
}

func FuzzReader(f *testing.F) {
	d, format := tinyDataset(f)
	f.Add(d.write(f, format, d.shard(f), nil))
	f.Add(d.write(f, newFormat(f, Options{}), d.shard(f), nil))
	empty := &dataset{schema: d.schema, values: make([][]any, d.schema.Len())}
	f.Add(empty.write(f, format, empty.shard(f), nil))
	r := rand.New(rand.NewPCG(1, 1))
	more := randomDataset(f, r, d.schema, 60)
	f.Add(more.write(f, tight(newFormat(f, Options{}), r), more.shard(f), nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		_, _ = contents(t, file, d.schema)
	})
}

// FuzzPages leaves the footer as it is and changes what stands before it, which
// FuzzReader rarely gets to.
func FuzzPages(f *testing.F) {
	d, format := tinyDataset(f)
	file := d.write(f, format, d.shard(f), nil)
	f.Add(0, []byte{1})
	f.Fuzz(func(t *testing.T, at int, change []byte) {
		damaged := bytes.Clone(file)
		for i, c := range change {
			if k := at + i; at >= 0 && k < len(damaged)-8 {
				damaged[k] ^= c
			}
		}
		_, _ = contents(t, damaged, d.schema)
	})
}

func FuzzThrift(f *testing.F) {
	d, format := tinyDataset(f)
	file := d.write(f, format, d.shard(f), nil)
	h := pageHeader{typ: pageDictionary, uncompressed: 5, compressed: 7, hasCRC: true, crc: 1 << 31, values: 3}
	f.Add(h.append(nil))
	f.Add(file[4:60])
	f.Add(file[len(file)-600 : len(file)-8])
	t := newTable(d.schema)
	f.Fuzz(func(test *testing.T, b []byte) {
		if h, n, err := parsePageHeader(b); err == nil && !bytes.Equal(h.append(nil), b[:n]) {
			test.Errorf("header %x is read as %+v", b, h)
		}
		dec := decoder{b: b}
		dec.skip(typeStruct)
		footer := append(append(bytes.Clone(t.head), b...), t.tail...)
		_, _ = parseShape(footer, 1<<20, t)
	})
}
