package parquet

import (
	"bytes"
	"encoding/binary"
	"io"
	"slices"
	"strings"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
)

// column is a decoded chunk that holds no images.
type column struct {
	array arrow.Array
	// at gives each row's place in array, when that is a dictionary with a null
	// behind it; nil when places are rows. Dictionaries are not spelled out: a
	// small file could make a huge column of them.
	at     []int32
	levels []uint8 // of image names alone
}

func (c *column) cell(row int) pipeline.Cell {
	if c.at != nil {
		row = int(c.at[row])
	}
	return pipeline.Cell{Array: c.array, Row: row}
}

// chunkDecoder decodes chunks that hold no images. It reuses its memory.
type chunkDecoder struct {
	r      io.ReaderAt
	page   page
	body   []byte // of a page, decompressed
	levels levelReader
	values values // of a page

	// Of the chunk at hand:
	leaf       *leaf
	meta       chunkMeta
	builder    array.Builder
	column     column
	dictionary values // of the dictionary page, if there is one
	dictBody   []byte // what its texts share
	places     []uint32
	text       int // bytes of text in builder
}

// decode decodes the chunk of rows rows at offset start.
func (d *chunkDecoder) decode(l *leaf, start int64, shape chunkShape, rows int) (column, chunkMeta, error) {
	d.leaf, d.column, d.text = l, column{}, 0
	d.meta = chunkMeta{leaf: l, start: start, codec: shape.codec}
	d.dictionary, d.dictBody = values{}, nil
	d.builder = array.NewBuilder(memory.DefaultAllocator, l.typ.Arrow())
	defer d.builder.Release()
	if shape.codec != codecSnappy {
		return column{}, d.meta, errorAt(start, "field %s: codec %d is not snappy", l.name, shape.codec)
	}
	end := start + shape.size
	for next := start; next < end; next = d.page.end() {
		if err := d.page.read(d.r, next, end); err != nil {
			return column{}, d.meta, err
		}
		if err := d.addPage(rows - d.meta.rows); err != nil {
			return column{}, d.meta, err
		}
	}
	if d.meta.rows != rows {
		return column{}, d.meta, errorAt(end, "field %s: pages hold %d rows, the row group %d", l.name, d.meta.rows, rows)
	}
	if d.meta.dictionary > 0 {
		d.builder.AppendNull()
	}
	d.column.array = d.builder.NewArray()
	d.meta.seal()
	return d.column, d.meta, nil
}

// addPage decodes the page at hand, of at most left rows.
func (d *chunkDecoder) addPage(left int) error {
	p := &d.page
	if !p.hasCRC {
		return errorAt(p.offset, "field %s: page without check sum", d.leaf.name)
	}
	if p.typ == pageDictionary {
		return d.addDictionary()
	}
	if p.typ != pageData || p.values < 1 || p.values > min(left, pageRows) {
		return errorAt(p.offset, "field %s: page of type %d and %d values, where %d rows are left", d.leaf.name, p.typ, p.values, left)
	}
	var err error
	if d.body, err = p.inflate(d.body); err != nil {
		return err
	}
	rest, ok := d.levels.readDefs(d.leaf, d.body, p.values)
	if !ok {
		return errorAt(p.offset, "field %s: definition levels are wrong", d.leaf.name)
	}
	v := &d.values
	v.reset()
	for _, level := range d.levels.levels {
		v.levels = append(v.levels, level)
		if level < d.leaf.maxDef {
			v.nulls++
		}
	}
	if d.leaf.part == partImagePath {
		d.column.levels = append(d.column.levels, v.levels...)
	}
	if d.meta.dictionary > 0 {
		ok = p.encoding == encodingRLEDict && d.addPlaces(rest)
	} else {
		ok = p.encoding == encodingPlain && v.parsePlain(d.leaf, rest, v.count()) && d.build(v)
	}
	if !ok {
		return errorAt(p.offset, "field %s: values are cut, too many or out of range", d.leaf.name)
	}
	var s span
	s.add(d.leaf, v, 0, v.count())
	s.loText, s.hiText = strings.Clone(s.loText), strings.Clone(s.hiText) // the body is reused
	d.meta.addPage(p.header, &p.pageHeader, p.values, v.nulls, &s)
	return nil
}

