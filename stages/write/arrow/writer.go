package arrow

import (
	"context"
	"fmt"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// shardWriter writes the images of a laid-out shard. It is immutable but for
// the canvas, and so safe for concurrent use.
type shardWriter struct {
	shard  *pipeline.Shard
	canvas *pipeline.Canvas
	size   int64
	// first has the index of each batch's first record.
	first []int
	// bases has, batch by batch, where each image field's bytes begin.
	bases []int64
	// marks has, by image field, where the image of every markRows-th record
	// goes: the sizes of the ones between are added up.
	marks [][]int64
	// column is an image field's number among the image fields.
	column []int
}

// Create writes all batches but the images' bytes.
func (f *Format) Create(ctx context.Context, s *pipeline.Shard, _ pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	fr, err := newFraming(s.Schema)
	if err != nil {
		return nil, fmt.Errorf("lay out arrow shard: %w", err)
	}
	w := &shardWriter{shard: s, canvas: c, column: make([]int, s.Schema.Len()), marks: make([][]int64, len(s.Schema.Images()))}
	for k, f := range s.Schema.Images() {
		w.column[f] = k
	}
	l := &layout{measure: newMeasure(fr, s.Records), w: w, out: spool{canvas: c}}
	if err := l.run(ctx); err != nil {
		return nil, fmt.Errorf("lay out arrow shard: %w", err)
	}
	return w, nil
}

const markRows = 32

// layout is a Create under way.
type layout struct {
	*measure
	w     *shardWriter
	out   spool
	marks []int64 // of the leaf at hand, from its bytes' beginning on
}

func (l *layout) run(ctx context.Context) error {
	if err := l.out.write(l.schema); err != nil {
		return err
	}
	first := 0
	for i, row := range l.w.shard.Order.All() {
		if v, ok := checkRecord(l.w.shard.Records, row); !ok {
			return fmt.Errorf("record refused: %s", v)
		}
		if !l.look(row) {
			if err := l.writeBatch(ctx, first, i); err != nil {
				return err
			}
			first = i
		}
		l.take()
	}
	if l.rows > 0 {
		if err := l.writeBatch(ctx, first, l.w.shard.Len()); err != nil {
			return err
		}
	}
	if err := l.out.write([]byte(endOfStream)); err != nil {
		return err
	}
	l.w.size = l.out.end()
	return l.out.flush()
}

// writeBatch writes the batch of records lo to hi, and begins the next.
func (l *layout) writeBatch(ctx context.Context, lo, hi int) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	l.w.first = append(l.w.first, lo)
	l.out.buf, _ = l.appendMessage(l.out.buf, l.rows, l.tallies)
	for i := range l.leaves {
		if err := l.writeLeaf(&l.leaves[i], l.tallies[i], lo, hi); err != nil {
			return err
		}
	}
	l.reset()
	return nil
}

// writeLeaf writes the buffers that a leaf has of records lo to hi, each with its
// padding. For images' bytes it remembers the place and leaves a gap.
func (l *layout) writeLeaf(leaf *leaf, t tally, lo, hi int) error {
	rows := l.w.shard.Order.Slice(lo, hi)
	switch {
	case leaf.part == nested:
		return l.writeNested(leaf, t, rows)
	case leaf.part != wholeValue:
		return l.writeImages(leaf, t, lo, rows)
	}
	if t.nulls > 0 {
		l.writeBits(rows, bitmapSize, func(row int64) bool { return l.tally(leaf, row).nulls == 0 })
	}
	switch leaf.class {
	case fixed:
		for _, row := range rows.All() {
			l.out.buf = l.appendFixed(l.out.buf, leaf, row)
		}
		l.out.pad(int64(rows.Len()) * leaf.width)
	case boolean:
		l.writeBits(rows, (rows.Len()+7)/8, func(row int64) bool { return l.bit(leaf, row) })
	case variable:
		end := int64(0)
		l.out.buf = appendInt32(l.out.buf, 0)
		for _, row := range rows.All() {
			end += l.tally(leaf, row).data
			l.out.buf = appendInt32(l.out.buf, end)
		}
		l.out.pad(4 * int64(rows.Len()+1))
		for _, row := range rows.All() {
			l.out.buf = l.appendData(l.out.buf, leaf, row)
			if err := l.out.trim(); err != nil {
				return err
			}
		}
		l.out.pad(t.data)
	}
	return l.out.trim()
}

// writeBits appends one bit a row, least significant first, as size bytes.
func (l *layout) writeBits(rows pipeline.Rows, size int, bit func(row int64) bool) {
	start := len(l.out.buf)
	l.out.buf = append(l.out.buf, make([]byte, padded(int64(size)))...)
	for i, row := range rows.All() {
		if bit(row) {
			l.out.buf[start+i/8] |= 1 << (i % 8)
		}
	}
}

// Size is the file's size in bytes.
func (w *shardWriter) Size() int64 { return w.size }

// WriteImage writes an image behind those before it in its batch: those of the
// records before it, and those in front of it in its list.
func (w *shardWriter) WriteImage(a pipeline.Asset, m *pipeline.Image) error {
	if size := int64(len(m.Bytes())); size != w.shard.AssetSize(a) {
		return fmt.Errorf("write image to arrow shard: record %d, field %d: %d bytes are not what was planned", a.Record, a.Field, size)
	}
	batch, found := slices.BinarySearch(w.first, a.Record)
	if !found {
		batch--
	}
	k := w.column[a.Field]
	from, offset := w.first[batch], w.bases[batch*len(w.marks)+k]
	if mark := a.Record / markRows; mark*markRows > from {
		from, offset = mark*markRows, w.marks[k][mark]
	}
	c := w.shard.Images[a.Field]
	for i := from; i <= a.Record; i++ {
		row := w.shard.Order.At(i)
		n := c.Count(row)
		if i == a.Record {
			n = a.Item
		}
		for item := range n {
			offset += max(c.Size(row, item), 0)
		}
	}
	if err := w.canvas.WriteImage(m, 0, 0, offset); err != nil {
		return fmt.Errorf("write image to arrow shard: %w", err)
	}
	return nil
}
