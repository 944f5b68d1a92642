package arrow

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/messages"
)

// New returns the reader of Arrow files and streams.
func New() read.Reader { return read.Stream(format{}) }

type format struct{}

func (format) Kind() string { return "arrow" }

const (
	fileMagic   = "ARROW1"
	featherV1   = "FEA1"
	fileHead    = 8 // the magic, padded
	mostRowsOut = read.BatchRows
)

// Match takes Arrow files by their magic, and streams by their first message: a schema.
func (format) Match(head []byte, name string) bool {
	if bytes.HasPrefix(head, []byte(fileMagic)) || bytes.HasPrefix(head, []byte(featherV1)) {
		return true
	}
	if len(head) < 12 {
		return false
	}
	size := binary.LittleEndian.Uint32(head)
	if size == messages.Continuation {
		return binary.LittleEndian.Uint32(head[4:]) < messages.MostMetadata
	}
	// Old streams begin with the length alone.
	return size > 0 && size < 1<<20 && (strings.HasSuffix(name, ".arrow") || strings.HasSuffix(name, ".arrows"))
}

func (format) Open(_ context.Context, f *read.File, opts *read.Options) (read.Source, error) {
	r, size, err := f.ReaderAt()
	if err != nil {
		return nil, err
	}
	s := &source{r: r, end: size, limits: opts.Limits, form: "stream"}
	switch {
	case bytes.HasPrefix(f.Head, []byte(featherV1)):
		return nil, &read.PlaceError{Err: read.ErrUnsupported, Offset: -1, Detail: "a Feather file of version 1: write it again with pyarrow.feather.write_feather, or as Parquet"}
	case bytes.HasPrefix(f.Head, []byte(fileMagic)):
		if err := s.file(size); err != nil {
			return nil, err
		}
	}
	in, _, err := s.open()
	if err != nil {
		return nil, err
	}
	defer in.Release()
	s.schema = in.Schema()
	told, _ := s.schema.Metadata().GetValue(read.HuggingFace)
	classes := read.ClassNames(told)
	for _, field := range s.schema.Fields() {
		dt := field.Type
		if err := checkType(dt, opts.Limits.Nesting); err != nil {
			return nil, fmt.Errorf("column %q: %w", field.Name, err)
		}
		s.columns = append(s.columns, read.Column{Name: field.Name, Form: read.Typed, Arrow: dt, Dtype: dt.String(), Bytes: -1, Names: classes[field.Name]})
	}
	return s, nil
}

// checkType makes sure that a type is one, and bounds how deep its parts lie in each
// other: arrow-go takes what a schema says.
func checkType(dt arrow.DataType, depth int) error {
	if depth == 0 {
		return read.OverLimit("values lie too deep in each other")
	}
	ok := true
	switch dt := dt.(type) {
	case arrow.DecimalType:
		most := map[arrow.Type]int32{arrow.DECIMAL32: 9, arrow.DECIMAL64: 18, arrow.DECIMAL128: 38, arrow.DECIMAL256: 76}[dt.ID()]
		ok = dt.GetPrecision() >= 1 && dt.GetPrecision() <= most && dt.GetScale() >= 0 && dt.GetScale() <= most
	case *arrow.TimestampType:
		ok = dt.Unit >= arrow.Second && dt.Unit <= arrow.Nanosecond
	case *arrow.Time32Type:
		ok = dt.Unit == arrow.Second || dt.Unit == arrow.Millisecond
	case *arrow.Time64Type:
		ok = dt.Unit == arrow.Microsecond || dt.Unit == arrow.Nanosecond
	case *arrow.DurationType:
		ok = dt.Unit >= arrow.Second && dt.Unit <= arrow.Nanosecond
	case *arrow.FixedSizeBinaryType:
		ok = dt.ByteWidth >= 0
	case *arrow.FixedSizeListType:
		ok = dt.Len() >= 0
	case *arrow.DictionaryType:
		return checkType(dt.ValueType, depth-1)
	case arrow.ExtensionType:
		return checkType(dt.StorageType(), depth-1)
	}
	if !ok {
		return read.Malformed(-1, "a type that there is not")
	}
	if n, nested := dt.(arrow.NestedType); nested {
		for _, f := range n.Fields() {
			if err := checkType(f.Type, depth-1); err != nil {
				return err
			}
		}
	}
	return nil
}

// source is an open file.
type source struct {
	r          io.ReaderAt
	start, end int64 // of the messages
	limits     read.Limits
	form       string
	schema     *arrow.Schema
	columns    []read.Column
}

// file finds the messages of a file: those of a stream, between its beginning and its
// footer.
func (s *source) file(size int64) error {
	s.form = "file"
	const tail = 4 + int64(len(fileMagic))
	if size < fileHead+tail {
		return &read.PlaceError{Err: read.ErrTruncated, Offset: size, Detail: fmt.Sprintf("%d bytes are not an Arrow file", size)}
	}
	var b [tail]byte
	if err := messages.ReadAt(s.r, b[:], size-tail); err != nil {
		return err
	}
	if string(b[4:]) != fileMagic {
		return &read.PlaceError{Err: read.ErrTruncated, Offset: size - tail, Detail: "it does not end as an Arrow file does: copy or download it again"}
	}
	footer := int64(binary.LittleEndian.Uint32(b[:]))
	if footer > size-tail-fileHead {
		return read.Malformed(size-tail, "a footer of %d bytes in a file of %d", footer, size)
	}
	s.start, s.end = fileHead, size-tail-footer
	return nil
}

