package parquet

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
)

// chunkEncoder encodes column chunks that hold no images. It reuses its
// buffers; one goroutine uses it at a time.
type chunkEncoder struct {
	lim    *limits
	values values
	dict   dictionary
	body   []byte // of a page, before compression
	packed []byte
	snappy snappyEncoder
}

// append appends the chunk of a leaf to dst; at is where its first byte goes in
// the file. absent gives the definition level of a null row.
func (c *chunkEncoder) append(dst []byte, at int64, l *leaf, a arrow.Array, absent func(row int) uint8) ([]byte, chunkMeta, error) {
	m := chunkMeta{leaf: l, start: at, codec: codecSnappy}
	v := &c.values
	if err := v.load(l, a, absent); err != nil {
		return dst, m, fmt.Errorf("encode field %s: %w", l.name, err)
	}
	encoding := int32(encodingPlain)
	if c.dict.build(l, v, c.lim.dictBytes) {
		encoding = encodingRLEDict
		h := pageHeader{typ: pageDictionary, values: c.dict.len(), encoding: encodingPlain}
		c.body = c.dict.values.appendPlain(c.body[:0], l, 0, c.dict.len())
		var header int
		dst, header = c.appendPage(dst, &h)
		m.addDictionary(header, h.uncompressed, h.compressed)
	}
	value := 0 // the first value, nulls not counted, of the page
	var pager textPager
	for lo := 0; lo < len(v.levels); {
		hi, next := c.cut(&pager, l, lo, value)
		c.appendBody(l, encoding, lo, hi, value, next)
		h := pageHeader{typ: pageData, values: hi - lo, encoding: encoding}
		var header int
		dst, header = c.appendPage(dst, &h)
		var s span
		s.add(l, v, value, next)
		m.addPage(header, h.uncompressed, h.compressed, hi-lo, hi-lo-(next-value), &s)
		lo, value = hi, next
	}
	m.seal()
	return dst, m, nil
}

// cut finds the end of the page that begins at row lo and its value: the row
// and the value after it.
func (c *chunkEncoder) cut(p *textPager, l *leaf, lo, value int) (hi, next int) {
	*p = textPager{}
	next = value
	for hi = lo; hi < len(c.values.levels); hi++ {
		present := c.values.levels[hi] == l.maxDef
		var size int64
		if present && l.text() {
			size = 4 + int64(len(c.values.texts[next]))
		}
		if p.add(c.lim, size) && hi > lo {
			return hi, next
		}
		if present {
			next++
		}
	}
	return hi, next
}

// appendBody lays a data page out in c.body: the length of the definition
// levels, the levels, and the values or their places in the dictionary.
func (c *chunkEncoder) appendBody(l *leaf, encoding int32, lo, hi, value, next int) {
	levels := c.values.levels[lo:hi]
	c.body = appendLevels(c.body[:0], l.levelWidth(), len(levels), func(i int) uint32 { return uint32(levels[i]) })
	if encoding == encodingPlain {
		c.body = c.values.appendPlain(c.body, l, value, next)
		return
	}
	width := indexWidth(c.dict.len())
	c.body = append(c.body, byte(width))
	places := c.dict.places[value:next]
	c.body = appendHybrid(c.body, width, len(places), func(i int) uint32 { return places[i] })
}

// appendLevels appends definition levels behind their length, as V1 pages have
// them.
func appendLevels(dst []byte, width, n int, at func(int) uint32) []byte {
	start := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	dst = appendHybrid(dst, width, n, at)
	binary.LittleEndian.PutUint32(dst[start:], uint32(len(dst)-start-4))
	return dst
}

// appendPage compresses c.body, fills in the header's sizes and CRC, and
// appends both. It returns the header's length.
func (c *chunkEncoder) appendPage(dst []byte, h *pageHeader) ([]byte, int) {
	c.packed = c.snappy.append(c.packed[:0], c.body)
	h.uncompressed, h.compressed = len(c.body), len(c.packed)
	h.hasCRC, h.crc = true, crc32.ChecksumIEEE(c.packed)
	start := len(dst)
	dst = h.append(dst)
	header := len(dst) - start
	return append(dst, c.packed...), header
}

// dictionary maps a chunk's values to places in the list of distinct ones.
type dictionary struct {
	values values   // the distinct values, in order of first appearance
	places []uint32 // of each value of the chunk
	bits   map[uint64]uint32
	texts  map[string]uint32
}

func (d *dictionary) len() int { return len(d.values.bits) + len(d.values.texts) }

// indexWidth is the bits of a place in a dictionary of n values.
func indexWidth(n int) int { return max(1, bits.Len(uint(n-1))) }

// build makes the dictionary of v, and says whether it pays: it and the places
// take at most three quarters of the plain values, and it is not larger than
// limit.
func (d *dictionary) build(l *leaf, v *values, limit int) bool {
	if l.physical == physicalBoolean || v.count() == 0 {
		return false
	}
	budget := v.plainSize(l)*3/4 - dictOverhead
	limit = min(limit, budget)
	d.values.reset()
	d.places = d.places[:0]
	if l.text() {
		if !d.addTexts(v.texts, limit) {
			return false
		}
	} else if !d.addBits(v.bits, l.width, limit) {
		return false
	}
	places := len(d.places) * indexWidth(d.len()) / 8
	return d.values.plainSize(l)+places <= budget
}

// dictOverhead is what a dictionary page costs beyond its values.
const dictOverhead = 64

func (d *dictionary) addTexts(texts []string, limit int) bool {
	if d.texts == nil {
		d.texts = make(map[string]uint32)
	}
	defer clear(d.texts) // the keys share memory that is not ours
	size := 0
	for _, t := range texts {
		place, ok := d.texts[t]
		if !ok {
			if size += 4 + len(t); size > limit {
				return false
			}
			place = uint32(len(d.values.texts))
			d.texts[t] = place
			d.values.texts = append(d.values.texts, t)
		}
		d.places = append(d.places, place)
	}
	return true
}

func (d *dictionary) addBits(values []uint64, width, limit int) bool {
	if d.bits == nil {
		d.bits = make(map[uint64]uint32)
	}
	defer clear(d.bits)
	size := 0
	for _, b := range values {
		place, ok := d.bits[b]
		if !ok {
			if size += width; size > limit {
				return false
			}
			place = uint32(len(d.values.bits))
			d.bits[b] = place
			d.values.bits = append(d.values.bits, b)
		}
		d.places = append(d.places, place)
	}
	return true
}
