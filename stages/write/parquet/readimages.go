package parquet

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/pickshard/pickshard/pipeline"
)

// imageCursor reads the images of a chunk record by record. It holds one page of
// them, or while browsing the levels of one.
type imageCursor struct {
	r      io.ReaderAt
	meta   chunkMeta
	end    int64 // of the chunk, in the file
	base   int   // rows of the file before the row group
	rows   int   // of the row group
	page   page
	defs   levelReader
	reps   levelReader
	level  int   // next one of the page
	at     int64 // of its next value, in the file
	browse bool  // tell where images lie, in place of their bytes
	images []pipeline.SampleImage
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
	c.level, c.defs.levels = 0, c.defs.levels[:0]
	return nil
}

// next returns the images of the next row, nil if it has none, without names. They
// are valid until the following call.
func (c *imageCursor) next() ([]pipeline.SampleImage, error) {
	if c.level == len(c.defs.levels) {
		if err := c.nextPage(); err != nil {
			return nil, err
		}
	}
	c.images = c.images[:0]
	def, list := c.defs.levels[c.level], c.meta.leaf.maxRep > 0
	switch {
	case def == 0: // no list, or no image
		c.level++
		return nil, c.endOfPage()
	case list && def == defEmptyList:
		c.level++
		if c.images == nil {
			c.images = make([]pipeline.SampleImage, 0, 1)
		}
		return c.images, c.endOfPage()
	}
	for more := true; more; more = list && c.level < len(c.defs.levels) && c.reps.levels[c.level] > 0 {
		if err := c.take(); err != nil {
			return nil, err
		}
	}
	return c.images, c.endOfPage()
}

// take adds the next image of a row, or the null in its place.
func (c *imageCursor) take() error {
	def := c.defs.levels[c.level]
	c.level++
	switch {
	case def == c.meta.leaf.maxDef:
	case def == defNoImage:
		c.images = append(c.images, pipeline.SampleImage{})
		return nil
	default:
		return errorAt(c.page.offset, "field %s: levels are wrong", c.meta.leaf.name)
	}
	left := c.page.end() - c.at
	if left < 4 {
		return c.wrongLength()
	}
	length, err := c.bytes(4)
	if err != nil {
		return err
	}
	size := int64(binary.LittleEndian.Uint32(length))
	if size > left-4 {
		return c.wrongLength()
	}
	c.at += 4
	image := pipeline.SampleImage{At: c.at, Size: size}
	if !c.browse {
		image = pipeline.SampleImage{}
		if image.Bytes, err = c.bytes(size); err != nil {
			return err
		}
	}
	c.images = append(c.images, image)
	c.at += size
	return nil
}

// bytes returns the next n bytes of the page, which has them.
func (c *imageCursor) bytes(n int64) ([]byte, error) {
	begin := c.at - c.page.offset - int64(c.page.header)
	if begin+n <= int64(len(c.page.body)) {
		return c.page.body[begin : begin+n : begin+n], nil
	}
	p := make([]byte, n)
	return p, readAt(c.r, p, c.at)
}

// endOfPage wants a page that is read to have no bytes left.
func (c *imageCursor) endOfPage() error {
	if c.level == len(c.defs.levels) && c.at < c.page.end() {
		return c.wrongLength()
	}
	return nil
}

func (c *imageCursor) wrongLength() error {
	return errorAt(c.at, "field %s: an image's length does not fit its page", c.meta.leaf.name)
}

func (c *imageCursor) nextPage() error {
	start := c.meta.start + c.meta.compressed
	left := c.rows - c.meta.rows
	if start >= c.end {
		return errorAt(start, "field %s: pages end before %d rows", c.meta.leaf.name, left)
	}
	p := &c.page
	if err := c.readPage(start); err != nil {
		return err
	}
	if p.typ != pageData || p.encoding != encodingPlain || p.hasCRC || p.compressed != p.uncompressed || p.values < 1 || p.values > maxElements {
		return errorAt(start, "field %s: page header is none of images", c.meta.leaf.name)
	}
	rows, images, ok := c.parseLevels()
	if !ok || rows > left || rows > 1 && p.values > imageRows {
		return errorAt(start, "field %s: levels are wrong", c.meta.leaf.name)
	}
	ip := imagePage{
		offset: start,
		row:    int32(c.base + c.meta.rows),
		rows:   int32(rows),
		levels: int32(p.values),
		images: int32(images),
		body:   int32(p.compressed),
		header: int32(p.header),
	}
	c.meta.images = append(c.meta.images, ip)
	c.meta.addImages(&ip)
	return nil
}

// readPage reads the page at an offset; while browsing its levels and no more than is
// near them.
func (c *imageCursor) readPage(start int64) error {
	if !c.browse {
		return c.page.read(c.r, start, c.end)
	}
	if err := c.page.readHeader(c.r, start, c.end); err != nil {
		return err
	}
	// A level of two takes less than three bytes, whatever its runs.
	return c.page.readBody(c.r, min(c.page.compressed, 64+3*min(c.page.values, maxElements)))
}

// parseLevels takes the levels from the front of the page, and counts the rows that
// begin in it, the first with its first level, and the images.
func (c *imageCursor) parseLevels() (rows, images int, ok bool) {
	l, n := c.meta.leaf, c.page.values
	rest := c.page.body
	c.level, rows = 0, n
	if l.maxRep > 0 {
		if rest, ok = c.reps.read(l.maxRep, rest, n); !ok || c.reps.levels[0] != 0 {
			return 0, 0, false
		}
		rows = bytes.Count(c.reps.levels, []byte{0})
	}
	if rest, ok = c.defs.readDefs(l, rest, n); !ok {
		return 0, 0, false
	}
	c.at = c.page.offset + int64(c.page.header) + int64(len(c.page.body)-len(rest))
	return rows, bytes.Count(c.defs.levels, []byte{l.maxDef}), true
}

// finish checks that the chunk was read to its end.
func (c *imageCursor) finish() error {
	if at := c.meta.start + c.meta.compressed; at != c.end {
		return errorAt(at, "field %s: %d bytes stand behind the last page", c.meta.leaf.name, c.end-at)
	}
	return nil
}
