package parquet

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"math"
	"math/bits"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// chunkEncoder encodes column chunks that hold no images. It reuses its
// buffers; one goroutine uses it at a time.
type chunkEncoder struct {
	lim    *limits
	values values
	way    way
	dict   dictionary
	body   []byte // of a page, before compression
	packed []byte
	snappy snappyEncoder
	// cuts tell where pages of the column end by their content, and begins are the rows with which pages begin by their content.
	cuts   *chunker
	begins []int
}

// append appends the chunk of a leaf whose values lie in no others to dst; at is
// where its first byte goes in the file. absent gives the definition level of a
// null row.
func (c *chunkEncoder) append(dst []byte, at int64, l *leaf, a arrow.Array, absent func(row int) uint8) ([]byte, chunkMeta, error) {
	m := chunkMeta{leaf: l, start: at, codec: codecSnappy}
	v := &c.values
	if err := v.load(l, a, absent); err != nil {
		return dst, m, fmt.Errorf("encode field %s: %w", l.name, err)
	}
	encoding := int32(encodingPlain)
	if c.dict.build(l, v, c.lim.dictBytes) {
		encoding = encodingRLEDict
		dst = c.appendDictionary(dst, &m)
	}
	c.begins = c.begins[:0]
	if c.lim.content != nil {
		c.begins = c.cuts.add(c.begins, l, v, 0)
	}
	value := 0 // the first value, nulls not counted, of the page
	var pager textPager
	for lo := 0; lo < len(v.levels); {
		hi, next := c.cut(&pager, l, lo, value)
		dst = c.appendDataPage(dst, &m, encoding, piece{rows: hi - lo, lo: lo, hi: hi, value: value, next: next})
		lo, value = hi, next
	}
	m.seal()
	return dst, m, nil
}

// appendNested is append for a leaf whose values lie in others. It holds the levels
// and values of one page, as there may be many times more of them than rows, and
// so goes over the rows twice: for the dictionary, and for the pages.
func (c *chunkEncoder) appendNested(dst []byte, at int64, l *leaf, a arrow.Array) ([]byte, chunkMeta, error) {
	m := chunkMeta{leaf: l, start: at, codec: codecSnappy}
	c.begins = c.begins[:0]
	if err := c.way.enter(l, a); err != nil {
		return dst, m, fmt.Errorf("encode field %s: %w", l.name, err)
	}
	encoding := int32(encodingPlain)
	pays, err := c.dictionaryOf(l, a.Len())
	if err != nil {
		return dst, m, fmt.Errorf("encode field %s: %w", l.name, err)
	}
	if pays {
		encoding = encodingRLEDict
		dst = c.appendDictionary(dst, &m)
	}
	defer c.dict.forget()
	if err := c.cutNested(l, a.Len()); err != nil {
		return dst, m, fmt.Errorf("encode field %s: %w", l.name, err)
	}
	for lo := 0; lo < a.Len(); {
		hi, err := c.loadPage(l, lo, a.Len())
		if err != nil {
			return dst, m, fmt.Errorf("encode field %s: %w", l.name, err)
		}
		if pays {
			c.dict.places = c.dict.places[:0]
			c.dict.add(l, &c.values, math.MaxInt)
		}
		v := &c.values
		dst = c.appendDataPage(dst, &m, encoding, piece{rows: hi - lo, hi: len(v.levels), next: v.count()})
		lo = hi
	}
	m.seal()
	return dst, m, nil
}

// loadPage loads the rows of the page that begins at row lo, and returns the row
// after it.
func (c *chunkEncoder) loadPage(l *leaf, lo, rows int) (hi int, err error) {
	var p textPager
	content := c.contentEnd(lo)
	for hi = lo; hi < rows; hi++ {
		if (p.add(c.lim, c.way.weigh(l, hi).size(l)) || hi == content) && hi > lo {
			break
		}
	}
	return hi, c.values.loadNested(l, &c.way, lo, hi)
}

// cutNested finds the rows with which pages begin by their content.
func (c *chunkEncoder) cutNested(l *leaf, rows int) error {
	if c.lim.content == nil {
		return nil
	}
	var begins []int // loadPage goes by c.begins
	for lo := 0; lo < rows; {
		hi, err := c.loadPage(l, lo, rows)
		if err != nil {
			return err
		}
		begins = c.cuts.add(begins, l, &c.values, lo)
		lo = hi
	}
	c.begins = begins
	return nil
}

// contentEnd is the row with which the page after that of row lo begins by its content;
// -1 for none.
func (c *chunkEncoder) contentEnd(lo int) int {
	if k, _ := slices.BinarySearch(c.begins, lo+1); k < len(c.begins) {
		return c.begins[k]
	}
	return -1
}

// dictionaryOf makes the dictionary of all rows page by page, and says whether it
// pays.
func (c *chunkEncoder) dictionaryOf(l *leaf, rows int) (bool, error) {
	if !c.dict.begin(l) {
		return false, nil
	}
	plain, count := 0, 0
	for lo := 0; lo < rows; {
		hi, err := c.loadPage(l, lo, rows)
		if err != nil {
			return false, err
		}
		c.dict.places = c.dict.places[:0]
		if !c.dict.add(l, &c.values, c.lim.dictBytes) {
			return false, nil
		}
		plain += c.values.plainSize(l)
		count += c.values.count()
		lo = hi
	}
	return count > 0 && c.dict.pays(l, count, budget(plain)), nil
}

