package parquet

import (
	"context"
	"fmt"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
)

// stripBytes is how much is gathered before it is written.
const stripBytes = 4 << 20

// strip gathers adjacent bytes of the file, to write them in one go.
type strip struct {
	canvas *pipeline.Canvas
	at     int64 // where buf begins in the file
	buf    []byte
}

// end is the offset of the next byte.
func (s *strip) end() int64 { return s.at + int64(len(s.buf)) }

func (s *strip) flush() error {
	if len(s.buf) == 0 {
		return nil
	}
	if _, err := s.canvas.WriteAt(s.buf, s.at); err != nil {
		return err
	}
	s.at = s.end()
	s.buf = s.buf[:0]
	return nil
}

// skip leaves n bytes to others.
func (s *strip) skip(n int) error {
	if err := s.flush(); err != nil {
		return err
	}
	s.at += int64(n)
	return nil
}

// layout is a shard while it is laid out.
type layout struct {
	shard  *pipeline.Shard
	table  *table
	lim    *limits
	chunks chunkEncoder
	strip  strip
	groups []groupMeta
	places []*imagePlaces // by field
	cuts   []chunker      // by leaf: where pages end by their content
	images []imagePage    // scratch
	head   []byte         // scratch

	// The column read last, for a field of several leaves.
	column arrow.Array
	field  int // of it,
	lo     int // and its first record
}

// Create lays the shard out: it writes everything but the images and what
// stands right before them. Memory is a row group's text and numbers, and some
// 10 bytes an image.
func (f *Format) Create(ctx context.Context, s *pipeline.Shard, _ pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	l := &layout{shard: s}
	l.table, l.lim = f.tableOf(s.Schema)
	l.chunks.lim = l.lim
	l.cuts = make([]chunker, len(l.table.leaves))
	for i := range l.cuts {
		l.cuts[i].contentCuts = l.lim.content
	}
	l.strip = strip{canvas: c, buf: []byte(magic)}
	l.places = make([]*imagePlaces, s.Schema.Len())
	for i := range l.table.leaves {
		if leaf := &l.table.leaves[i]; leaf.part == partImageBytes {
			l.places[leaf.field] = &imagePlaces{leaf: leaf}
		}
	}
	if err := l.run(ctx); err != nil {
		return nil, fmt.Errorf("lay out %s: %w", f.FileName(s.Split, s.Index, s.Total), err)
	}
	for _, i := range s.Schema.Images() {
		l.places[i].done()
	}
	return &writer{canvas: c, shard: s, places: l.places, size: l.strip.end()}, nil
}

func (l *layout) run(ctx context.Context) error {
	starts := l.cutGroups()
	for g, lo := range starts {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := l.shard.Len()
		if g+1 < len(starts) {
			hi = starts[g+1]
		}
		if err := l.addGroup(ctx, lo, hi); err != nil {
			return err
		}
	}
	l.strip.buf = l.table.appendEnd(l.strip.buf, l.strip.end(), l.groups)
	return l.strip.flush()
}

// cutGroups returns the record that each row group begins with.
func (l *layout) cutGroups() []int {
	var starts []int
	m := newMeter(l.shard.Records, l.table, l.lim)
	for i, row := range l.shard.Order.All() {
		if m.add(row) {
			starts = append(starts, i)
		}
	}
	return starts
}

// addGroup lays out the row group of records lo to hi.
func (l *layout) addGroup(ctx context.Context, lo, hi int) error {
	g := groupMeta{rows: hi - lo, chunks: make([]chunkMeta, 0, len(l.table.leaves))}
	for i := range l.table.leaves {
		var m chunkMeta
		var err error
		l.chunks.cuts = &l.cuts[i]
		if leaf := &l.table.leaves[i]; leaf.part == partImageBytes {
			m, err = l.addImages(ctx, leaf, lo, hi)
		} else {
			m, err = l.addColumn(leaf, lo, hi)
		}
		if err != nil {
			return err
		}
		g.chunks = append(g.chunks, m)
		if len(l.strip.buf) >= stripBytes {
			if err := l.strip.flush(); err != nil {
				return err
			}
		}
	}
	l.groups = append(l.groups, g)
	return nil
}

