package conformance

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/float16"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Table is one split as Go values, from which Records and Shards are made.
type Table struct {
	Split  string // "train" if empty
	Fields []schema.Field
	// Rows holds one value a field: nil is null; text and JSON are string; binary
	// is []byte; numbers are of the field's own Go type, a class an int64; a date
	// is arrow.Date32, a timestamp arrow.Timestamp, a time arrow.Time32 or Time64
	// and a duration arrow.Duration (in the field's unit); half floats and decimals
	// are arrow-go's own; a list and a struct are []any, a map a Map; an image is an
	// Image, or a []byte whose name is made up from field, row and number, a list
	// of images a []any of these, or of nil.
	Rows [][]any
	// Chunk is how many rows one Arrow chunk holds; 0 is one chunk for all.
	Chunk int
	// Key names the field that gives the WebDataset key; empty for none.
	Key string
}

// Map is a map in a Table: pairs of key and value.
type Map [][2]any

// Image is an image's file in a Table.
type Image struct {
	Name string // relative to INPUT, slash-separated
	Data []byte
}

// Schema returns the table's schema; it panics on invalid fields, as all
// builders here do: a test that cannot be built has no result.
func (t *Table) Schema() *schema.Schema {
	s, err := schema.New(t.Fields)
	if err != nil {
		panic(err)
	}
	return s
}

// Records returns the table as a plan would see it, image sizes filled in.
func (t *Table) Records() *pipeline.Records {
	r := t.RecordsIn(nil)
	for _, f := range r.Schema.Images() {
		for row := range t.Rows {
			n, _ := r.Images[f].Len(int64(row))
			for item := range n {
				if data := t.Image(row, f, item); data != nil {
					r.Images[f].Sizes.Set(r.Images[f].Place(int64(row), item), int64(len(data)))
				}
			}
		}
	}
	return r
}

// RecordsIn returns the table as a Loader does: its images are those that stand in
// src under their names, and their sizes are not known yet. Without src they are
// the table's own.
func (t *Table) RecordsIn(src pipeline.Source) *pipeline.Records {
	s := t.Schema()
	columns := make([]*arrow.Chunked, s.Len())
	images := make([]pipeline.Images, s.Len())
	for f := range s.Len() {
		if s.Field(f).Type.Images() {
			images[f] = tableImages{t, f, src}
		} else {
			columns[f] = t.column(f, s.Field(f).Type.Arrow())
		}
	}
	split := t.Split
	if split == "" {
		split = "train"
	}
	return pipeline.NewRecords(split, s, int64(len(t.Rows)), columns, images, s.Index(t.Key))
}

// Image returns the bytes of a row's image, nil where it has none.
func (t *Table) Image(row, field, item int) []byte {
	switch v := t.cell(row, field, item).(type) {
	case Image:
		return v.Data
	case []byte:
		return v
	}
	return nil
}

// cell is an image as it stands in Rows.
func (t *Table) cell(row, field, item int) any {
	if list, ok := t.Rows[row][field].([]any); ok {
		return list[item]
	}
	return t.Rows[row][field]
}

func (t *Table) column(field int, dt arrow.DataType) *arrow.Chunked {
	size := t.Chunk
	if size == 0 {
		size = max(len(t.Rows), 1)
	}
	var chunks []arrow.Array
	for lo := 0; lo < len(t.Rows); lo += size {
		b := array.NewBuilder(memory.DefaultAllocator, dt)
		for _, row := range t.Rows[lo:min(lo+size, len(t.Rows))] {
			appendValue(b, row[field])
		}
		chunks = append(chunks, b.NewArray())
	}
	return arrow.NewChunked(dt, chunks)
}

func appendValue(b array.Builder, v any) {
	if v == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.BinaryBuilder:
		b.Append(v.([]byte))
	case *array.BooleanBuilder:
		b.Append(v.(bool))
	case *array.Int8Builder:
		b.Append(v.(int8))
	case *array.Int16Builder:
		b.Append(v.(int16))
	case *array.Int32Builder:
		b.Append(v.(int32))
	case *array.Int64Builder:
		b.Append(v.(int64))
	case *array.Uint8Builder:
		b.Append(v.(uint8))
	case *array.Uint16Builder:
		b.Append(v.(uint16))
	case *array.Uint32Builder:
		b.Append(v.(uint32))
	case *array.Uint64Builder:
		b.Append(v.(uint64))
	case *array.Float32Builder:
		b.Append(v.(float32))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Date32Builder:
		b.Append(v.(arrow.Date32))
	case *array.TimestampBuilder:
		b.Append(v.(arrow.Timestamp))
	default:
		appendNested(b, v)
	}
}

// appendNested appends what is none of the common kinds.
func appendNested(b array.Builder, v any) {
	switch b := b.(type) {
	case *array.Float16Builder:
		b.Append(v.(float16.Num))
	case *array.Time32Builder:
		b.Append(v.(arrow.Time32))
	case *array.Time64Builder:
		b.Append(v.(arrow.Time64))
	case *array.DurationBuilder:
		b.Append(v.(arrow.Duration))
	case *array.Decimal128Builder:
		b.Append(v.(decimal128.Num))
	case *array.Decimal256Builder:
		b.Append(v.(decimal256.Num))
	case *array.StructBuilder:
		b.Append(true)
		for i, member := range v.([]any) {
			appendValue(b.FieldBuilder(i), member)
		}
	case *array.MapBuilder:
		b.Append(true)
		for _, pair := range v.(Map) {
			appendValue(b.KeyBuilder(), pair[0])
			appendValue(b.ItemBuilder(), pair[1])
		}
	case array.ListLikeBuilder:
		b.Append(true)
		for _, elem := range v.([]any) {
			appendValue(b.ValueBuilder(), elem)
		}
	default:
		panic(fmt.Sprintf("no rule for a column of %T", b))
	}
}

// Shard returns the table's rows in that order as shard 0 of 1, all of them in
// the table's order when order is nil.
func (t *Table) Shard(order []int64) *pipeline.Shard {
	rows := pipeline.RowRange(0, len(t.Rows))
	if order != nil {
		rows = pipeline.RowList(order)
	}
	s := pipeline.NewShard(t.Records(), 0, 1, rows)
	s.Peek = func(_ context.Context, field int, row int64, item int, use func([]byte)) error {
		use(t.Image(int(row), field, item))
		return nil
	}
	return s
}

// Survey returns the traits that a format gives shards of these records.
func Survey(f pipeline.Format, r *pipeline.Records) pipeline.Traits {
	t, err := f.Survey(context.Background(), []pipeline.Kept{{Records: r, Rows: r.Chosen()}})
	if err != nil {
		panic(err)
	}
	return t
}