// Columns implements read.Source.
func (s *source) Columns() []read.Column { return s.columns }

// OneTable implements read.OneTable.
func (s *source) OneTable() {}

// Describe implements read.Source.
func (s *source) Describe(info *read.Info) { info.Writer = "an Arrow " + s.form }

// Close implements read.Source.
func (s *source) Close() error { return nil }

// open starts at the schema. What is read has room, which is the reader's from then on.
func (s *source) open() (in *ipc.Reader, room *schema.Bounded, err error) {
	room = &schema.Bounded{Left: s.room()}
	if in, err = ipc.NewReader(messages.Guard(s.r, s.start, s.end, s.limits), ipc.WithAllocator(room)); err != nil {
		return nil, nil, malformed(err)
	}
	return in, room, nil
}

// room is what a batch and the dictionaries in front of it may take: that each of their
// buffers is bounded by its packed bytes is not enough, as several may be the same bytes.
func (s *source) room() int64 { return s.limits.ExpandBase + s.limits.ExpandRatio*(s.end-s.start) }

// malformed makes an error of arrow-go one about the file.
func malformed(err error) error {
	for _, ours := range []error{read.ErrMalformed, read.ErrTruncated, read.ErrLimit} {
		if errors.Is(err, ours) {
			return err
		}
	}
	if errors.Is(err, schema.ErrNoRoom) {
		return &read.PlaceError{Err: read.ErrLimit, Offset: -1, Detail: "the buffers of a record batch claim more than the file can hold, packed as it may be"}
	}
	return fmt.Errorf("%w: %w", read.ErrMalformed, err)
}

// Rows implements read.Source.
func (s *source) Rows(ctx context.Context, columns []int) (read.Rows, error) {
	in, room, err := s.open()
	return &rows{source: s, ctx: ctx, in: in, room: room, columns: columns}, err
}

// rows reads record batches.
type rows struct {
	*source
	ctx     context.Context
	in      *ipc.Reader
	room    *schema.Bounded // in's
	columns []int
	batch   arrow.RecordBatch // that is being given, in's
	at      int64             // in batch
	n       int64             // rows that are given at once
}

// Close implements read.Rows.
func (r *rows) Close() error {
	r.in.Release()
	return nil
}

// Next implements read.Rows.
func (r *rows) Next() (arrays []arrow.Array, n int, err error) {
	for r.batch == nil || r.at >= r.batch.NumRows() {
		if err := r.ctx.Err(); err != nil {
			return nil, 0, err
		}
		r.room.Left = r.source.room() // of each batch, whatever became of the others
		if !r.in.Next() {
			if err := r.in.Err(); err != nil && !errors.Is(err, io.EOF) {
				return nil, 0, malformed(err)
			}
			return nil, 0, io.EOF
		}
		if err := r.check(r.in.RecordBatch()); err != nil {
			return nil, 0, err
		}
	}
	end := min(r.at+r.n, r.batch.NumRows())
	for _, c := range r.columns {
		slice := array.NewSlice(r.batch.Column(c), r.at, end)
		a, err := compact(slice)
		slice.Release()
		if err != nil {
			return nil, 0, fmt.Errorf("column %q: %w", r.batch.ColumnName(c), err)
		}
		arrays = append(arrays, a)
	}
	n = int(end - r.at)
	r.at = end
	return arrays, n, nil
}

// check makes sure that a batch is what it says, and finds how many of its rows are
// given at once.
func (r *rows) check(b arrow.RecordBatch) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = read.Malformed(-1, "a record batch: %v", p)
		}
	}()
	size := int64(0)
	for _, c := range r.columns {
		column := b.Column(c)
		if int64(column.Len()) != b.NumRows() {
			return read.Malformed(-1, "column %q has %d rows in a batch of %d", b.ColumnName(c), column.Len(), b.NumRows())
		}
		if err := validate(column); err != nil {
			return read.Malformed(-1, "column %q: %v", b.ColumnName(c), err)
		}
		size += read.DataBytes(column.Data())
	}
	r.batch, r.at = b, 0
	r.n = max(1, min(mostRowsOut, read.BatchBytes/max(1, size/max(1, b.NumRows()))))
	return nil
}

// validate checks an array whole.
func validate(a arrow.Array) error {
	whole := array.MakeFromData(withNullBuffers(a.Data()))
	defer whole.Release()
	return array.ValidateFull(whole)
}

// withNullBuffers is an array's data in which those of the null type have the buffer
// that arrow-go's check wants and its reader leaves out.
func withNullBuffers(d arrow.ArrayData) arrow.ArrayData {
	buffers := d.Buffers()
	if d.DataType().ID() == arrow.NULL && len(buffers) == 0 {
		buffers = []*memory.Buffer{nil}
	}
	children := make([]arrow.ArrayData, len(d.Children()))
	for i, c := range d.Children() {
		children[i] = withNullBuffers(c)
	}
	out := array.NewData(d.DataType(), d.Len(), buffers, children, d.NullN(), d.Offset())
	if dict := d.Dictionary(); dict != nil {
		out.SetDictionary(dict)
	}
	return out
}

// compact copies an array out of its batch, which has the bytes of all columns.
func compact(a arrow.Array) (arrow.Array, error) {
	return array.Concatenate([]arrow.Array{a}, memory.DefaultAllocator)
}