// addColumn encodes a chunk that holds no images.
func (l *layout) addColumn(leaf *leaf, lo, hi int) (chunkMeta, error) {
	a, err := l.columnOf(leaf, lo, hi)
	if err != nil {
		return chunkMeta{}, fmt.Errorf("read field %s: %w", leaf.name, err)
	}
	var m chunkMeta
	if leaf.nested() {
		l.strip.buf, m, err = l.chunks.appendNested(l.strip.buf, l.strip.end(), leaf, a)
		return m, err
	}
	absent := func(int) uint8 { return 0 }
	if leaf.part == partImagePath {
		absent = func(i int) uint8 {
			if l.shard.ImageSize(lo+i, leaf.field) != pipeline.NoImage {
				return 1 // an image without name
			}
			return 0
		}
	}
	l.strip.buf, m, err = l.chunks.append(l.strip.buf, l.strip.end(), leaf, a, absent)
	return m, err
}

// columnOf returns records lo to hi of a leaf's field.
func (l *layout) columnOf(leaf *leaf, lo, hi int) (arrow.Array, error) {
	if l.column != nil && l.field == leaf.field && l.lo == lo {
		return l.column, nil
	}
	var err error
	if leaf.nested() && leaf.part == partImagePath {
		l.column = l.imageNames(leaf.field, lo, hi)
	} else {
		l.column, err = l.shard.Column(leaf.field, lo, hi)
	}
	l.field, l.lo = leaf.field, lo
	return l.column, err
}

// writer puts images at their places.
type writer struct {
	canvas *pipeline.Canvas
	shard  *pipeline.Shard
	places []*imagePlaces
	size   int64
}

func (w *writer) Size() int64 { return w.size }

// WriteImage writes the image with what stands before it, in one positioned
// write: its length, and if a page begins with it, the page's header and
// levels. It does not allocate.
func (w *writer) WriteImage(a pipeline.Asset, m *pipeline.Image) error {
	if !w.has(a) {
		return fmt.Errorf("write image: the shard has no image %d of record %d, field %d", a.Item, a.Record, a.Field)
	}
	want := w.shard.AssetSize(a)
	if got := int64(len(m.Bytes())); got != want {
		return fmt.Errorf("write image %d of record %d, field %d: it has %d bytes, the layout %d", a.Item, a.Record, a.Field, got, want)
	}
	// The bytes are worked out at the front of the room and then moved up to
	// the image.
	before := m.Before(pipeline.RoomBefore)[:0:pipeline.RoomBefore]
	at := w.places[a.Field].find(a)
	if at&1 != 0 {
		before = w.appendHead(before, a)
	}
	before = appendLength(before, want)
	copy(m.Before(len(before)), before)
	if err := w.canvas.WriteImage(m, len(before), 0, at>>1); err != nil {
		return fmt.Errorf("write image %d of record %d, field %d: %w", a.Item, a.Record, a.Field, err)
	}
	return nil
}

// has says whether the shard has that image.
func (w *writer) has(a pipeline.Asset) bool {
	if a.Record < 0 || a.Record >= w.shard.Len() || a.Field < 0 || a.Field >= len(w.places) || w.places[a.Field] == nil {
		return false
	}
	return a.Item >= 0 && a.Item < w.shard.Images[a.Field].Count(w.shard.Order.At(a.Record)) && w.shard.AssetSize(a) != pipeline.NoImage
}

// appendHead appends the head of the page that the image is the first of.
func (w *writer) appendHead(dst []byte, a pipeline.Asset) []byte {
	places := w.places[a.Field]
	page := sort.Search(len(places.pages), func(k int) bool { return int(places.pages[k].row) > a.Record }) - 1
	if places.leaf.maxRep == 0 {
		return appendImageHead(dst, w.shard, places.leaf, &places.pages[page])
	}
	start := 0
	if page > 0 {
		start = places.headEnd[page-1]
	}
	return append(dst, places.heads[start:places.headEnd[page]]...)
}
