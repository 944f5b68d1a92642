package parquet

import (
	"bytes"
	"context"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/pipeline/pipelinetest"
	"github.com/pickshard/pickshard/schema"
)

// memFile is a file in memory.
type memFile struct{ b []byte }

func (f *memFile) WriteAt(p []byte, off int64) (int, error) {
	if end := off + int64(len(p)); end > int64(len(f.b)) {
		f.b = append(f.b, make([]byte, end-int64(len(f.b)))...)
	}
	return copy(f.b[off:], p), nil
}

// newSchema makes a schema from "name:type" words.
func newSchema(t testing.TB, fields ...string) *schema.Schema {
	t.Helper()
	var fs []schema.Field
	for _, f := range fields {
		name, typ, _ := strings.Cut(f, ":")
		st, err := schema.ParseType(typ)
		if err != nil {
			t.Fatal(err)
		}
		fs = append(fs, schema.Field{Name: name, Type: st, Nullable: true})
	}
	s, err := schema.New(fs)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// dataset is records in the form tests state them: by field, a list of values
// of Go types, nil for null; for an image field []byte.
type dataset struct {
	schema *schema.Schema
	rows   int
	values [][]any
	names  func(field int, row int64) string // nil: img/FIELD-ROW.png
}

// chunkRows is how many rows a chunk of a test's columns has, so that rows come
// from several.
const chunkRows = 37

func (d *dataset) records(t testing.TB) *pipeline.Records {
	t.Helper()
	cols := make([]*arrow.Chunked, d.schema.Len())
	images := make([]pipeline.Images, d.schema.Len())
	for f := range d.schema.Len() {
		typ := d.schema.Field(f).Type
		if typ.Kind == schema.Image {
			images[f] = pipelinetest.Names(func(dst []byte, row int64) ([]byte, bool) {
				if d.names != nil {
					return append(dst, d.names(f, row)...), true
				}
				dst = append(strconv.AppendInt(append(dst, "img/"...), int64(f), 10), '-')
				return append(strconv.AppendInt(dst, row, 10), ".png"...), true
			})
			continue
		}
		var chunks []arrow.Array
		for lo := 0; lo < d.rows; lo += chunkRows {
			chunks = append(chunks, newArray(t, typ.Arrow(), d.values[f][lo:min(lo+chunkRows, d.rows)]))
		}
		cols[f] = arrow.NewChunked(typ.Arrow(), chunks)
	}
	r := pipeline.NewRecords("train", d.schema, int64(d.rows), cols, images, -1)
	for _, f := range d.schema.Images() {
		for i, v := range d.values[f] {
			if v != nil {
				r.Images[f].Sizes.Set(int64(i), int64(len(v.([]byte))))
			}
		}
	}
	return r
}

func newArray(t testing.TB, typ arrow.DataType, values []any) arrow.Array {
	t.Helper()
	b := array.NewBuilder(memory.DefaultAllocator, typ)
	defer b.Release()
	for _, v := range values {
		switch v := v.(type) {
		case nil:
			b.AppendNull()
		case string:
			b.(*array.StringBuilder).Append(v)
		case []byte:
			b.(*array.BinaryBuilder).Append(v)
		case bool:
			b.(*array.BooleanBuilder).Append(v)
		case int8:
			b.(*array.Int8Builder).Append(v)
		case int16:
			b.(*array.Int16Builder).Append(v)
		case int32:
			if d, ok := b.(*array.Date32Builder); ok {
				d.Append(arrow.Date32(v))
			} else {
				b.(*array.Int32Builder).Append(v)
			}
		case int64:
			if ts, ok := b.(*array.TimestampBuilder); ok {
				ts.Append(arrow.Timestamp(v))
			} else {
				b.(*array.Int64Builder).Append(v)
			}
		case uint8:
			b.(*array.Uint8Builder).Append(v)
		case uint16:
			b.(*array.Uint16Builder).Append(v)
		case uint32:
			b.(*array.Uint32Builder).Append(v)
		case uint64:
			b.(*array.Uint64Builder).Append(v)
		case float32:
			b.(*array.Float32Builder).Append(v)
		case float64:
			b.(*array.Float64Builder).Append(v)
		default:
			t.Fatalf("no rule for %T", v)
		}
	}
	return b.NewArray()
}

// shard returns all records in order as one shard.
func (d *dataset) shard(t testing.TB) *pipeline.Shard {
	t.Helper()
	order := make([]int64, d.rows)
	for i := range order {
		order[i] = int64(i)
	}
	return &pipeline.Shard{Records: d.records(t), Total: 1, Order: pipeline.RowList(order)}
}

type cell struct{ record, field int }

// write lays a shard out and writes its images, in an order that r shuffles
// unless it is nil, and returns the file.
func (d *dataset) write(t testing.TB, f *Format, s *pipeline.Shard, r *rand.Rand) []byte {
	t.Helper()
	file := &memFile{}
	canvas := pipeline.NewCanvas(file, pipeline.NewCombiner())
	w, err := f.Create(context.Background(), s, nil, canvas)
	if err != nil {
		t.Fatal(err)
	}
	var cells []cell
	for i := range s.Len() {
		for _, field := range s.Schema.Images() {
			if s.ImageSize(i, field) != pipeline.NoImage {
				cells = append(cells, cell{i, field})
			}
		}
	}
	if r != nil {
		r.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	}
	for _, c := range cells {
		data := d.values[c.field][s.Order.At(c.record)].([]byte)
		m := newImage(data)
		if err := w.WriteImage(pipeline.Asset{Record: c.record, Field: c.field}, m); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(m.Bytes(), data) {
			t.Fatal("WriteImage changed the image")
		}
	}
	sum, err := canvas.Sum(w.Size())
	if err != nil {
		t.Fatal(err)
	}
	if got := pipeline.CRC32C(file.b); int64(len(file.b)) != w.Size() || got != sum {
		t.Fatalf("file of %d bytes, sum %08x; canvas says %d, %08x", len(file.b), got, w.Size(), sum)
	}
	return file.b
}

func newImage(data []byte) *pipeline.Image {
	m := pipeline.NewImage(bytes.Repeat([]byte{0xee}, pipeline.RoomBefore+len(data)+pipeline.RoomAfter), len(data))
	copy(m.Bytes(), data)
	m.CRC = pipeline.CRC32C(data)
	return m
}

func newFormat(t testing.TB, o Options) *Format {
	t.Helper()
	f, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tight makes limits so small that a few records fill pages and row groups.
func tight(f *Format, r *rand.Rand) *Format {
	f.lim = limits{
		groupBytes: 1 << (10 + r.IntN(8)),
		groupRows:  1 + r.IntN(300),
		pageBytes:  1 << (4 + r.IntN(10)),
		pageRows:   1 + r.IntN(200),
		imageRows:  1 + r.IntN(64),
		loneImage:  1 << (4 + r.IntN(8)),
		dictBytes:  1 << (4 + r.IntN(10)),
	}
	return f
}

// allTypes has a field of every type.
var allTypes = []string{
	"text:string", "blob:binary", "flag:bool",
	"i8:int8", "i16:int16", "i32:int32", "i64:int64",
	"u8:uint8", "u16:uint16", "u32:uint32", "u64:uint64",
	"f32:float32", "f64:float64", "day:date32",
	"ts_s:timestamp[s]", "ts_ms:timestamp[ms, tz=Europe/Berlin]", "ts_us:timestamp[us]", "ts_ns:timestamp[ns]",
	"img0:image", "img1:image",
}

// randomDataset makes rows of random values; style steers how many are null,
// alike or extreme.
func randomDataset(t testing.TB, r *rand.Rand, s *schema.Schema, rows int) *dataset {
	t.Helper()
	d := &dataset{schema: s, rows: rows}
	for f := range s.Len() {
		nulls := []float64{0, 0, 0.1, 0.5, 0.95, 1}[r.IntN(6)]
		distinct := []int{1, 3, 40, 1 << 20}[r.IntN(4)]
		sticky := r.IntN(2) == 0
		pool := map[int]any{}
		col := make([]any, rows)
		pick := 0
		for i := range col {
			if r.Float64() < nulls {
				continue
			}
			if !sticky || r.IntN(50) == 0 {
				pick = r.IntN(distinct)
			}
			v, ok := pool[pick]
			if !ok {
				v = randomValue(r, s.Field(f).Type)
				pool[pick] = v
			}
			col[i] = v
		}
		d.values = append(d.values, col)
	}
	return d
}

func randomValue(r *rand.Rand, t schema.Type) any {
	edge := r.IntN(8)
	switch t.Kind {
	case schema.String:
		return randomText(r, r.IntN(200))
	case schema.Binary:
		return randomBytes(r, r.IntN(150))
	case schema.Image:
		if r.IntN(20) == 0 {
			return randomBytes(r, 0)
		}
		return randomBytes(r, r.IntN(3000))
	case schema.Bool:
		return r.IntN(2) == 0
	case schema.Int8:
		return int8(r.Uint32())
	case schema.Int16:
		return int16(r.Uint32())
	case schema.Int32:
		return int32(r.Uint32())
	case schema.Date:
		return int32(r.IntN(40000) - 20000)
	case schema.Int64:
		return int64(r.Uint64())
	case schema.Timestamp:
		return int64(r.Uint64N(1<<41)) - 1<<40
	case schema.Uint8:
		return uint8(r.Uint32())
	case schema.Uint16:
		return uint16(r.Uint32())
	case schema.Uint32:
		return r.Uint32()
	case schema.Uint64:
		return r.Uint64()
	case schema.Float32:
		return []float32{0, float32(math.Copysign(0, -1)), 1, -1.5, float32(math.Inf(1)), math.MaxFloat32, r.Float32(), r.Float32()}[edge]
	case schema.Float64:
		return []float64{0, math.Copysign(0, -1), 1, -1.5, math.Inf(-1), math.SmallestNonzeroFloat64, r.Float64(), r.NormFloat64()}[edge]
	}
	return nil
}

func randomText(r *rand.Rand, n int) string {
	var b strings.Builder
	for range n {
		b.WriteRune([]rune{'a' + rune(r.IntN(26)), ' ', 'é', '猫', '🎨', 0xd7ff, 0x10ffff, 0}[min(7, r.IntN(12))])
	}
	return b.String()
}

func randomBytes(r *rand.Rand, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}