// piece is a part of c.values: levels lo to hi, of so many rows, and the values
// that they have, from value up to next.
type piece struct{ rows, lo, hi, value, next int }

// appendDataPage appends a page of a piece of c.values.
func (c *chunkEncoder) appendDataPage(dst []byte, m *chunkMeta, encoding int32, p piece) []byte {
	c.appendBody(m.leaf, encoding, p)
	h := pageHeader{typ: pageData, values: p.hi - p.lo, encoding: encoding}
	dst, header := c.appendPage(dst, &h)
	var s span
	s.add(m.leaf, &c.values, p.value, p.next)
	m.addPage(header, &h, p.rows, p.hi-p.lo-(p.next-p.value), &s)
	return dst
}

// appendDictionary appends the page of the dictionary.
func (c *chunkEncoder) appendDictionary(dst []byte, m *chunkMeta) []byte {
	h := pageHeader{typ: pageDictionary, values: c.dict.len(), encoding: encodingPlain}
	c.body = c.dict.values.appendPlain(c.body[:0], m.leaf, 0, c.dict.len())
	dst, header := c.appendPage(dst, &h)
	m.addDictionary(header, h.uncompressed, h.compressed)
	return dst
}

// cut finds the end of the page that begins at row lo and its value: the row
// and the value after it.
func (c *chunkEncoder) cut(p *textPager, l *leaf, lo, value int) (hi, next int) {
	*p = textPager{}
	next = value
	content := c.contentEnd(lo)
	for hi = lo; hi < len(c.values.levels); hi++ {
		present := c.values.levels[hi] == l.maxDef
		var size int64
		if present && l.varies() {
			size = 4 + int64(len(c.values.texts[next]))
		}
		if (p.add(c.lim, size) || hi == content) && hi > lo {
			return hi, next
		}
		if present {
			next++
		}
	}
	return hi, next
}

// appendBody lays a data page out in c.body: levels, each behind their length, and
// the values or their places in the dictionary.
func (c *chunkEncoder) appendBody(l *leaf, encoding int32, p piece) {
	c.body = c.body[:0]
	if l.maxRep > 0 {
		reps := c.values.reps[p.lo:p.hi]
		c.body = appendLevels(c.body, l.repWidth(), len(reps), func(i int) uint32 { return uint32(reps[i]) })
	}
	levels := c.values.levels[p.lo:p.hi]
	c.body = appendLevels(c.body, l.defWidth(), len(levels), func(i int) uint32 { return uint32(levels[i]) })
	if encoding == encodingPlain {
		c.body = c.values.appendPlain(c.body, l, p.value, p.next)
		return
	}
	width := indexWidth(c.dict.len())
	c.body = append(c.body, byte(width))
	places := c.dict.places[p.value:p.next]
	c.body = appendHybrid(c.body, width, len(places), func(i int) uint32 { return places[i] })
}

// appendLevels appends levels behind their length, as V1 pages have them.
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
	size   int      // bytes of the distinct values
	bits   map[uint64]uint32
	texts  map[string]uint32
}

func (d *dictionary) len() int { return len(d.values.bits) + len(d.values.texts) }

// indexWidth is the bits of a place in a dictionary of n values.
func indexWidth(n int) int { return max(1, bits.Len(uint(n-1))) }

// build makes the dictionary of v, and says whether it pays and is not larger than
// limit.
func (d *dictionary) build(l *leaf, v *values, limit int) bool {
	if !d.begin(l) || v.count() == 0 {
		return false
	}
	defer d.forget()
	most := budget(v.plainSize(l))
	return d.add(l, v, min(limit, most)) && d.pays(l, len(d.places), most)
}

// begin begins an empty dictionary, for a leaf that may have one.
func (d *dictionary) begin(l *leaf) bool {
	d.values.reset()
	d.places = d.places[:0]
	d.size = 0
	if d.bits == nil {
		d.bits, d.texts = make(map[uint64]uint32), make(map[string]uint32)
	}
	d.forget()
	return l.physical != physicalBoolean
}

// forget lets go of the values, whose memory is not ours.
func (d *dictionary) forget() {
	clear(d.bits)
	clear(d.texts)
}

// add appends the places of the values of v, and the values that are new. It says
// whether all fit a dictionary of limit bytes.
func (d *dictionary) add(l *leaf, v *values, limit int) bool {
	if l.text() {
		return d.addTexts(l, v.texts, limit)
	}
	return d.addBits(v.bits, l.width, limit)
}

// dictOverhead is what a dictionary page costs beyond its values.
const dictOverhead = 64

// budget is what a dictionary and the places in it may take of chunks whose plain
// values take so many bytes.
func budget(plain int) int { return plain*3/4 - dictOverhead }

// pays says whether the dictionary and so many places take no more than a budget.
func (d *dictionary) pays(l *leaf, places, budget int) bool {
	return d.values.plainSize(l)+places*indexWidth(d.len())/8 <= budget
}

func (d *dictionary) addTexts(l *leaf, texts []string, limit int) bool {
	for _, t := range texts {
		place, ok := d.texts[t]
		if !ok {
			if d.size += l.textSize(t); d.size > limit {
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
	for _, b := range values {
		place, ok := d.bits[b]
		if !ok {
			if d.size += width; d.size > limit {
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
