package webdataset

import (
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
)

// tail is what follows a sample's images: the members of texts, and the JSON member,
// each with room for its header and with padding. It is made for one sample after the
// other.
type tail struct {
	buf     []byte
	members []tailMember
}

type tailMember struct {
	at     int // of its header
	size   int64
	suffix string
}

// make makes the tail of a row in room, but for the headers.
func (t *tail) make(room []byte, m *members, r *pipeline.Records, row int64) error {
	t.buf, t.members = room[:0], t.members[:0]
	for i := range m.texts {
		text := &m.texts[i]
		at := len(t.buf)
		buf, ok, err := appendText(append(t.buf, zeroBlock[:]...), r.Cell(text.field, row))
		if err != nil {
			return fmt.Errorf("field %s: %w", m.schema.Field(text.field).Name, err)
		}
		if ok {
			t.close(buf, at, text.suffix)
		}
	}
	if len(m.values) == 0 {
		return nil
	}
	at := len(t.buf)
	buf, err := m.appendJSON(append(t.buf, zeroBlock[:]...), r, row)
	if err == nil {
		t.close(buf, at, jsonSuffix)
	}
	return err
}

// span is how long make makes the tail of a row. The members are spelled all the same,
// in room that is used again and again: nothing else is sure to be as long.
func (t *tail) span(m *members, r *pipeline.Records, row int64) (size int64, err error) {
	for i := range m.texts {
		text := &m.texts[i]
		var ok bool
		if t.buf, ok, err = appendText(t.buf[:0], r.Cell(text.field, row)); err != nil {
			return 0, err
		}
		if ok {
			size += blockSize + padded(int64(len(t.buf)))
		}
	}
	if len(m.values) == 0 {
		return size, nil
	}
	t.buf, err = m.appendJSON(t.buf[:0], r, row)
	return size + blockSize + padded(int64(len(t.buf))), err
}

var zeroBlock [blockSize]byte

// close pads the member that buf ends in.
func (t *tail) close(buf []byte, at int, suffix string) {
	size := int64(len(buf) - at - blockSize)
	t.buf = append(buf, zeroBlock[:padded(size)-size]...)
	t.members = append(t.members, tailMember{at, size, suffix})
}

// putHeaders fills the headers in.
func (t *tail) putHeaders(r *pipeline.Records, row int64) error {
	for _, m := range t.members {
		header := t.buf[m.at : m.at+blockSize]
		name := append(r.AppendKey(header[:0:maxName], row), m.suffix...)
		if err := putHeader(header, len(name), m.size); err != nil {
			return err
		}
	}
	return nil
}
