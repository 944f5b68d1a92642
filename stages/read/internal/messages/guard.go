package messages

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	flatbuffers "github.com/google/flatbuffers/go"

	"github.com/pickshard/pickshard/stages/read"
)

const (
	// Continuation begins messages, in front of their length.
	Continuation = 0xffffffff
	// MostMetadata bounds the metadata of a message: some hundred bytes a column.
	MostMetadata = 64 << 20
)

// Guard returns a reader of the messages from an offset up to end, each of which is
// checked before any of it is passed on (Columnar.rst, Encapsulated message format).
func Guard(r io.ReaderAt, at, end int64, limits read.Limits) io.Reader {
	return &guard{r: r, at: at, end: end, limits: limits}
}

type guard struct {
	r       io.ReaderAt
	at, end int64 // of what is not passed on yet
	limits  read.Limits
	schema  schemaWalk
	message io.Reader // that is being passed on
	err     error     // why there is no further message
}

// Read implements io.Reader.
func (g *guard) Read(b []byte) (int, error) {
	for {
		if g.message != nil {
			n, err := g.message.Read(b)
			if n > 0 || !errors.Is(err, io.EOF) {
				return n, err
			}
			g.message = nil
		}
		if g.err == nil {
			g.err = g.next()
		}
		if g.err != nil {
			return 0, g.err
		}
	}
}

// next checks the next message.
func (g *guard) next() error {
	var head [8]byte
	prefix := int64(4)
	if g.at+prefix > g.end {
		return io.EOF
	}
	if err := g.read(head[:4], g.at); err != nil {
		return err
	}
	size := binary.LittleEndian.Uint32(head[:])
	if size == Continuation { // as of format version 0.15
		prefix = 8
		if g.at+prefix > g.end {
			return io.EOF
		}
		if err := g.read(head[4:], g.at+4); err != nil {
			return err
		}
		size = binary.LittleEndian.Uint32(head[4:])
	}
	if size == 0 {
		return io.EOF
	}
	began := g.at
	if size > MostMetadata || int64(size) > g.end-g.at-prefix {
		return read.Malformed(began, "a message with %d bytes of metadata, %d are left", size, g.end-g.at-prefix)
	}
	metadata := make([]byte, size)
	if err := g.read(metadata, g.at+prefix); err != nil {
		return err
	}
	g.at += prefix + int64(size)
	body, err := g.check(metadata)
	if err != nil {
		return err
	}
	g.message = io.MultiReader(bytes.NewReader(head[:prefix]), bytes.NewReader(metadata), io.NewSectionReader(g.r, g.at, body))
	g.at += body
	return nil
}

func (g *guard) read(b []byte, at int64) error { return ReadAt(g.r, b, at) }

// ReadAt fills b from an offset.
func ReadAt(r io.ReaderAt, b []byte, at int64) error {
	if n, err := r.ReadAt(b, at); n < len(b) {
		if err == nil || errors.Is(err, io.EOF) {
			return &read.PlaceError{Err: read.ErrTruncated, Offset: at + int64(n), Detail: fmt.Sprintf("%d bytes are missing", len(b)-n)}
		}
		return fmt.Errorf("read at byte %d: %w", at, err)
	}
	return nil
}

// check looks at a message's metadata, behind which the body begins, and returns the
// length of that.
func (g *guard) check(metadata []byte) (body int64, err error) {
	defer func() { // flatbuffers trusts what it reads
		if recover() != nil {
			err = read.Malformed(g.at-int64(len(metadata)), "the metadata of a message are not a flatbuffer of one")
		}
	}()
	if len(metadata) < 8 {
		return 0, read.Malformed(g.at, "a message with %d bytes of metadata", len(metadata))
	}
	message := flatbuffers.Table{Bytes: metadata, Pos: flatbuffers.GetUOffsetT(metadata)}
	body = message.GetInt64Slot(messageBody, 0)
	if body < 0 || body > g.end-g.at {
		return 0, &read.PlaceError{Err: read.ErrTruncated, Offset: g.at, Detail: fmt.Sprintf("a message of %d bytes begins here, %d are left", body, g.end-g.at)}
	}
	header, ok := table(message, messageHeader)
	if !ok {
		return 0, read.Malformed(g.at, "a message of nothing")
	}
	if !fits(message, messageMetadata, 4) {
		return 0, read.Malformed(g.at, "the metadata of a message claim more than there is")
	}
	switch message.GetByteSlot(messageHeaderType, 0) {
	case headerSchema:
		g.schema = schemaWalk{}
		if err := g.schema.schema(header); err != nil {
			return 0, read.Malformed(g.at, "the schema: %v", err)
		}
	case headerDictionary:
		batch, ok := table(header, dictionaryData)
		if !ok {
			return 0, read.Malformed(g.at, "a dictionary of nothing")
		}
		n := g.schema.dictionaries[header.GetInt64Slot(dictionaryID, 0)]
		n.buffers += n.bitmaps // arrow-go reads them as those of an early version
		return body, g.batch(batch, n, body)
	case headerBatch:
		n := g.schema.batch
		if message.GetInt16Slot(messageVersion, 0) < version5 {
			n.buffers += n.bitmaps
		}
		return body, g.batch(header, n, body)
	}
	return body, nil
}

// batch checks a record batch, which must have what is needed.
func (g *guard) batch(t flatbuffers.Table, n need, body int64) error {
	for field, size := range map[flatbuffers.VOffsetT]int{batchNodes: 16, batchBuffers: 16, batchCounts: 8} {
		if !fits(t, field, size) {
			return read.Malformed(g.at, "the metadata of a message claim more than there is")
		}
	}
	if !n.met(t) {
		return read.Malformed(g.at, "a batch has fewer values or buffers than the fields of the schema need")
	}
	if t.Offset(batchCompression) == 0 {
		return nil
	}
	return g.checkBuffers(t, body)
}

// checkBuffers bounds what compressed buffers claim to be.
func (g *guard) checkBuffers(batch flatbuffers.Table, body int64) error {
	o := flatbuffers.UOffsetT(batch.Offset(batchBuffers))
	if o == 0 {
		return nil
	}
	start, n := batch.Vector(o), batch.VectorLen(o)
	for i := range n {
		at := start + flatbuffers.UOffsetT(16*i)
		offset, length := batch.GetInt64(at), batch.GetInt64(at+8)
		if offset < 0 || length < 0 || offset > body || length > body-offset {
			return read.Malformed(g.at, "a buffer of %d bytes at byte %d of a message of %d", length, offset, body)
		}
		if length == 0 {
			continue
		}
		if length < 8 { // arrow-go would read the size beyond its end
			return read.Malformed(g.at+offset, "a packed buffer of %d bytes, its size alone takes 8", length)
		}
		var claimed [8]byte
		if err := g.read(claimed[:], g.at+offset); err != nil {
			return err
		}
		size := int64(binary.LittleEndian.Uint64(claimed[:]))
		if most := g.limits.ExpandBase + g.limits.ExpandRatio*length; size < -1 || size > most {
			return &read.PlaceError{Err: read.ErrLimit, Offset: g.at + offset, Detail: fmt.Sprintf("a buffer of %d bytes, unpacked from %d", size, length)}
		}
	}
	return nil
}
