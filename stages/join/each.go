package join

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// An Each makes several samples of one record, by Samples or by Pairs. It adds columns
// that differ from sample to sample; all others are the record's.
//
//	record  easy_0  easy_1  refine      Samples: {a: easy_0, b: easy_1}, {a: easy_1, b: refine}
//	sample  a = easy_0, b = easy_1
//	sample  a = easy_1, b = refine
//
//	record  images [x, y, z]  rank [2, 1, 3]      Pairs: images, rank by rank
//	samples images_0, images_1 = y, x · y, z · x, z
type Each struct {
	Samples []Variant
	Pairs   *Pairs
}

// A Variant is one of the samples: a column's name and what stands in it, for each column that is added.
type Variant []Given

// Given is a column that a sample gets: that of a column of the records, or where that
// is empty a text.
type Given struct{ Name, Column, Text string }

// Pairs are made of lists side by side, from the best of them to the worst: the better
// one's values get the lists' names with _0 behind, the other's with _1.
type Pairs struct {
	Lists []string
	By    string // list of numbers that ranks them, one of Lists or not
	Best  Best
	Take  Take
	Ties  Ties
}

// Best says which number is the best.
type Best string

// The kinds of ranks.
const (
	BestLowest  Best = "lowest"
	BestHighest Best = "highest"
)

// Take says which pairs are made.
type Take string

// The choices of pairs.
const (
	TakeAll       Take = "all"
	TakeBestWorst Take = "best-worst"
)

// Ties says what becomes of a pair whose numbers are equal.
type Ties string

// The rules for ties: such a pair is left out, or stands in the order of the lists.
const (
	TiesSkip Ties = "skip"
	TiesKeep Ties = "keep"
)

// Expanded is what an Each has made.
type Expanded struct {
	// From has the record's row of each sample, ascending.
	From []int64
	// Columns are those that the samples get.
	Columns map[string]*arrow.Chunked
}

// maxSamples bounds what the records of a split become.
const maxSamples = 1 << 28

// Names lists the columns that samples get.
func (e *Each) Names() []string {
	var names []string
	if e.Pairs != nil {
		for _, l := range e.Pairs.Lists {
			names = append(names, l+"_0", l+"_1")
		}
	}
	for _, s := range e.Samples {
		for _, g := range s {
			if !slices.Contains(names, g.Name) {
				names = append(names, g.Name)
			}
		}
	}
	return names
}

// Columns lists the records' columns that one of Names is made of; lists says that
// their values are in lists.
func (e *Each) Columns(name string) (columns []string, lists bool) {
	if p := e.Pairs; p != nil {
		for _, l := range p.Lists {
			if name == l+"_0" || name == l+"_1" {
				return []string{l}, true
			}
		}
	}
	for _, s := range e.Samples {
		for _, g := range s {
			if g.Name == name && g.Column != "" {
				columns = append(columns, g.Column)
			}
		}
	}
	return columns, false
}

// Expand makes the samples of these rows. Columns of the records are found by column.
func (e *Each) Expand(rows pipeline.Rows, wanted []string, column func(string) (*arrow.Chunked, bool)) (*Expanded, error) {
	if e.Pairs != nil {
		return e.Pairs.expand(rows, wanted, column)
	}
	out := &Expanded{Columns: make(map[string]*arrow.Chunked)}
	if rows.Len() > maxSamples/len(e.Samples) {
		return nil, errTooMany
	}
	for _, row := range rows.All() {
		for range e.Samples {
			out.From = append(out.From, row)
		}
	}
	for _, name := range e.Names() {
		if !slices.Contains(wanted, name) {
			continue
		}
		c, err := e.gather(name, out.From, column)
		if err != nil {
			return nil, fmt.Errorf("each: %s: %w", name, err)
		}
		out.Columns[name] = c
	}
	return out, nil
}

var errTooMany = fmt.Errorf("each: the records become more than %d samples", maxSamples)

