package pandas

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// source is one column of a table before it is built: where its cells are and
// what they are.
type source interface {
	len() int
	// dtype is pandas' or numpy's word for the type.
	dtype() string
	// natural is the type that build makes, nil when only a look at the cells tells.
	natural(r *reader) (arrow.DataType, error)
	// build appends the column in its natural type.
	build(b *builder) error
	// cell resolves one cell, for conversions and for sources without a fast
	// way to build.
	cell(r *reader, i int) (cell, error)
}

// column is a source with the name it gets in the table.
type column struct {
	name    string
	src     source
	index   bool
	unnamed bool // an index without a name
}

// chunkRows is how many rows a chunk of a column holds at most.
const chunkRows = 1 << 16

// chunkBytes keeps the text of a chunk within what 32-bit offsets can address.
const chunkBytes = 1 << 30

// builder collects the chunks of one column.
type builder struct {
	*reader
	name   string // of the column
	within *place // of a part of it, nil for the whole
	rowAt  int64  // row of the table at which this file starts
	typ    arrow.DataType
	meta   map[string]string
	chunks []arrow.Array
	// lazy says to leave text in the mapped file: it is then in text, not in chunks.
	lazy  bool
	text  []textRun
	plain *plainColumn // begun already
}

// add takes a finished chunk.
func (b *builder) add(a arrow.Array) {
	if b.typ == nil {
		b.typ = a.DataType()
	}
	b.chunks = append(b.chunks, a)
}

// setMeta notes something of the column for the field's metadata.
func (b *builder) setMeta(key, value string) {
	if b.meta == nil {
		b.meta = map[string]string{}
	}
	b.meta[key] = value
}

func (b *builder) cellError(kind error, row int, found, detail string) error {
	return &CellError{Kind: kind, Column: b.column(), Row: b.rowAt + int64(row), Found: found, Detail: detail}
}

func (b *builder) columnError(kind error, detail string) error {
	return &ColumnError{Kind: kind, Column: b.column(), Detail: detail}
}

// column is how messages call what is built.
func (b *builder) column() string { return b.name + b.within.String() }

// part is a builder of a field of what b builds.
func (b *builder) part(field string) builder {
	return builder{reader: b.reader, name: b.name, within: &place{b.within, ".", field}, rowAt: b.rowAt}
}

// eachChunk calls f for the row ranges of the chunks.
func (b *builder) eachChunk(n int, f func(lo, hi int) error) error {
	for lo := 0; ; lo += chunkRows {
		hi := min(lo+chunkRows, n)
		if lo >= n && lo > 0 {
			return nil
		}
		if err := b.cancelled(); err != nil {
			return err
		}
		if err := f(lo, hi); err != nil {
			return err
		}
		b.giveBack()
		if hi == n {
			return nil
		}
	}
}

// cellSource is a run of Python objects.
type cellSource struct {
	cells cells
	word  string // dtype
	str   bool   // a string dtype: every cell is text or null
	set   uint32 // of kinds, once looked at
}

// cells is a sequence of values that is read in runs.
type cells interface {
	len() int
	// fill copies values from row at on to dst and returns how many.
	fill(dst []pickle.Value, at int) int
}

// itemCells are items of a list or tuple from start on, step apart.
type itemCells struct {
	items       pickle.Items
	start, step int
	n           int
}

func (c *itemCells) len() int { return c.n }

func (c *itemCells) fill(dst []pickle.Value, at int) int {
	if c.step == 1 {
		want := min(len(dst), c.n-at)
		got := 0
		for got < want {
			got += c.items.Copy(dst[got:want], c.start+at+got)
		}
		return got
	}
	n := min(len(dst), c.n-at)
	for i := range n {
		dst[i] = c.items.At(c.start + (at+i)*c.step)
	}
	return n
}

// fieldCells are the values of one key in a list of dicts; None where a dict has
// no such key.
type fieldCells struct {
	doc    *pickle.Doc
	rows   pickle.Items
	key    string
	shape  int // the shape that place belongs to
	place  int
	places map[int]int // by shape, those found before
	// number is a key that is an int; text keys are found by their bytes.
	number pickle.Value
}

func (c *fieldCells) len() int { return c.rows.Len() }

func (c *fieldCells) fill(dst []pickle.Value, at int) int {
	n := min(len(dst), c.rows.Len()-at)
	for i := 0; i < n; {
		run := c.rows.Run(at + i)
		run = run[:min(len(run), n-i)]
		for len(run) > 0 {
			k := 0
			if c.shape != 0 && c.place >= 0 {
				k = c.doc.Fields(run, c.shape, c.place, dst[i:])
			}
			if k == 0 { // a row of another shape, or of none
				dst[i] = c.field(run[0])
				k = 1
			}
			i, run = i+k, run[k:]
		}
	}
	return n
}

func (c *fieldCells) field(row pickle.Value) pickle.Value {
	if shape, values := c.doc.Shaped(row); shape != 0 {
		if shape != c.shape {
			place, known := c.places[shape]
			if !known {
				place = c.find(row)
				if c.places == nil {
					c.places = map[int]int{}
				}
				c.places[shape] = place
			}
			c.shape, c.place = shape, place
		}
		if c.place < 0 {
			return pickle.None()
		}
		return values[c.place]
	}
	d := c.doc.Dict(row)
	if c.number.Kind() == pickle.KindInt {
		for i := d.Len() - 1; i >= 0; i-- {
			if k, v := d.Entry(i); pickle.Same(k, c.number) {
				return v
			}
		}
		return pickle.None()
	}
	if v := d.Get(c.key); v.Kind() != pickle.KindInvalid {
		return v
	}
	return pickle.None()
}

// find is the place of the key in a row's shape, -1 for none.
func (c *fieldCells) find(row pickle.Value) int {
	if c.number.Kind() == pickle.KindInt { // keys of a shape are text
		return -1
	}
	d := c.doc.Dict(row)
	for i := range d.Len() {
		if k, _ := d.Entry(i); string(c.doc.Bytes(k)) == c.key {
			return i
		}
	}
	return -1
}

// tupleCells are the items at one place of a list of tuples or lists.
type tupleCells struct {
	doc   *pickle.Doc
	rows  pickle.Items
	place int
}

func (c *tupleCells) len() int { return c.rows.Len() }

func (c *tupleCells) fill(dst []pickle.Value, at int) int {
	n := min(len(dst), c.rows.Len()-at)
	var run []pickle.Value
	for i := range n {
		if len(run) == 0 {
			run = c.rows.Run(at + i)
		}
		it := c.doc.Items(run[0])
		dst[i] = it.At(c.place)
		run = run[1:]
	}
	return n
}

func (s *cellSource) len() int { return s.cells.len() }

func (s *cellSource) dtype() string { return s.word }

func (s *cellSource) cell(r *reader, i int) (cell, error) {
	var one [1]pickle.Value
	s.cells.fill(one[:], i)
	return r.cell(one[0])
}
