package parquet

import "cmp"

// Page types, encodings and codecs (parquet.thrift).
const (
	pageData       = 0
	pageDictionary = 2

	encodingPlain   = 0
	encodingRLE     = 3
	encodingRLEDict = 8

	codecNone   = 0
	codecSnappy = 1
)

// pageHeader is the head of a page as we write it.
type pageHeader struct {
	typ          int32 // pageData or pageDictionary
	uncompressed int   // bytes of the page behind the header
	compressed   int
	hasCRC       bool
	crc          uint32 // CRC-32 of the compressed bytes
	values       int    // nulls included
	encoding     int32
}

// append appends the header. It does not allocate but to grow dst.
func (h *pageHeader) append(dst []byte) []byte {
	e := encoder{b: dst}
	e.i32(1, h.typ)
	e.i32(2, int32(h.uncompressed))
	e.i32(3, int32(h.compressed))
	if h.hasCRC {
		e.i32(4, int32(h.crc))
	}
	if h.typ == pageDictionary {
		e.begin(7)
		e.i32(1, int32(h.values))
		e.i32(2, h.encoding)
		e.end()
	} else {
		e.begin(5)
		e.i32(1, int32(h.values))
		e.i32(2, h.encoding)
		e.i32(3, encodingRLE) // definition levels
		e.i32(4, encodingRLE) // repetition levels, if there are any
		e.end()
	}
	e.stop()
	return e.b
}

// pageMeta is what indexes tell of a data page that holds no images.
type pageMeta struct {
	offset int64 // of the header, in the file
	size   int   // header included, compressed
	row    int   // first row, in the row group
	rows   int
	values int // nulls included: as many as rows but for lists
	nulls  int
	bounds bounds
}

// imagePage is a data page of images: 32 bytes each, as there may be one an
// image until the file is done.
type imagePage struct {
	offset int64 // of the header, in the file
	row    int32 // first record, in the shard
	rows   int32
	levels int32 // as many as rows but for lists
	images int32
	body   int32 // bytes behind the header
	header int32 // bytes of the header
}

func (p *imagePage) size() int { return int(p.header) + int(p.body) }

// chunkMeta is what footer and indexes tell of a column chunk. Writer and
// reader fill it in alike, from the pages as they pass: the reader by that has
// a second account of what footer and indexes must say.
type chunkMeta struct {
	leaf         *leaf
	start        int64 // of the first page, in the file
	codec        int32
	dictionary   int // bytes of the dictionary page, header included; 0: none
	uncompressed int64
	compressed   int64
	rows         int
	values       int // nulls included
	nulls        int
	span         span // until seal
	bounds       bounds
	pages        []pageMeta
	images       []imagePage // instead of pages

	// Where the indexes stand, known once they are laid out.
	columnIndexAt, offsetIndexAt   int64
	columnIndexLen, offsetIndexLen int
}

func (m *chunkMeta) addDictionary(header, uncompressed, compressed int) {
	m.dictionary = header + compressed
	m.uncompressed += int64(header + uncompressed)
	m.compressed += int64(header + compressed)
}

// addPage adds a data page of so many rows with s over its values.
func (m *chunkMeta) addPage(header int, h *pageHeader, rows, nulls int, s *span) {
	m.pages = append(m.pages, pageMeta{
		offset: m.start + m.compressed,
		size:   header + h.compressed,
		row:    m.rows,
		rows:   rows,
		values: h.values,
		nulls:  nulls,
		bounds: s.bounds(m.leaf),
	})
	m.uncompressed += int64(header + h.uncompressed)
	m.compressed += int64(header + h.compressed)
	m.rows += rows
	m.values += h.values
	m.nulls += nulls
	m.span.merge(m.leaf, s)
}

// addImages counts a data page of images; images itself is the caller's to set.
func (m *chunkMeta) addImages(p *imagePage) {
	m.uncompressed += int64(p.size())
	m.compressed += int64(p.size())
	m.rows += int(p.rows)
	m.values += int(p.levels)
	m.nulls += int(p.levels - p.images)
}

// seal lets go of the values that the span refers to.
func (m *chunkMeta) seal() {
	m.bounds = m.span.bounds(m.leaf)
	m.span = span{}
}

// indexed says that the chunk has a column index: every page that has a value
// has bounds. Images have none: bounds of blobs serve nobody, and empty ones
// make readers skip pages that match.
func (m *chunkMeta) indexed() bool {
	for i := range m.pages {
		if p := &m.pages[i]; !p.bounds.known && p.nulls < p.values {
			return false
		}
	}
	return m.leaf.part != partImageBytes
}

func (m *chunkMeta) dataPages() int { return len(m.pages) + len(m.images) }

// groupMeta is what the footer tells of a row group.
type groupMeta struct {
	rows   int
	chunks []chunkMeta // one a leaf
}

// Boundary orders (parquet.thrift).
const (
	unordered  = 0
	ascending  = 1
	descending = 2
)

// boundaryOrder tells how the bounds of the pages that have some follow each
// other, so that readers may search them.
func (m *chunkMeta) boundaryOrder() int32 {
	up, down := true, true
	var prev *bounds
	for i := range m.pages {
		b := &m.pages[i].bounds
		if !b.known {
			continue
		}
		if prev != nil {
			lo, hi := m.leaf.compareBounds(prev, b)
			up = up && lo <= 0 && hi <= 0
			down = down && lo >= 0 && hi >= 0
		}
		prev = b
	}
	switch {
	case up:
		return ascending
	case down:
		return descending
	}
	return unordered
}

// compareBounds compares the minima and the maxima of a and b.
func (l *leaf) compareBounds(a, b *bounds) (lo, hi int) {
	if l.text() {
		return l.compareText(a.min, b.min), l.compareText(a.max, b.max)
	}
	return cmp.Compare(a.minKey, b.minKey), cmp.Compare(a.maxKey, b.maxKey)
}

// appendColumnIndex appends the chunk's ColumnIndex.
func (m *chunkMeta) appendColumnIndex(dst []byte) []byte {
	e := encoder{b: dst}
	e.list(1, typeTrue, len(m.pages))
	for i := range m.pages {
		e.elemBool(!m.pages[i].bounds.known)
	}
	e.list(2, typeBinary, len(m.pages))
	for i := range m.pages {
		e.elemBinary(m.pages[i].bounds.min)
	}
	e.list(3, typeBinary, len(m.pages))
	for i := range m.pages {
		e.elemBinary(m.pages[i].bounds.max)
	}
	e.i32(4, m.boundaryOrder())
	e.list(5, typeI64, len(m.pages))
	for i := range m.pages {
		e.varint(int64(m.pages[i].nulls))
	}
	e.stop()
	return e.b
}

// appendOffsetIndex appends the chunk's OffsetIndex.
func (m *chunkMeta) appendOffsetIndex(dst []byte) []byte {
	e := encoder{b: dst}
	location := func(offset int64, size, row int) {
		e.elem()
		e.i64(1, offset)
		e.i32(2, int32(size))
		e.i64(3, int64(row))
		e.end()
	}
	e.list(1, typeStruct, m.dataPages())
	for i := range m.pages {
		p := &m.pages[i]
		location(p.offset, p.size, p.row)
	}
	for i := range m.images {
		p := &m.images[i]
		location(p.offset, p.size(), int(p.row-m.images[0].row))
	}
	e.stop()
	return e.b
}