// gather makes a column whose value comes from another column in each sample.
func (e *Each) gather(name string, from []int64, column func(string) (*arrow.Chunked, bool)) (*arrow.Chunked, error) {
	var finders []func(row int64) (arrow.Array, int)
	var texts []string
	var dt arrow.DataType
	for _, s := range e.Samples {
		i := slices.IndexFunc(s, func(g Given) bool { return g.Name == name })
		if i < 0 {
			return nil, errors.New("not every sample has it")
		}
		texts = append(texts, s[i].Text)
		if s[i].Column == "" {
			finders = append(finders, nil)
			continue
		}
		c, ok := column(s[i].Column)
		if !ok {
			return nil, fmt.Errorf("the records have no column %s", pipeline.Printable(s[i].Column))
		}
		finders = append(finders, Cells(c))
		if dt == nil {
			dt = c.DataType()
		} else if !arrow.TypeEqual(dt, c.DataType()) {
			return nil, fmt.Errorf("column %s is of type %s, another of its columns of type %s", s[i].Column, typeName(c.DataType()), typeName(dt))
		}
	}
	if dt == nil {
		dt = arrow.BinaryTypes.String
	}
	t, err := newTaker(dt)
	if err != nil {
		return nil, err
	}
	for i, row := range from {
		k := i % len(e.Samples)
		if finders[k] == nil {
			b, ok := t.b.(*array.StringBuilder)
			if !ok {
				return nil, fmt.Errorf("it is text in one sample, and of type %s in another", typeName(dt))
			}
			b.Append(texts[k])
			t.filled()
			continue
		}
		if err := t.add(finders[k](row)); err != nil {
			return nil, err
		}
	}
	return t.column(), nil
}

// expand makes pairs.
func (p *Pairs) expand(rows pipeline.Rows, wanted []string, column func(string) (*arrow.Chunked, bool)) (*Expanded, error) {
	lists := make([]*listCells, len(p.Lists)+1)
	for i, name := range append([]string{p.By}, p.Lists...) {
		c, ok := column(name)
		if !ok {
			return nil, fmt.Errorf("each: the records have no column %s", pipeline.Printable(name))
		}
		var err error
		if lists[i], err = newListCells(c); err != nil {
			return nil, fmt.Errorf("each: column %s: %w", name, err)
		}
	}
	number, err := NumberOf(lists[0].elem)
	if err != nil {
		return nil, fmt.Errorf("each: column %s: %w", p.By, err)
	}
	takers := make(map[string]*taker)
	for i, name := range p.Lists {
		for _, end := range []string{"_0", "_1"} {
			if !slices.Contains(wanted, name+end) {
				continue
			}
			if takers[name+end], err = newTaker(lists[i+1].elem); err != nil {
				return nil, fmt.Errorf("each: column %s: %w", name, err)
			}
		}
	}
	out := &Expanded{Columns: make(map[string]*arrow.Chunked)}
	for _, row := range rows.All() {
		ranks, lo, hi := lists[0].at(row)
		var items []ranked
		for i := lo; i < hi; i++ {
			if v, ok := number(ranks, int(i)); ok {
				items = append(items, ranked{v, i - lo})
			}
		}
		pairs := p.pairs(items)
		if len(out.From) > maxSamples-len(pairs) {
			return nil, errTooMany
		}
		for i, name := range p.Lists {
			values, first, end := lists[i+1].at(row)
			if len(pairs) > 0 && end-first != hi-lo {
				return nil, fmt.Errorf("each: row %d: list %s has %d values, list %s has %d", row, name, end-first, p.By, hi-lo)
			}
			for _, pair := range pairs {
				for k, suffix := range []string{"_0", "_1"} {
					if t := takers[name+suffix]; t != nil {
						if err := t.add(values, int(first+pair[k])); err != nil {
							return nil, fmt.Errorf("each: row %d: list %s: %w", row, name, err)
						}
					}
				}
			}
		}
		for range pairs {
			out.From = append(out.From, row)
		}
	}
	for name, t := range takers {
		out.Columns[name] = t.column()
	}
	return out, nil
}

// ranked is a place in a list and the number that ranks it.
type ranked struct {
	value float64
	at    int64
}

// pairs chooses pairs of places, the better first.
func (p *Pairs) pairs(items []ranked) (pairs [][2]int64) {
	slices.SortStableFunc(items, func(a, b ranked) int {
		if p.Best == BestHighest {
			return cmp.Compare(b.value, a.value)
		}
		return cmp.Compare(a.value, b.value)
	})
	take := func(a, b ranked) {
		if a.value != b.value || p.Ties == TiesKeep {
			pairs = append(pairs, [2]int64{a.at, b.at})
		}
	}
	if p.Take == TakeBestWorst {
		if len(items) > 1 {
			take(items[0], items[len(items)-1])
		}
		return pairs
	}
	for i := range items {
		for j := i + 1; j < len(items); j++ {
			take(items[i], items[j])
		}
	}
	return pairs
}

