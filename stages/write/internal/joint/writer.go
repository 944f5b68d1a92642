package joint

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/internal/gather"
)

// writer writes the images of a laid-out file; it fulfils pipeline.ShardWriter. It is
// immutable but for the canvas, and so safe for concurrent use.
type writer struct {
	layout *Layout
	shard  *pipeline.Shard
	canvas *pipeline.Canvas
	images pipeline.Numbers // their places, by number of the asset
	size   int64
}

// Create plans the place of every value and writes all but the images.
func (l *Layout) Create(ctx context.Context, s *pipeline.Shard, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	w := &writer{layout: l, shard: s, canvas: c}
	p := &planner{writer: w, table: gather.New(c), samples: gather.New(c)}
	if err := p.run(ctx); err != nil {
		return nil, fmt.Errorf("lay out %s shard: %w", l.Format, err)
	}
	return w, nil
}

// Size is the file's size in bytes.
func (w *writer) Size() int64 { return w.size }

// WriteImage writes an image at its place.
func (w *writer) WriteImage(a pipeline.Asset, m *pipeline.Image) error {
	if size := int64(len(m.Bytes())); size != w.shard.AssetSize(a) {
		return fmt.Errorf("write image to %s shard: record %d, field %d: %d bytes are not what was planned", w.layout.Format, a.Record, a.Field, size)
	}
	place := w.images.At(int64(w.shard.FirstAsset(a.Record, a.Field) + a.Item))
	if err := w.canvas.WriteImage(m, 0, 0, place); err != nil {
		return fmt.Errorf("write image to %s shard: %w", w.layout.Format, err)
	}
	return nil
}

// planner goes through the records once: a sample's place follows from those before it.
type planner struct {
	*writer
	table, samples *gather.Writer // places, and what samples have beside images
	offset         int64          // where the next byte of a sample goes

	places, head, values []byte // of the record in hand, used again and again
	ends                 []int  // of the columns' values
	at                   [][]int64
	images               pipeline.NumbersBuilder
}

func (p *planner) run(ctx context.Context) error {
	l, n := p.layout, int64(p.shard.Len())
	table := int64(0)
	p.offset = l.front(n)
	p.at = make([][]int64, p.shard.Schema.Len())
	p.places = binary.LittleEndian.AppendUint32(nil, uint32(n))
	for i, row := range p.shard.Order.All() {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if v, ok := l.CheckRecord(p.shard.Records, row); !ok {
			return fmt.Errorf("record refused: %s", v)
		}
		p.places = binary.LittleEndian.AppendUint32(p.places, uint32(p.offset))
		if err := p.table.Write(table, p.places); err != nil {
			return err
		}
		table += int64(len(p.places))
		p.places = p.places[:0]
		if err := p.sample(row); err != nil {
			return err
		}
		if p.offset > maxFile {
			return errTooLarge
		}
	}
	p.places = append(binary.LittleEndian.AppendUint32(p.places, uint32(p.offset)), l.Config...)
	if err := p.table.Write(table, p.places); err != nil {
		return err
	}
	p.writer.size, p.writer.images = p.offset, p.images.Numbers()
	return errors.Join(p.table.Flush(), p.samples.Flush())
}

// sample writes what a sample has beside images, and notes the places of these.
func (p *planner) sample(row int64) error {
	l, r := p.layout, p.shard.Records
	p.head, p.values, p.ends = p.head[:0], p.values[:0], p.ends[:0]
	for i := range l.Columns {
		c := &l.Columns[i]
		size := int64(len(p.values))
		if r.Images[c.Field] != nil {
			size = c.span(r, row)
		} else {
			var err error
			if p.values, err = l.value(p.values, c, r, row); err != nil {
				return err
			}
			size = int64(len(p.values)) - size
		}
		p.ends = append(p.ends, len(p.values))
		if c.Sized {
			p.head = binary.LittleEndian.AppendUint32(p.head, uint32(size))
		}
	}
	if err := p.put(p.head); err != nil {
		return err
	}
	from := 0
	for i, end := range p.ends {
		var err error
		if c := &l.Columns[i]; r.Images[c.Field] != nil {
			err = p.imagesOf(c, row)
		} else {
			err = p.put(p.values[from:end])
		}
		if err != nil {
			return err
		}
		from = end
	}
	for _, f := range p.shard.Schema.Images() {
		for _, at := range p.at[f] {
			p.images.Append(at)
		}
		p.at[f] = p.at[f][:0]
	}
	return nil
}

// imagesOf writes what stands in front of a column's images, and leaves room for them.
func (p *planner) imagesOf(c *Column, row int64) error {
	images := p.shard.Images[c.Field]
	n := images.Count(row)
	if c.Encoding == Images {
		p.head = append(p.head[:0], make([]byte, word*c.Zeros)...)
		p.head = binary.LittleEndian.AppendUint32(p.head, uint32(n))
		for item := range n {
			p.head = binary.LittleEndian.AppendUint32(p.head, uint32(images.Size(row, item)))
		}
		if err := p.put(p.head); err != nil {
			return err
		}
	}
	for item := range n {
		p.at[c.Field] = append(p.at[c.Field], p.offset)
		p.offset += max(images.Size(row, item), 0)
	}
	return nil
}

func (p *planner) put(text []byte) error {
	err := p.samples.Write(p.offset, text)
	p.offset += int64(len(text))
	return err
}
