package arrow

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
	continuation = 0xffffffff
	// mostMetadata bounds the metadata of a message: some hundred bytes a column.
	mostMetadata = 64 << 20
)

// guard passes on a stream of messages that it has checked (Columnar.rst, Encapsulated
// message format).
type guard struct {
	r       io.ReaderAt
	at, end int64 // of what is not passed on yet
	limits  read.Limits
	message io.Reader // that is being passed on
	batches int
	err     error // why there is no further message
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
	if size == continuation { // as of format version 0.15
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
	if size > mostMetadata || int64(size) > g.end-g.at-prefix {
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

func (g *guard) read(b []byte, at int64) error {
	if n, err := g.r.ReadAt(b, at); n < len(b) {
		if err == nil || errors.Is(err, io.EOF) {
			return &read.PlaceError{Err: read.ErrTruncated, Offset: at + int64(n), Detail: fmt.Sprintf("%d bytes are missing", len(b)-n)}
		}
		return fmt.Errorf("read at byte %d: %w", at, err)
	}
	return nil
}

// Fields of the tables of Message.fbs, by their place in a vtable.
const (
	messageHeaderType = 6
	messageHeader     = 8
	messageBody       = 10
	batchBuffers      = 8
	batchCompression  = 10
	dictionaryData    = 6

	headerDictionary = 2
	headerBatch      = 3
)

// check looks at a message's metadata, behind which the body begins, and returns the
// length of that.
func (g *guard) check(metadata []byte) (body int64, err error) {
	defer func() { // flatbuffers trusts what it reads
		if recover() != nil {
			err = read.Malformed(g.at-int64(len(metadata)), "the metadata of a message are no flatbuffer of one")
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
	kind := message.GetByteSlot(messageHeaderType, 0)
	if kind != headerBatch && kind != headerDictionary {
		return body, nil
	}
	batch, ok := table(message, messageHeader)
	if ok && kind == headerDictionary {
		batch, ok = table(batch, dictionaryData)
	}
	if !ok || batch.Offset(batchCompression) == 0 {
		return body, nil
	}
	return body, g.checkBuffers(batch, body)
}

// table is the table in a field.
func table(t flatbuffers.Table, field flatbuffers.VOffsetT) (flatbuffers.Table, bool) {
	o := flatbuffers.UOffsetT(t.Offset(field))
	if o == 0 {
		return t, false
	}
	return flatbuffers.Table{Bytes: t.Bytes, Pos: t.Indirect(o + t.Pos)}, true
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
		if length < 8 {
			continue
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
