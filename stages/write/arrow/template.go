package arrow

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/pickshard/pickshard/schema"
)

// framing is a schema's messages as arrow-go writes them. It is immutable.
type framing struct {
	leaves []leaf
	// schema is the schema message that begins a stream.
	schema []byte
	// batch is the message of some record batch, without its body. Only the
	// numbers at the offsets below differ between batches: scalars that are
	// not zero and structs have a fixed place in a flatbuffer.
	batch []byte
	// rowsAt and bodyAt are where the number of rows and the body's length
	// stand (int64); nodesAt where {length, nulls} of each leaf do, buffersAt
	// where {offset, length} of each buffer do (pairs of int64).
	rowsAt, bodyAt, nodesAt, buffersAt int
}

// endOfStream ends a stream (Arrow columnar format, "IPC Streaming Format"): a
// message of length 0.
const endOfStream = "\xff\xff\xff\xff\x00\x00\x00\x00"

// newFraming lets arrow-go write a stream of one record of nulls and takes it
// apart.
func newFraming(s *schema.Schema) (*framing, error) {
	s, err := featured(s)
	if err != nil {
		return nil, err
	}
	as := s.Arrow()
	empty, err := stream(as, nil)
	if err != nil {
		return nil, err
	}
	columns := make([]arrow.Array, s.Len())
	for f := range columns {
		columns[f] = array.MakeArrayOfNull(memory.DefaultAllocator, as.Field(f).Type, 1)
	}
	one, err := stream(as, array.NewRecordBatch(as, columns, 1))
	if err != nil {
		return nil, err
	}
	at := len(empty) - len(endOfStream)
	fr := &framing{leaves: leavesOf(s), schema: one[:at]}
	head := 8 + int(binary.LittleEndian.Uint32(one[at+4:]))
	fr.batch = one[at : at+head]
	return fr, fr.locate()
}

// stream returns an IPC stream of the batches given.
func stream(s *arrow.Schema, batches ...arrow.RecordBatch) ([]byte, error) {
	var b bytes.Buffer
	w := ipc.NewWriter(&b, ipc.WithSchema(s))
	for _, batch := range batches {
		if batch == nil {
			continue
		}
		if err := w.Write(batch); err != nil {
			return nil, fmt.Errorf("encode record batch: %w", err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("encode schema: %w", err)
	}
	return b.Bytes(), nil
}

// Slots of the flatbuffer tables (arrow: format/Message.fbs), as offsets into
// their vtables.
const (
	messageHeader = 8 // after version and header_type
	messageBody   = 10
	batchLength   = 4
	batchNodes    = 6
	batchBuffers  = 8
)

// locate finds the places of the numbers in the template, which arrow-go has
// just written: no stranger's bytes are parsed here or anywhere else.
func (fr *framing) locate() error {
	const prefix = 8 // continuation mark and length
	buf := fr.batch[prefix:]
	message := flatbuffers.Table{Bytes: buf, Pos: flatbuffers.GetUOffsetT(buf)}
	var batch flatbuffers.Table
	header := flatbuffers.UOffsetT(message.Offset(messageHeader))
	body := flatbuffers.UOffsetT(message.Offset(messageBody))
	if header == 0 || body == 0 {
		return fmt.Errorf("record batch message without header or body")
	}
	message.Union(&batch, header)
	length := flatbuffers.UOffsetT(batch.Offset(batchLength))
	nodes := flatbuffers.UOffsetT(batch.Offset(batchNodes))
	buffers := flatbuffers.UOffsetT(batch.Offset(batchBuffers))
	if length == 0 || nodes == 0 || buffers == 0 {
		return fmt.Errorf("record batch message without length, nodes or buffers")
	}
	want := 0
	for i := range fr.leaves {
		want += fr.leaves[i].buffers()
	}
	if batch.VectorLen(nodes) != len(fr.leaves) || batch.VectorLen(buffers) != want {
		return fmt.Errorf("record batch message of %d nodes and %d buffers, want %d and %d",
			batch.VectorLen(nodes), batch.VectorLen(buffers), len(fr.leaves), want)
	}
	fr.bodyAt = prefix + int(message.Pos+body)
	fr.rowsAt = prefix + int(batch.Pos+length)
	fr.nodesAt = prefix + int(batch.Vector(nodes))
	fr.buffersAt = prefix + int(batch.Vector(buffers))
	return nil
}

// appendMessage appends the message of a batch of that many rows and tallies,
// without its body, and returns the body's length in bytes.
func (fr *framing) appendMessage(dst []byte, rows int64, tallies []tally) (message []byte, body int64) {
	start := len(dst)
	dst = append(dst, fr.batch...)
	m := dst[start:]
	put := func(at int, v int64) { binary.LittleEndian.PutUint64(m[at:], uint64(v)) }
	buffer := fr.buffersAt
	for i := range fr.leaves {
		l := &fr.leaves[i]
		put(fr.nodesAt+16*i, l.rows(rows, tallies[i]))
		put(fr.nodesAt+16*i+8, tallies[i].nulls)
		sizes := l.sizes(rows, tallies[i])
		for _, n := range sizes[:l.buffers()] {
			put(buffer, body)
			put(buffer+8, n)
			buffer += 16
			body += padded(n)
		}
	}
	put(fr.rowsAt, rows)
	put(fr.bodyAt, body)
	return dst, body
}
