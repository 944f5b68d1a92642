package arrow

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/internal/fill"
)

// reader reads a shard record by record; it fulfils pipeline.ShardReader. It
// takes no byte on trust: messages must be the schema's own but for their
// numbers, the numbers must follow from each other and from the file's size,
// and every buffer is checked before an Arrow array is laid over it. It holds
// a batch without its images in memory, and one record's images: those are read
// one by one, so that who looks at them finds them in the processor's cache.
type reader struct {
	*framing
	schema *schema.Schema
	types  []arrow.DataType // by field
	r      io.ReaderAt
	size   int64
	offset int64 // of the next message
	err    error // that ended the reading

	message []byte
	again   []byte   // the message as Create would write it
	body    []byte   // the batch's buffers, without the data of images
	images  [][]byte // by field: room for the record's image
	rows    int64
	tallies []tally
	leaves  []loaded // by leaf: the batch in memory
	row     int64    // the next record in it
	sample  pipeline.Sample
	browse  bool // tell where images lie, in place of their bytes
}

// Open returns a reader of a shard with that schema. It reads the schema
// message alone, which must be the schema's, Hugging Face features included.
func (f *Format) Open(r io.ReaderAt, size int64, s *schema.Schema, _ pipeline.Traits) (pipeline.ShardReader, error) {
	fr, err := newFraming(s)
	if err != nil {
		return nil, fmt.Errorf("open arrow shard: %w", err)
	}
	rd := &reader{
		framing: fr, schema: s, r: r, size: size, offset: int64(len(fr.schema)),
		again: make([]byte, 0, len(fr.batch)), message: make([]byte, len(fr.batch)),
		tallies: make([]tally, len(fr.leaves)), leaves: make([]loaded, len(fr.leaves)),
		images: make([][]byte, s.Len()),
		sample: pipeline.Sample{
			Values: make([]pipeline.Cell, s.Len()), Images: make([][]pipeline.SampleImage, s.Len()), Named: true,
		},
	}
	for f := range s.Len() {
		rd.types = append(rd.types, s.Field(f).Type.Arrow())
	}
	head := make([]byte, len(fr.schema))
	if err := rd.readAt(head, 0); err != nil {
		return nil, fmt.Errorf("open arrow shard: %w", err)
	}
	if at := differ(head, fr.schema); at >= 0 {
		return nil, fmt.Errorf("open arrow shard: byte %d: the schema message is not that of the schema", at)
	}
	return rd, nil
}

// Browse is Open, but that images are not read.
func (f *Format) Browse(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	opened, err := f.Open(r, size, s, t)
	if err != nil {
		return nil, err
	}
	rd := opened.(*reader)
	rd.browse = true
	return rd, nil
}

// Len is unknown: a stream does not say how many batches it has.
func (rd *reader) Len() int64 { return -1 }

// Next returns the next record.
func (rd *reader) Next() (pipeline.Sample, error) {
	if rd.err == nil && rd.row == rd.rows {
		at := rd.offset
		err := rd.readBatch()
		if err != nil && err != io.EOF {
			err = fmt.Errorf("read arrow shard: message at byte %d: %w", at, err)
		}
		rd.err = err
	}
	if rd.err != nil {
		return pipeline.Sample{}, rd.err
	}
	if err := rd.fill(rd.row); err != nil {
		rd.err = fmt.Errorf("read arrow shard: %w", err)
		return pipeline.Sample{}, rd.err
	}
	rd.row++
	return rd.sample, nil
}

