package planned

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A layout says which columns a split's batches have:
//
//	row      number in the split as read
//	from     row of the files that it was made of, where there are several (Header.Parts)
//	source   the columns that it was read from, as JSON, where there is a quarantine
//	=FIELD   of each field: its values; of images {file, name, size, time}, or lists of these
//
// An image's name is null where it is the base of its file's, noFile where there is no file
// (what its name begins with is part of digests all the same), empty where it has none, and
// else follows a '='. Where images stand in the records, {at, sum} say where their bytes
// are and what they sum up to.
type layout struct {
	fields   *schema.Schema
	embedded []bool // by field
	from     bool
	source   bool
	arrow    *arrow.Schema
	first    int // column of the first field
}

func newLayout(fields *schema.Schema, s *HeaderSplit, source bool) (*layout, error) {
	l := &layout{fields: fields, embedded: make([]bool, fields.Len()), from: len(s.Parts) > 0, source: source}
	for _, name := range s.Embedded {
		f := fields.Index(name)
		if f < 0 || !fields.Field(f).Type.Images() {
			return nil, damaged("%s: field %q has no images", headerName, name)
		}
		l.embedded[f] = true
	}
	columns := []arrow.Field{{Name: "row", Type: arrow.PrimitiveTypes.Int64}}
	if l.from {
		columns = append(columns, arrow.Field{Name: "from", Type: arrow.PrimitiveTypes.Int64})
	}
	if l.source {
		columns = append(columns, arrow.Field{Name: "source", Type: arrow.BinaryTypes.String, Nullable: true})
	}
	l.first = len(columns)
	for f := range fields.Len() {
		field := fields.Field(f)
		dt := field.Type.Arrow()
		if field.Type.Images() {
			dt = imageType(l.embedded[f])
			if field.Type.ImageList() {
				dt = arrow.ListOf(dt)
			}
		}
		columns = append(columns, arrow.Field{Name: "=" + field.Name, Type: dt, Nullable: true})
	}
	l.arrow = arrow.NewSchema(columns, nil)
	return l, nil
}

const noFile = "!"

// The parts of an image, in their order.
const (
	partFile = iota
	partName
	partSize
	partTime
	partAt
	partSum
)

func imageType(embedded bool) arrow.DataType {
	parts := []arrow.Field{
		{Name: "file", Type: arrow.BinaryTypes.String}, {Name: "name", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "size", Type: arrow.PrimitiveTypes.Int64}, {Name: "time", Type: arrow.PrimitiveTypes.Int64},
	}
	if embedded {
		parts = append(parts, arrow.Field{Name: "at", Type: arrow.PrimitiveTypes.Int64}, arrow.Field{Name: "sum", Type: arrow.PrimitiveTypes.Uint32})
	}
	return arrow.StructOf(parts...)
}

// head is the beginning of a stream: the schema.
func (l *layout) head() ([]byte, error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(l.arrow))
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes()[:b.Len()-len(streamEnd)], nil
}

const streamEnd = "\xff\xff\xff\xff\x00\x00\x00\x00"

// encode makes the batch of a shard. put takes an image that stands in the records, and
// says where it is from now on; nil: they are left out.
func (l *layout) encode(ctx context.Context, t *pipeline.Task, put func(image []byte) (at int64, err error)) (arrow.RecordBatch, error) {
	n := t.Len()
	columns := make([]arrow.Array, 0, len(l.arrow.Fields()))
	numbers := func(number func(row int64) int64) {
		b := array.NewInt64Builder(memory.DefaultAllocator)
		b.Reserve(n)
		for _, row := range t.Order.All() {
			b.UnsafeAppend(number(row))
		}
		columns = append(columns, b.NewArray())
	}
	numbers(t.Number)
	if l.from {
		numbers(func(row int64) int64 {
			if t.From != nil {
				return t.From[row]
			}
			return row
		})
	}
	if l.source {
		columns = append(columns, sources(t))
	}
	for f := range l.fields.Len() {
		column, err := l.column(ctx, t, f, put)
		if err != nil {
			return nil, fmt.Errorf("write field %s: %w", l.fields.Field(f).Name, err)
		}
		columns = append(columns, column)
	}
	return array.NewRecordBatch(l.arrow, columns, int64(n)), nil
}

// sources renders what the records were read from.
func sources(t *pipeline.Task) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	var text []byte
	for _, row := range t.Order.All() {
		var ok bool
		var err error
		if text, ok, err = t.AppendSource(text[:0], row); ok && err == nil {
			b.Append(string(text))
		} else {
			b.AppendNull()
		}
	}
	return b.NewArray()
}

func (l *layout) column(ctx context.Context, t *pipeline.Task, f int, put func([]byte) (int64, error)) (arrow.Array, error) {
	if t.Images[f] == nil {
		return t.Column(f, 0, t.Len())
	}
	field := l.first + f
	b := array.NewBuilder(memory.DefaultAllocator, l.arrow.Field(field).Type)
	list, isList := b.(*array.ListBuilder)
	one := b
	if isList {
		one = list.ValueBuilder()
	}
	w := &imageWriter{images: t.Images[f], times: t.Times[f], parts: one.(*array.StructBuilder), embedded: l.embedded[f], put: put}
	for _, row := range t.Order.All() {
		count, ok := w.images.Len(row)
		if isList {
			list.Append(ok)
		}
		for item := range count {
			if err := w.add(ctx, row, item); err != nil {
				return nil, err
			}
		}
	}
	return b.NewArray(), nil
}

