package parquet

import (
	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
)

// Upper bounds, in bytes, of what stands beside values. The sums are worked
// out from the longest form of each field; text is taken as incompressible, and
// a dictionary only stands where it saves more than it costs.
const (
	boundPage      = 176 // header, length and slack of levels, slack of indexes, snappySlack(1 MiB)
	boundReps      = 44  // length and slack of repetition levels
	boundImagePage = 80  // header, length and slack of levels
	boundLocation  = 24  // a page in the offset index
	boundIndexed   = 12  // a page in the column index, without bounds
	boundChunk     = 200 // a chunk in the footer and the heads of its indexes
	boundGroup     = 72  // a row group in the footer
	boundFile      = 40  // magic twice, footer length, counts in the footer
	boundText      = 2 + maxBound + 4
)

// meter cuts rows into row groups and bounds the size of the file. Sizer and
// Create both run it, so that they cut alike. It allocates nothing by row.
type meter struct {
	r       *pipeline.Records
	lim     *limits
	columns []meteredColumn // leaves whose values vary in size
	name    []byte          // scratch of image names

	fixedRow   int64 // bytes a row takes in all other leaves
	fixedPage  int64 // bytes a page of each of them takes in a row group,
	fixedIndex int64 // and in the indexes
	moreData   int64 // bytes of one more page of each leaf, where there may be one,
	moreIndex  int64 // and in the indexes
	levelBits  int64 // definition levels of a row, all leaves
	groupBound int64 // of a row group in the footer
	fileBound  int64 // of a file without row groups

	done  int64 // bound of the row groups that are closed
	rows  int   // of the open one
	data  int64 // bound of its pages, uncompressed, without levels
	index int64 // bound of what indexes tell of its pages
}

// meteredColumn is a leaf of byte arrays as the meter follows it.
type meteredColumn struct {
	leaf      *leaf
	part      part  // the leaf's
	list      bool  // of images
	page      int64 // bound of a page beyond its values,
	index     int64 // and in the indexes
	texts     textPager
	images    imagePager
	nextTexts textPager // the state once the row in question is added
	nextImage imagePager
	size      int64 // of the row in question,
	weight    imageWeight
	// The chunk of the column that rows came from last.
	first, end int64
	array      lengths
	way        way // of values in values
}

// lengths is what string and binary arrays have in common.
type lengths interface {
	arrow.Array
	ValueLen(int) int
}

func newMeter(r *pipeline.Records, t *table, lim *limits) *meter {
	m := &meter{r: r, lim: lim.metered(), groupBound: boundGroup}
	m.fileBound = boundFile + int64(len(t.head)+len(t.tail))
	for i := range t.leaves {
		l := &t.leaves[i]
		chunk := int64(boundChunk)
		for _, p := range l.path {
			chunk += 3 + int64(len(p))
		}
		if l.maxRep == 0 && !l.nested() {
			m.levelBits += int64(l.levelWidth())
		}
		width := int64(max(1, l.width, l.fixed)) // a boolean takes a bit
		switch {
		case l.part == partImageBytes:
			m.columns = append(m.columns, meteredColumn{leaf: l, part: l.part, list: l.maxRep > 0, page: boundImagePage + boundReps*int64(l.maxRep), index: boundLocation})
		case l.varies():
			chunk += 2 * boundText
			m.columns = append(m.columns, meteredColumn{leaf: l, part: l.part, page: boundPage + boundReps*int64(min(1, l.maxRep)), index: boundLocation + boundIndexed + 2*boundText})
		case l.nested():
			chunk += 2 * width
			m.columns = append(m.columns, meteredColumn{leaf: l, part: l.part, page: boundPage + boundReps, index: boundLocation + boundIndexed + 2*width})
		default:
			chunk += 2 * width
			m.fixedRow += width
			m.fixedPage += boundPage
			m.fixedIndex += boundLocation + boundIndexed + 2*width
		}
		m.groupBound += chunk
	}
	if lim.content != nil {
		m.moreData, m.moreIndex = m.fixedPage, m.fixedIndex
		for i := range m.columns {
			m.moreData += m.columns[i].page
			m.moreIndex += m.columns[i].index
		}
	}
	m.resetGroup()
	return m
}

func (m *meter) reset() {
	m.done = 0
	m.resetGroup()
}

func (m *meter) resetGroup() {
	m.rows, m.data, m.index = 0, m.moreData, m.moreIndex
	for i := range m.columns {
		m.columns[i].texts, m.columns[i].images = textPager{}, imagePager{}
	}
}

