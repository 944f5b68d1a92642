package webdataset

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/write/internal/gather"
)

// shardWriter writes the images of a laid-out shard. It is immutable but for
// the canvas, and so safe for concurrent use.
type shardWriter struct {
	*members
	shard  *pipeline.Shard
	canvas *pipeline.Canvas
	// starts has the offset of each sample's first header, end that of the end
	// of the archive.
	starts pipeline.Numbers
	end    int64
	// placed is what an index needs to know more; nil without one.
	placed *placed
}

// Create plans every member's place, and writes the end of the archive and the
// members behind a sample's images where they do not fit behind the last image.
func (f *Format) Create(ctx context.Context, s *pipeline.Shard, t pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	w := &shardWriter{members: newMembers(s.Schema, t), shard: s, canvas: c}
	if err := errors.Join(checkExts(s.Schema, t), checkNames(w.members)); err != nil {
		return nil, fmt.Errorf("lay out webdataset shard: %w", err)
	}
	if slices.Contains(f.options.Indexes, IndexDALI) {
		w.placed = &placed{exts: make([]extension, s.Assets())}
	}
	if err := w.create(ctx); err != nil {
		return nil, fmt.Errorf("lay out webdataset shard: %w", err)
	}
	return w, nil
}

// create goes through the records once: a sample's place follows from the
// length of the JSON before it, and what is Create's to write is written while it is
// at hand.
func (w *shardWriter) create(ctx context.Context) error {
	var starts, sizes pipeline.NumbersBuilder
	out := gather.New(w.canvas)
	var t tail
	offset := int64(0)
	for i, row := range w.shard.Order.All() {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if v, ok := checkRecord(w.members, w.shard.Records, row); !ok {
			return fmt.Errorf("record refused: %s", v)
		}
		starts.Append(offset)
		offset += w.span(w.shard.Records, row)
		if err := t.make(t.buf, w.members, w.shard.Records, row); err != nil {
			return err
		}
		if w.placed != nil {
			w.tailSizes(&sizes, &t)
		}
		if len(t.buf) > 0 && !w.fitsBehind(w.lastImage(row), len(t.buf)) {
			if err := t.putHeaders(w.shard.Records, row); err != nil {
				return err
			}
			if err := out.Write(offset, t.buf); err != nil {
				return err
			}
		}
		offset += int64(len(t.buf))
	}
	w.starts, w.end = starts.Numbers(), offset
	if w.placed != nil {
		w.placed.sizes = sizes.Numbers()
	}
	if err := out.Write(offset, make([]byte, endSize)); err != nil {
		return err
	}
	return out.Flush()
}

// lastImage is the size of a sample's last image, or NoImage.
func (w *shardWriter) lastImage(row int64) int64 {
	for k := len(w.images) - 1; k >= 0; k-- {
		c := w.shard.Images[w.images[k].field]
		for item := c.Count(row) - 1; item >= 0; item-- {
			if size := c.Size(row, item); size != pipeline.NoImage {
				return size
			}
		}
	}
	return pipeline.NoImage
}

// fitsBehind says whether the members behind a sample's images go into the room
// behind the last image of that size, next to its padding.
func (w *shardWriter) fitsBehind(last int64, tail int) bool {
	return last != pipeline.NoImage && padded(last)-last+int64(tail) <= pipeline.RoomAfter
}

// Size is the file's size in bytes.
func (w *shardWriter) Size() int64 { return w.end + endSize }

// next is where the sample after the i-th begins, or the end.
func (w *shardWriter) next(i int) int64 {
	if i+1 == w.shard.Len() {
		return w.end
	}
	return w.starts.At(int64(i + 1))
}

// place tells where an image's header is in a sample, whether it is the sample's last
// image, and its field.
func (w *shardWriter) place(a pipeline.Asset, row int64) (f *imageField, offset int64, last bool) {
	offset = w.starts.At(int64(a.Record))
	for k := range w.images {
		c := w.shard.Images[w.images[k].field]
		for item := range c.Count(row) {
			size := c.Size(row, item)
			switch {
			case f != nil && size != pipeline.NoImage:
				return f, offset, false
			case w.images[k].field == a.Field && item == a.Item:
				f = &w.images[k]
			case f == nil:
				offset += imageSpan(size)
			}
		}
	}
	return f, offset, true
}

// WriteImage writes an image with its header and padding, and behind a sample's
// last image the other members where they fit, in one write.
func (w *shardWriter) WriteImage(a pipeline.Asset, m *pipeline.Image) error {
	if err := w.writeImage(a, m); err != nil {
		return fmt.Errorf("write image to webdataset shard: %w", err)
	}
	return nil
}

func (w *shardWriter) writeImage(a pipeline.Asset, m *pipeline.Image) error {
	row := w.shard.Order.At(a.Record)
	f, offset, last := w.place(a, row)
	size := int64(len(m.Bytes()))
	if f == nil || size != w.shard.AssetSize(a) {
		return fmt.Errorf("record %d, field %d: %d bytes are not what was planned", a.Record, a.Field, size)
	}
	ext, err := w.ext(f, a, m)
	if err != nil {
		return err
	}
	if w.placed != nil {
		copy(w.placed.exts[w.shard.FirstAsset(a.Record, a.Field)+a.Item][:], ext)
	}
	header := m.Before(blockSize)
	name := f.appendName(w.shard.AppendKey(header[:0:maxName], row), a.Item, ext)
	if err := putHeader(header, len(name), size); err != nil {
		return err
	}
	after := int(padded(size) - size)
	clear(m.After(after))
	if last {
		n, err := w.putTail(m, after, row, w.next(a.Record)-offset-imageSpan(size))
		if err != nil {
			return err
		}
		after += n
	}
	return w.canvas.WriteImage(m, blockSize, after, offset)
}

// ext is the extension of an image's member: the one that was asked for, or that of
// its bytes.
func (w *shardWriter) ext(f *imageField, a pipeline.Asset, m *pipeline.Image) (string, error) {
	name, ext := w.schema.Field(f.field).Name, f.ext
	switch {
	case ext == "" && sniff(m.Bytes()) == "":
		file, _ := w.shard.Images[f.field].Name(w.shard.Order.At(a.Record), a.Item)
		return extOf(m.Bytes(), m.Head.Format, file), nil
	case ext == "":
		return sniff(m.Bytes()), nil
	case !fits(m.Bytes(), ext):
		return "", fmt.Errorf("record %d: the image of field %s is a %s, its member was to be called .%s: "+
			"take the field out of the config's members, so that each image has the extension of its bytes, or choose another, such as img",
			a.Record, name, sniff(m.Bytes()), ext)
	}
	return ext, nil
}

// putTail puts the members behind a sample's images, which take span bytes, behind an
// image and its padding. It returns 0 when they do not fit there: Create has written
// them then.
func (w *shardWriter) putTail(m *pipeline.Image, padding int, row, span int64) (int, error) {
	if span == 0 || int64(padding)+span > pipeline.RoomAfter {
		return 0, nil
	}
	p := m.After(padding + int(span))[padding:]
	var t tail
	if err := t.make(p[:0:len(p)], w.members, w.shard.Records, row); err != nil {
		return 0, err
	}
	if int64(len(t.buf)) != span {
		return 0, fmt.Errorf("row %d: members of %d bytes are not what was planned", row, len(t.buf))
	}
	return int(span), t.putHeaders(w.shard.Records, row)
}
