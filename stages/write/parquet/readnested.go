package parquet

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// nestedCursor reads the levels and values of a leaf whose values lie in others, one
// after the other. It holds one page of them, and the dictionary.
type nestedCursor struct {
	r    io.ReaderAt
	meta chunkMeta
	end  int64 // of the chunk, in the file
	rows int   // of the row group
	page page
	body []byte // of the page, decompressed
	defs levelReader
	reps levelReader

	dictionary values
	places     []uint32
	values     values // of the page
	level      int    // next one of them
	value      int    // next one of them
	text       int64  // bytes of text in the record at hand
}

// begin starts on the chunk of rows rows at offset start.
func (c *nestedCursor) begin(l *leaf, start int64, shape chunkShape, rows int) error {
	if shape.codec != codecSnappy {
		return errorAt(start, "field %s: codec %d is not snappy", l.name, shape.codec)
	}
	c.meta = chunkMeta{leaf: l, start: start, codec: shape.codec}
	c.end, c.rows = start+shape.size, rows
	c.dictionary = values{}
	c.values.reset()
	c.level, c.value = 0, 0
	return nil
}

// beginRecord wants a record to begin at the next level.
func (c *nestedCursor) beginRecord() error {
	c.text = 0
	if c.level < len(c.values.levels) {
		return nil // a record begins here, as rep says before every level
	}
	return c.nextPage()
}

// def is the definition level at hand. A record has begun.
func (c *nestedCursor) def() uint8 { return c.values.levels[c.level] }

// rep is the repetition level at hand; 0 at the end of the page, where the next
// record begins.
func (c *nestedCursor) rep() uint8 {
	if c.level == len(c.values.levels) || c.meta.leaf.maxRep == 0 {
		return 0
	}
	return c.values.reps[c.level]
}

// take appends the value at hand, which is there, to a builder.
func (c *nestedCursor) take(b array.Builder) error {
	l, ok := c.meta.leaf, true
	if l.text() {
		t := c.values.texts[c.value]
		if c.text += int64(len(t)); c.text <= maxValue {
			ok = appendText(b, l, t)
		} else {
			ok = false
		}
	} else {
		ok = appendBits(b, l, c.values.bits[c.value])
	}
	if !ok {
		return errorAt(c.page.offset, "field %s: value %d of the page is out of range", l.name, c.value)
	}
	c.value++
	c.level++
	return nil
}

func (c *nestedCursor) nextPage() error {
	for {
		start, l := c.meta.start+c.meta.compressed, c.meta.leaf
		if start >= c.end {
			return errorAt(start, "field %s: pages end before %d rows", l.name, c.rows-c.meta.rows)
		}
		p := &c.page
		if err := p.read(c.r, start, c.end); err != nil {
			return err
		}
		if !p.hasCRC {
			return errorAt(start, "field %s: page without check sum", l.name)
		}
		if p.typ != pageDictionary {
			return c.parsePage()
		}
		if err := c.parseDictionary(); err != nil {
			return err
		}
	}
}

func (c *nestedCursor) parseDictionary() error {
	p, l := &c.page, c.meta.leaf
	if c.meta.compressed > 0 || p.encoding != encodingPlain || p.values < 1 || l.physical == physicalBoolean {
		return errorAt(p.offset, "field %s: dictionary page is wrong", l.name)
	}
	body, err := p.inflate(nil)
	if err != nil {
		return err
	}
	if !c.dictionary.parsePlain(l, body, p.values) {
		return errorAt(p.offset, "field %s: dictionary page is wrong", l.name)
	}
	c.meta.addDictionary(p.header, p.uncompressed, p.compressed)
	return nil
}

// parsePage takes the data page at hand apart.
func (c *nestedCursor) parsePage() error {
	p, l := &c.page, c.meta.leaf
	if p.typ != pageData || p.values < 1 || p.values > maxElements {
		return errorAt(p.offset, "field %s: page of type %d and %d values", l.name, p.typ, p.values)
	}
	var err error
	if c.body, err = p.inflate(c.body); err != nil {
		return err
	}
	rows, rest, ok := c.parseLevels()
	if !ok || rows > min(c.rows-c.meta.rows, pageRows) || rows > 1 && p.values*l.levelWidth() > 8*pageBytes {
		return errorAt(p.offset, "field %s: levels are wrong", l.name)
	}
	v := &c.values
	if c.meta.dictionary > 0 {
		ok = p.encoding == encodingRLEDict && c.parsePlaces(rest)
	} else {
		ok = p.encoding == encodingPlain && v.parsePlain(l, rest, v.count())
	}
	if !ok {
		return errorAt(p.offset, "field %s: values are cut, too many or out of range", l.name)
	}
	c.level, c.value = 0, 0
	var s span
	s.add(l, v, 0, v.count())
	s.loText, s.hiText = strings.Clone(s.loText), strings.Clone(s.hiText) // the body is reused
	c.meta.addPage(p.header, &p.pageHeader, rows, v.nulls, &s)
	return nil
}

// parseLevels takes the levels from the front of the body, counts the rows that
// begin in the page, the first with its first level, and returns what follows.
func (c *nestedCursor) parseLevels() (rows int, rest []byte, ok bool) {
	l, v, n := c.meta.leaf, &c.values, c.page.values
	v.reset()
	rest, rows = c.body, n
	if l.maxRep > 0 {
		if rest, ok = c.reps.read(l.maxRep, rest, n); !ok || c.reps.levels[0] != 0 {
			return 0, nil, false
		}
		v.reps, rows = append(v.reps, c.reps.levels...), 0
		for _, rep := range v.reps {
			if rep == 0 {
				rows++
			}
		}
	}
	if rest, ok = c.defs.read(l.maxDef, rest, n); !ok {
		return 0, nil, false
	}
	v.levels = append(v.levels, c.defs.levels...)
	for _, def := range v.levels {
		if def < l.maxDef {
			v.nulls++
		}
	}
	return rows, rest, true
}