// add adds a row and says whether a row group begins with it.
func (m *meter) add(row int64) (begin bool) {
	for i := range m.columns {
		if c := &m.columns[i]; c.part == partImageBytes {
			c.weight = weighImages(m.r.Images[c.leaf.field], row, c.list)
		} else {
			c.size = m.size(c, row)
		}
	}
	begin = m.rows == 0 || m.rows == m.lim.groupRows
	data, index := m.cost()
	if begin = begin || m.pages(m.rows+1, m.data+data) > m.lim.groupBytes; begin {
		m.done += m.group()
		m.resetGroup()
		data, index = m.cost()
	}
	m.rows++
	m.data += data
	m.index += index
	for i := range m.columns {
		c := &m.columns[i]
		c.texts, c.images = c.nextTexts, c.nextImage
	}
	return begin
}

// bound is the greatest size that a file of all rows can have.
func (m *meter) bound() int64 { return m.fileBound + m.done + m.group() }

// pages bounds the pages of a row group: data and definition levels.
func (m *meter) pages(rows int, data int64) int64 {
	return data + (int64(rows)*m.levelBits+7)/8
}

// group bounds the open row group.
func (m *meter) group() int64 {
	if m.rows == 0 {
		return 0
	}
	return m.pages(m.rows, m.data) + m.index + m.groupBound
}

// cost is what the row in question adds to pages and to indexes.
func (m *meter) cost() (data, index int64) {
	data = m.fixedRow
	if m.rows%m.lim.pageRows == 0 {
		data += m.fixedPage
		index += m.fixedIndex
	}
	for i := range m.columns {
		c := &m.columns[i]
		var begin bool
		if c.part == partImageBytes {
			c.nextImage = c.images
			begin = c.nextImage.add(m.lim, &c.weight)
			if data += c.weight.bytes; c.list {
				data += (int64(c.weight.levels)*int64(c.leaf.levelWidth()) + 7) / 8
			}
		} else {
			c.nextTexts = c.texts
			begin = c.nextTexts.add(m.lim, c.size)
			data += c.size
			if begin && c.size > m.lim.pageBytes {
				data += snappySlack(c.size)
			}
		}
		if begin {
			data += c.page
			index += c.index
		}
	}
	return data, index
}

// size is what the column's value takes in a page, its length included, and its
// levels where they are many. Images are weighed instead.
func (m *meter) size(c *meteredColumn, row int64) int64 {
	l := c.leaf
	if l.part == partImagePath {
		return m.nameSize(l, row)
	}
	if row < c.first || row >= c.end {
		c.enter(m.r.Cell(l.field, row), row)
	}
	i := int(row - c.first)
	switch {
	case l.nested() && len(c.way.arrays) > 0:
		return c.way.weigh(l, i).size(l)
	case c.array == nil || c.array.IsNull(i):
		return 0
	}
	return 4 + int64(c.array.ValueLen(i))
}

// nameSize is size for the names of a record's images.
func (m *meter) nameSize(l *leaf, row int64) int64 {
	images := m.r.Images[l.field]
	if !l.nested() {
		if images.Size(row, 0) == pipeline.NoImage {
			return 0
		}
		var ok bool
		if m.name, ok = images.AppendName(m.name[:0], row, 0); !ok {
			return 0
		}
		return 4 + int64(len(m.name))
	}
	w := weight{levels: 1}
	for item := range images.Count(row) {
		w.levels++
		if images.Size(row, item) == pipeline.NoImage {
			continue
		}
		var ok bool
		if m.name, ok = images.AppendName(m.name[:0], row, item); ok {
			w.bytes += 4 + int64(len(m.name))
		}
	}
	return w.size(l)
}

// enter turns to the chunk that the row's cell is in.
func (c *meteredColumn) enter(cell pipeline.Cell, row int64) {
	c.first = row - int64(cell.Row)
	c.end = c.first + int64(cell.Array.Len())
	if !c.leaf.nested() {
		c.array, _ = cell.Array.(lengths)
	} else if c.way.enter(c.leaf, cell.Array) != nil {
		c.way.arrays = nil // of another type than the schema's: Create will say so
	}
}

// sizer is the pipeline's view of a meter.
type sizer struct{ m *meter }

func (s sizer) Add(row int64) int64 {
	s.m.add(row)
	return s.m.bound()
}

func (s sizer) Reset()      { s.m.reset() }
func (s sizer) Exact() bool { return false }
