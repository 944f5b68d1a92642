package parquet

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math/bits"
	"slices"

	"github.com/klauspost/compress/s2"
)

// maxHeader is longer than any page header that we write.
const maxHeader = 64

// page is a page as it stands in the file.
type page struct {
	pageHeader
	offset int64  // in the file
	header int    // bytes of the header
	body   []byte // as stored
}

func (p *page) end() int64 { return p.offset + int64(p.header) + int64(p.compressed) }

// read reads the page at offset, which must end at or before end. The body's
// memory is reused.
func (p *page) read(r io.ReaderAt, offset, end int64) error {
	if err := p.readHeader(r, offset, end); err != nil {
		return err
	}
	if err := p.readBody(r, p.compressed); err != nil {
		return err
	}
	if p.hasCRC && crc32.ChecksumIEEE(p.body) != p.crc {
		return errorAt(offset, "page's check sum does not match its bytes")
	}
	return nil
}

// readHeader reads the header of the page at offset.
func (p *page) readHeader(r io.ReaderAt, offset, end int64) error {
	var window [maxHeader]byte
	head := window[:min(maxHeader, end-offset)]
	if err := readAt(r, head, offset); err != nil {
		return err
	}
	var err error
	p.offset = offset
	if p.pageHeader, p.header, err = parsePageHeader(head); err != nil {
		return errorAt(offset, "page header: %w", err)
	}
	if left := end - offset - int64(p.header); int64(p.compressed) > left {
		return errorAt(offset, "page of %d bytes, its chunk has %d left", p.compressed, left)
	}
	return nil
}

// readBody reads the first n bytes of the body.
func (p *page) readBody(r io.ReaderAt, n int) error {
	p.body = slices.Grow(p.body[:0], n)[:n]
	return readAt(r, p.body, p.offset+int64(p.header))
}

// parsePageHeader reads a header in the one form in which we write it, and
// tells its length.
func parsePageHeader(b []byte) (pageHeader, int, error) {
	var h pageHeader
	d := decoder{b: b}
	size := func(typ byte) int {
		v := d.i32(typ)
		if v < 0 {
			d.fail()
		}
		return int(v)
	}
	kind := func(id int16, typ byte) {
		switch id {
		case 1:
			h.values = size(typ)
		case 2:
			h.encoding = d.i32(typ)
		default:
			d.skip(typ)
		}
	}
	d.structure(func(id int16, typ byte) {
		switch id {
		case 1:
			h.typ = d.i32(typ)
		case 2:
			h.uncompressed = size(typ)
		case 3:
			h.compressed = size(typ)
		case 4:
			h.hasCRC, h.crc = true, uint32(d.i32(typ))
		case 5, 7:
			d.structure(kind)
		default:
			d.skip(typ)
		}
	})
	if d.err != nil || !bytes.Equal(h.append(nil), b[:d.pos]) {
		return pageHeader{}, 0, errThrift
	}
	return h, d.pos, nil
}

// inflate decompresses the body into dst's memory. Snappy's longest copy makes
// 64 bytes of three, so a short page that claims to be long is refused before
// memory is taken for it.
func (p *page) inflate(dst []byte) ([]byte, error) {
	n, err := s2.DecodedLen(p.body)
	if err != nil || n != p.uncompressed || n > 64+22*len(p.body) {
		return dst, errorAt(p.offset, "page of %d bytes does not decompress to the %d of its header", len(p.body), p.uncompressed)
	}
	dst = slices.Grow(dst[:0], n)[:n]
	if dst, err = s2.Decode(dst, p.body); err != nil || len(dst) != n {
		return dst, errorAt(p.offset, "page does not decompress")
	}
	return dst, nil
}

// levelReader decodes levels. It reuses its memory.
type levelReader struct {
	levels []uint8
	again  []byte
}

// read takes n levels of at most most from the front of body, in the one form in
// which we write them, and returns what follows them.
func (lr *levelReader) read(most uint8, body []byte, n int) (rest []byte, ok bool) {
	if len(body) < 4 {
		return nil, false
	}
	size := binary.LittleEndian.Uint32(body)
	if uint64(size) > uint64(len(body)-4) {
		return nil, false
	}
	width := bits.Len8(most)
	levels, err := decodeHybrid(lr.levels[:0], body[4:4+size], width, n)
	lr.levels = levels
	if err != nil {
		return nil, false
	}
	for _, v := range levels {
		if v > most {
			return nil, false
		}
	}
	lr.again = appendHybrid(lr.again[:0], width, n, func(i int) uint32 { return uint32(levels[i]) })
	return body[4+size:], bytes.Equal(lr.again, body[4:4+size])
}

// readDefs is read for the definition levels of a leaf. An image without bytes
// would be the highest but one: it is never written.
func (lr *levelReader) readDefs(l *leaf, body []byte, n int) (rest []byte, ok bool) {
	rest, ok = lr.read(l.maxDef, body, n)
	return rest, ok && (l.part != partImageBytes || l.maxDef == 1 || !slices.Contains(lr.levels, l.maxDef-1))
}
