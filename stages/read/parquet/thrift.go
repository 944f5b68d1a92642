package parquet

import (
	"encoding/binary"
	"errors"
)

// Metadata is in Thrift's compact protocol. It is walked over before it is decoded, as
// a decoder makes room for lists by the length that they claim.

var (
	errCut    = errors.New("the metadata is cut")
	errThrift = errors.New("the metadata is not in Thrift's compact form")
)

// Bounds of the metadata of one file or page.
const (
	mostThriftDepth = 32
	mostThriftItems = 8 << 20 // of all lists together
)

// walker passes over values.
type walker struct {
	b     []byte
	at    int
	items int
}

// structLen returns the length of the struct that b begins with. The error is errCut
// where more bytes may make it whole.
func structLen(b []byte) (int, error) {
	w := walker{b: b}
	err := w.structure(0)
	return w.at, err
}

func (w *walker) byte() (byte, error) {
	if w.at >= len(w.b) {
		return 0, errCut
	}
	w.at++
	return w.b[w.at-1], nil
}

func (w *walker) uvarint() (uint64, error) {
	v, n := binary.Uvarint(w.b[w.at:])
	switch {
	case n == 0:
		return 0, errCut
	case n < 0:
		return 0, errThrift
	}
	w.at += n
	return v, nil
}

func (w *walker) skip(n uint64) error {
	if n > uint64(len(w.b)-w.at) {
		return errCut
	}
	w.at += int(n)
	return nil
}

func (w *walker) structure(depth int) error {
	if depth > mostThriftDepth {
		return errThrift
	}
	for {
		head, err := w.byte()
		if err != nil {
			return err
		}
		if head == 0 {
			return nil
		}
		if head>>4 == 0 { // the field's number by itself
			if _, err := w.uvarint(); err != nil {
				return err
			}
		}
		if kind := head & 15; kind != 1 && kind != 2 { // booleans are their kind
			if err := w.value(kind, depth); err != nil {
				return err
			}
		}
	}
}

func (w *walker) value(kind byte, depth int) error {
	switch kind {
	case 1, 2, 3:
		return w.skip(1)
	case 4, 5, 6:
		_, err := w.uvarint()
		return err
	case 7:
		return w.skip(8)
	case 8:
		n, err := w.uvarint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case 9, 10:
		return w.list(depth)
	case 12:
		return w.structure(depth + 1)
	case 13:
		return w.skip(16)
	}
	return errThrift // maps are in no struct of Parquet
}

func (w *walker) list(depth int) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.uvarint(); err != nil {
			return err
		}
	}
	if n > uint64(len(w.b)-w.at) { // an item takes a byte at least
		return errCut
	}
	if w.items += int(n); w.items > mostThriftItems {
		return errThrift
	}
	for range n {
		if err := w.value(head&15, depth+1); err != nil {
			return err
		}
	}
	return nil
}