// listCells finds the lists of a column.
type listCells struct {
	cell func(row int64) (arrow.Array, int)
	elem arrow.DataType
}

func newListCells(c *arrow.Chunked) (*listCells, error) {
	t, ok := c.DataType().(arrow.ListLikeType)
	if !ok || c.DataType().ID() == arrow.MAP {
		return nil, fmt.Errorf("its values are %s, not lists", typeName(c.DataType()))
	}
	return &listCells{Cells(c), t.Elem()}, nil
}

// at is where a row's list lies in an array of values; a list that is null is empty.
func (l *listCells) at(row int64) (values arrow.Array, lo, hi int64) {
	a, i := l.cell(row)
	list := a.(array.ListLike)
	if list.IsNull(i) {
		return list.ListValues(), 0, 0
	}
	lo, hi = list.ValueOffsets(i)
	return list.ListValues(), lo, hi
}

// taker copies values into a column, in arrays small enough for their offsets.
type taker struct {
	b      array.Builder
	n      int
	chunks []arrow.Array
}

func newTaker(dt arrow.DataType) (*taker, error) {
	t, ok := schema.FromArrow(dt)
	if !ok && dt.ID() != arrow.NULL {
		return nil, fmt.Errorf("no field can be %s", typeName(dt))
	}
	to := t.Arrow()
	if t.Kind == schema.Class {
		to = arrow.BinaryTypes.String // a dictionary's values
	}
	if dt.ID() == arrow.NULL {
		to = dt
	}
	return &taker{b: array.NewBuilder(memory.DefaultAllocator, to)}, nil
}

func (t *taker) add(a arrow.Array, i int) error {
	if err := copyAs(t.b, a, i); err != nil {
		return err
	}
	t.filled()
	return nil
}

// filled counts a value, and ends an array that is full.
func (t *taker) filled() {
	if t.n++; t.n%block == 0 {
		t.chunks = append(t.chunks, t.b.NewArray())
	}
}

func (t *taker) column() *arrow.Chunked {
	last := t.b.NewArray()
	t.chunks = append(t.chunks, last)
	return arrow.NewChunked(last.DataType(), t.chunks)
}

// TakeRows is a column with these rows of another, in this order.
func TakeRows(c *arrow.Chunked, rows []int64) (*arrow.Chunked, error) {
	t, err := newTaker(c.DataType())
	if err != nil {
		return nil, err
	}
	cell := Cells(c)
	for _, row := range rows {
		if err := t.add(cell(row)); err != nil {
			return nil, err
		}
	}
	return t.column(), nil
}

// Cells finds a column's values by row, fast where rows are asked for in order.
func Cells(c *arrow.Chunked) func(row int64) (arrow.Array, int) {
	chunk, first := 0, int64(0)
	return func(row int64) (arrow.Array, int) {
		if row < first {
			chunk, first = 0, 0
		}
		for row >= first+int64(c.Chunk(chunk).Len()) {
			first += int64(c.Chunk(chunk).Len())
			chunk++
		}
		return c.Chunk(chunk), int(row - first)
	}
}

// NumberOf reads values of a type of numbers; ok is false where there is none.
func NumberOf(dt arrow.DataType) (func(a arrow.Array, i int) (v float64, ok bool), error) {
	var value func(a arrow.Array, i int) float64
	switch dt.ID() {
	case arrow.FLOAT64:
		value = func(a arrow.Array, i int) float64 { return a.(*array.Float64).Value(i) }
	case arrow.FLOAT32:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Float32).Value(i)) }
	case arrow.INT8:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Int8).Value(i)) }
	case arrow.INT16:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Int16).Value(i)) }
	case arrow.INT32:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Int32).Value(i)) }
	case arrow.INT64:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Int64).Value(i)) }
	case arrow.UINT8:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Uint8).Value(i)) }
	case arrow.UINT16:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Uint16).Value(i)) }
	case arrow.UINT32:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Uint32).Value(i)) }
	case arrow.UINT64:
		value = func(a arrow.Array, i int) float64 { return float64(a.(*array.Uint64).Value(i)) }
	case arrow.NULL:
		value = func(arrow.Array, int) float64 { return math.NaN() }
	default:
		return nil, fmt.Errorf("its values are %s, not numbers", typeName(dt))
	}
	return func(a arrow.Array, i int) (float64, bool) {
		if a.IsNull(i) {
			return 0, false
		}
		v := value(a, i)
		return v, !math.IsNaN(v)
	}, nil
}
