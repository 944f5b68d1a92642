package parquet

import (
	"encoding/binary"
	"io"
)

// imageCursor reads the images of a chunk one after the other. It holds one
// page of them.
type imageCursor struct {
	r      io.ReaderAt
	meta   chunkMeta
	end    int64 // of the chunk, in the file
	base   int   // rows of the file before the row group
	rows   int   // of the row group
	page   page
	levels levelReader
	row    int    // next row within the page
	rest   []byte // its values that are not read yet
}

// begin starts on the chunk of rows rows at offset start. The memory of the
// chunk before is reused, but for what it tells in meta.
func (c *imageCursor) begin(l *leaf, start int64, shape chunkShape, base, rows int) error {
	if shape.codec != codecNone {
		return errorAt(start, "field %s: images with codec %d", l.name, shape.codec)
	}
	c.meta = chunkMeta{leaf: l, start: start, codec: shape.codec}
	c.end = start + shape.size
	c.base, c.rows = base, rows
	c.row, c.levels.levels = 0, c.levels.levels[:0]
	return nil
}

// next returns the image of the next row, nil if it has none. The bytes are
// valid until the following call.
func (c *imageCursor) next() ([]byte, error) {
	if c.row == len(c.levels.levels) {
		if err := c.nextPage(); err != nil {
			return nil, err
		}
	}
	var image []byte
	if c.levels.levels[c.row] != 0 {
		if len(c.rest) < 4 {
			return nil, c.wrongLength()
		}
		size := binary.LittleEndian.Uint32(c.rest)
		if uint64(size) > uint64(len(c.rest)-4) {
			return nil, c.wrongLength()
		}
		image = c.rest[4 : 4+size : 4+size]
		c.rest = c.rest[4+size:]
	}
	c.row++
	if c.row == len(c.levels.levels) && len(c.rest) > 0 {
		return nil, c.wrongLength()
	}
	return image, nil
}

func (c *imageCursor) wrongLength() error {
	return errorAt(c.page.end()-int64(len(c.rest)), "field %s: an image's length does not fit its page", c.meta.leaf.name)
}

func (c *imageCursor) nextPage() error {
	start := c.meta.start + c.meta.compressed
	left := c.rows - c.meta.rows
	if start >= c.end {
		return errorAt(start, "field %s: pages end before %d rows", c.meta.leaf.name, left)
	}
	p := &c.page
	if err := p.read(c.r, start, c.end); err != nil {
		return err
	}
	if p.typ != pageData || p.encoding != encodingPlain || p.hasCRC || p.compressed != p.uncompressed || p.values < 1 || p.values > left {
		return errorAt(start, "field %s: page header is none of images", c.meta.leaf.name)
	}
	var ok bool
	if c.rest, ok = c.levels.readDefs(c.meta.leaf, p.body, p.values); !ok {
		return errorAt(start, "field %s: definition levels are wrong", c.meta.leaf.name)
	}
	c.row = 0
	nulls := 0
	for _, level := range c.levels.levels {
		if level == 0 {
			nulls++
		}
	}
	ip := imagePage{
		offset: start,
		row:    int32(c.base + c.meta.rows),
		rows:   int32(p.values),
		body:   int32(p.compressed),
		header: int32(p.header),
	}
	c.meta.images = append(c.meta.images, ip)
	c.meta.addImages(&ip, nulls)
	return nil
}

// finish checks that the chunk was read to its end.
func (c *imageCursor) finish() error {
	if at := c.meta.start + c.meta.compressed; at != c.end {
		return errorAt(at, "field %s: %d bytes stand behind the last page", c.meta.leaf.name, c.end-at)
	}
	return nil
}
