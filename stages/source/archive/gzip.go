package archive

import (
	"context"
	"io"

	"github.com/pickshard/pickshard/stages/source/archive/internal/inflate"
)

// gzipContents lists the members of a compressed tar, by decoding all of it.
func gzipContents(ctx context.Context, file io.ReaderAt, size int64, streams *segments) (*contents, error) {
	s := &stream{packed: size, framing: gzipped}
	r, err := newScan(ctx, file, s)
	if err != nil {
		return nil, err
	}
	head := make([]byte, tarBlock)
	n, err := io.ReadFull(r, head)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return nil, err
	}
	if !isTar(head[:n]) && !(n == tarBlock && allZero(head)) {
		return nil, damaged("it is compressed by gzip, and what it holds is not a tar")
	}
	r.read -= n // to be read again: it is still in the buffer
	x, err := openTar(ctx, r)
	if r.err != nil && r.err != io.EOF {
		return nil, r.err
	}
	if err == nil {
		err = r.finish()
	}
	if err != nil {
		return nil, err
	}
	return &contents{x, tarBody{index: x, stream: s, streams: streams}}, nil
}

// Flags of gzip's header.
const (
	gzipSum     = 1 << 1
	gzipExtra   = 1 << 2
	gzipName    = 1 << 3
	gzipComment = 1 << 4
	gzipUnknown = 0xe0
)

// readGzipHeader reads what stands before deflated data.
func readGzipHeader(d *inflate.Decoder) error {
	var h [10]byte
	if err := readBytes(d, h[:]); err != nil {
		return err
	}
	return readGzipRest(d, h)
}

func readGzipRest(d *inflate.Decoder, h [10]byte) error {
	if h[0] != 0x1f || h[1] != 0x8b || h[2] != 8 || h[3]&gzipUnknown != 0 {
		return damaged("found % x where a header of gzip should begin", h[:4])
	}
	skip := 0
	if h[3]&gzipExtra != 0 {
		var n [2]byte
		if err := readBytes(d, n[:]); err != nil {
			return err
		}
		skip = int(u16(n[:]))
	}
	if err := readBytes(d, make([]byte, skip)); err != nil {
		return err
	}
	for _, flag := range []byte{gzipName, gzipComment} {
		for b := byte(1); h[3]&flag != 0 && b != 0; {
			var err error
			if b, err = d.ReadByte(); err != nil {
				return short(err)
			}
		}
	}
	if h[3]&gzipSum != 0 {
		return readBytes(d, make([]byte, 2))
	}
	return nil
}

// readGzipTrailer reads what stands behind deflated data: the sum and the length of
// what it holds.
func readGzipTrailer(d *inflate.Decoder) (sum, length uint32, err error) {
	var t [8]byte
	err = readBytes(d, t[:])
	return u32(t[:]), u32(t[4:]), err
}

// nextGzipMember begins with the next member; more is false where there is none.
// Zeros may stand at the end, as tapes had it.
func nextGzipMember(d *inflate.Decoder) (more bool, err error) {
	for {
		b, err := d.ReadByte()
		switch {
		case err == io.EOF:
			return false, nil
		case err != nil:
			return false, err
		case b == 0:
			continue
		}
		h := [10]byte{b}
		if err := readBytes(d, h[1:]); err != nil {
			return false, err
		}
		if err := readGzipRest(d, h); err != nil {
			return false, err
		}
		d.Begin()
		return true, nil
	}
}

func readBytes(d *inflate.Decoder, p []byte) error {
	for i := range p {
		var err error
		if p[i], err = d.ReadByte(); err != nil {
			return short(err)
		}
	}
	return nil
}

func short(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