// parsePlaces takes the values from the dictionary.
func (c *nestedCursor) parsePlaces(body []byte) bool {
	d, v := &c.dictionary, &c.values
	var ok bool
	c.places, ok = parsePlaces(c.places[:0], body, len(d.bits)+len(d.texts), v.count())
	if !ok {
		return false
	}
	for _, place := range c.places {
		if c.meta.leaf.text() {
			v.texts = append(v.texts, d.texts[place])
		} else {
			v.bits = append(v.bits, d.bits[place])
		}
	}
	return true
}

// finish checks that the chunk was read to its end.
func (c *nestedCursor) finish() error {
	if at := c.meta.start + c.meta.compressed; at != c.end {
		return errorAt(at, "field %s: %d bytes stand behind the last page", c.meta.leaf.name, c.end-at)
	}
	c.meta.seal()
	return nil
}

// nestedField puts a field's values together from its leaves. The leaves must agree
// in all that they tell of what holds them.
type nestedField struct {
	root    *node
	dt      arrow.DataType
	cursors []nestedCursor // of all leaves of the table
	array   arrow.Array    // records that are read ahead
	row     int            // next of them
}

// How far is read ahead: arrays of many records cost less, and memory is bounded
// by those of one page.
const (
	aheadRows   = 256
	aheadLevels = 1 << 14
)

// next returns the array with the next record, of so many left in the row group, and
// its row.
func (f *nestedField) next(left int) (arrow.Array, int, error) {
	if f.array == nil || f.row == f.array.Len() {
		b := array.NewBuilder(memory.DefaultAllocator, f.dt)
		defer b.Release()
		var levels int
		var text int64
		for n := 0; n < min(left, aheadRows) && levels < aheadLevels && text < pageBytes; n++ {
			if err := f.readRecord(b, &levels, &text); err != nil {
				return nil, 0, err
			}
		}
		f.array, f.row = b.NewArray(), 0
	}
	f.row++
	return f.array, f.row - 1, nil
}

func (f *nestedField) readRecord(b array.Builder, levels *int, text *int64) error {
	leaves := f.cursors[f.root.first:f.root.end]
	for i := range leaves {
		if err := leaves[i].beginRecord(); err != nil {
			return err
		}
		*levels -= leaves[i].level
	}
	if err := f.read(f.root, b); err != nil {
		return err
	}
	for i := range leaves {
		*levels += leaves[i].level
		*text += leaves[i].text
	}
	return f.agree(f.root, 0)
}

var errStructure = errors.New("its columns disagree on where lists begin and what is null")

// fault says that the leaves of a node do not fit each other.
func (f *nestedField) fault(n *node) error {
	c := &f.cursors[n.first]
	return errorAt(c.page.offset, "field %s: %w", c.meta.leaf.name, errStructure)
}

// read appends the value at hand to a builder of the node's type.
func (f *nestedField) read(n *node, b array.Builder) error {
	first := &f.cursors[n.first]
	def := first.def()
	if def < n.def {
		if def+1 != n.def || n.key {
			return f.fault(n)
		}
		b.AppendNull()
		return f.skip(n, def)
	}
	switch b := b.(type) {
	case *array.StructBuilder:
		b.Append(true)
		for i, part := range n.parts {
			if err := f.read(part, b.FieldBuilder(i)); err != nil {
				return err
			}
		}
		return nil
	case *array.MapBuilder:
		b.Append(true)
		_, err := f.readElements(n, def, b.KeyBuilder(), b.ItemBuilder())
		return err
	case *array.FixedSizeListBuilder:
		b.Append(true)
		count, err := f.readElements(n, def, b.ValueBuilder())
		if err == nil && count != n.typ.Len {
			err = fmt.Errorf("list of %d values, where each has %d: %w", count, n.typ.Len, f.fault(n))
		}
		return err
	case array.ListLikeBuilder:
		b.Append(true)
		_, err := f.readElements(n, def, b.ValueBuilder())
		return err
	}
	return first.take(b)
}

// readElements appends the elements of a list or map, one part each to a builder,
// and counts them.
func (f *nestedField) readElements(n *node, def uint8, builders ...array.Builder) (count int, err error) {
	if def == n.def {
		return 0, f.skip(n, def)
	}
	first := &f.cursors[n.first]
	for more := true; more; more = first.rep() == n.rep {
		for i, part := range n.parts {
			if err := f.read(part, builders[i]); err != nil {
				return count, err
			}
		}
		if err := f.agree(n, first.rep()); err != nil {
			return count, err
		}
		count++
	}
	return count, nil
}

// skip moves on all leaves of a node that is not there, or empty: they must have the
// same definition level.
func (f *nestedField) skip(n *node, def uint8) error {
	for i := n.first; i < n.end; i++ {
		c := &f.cursors[i]
		if c.def() != def {
			return f.fault(n)
		}
		c.level++
	}
	return nil
}

// agree wants all leaves of a node to stand before the same repetition level.
func (f *nestedField) agree(n *node, rep uint8) error {
	for i := n.first; i < n.end; i++ {
		if f.cursors[i].rep() != rep {
			return f.fault(n)
		}
	}
	return nil
}