// fill points the sample at a record of the batch in memory.
func (rd *reader) fill(row int64) error {
	for i := range rd.framing.leaves {
		l, data := &rd.framing.leaves[i], &rd.leaves[i]
		switch l.part {
		case nested:
			if l.parent < 0 {
				rd.sample.Values[l.field] = pipeline.Cell{Array: data.array, Row: int(row)}
			}
		case wholeValue:
			rd.sample.Values[l.field] = pipeline.Cell{Array: data.array, Row: int(row)}
		case imageBytes:
			if err := rd.fillImages(i, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// fillImages reads the images that a record has in the i-th leaf, which is one of
// images' bytes: their names are in the leaf behind it, but for plain ones.
func (rd *reader) fillImages(i int, row int64) error {
	l, data := &rd.framing.leaves[i], &rd.leaves[i]
	name := func(int64) string { return "" }
	if !rd.schema.Field(l.field).Type.Plain {
		names := &rd.leaves[i+1]
		name = func(k int64) string { return string(names.value(k)) }
	}
	images := rd.sample.Images[l.field][:0]
	rd.sample.Images[l.field] = nil
	from, to := row, row+1
	if l.counted {
		around := &rd.leaves[i-2] // the struct is between
		if !around.valid(row) {
			return nil
		}
		from, to = around.offset(row), around.offset(row+1)
	} else if !data.valid(row) {
		return nil
	}
	start := data.offset(from)
	var room []byte
	if !rd.browse {
		room = grow(rd.images[l.field], data.offset(to)-start)
		if err := rd.readAt(room, data.at+start); err != nil {
			return err
		}
		rd.images[l.field] = room
	}
	if images == nil {
		images = []pipeline.SampleImage{} // an empty list is not null
	}
	for k := from; k < to; k++ {
		var image pipeline.SampleImage
		switch lo, hi := data.offset(k)-start, data.offset(k+1)-start; {
		case !data.valid(k):
		case rd.browse:
			image = pipeline.SampleImage{At: data.at + start + lo, Size: hi - lo, Name: name(k)}
		default:
			image = pipeline.SampleImage{Bytes: room[lo:hi:hi], Name: name(k)}
		}
		images = append(images, image)
	}
	rd.sample.Images[l.field] = images
	return nil
}

// grow returns n bytes, in p where there is room, and never nil.
func grow(p []byte, n int64) []byte {
	if p == nil || int64(cap(p)) < n {
		return make([]byte, n, n+n/4)
	}
	return p[:n]
}

// readBatch reads the next message with its body, or the stream's end.
func (rd *reader) readBatch() error {
	rd.rows, rd.row = 0, 0
	if rd.size-rd.offset < int64(len(endOfStream)) {
		return errors.New("the file ends without an end of stream")
	}
	if err := rd.readAt(rd.message[:len(endOfStream)], rd.offset); err != nil {
		return err
	}
	if string(rd.message[:len(endOfStream)]) == endOfStream {
		if rd.offset+int64(len(endOfStream)) != rd.size {
			return fmt.Errorf("%d bytes behind the end of the stream", rd.size-rd.offset-int64(len(endOfStream)))
		}
		return io.EOF
	}
	if err := rd.readAt(rd.message, rd.offset); err != nil {
		return err
	}
	rows, body, err := rd.readNumbers()
	if err != nil {
		return err
	}
	start := rd.offset + int64(len(rd.message))
	if body > rd.size-start {
		return fmt.Errorf("a body of %d bytes where %d are left", body, rd.size-start)
	}
	if err := rd.load(rows, start); err != nil {
		return err
	}
	rd.rows = rows
	rd.offset = start + body
	return nil
}

// readNumbers reads a batch message's numbers. It takes only those that Create
// could have put there, for which the whole message is written again and
// compared: a message that differs anywhere else is refused as well.
func (rd *reader) readNumbers() (rows, body int64, err error) {
	get := func(at int) int64 { return int64(binary.LittleEndian.Uint64(rd.message[at:])) }
	rows = get(rd.rowsAt)
	if rows < 1 || rows > maxRows {
		return 0, 0, fmt.Errorf("%d rows, want 1 to %d", rows, maxRows)
	}
	buffer, total := rd.buffersAt, int64(0)
	for i := range rd.framing.leaves {
		l := &rd.framing.leaves[i]
		t := tally{nulls: get(rd.nodesAt + 16*i + 8)}
		if l.counted {
			t.slots = get(rd.nodesAt + 16*i)
			if err := rd.checkSlots(i, t.slots, rows); err != nil {
				return 0, 0, fmt.Errorf("%s: %w", rd.describe(l), err)
			}
		}
		if t.nulls < 0 || t.nulls > l.rows(rows, t) {
			return 0, 0, fmt.Errorf("%s: %d nulls in %d rows", rd.describe(l), t.nulls, l.rows(rows, t))
		}
		if l.class == variable {
			t.data = get(buffer + 16*2 + 8)
			if t.data < 0 || t.data > math.MaxInt32 {
				return 0, 0, fmt.Errorf("%s: %d bytes of data, which no 32-bit offset tells", rd.describe(l), t.data)
			}
		}
		total += l.bytes(t)
		rd.tallies[i] = t
		buffer += 16 * l.buffers()
	}
	if rows > 1 && total > maxBytes {
		return 0, 0, fmt.Errorf("%d rows with %d bytes of data, want at most %d", rows, total, maxBytes)
	}
	rd.again, body = rd.appendMessage(rd.again[:0], rows, rd.tallies)
	if at := differ(rd.message, rd.again); at >= 0 {
		return 0, 0, fmt.Errorf("byte %d of the message is %#02x, want %#02x", at, rd.message[at], rd.again[at])
	}
	return rows, body, nil
}

func (rd *reader) describe(l *leaf) string {
	return "field " + rd.schema.Field(l.field).Name + l.inside
}

// differ returns the first byte in which two slices of one length differ, or -1.
func differ(a, b []byte) int {
	if bytes.Equal(a, b) {
		return -1
	}
	i := 0
	for a[i] == b[i] {
		i++
	}
	return i
}

// readAt fills p; a file that is shorter than its size is an error.
func (rd *reader) readAt(p []byte, offset int64) error {
	if int64(len(p)) > rd.size-offset {
		return fmt.Errorf("read %d bytes at byte %d: %w", len(p), offset, io.ErrUnexpectedEOF)
	}
	return fill.At(rd.r, p, offset)
}