// imageWriter appends images to a column.
type imageWriter struct {
	images     *pipeline.ImageColumn
	times      pipeline.Numbers
	parts      *array.StructBuilder
	embedded   bool
	put        func([]byte) (int64, error)
	file, name []byte
	image      []byte
}

func (w *imageWriter) add(ctx context.Context, row int64, item int) error {
	w.parts.Append(true)
	text := func(part int) *array.StringBuilder { return w.parts.FieldBuilder(part).(*array.StringBuilder) }
	number := func(part int) *array.Int64Builder { return w.parts.FieldBuilder(part).(*array.Int64Builder) }
	place := w.images.Place(row, item)
	size := w.images.Sizes.At(place)
	var there, named bool
	w.file, there = w.images.AppendFile(w.file[:0], row, item)
	text(partFile).BinaryBuilder.Append(w.file)
	w.name, named = w.images.AppendName(append(w.name[:0], '='), row, item)
	switch {
	case !there:
		text(partName).Append(noFile)
	case !named:
		text(partName).Append("")
	case string(w.name[1:]) == path.Base(string(w.file)):
		text(partName).AppendNull()
	default:
		text(partName).BinaryBuilder.Append(w.name)
	}
	number(partSize).Append(size)
	number(partTime).Append(w.times.At(place))
	if !w.embedded {
		return nil
	}
	at, sum, err := int64(0), uint32(0), error(nil)
	if size != pipeline.NoImage && w.put != nil {
		w.image = append(w.image[:0], make([]byte, size)...)
		if _, err = w.images.Read(ctx, row, item, pipeline.FileStat{Size: size}, w.image); err == nil {
			sum = pipeline.CRC32C(w.image)
			at, err = w.put(w.image)
		}
	}
	number(partAt).Append(at)
	w.parts.FieldBuilder(partSum).(*array.Uint32Builder).Append(sum)
	return err
}

// decode makes the records of a batch, whose bytes follow a stream's head.
func (l *layout) decode(data []byte, split *HeaderSplit, keyField int, from images) (_ *pipeline.Records, times []pipeline.Numbers, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("not a record batch: %v", p)
		}
	}()
	batch, err := l.batch(data)
	if err != nil {
		return nil, nil, err
	}
	rows := batch.NumRows()
	columns := make([]*arrow.Chunked, l.fields.Len())
	held := make([]pipeline.Images, l.fields.Len())
	for f := range columns {
		if !l.fields.Field(f).Type.Images() {
			c := batch.Column(l.first + f)
			columns[f] = arrow.NewChunked(c.DataType(), []arrow.Array{c})
			continue
		}
		if held[f], err = newSliceImages(batch.Column(l.first+f), from, l.embedded[f]); err != nil {
			return nil, nil, fmt.Errorf("field %s: %w", l.fields.Field(f).Name, err)
		}
	}
	r := pipeline.NewRecords(split.Name, l.fields, rows, columns, held, keyField)
	if r.Numbers, err = l.numbers(batch.Column(0), split.Read); err != nil {
		return nil, nil, err
	}
	if l.from {
		r.Parts = split.Parts
		if r.From, err = l.numbers(batch.Column(1), 1<<62); err != nil {
			return nil, nil, err
		}
	}
	if l.source {
		r.SourceText = batch.Column(l.first - 1).(*array.String)
	}
	times = make([]pipeline.Numbers, l.fields.Len())
	for f, c := range r.Images {
		if c != nil {
			c.Sizes, times[f] = held[f].(*sliceImages).numbers(c)
		}
	}
	return r, times, nil
}

// numbers are the rows' numbers, each below a bound.
func (l *layout) numbers(a arrow.Array, bound int64) ([]int64, error) {
	values := a.(*array.Int64).Int64Values()
	for _, n := range values {
		if n < 0 || n >= bound {
			return nil, fmt.Errorf("row %d cannot be", n)
		}
	}
	return values, nil
}

// batch reads the one batch of a stream whose head is the layout's own, and checks it
// whole.
func (l *layout) batch(data []byte) (arrow.RecordBatch, error) {
	head, err := l.head()
	if err != nil {
		return nil, err
	}
	if err := fits(data); err != nil {
		return nil, err
	}
	r, err := ipc.NewReader(bytes.NewReader(append(head, data...)), ipc.WithAllocator(&schema.Bounded{Left: int64(len(data)) + 1<<20}))
	if err != nil {
		return nil, err
	}
	if !r.Next() {
		return nil, errors.Join(errors.New("there is none"), r.Err())
	}
	batch := r.RecordBatch()
	for i, c := range batch.Columns() {
		if int64(c.Len()) != batch.NumRows() {
			return nil, fmt.Errorf("column %s has %d rows of %d", batch.ColumnName(i), c.Len(), batch.NumRows())
		}
		if err := array.ValidateFull(c); err != nil {
			return nil, fmt.Errorf("column %s: %w", batch.ColumnName(i), err)
		}
		if !l.arrow.Field(i).Nullable && c.NullN() > 0 {
			return nil, fmt.Errorf("column %s has nulls", batch.ColumnName(i))
		}
	}
	batch.Retain()
	return batch, nil
}