// addDictionary decodes the dictionary page at hand, which comes first.
func (d *chunkDecoder) addDictionary() error {
	p := &d.page
	bad := func() error { return errorAt(p.offset, "field %s: dictionary page is wrong", d.leaf.name) }
	if d.meta.compressed > 0 || p.encoding != encodingPlain || p.values < 1 || d.leaf.physical == physicalBoolean {
		return bad()
	}
	var err error
	if d.dictBody, err = p.inflate(nil); err != nil {
		return err
	}
	if !d.dictionary.parsePlain(d.leaf, d.dictBody, p.values) {
		return bad()
	}
	d.dictionary.levels = slices.Repeat([]uint8{d.leaf.maxDef}, p.values)
	if !d.build(&d.dictionary) {
		return bad()
	}
	d.meta.addDictionary(p.header, p.uncompressed, p.compressed)
	return nil
}

// addPlaces decodes places in the dictionary, the values of the page at hand.
func (d *chunkDecoder) addPlaces(body []byte) bool {
	distinct, v := d.builder.Len(), &d.values
	var ok bool
	if d.places, ok = parsePlaces(d.places[:0], body, distinct, v.count()); !ok {
		return false
	}
	next := 0
	for _, level := range v.levels {
		place := distinct // the null behind the dictionary
		if level == d.leaf.maxDef {
			place = int(d.places[next])
			next++
			if d.leaf.text() {
				v.texts = append(v.texts, d.dictionary.texts[place])
			} else {
				v.bits = append(v.bits, d.dictionary.bits[place])
			}
		}
		d.column.at = append(d.column.at, int32(place))
	}
	return true
}

// parsePlaces appends the n places in a dictionary of so many values that body
// holds, in the one form in which we write them.
func parsePlaces(dst []uint32, body []byte, distinct, n int) ([]uint32, bool) {
	width := indexWidth(distinct)
	if len(body) == 0 || int(body[0]) != width {
		return dst, false
	}
	places, err := decodeHybrid(dst, body[1:], width, n)
	if err != nil {
		return places, false
	}
	for _, p := range places {
		if int(p) >= distinct {
			return places, false
		}
	}
	again := appendHybrid(nil, width, n, func(i int) uint32 { return places[i] })
	return places, bytes.Equal(again, body[1:])
}

// parsePlain takes n values in PLAIN encoding, which must be all of body. Texts
// share its memory.
func (v *values) parsePlain(l *leaf, body []byte, n int) bool {
	switch {
	case l.text() && !l.varies():
		if uint64(len(body)) != uint64(n)*uint64(l.fixed) {
			return false
		}
		for ; len(body) > 0; body = body[l.fixed:] {
			v.texts = append(v.texts, asText(body[:l.fixed]))
		}
		return true
	case l.text():
		for range n {
			if len(body) < 4 {
				return false
			}
			size := binary.LittleEndian.Uint32(body)
			if uint64(size) > uint64(len(body)-4) {
				return false
			}
			v.texts = append(v.texts, asText(body[4:4+size]))
			body = body[4+size:]
		}
		return len(body) == 0
	case l.physical == physicalBoolean:
		if len(body) != (n+7)/8 || n%8 != 0 && body[n/8]>>(n%8) != 0 {
			return false
		}
		for i := range n {
			v.bits = append(v.bits, uint64(body[i/8]>>(i%8)&1))
		}
		return true
	}
	if uint64(len(body)) != uint64(n)*uint64(l.width) {
		return false
	}
	for ; len(body) > 0; body = body[l.width:] {
		switch l.width {
		case 8:
			v.bits = append(v.bits, binary.LittleEndian.Uint64(body))
		case 4:
			v.bits = append(v.bits, uint64(binary.LittleEndian.Uint32(body)))
		default:
			v.bits = append(v.bits, uint64(binary.LittleEndian.Uint16(body)))
		}
	}
	return true
}

// asText looks at bytes as a string. It is valid as long as the bytes stay.
func asText(p []byte) string {
	return unsafe.String(unsafe.SliceData(p), len(p))
}
