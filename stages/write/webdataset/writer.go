package webdataset

import (
	"context"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
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
}

// Create plans every member's place, and writes the end of the archive and the
// JSON members that do not fit behind their sample's last image.
func (f *Format) Create(ctx context.Context, s *pipeline.Shard, t pipeline.Traits, c *pipeline.Canvas) (pipeline.ShardWriter, error) {
	if err := f.Check(s.Schema); err != nil {
		return nil, fmt.Errorf("lay out webdataset shard: %w", err)
	}
	if err := checkExts(s.Schema, t); err != nil {
		return nil, fmt.Errorf("lay out webdataset shard: %w", err)
	}
	w := &shardWriter{members: newMembers(s.Schema, t), shard: s, canvas: c}
	if err := w.create(ctx); err != nil {
		return nil, fmt.Errorf("lay out webdataset shard: %w", err)
	}
	return w, nil
}

// create goes through the records once: a sample's place follows from the
// length of the JSON before it, and a JSON member that is Create's to write is
// written while it is at hand.
func (w *shardWriter) create(ctx context.Context) error {
	var starts pipeline.NumbersBuilder
	out := &gatherer{canvas: w.canvas}
	var text []byte
	offset := int64(0)
	for i, row := range w.shard.Order.All() {
		if i%1024 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if v, ok := checkRecord(w.shard.Records, row); !ok {
			return fmt.Errorf("record refused: %s", v)
		}
		starts.Append(offset)
		images, _ := w.span(w.shard.Records, row)
		offset += images
		if len(w.values) == 0 {
			continue
		}
		var err error
		if text, err = w.appendJSON(text[:0], w.shard.Records, row); err != nil {
			return err
		}
		if !w.fitsBehind(row, int64(len(text))) {
			if err := w.gatherJSON(out, offset, row, text); err != nil {
				return err
			}
		}
		offset += imageSpan(int64(len(text)))
	}
	w.starts, w.end = starts.Numbers(), offset
	if err := out.write(offset, make([]byte, endSize)); err != nil {
		return err
	}
	return out.flush()
}

// fitsBehind says whether a sample's JSON member of that length goes into the
// room behind the sample's last image, next to the image's padding.
func (w *shardWriter) fitsBehind(row, length int64) bool {
	if len(w.images) == 0 {
		return false
	}
	last := w.shard.Images[w.images[len(w.images)-1]].Size(row, 0)
	return padded(last)-last+imageSpan(length) <= pipeline.RoomAfter
}

// gatherJSON hands a JSON member to the gatherer.
func (w *shardWriter) gatherJSON(out *gatherer, offset, row int64, text []byte) error {
	var header [blockSize]byte
	if err := w.putJSONHeader(header[:], row, int64(len(text))); err != nil {
		return err
	}
	if err := out.write(offset, header[:]); err != nil {
		return err
	}
	if err := out.write(offset+blockSize, text); err != nil {
		return err
	}
	size := int64(len(text))
	var zeros [blockSize]byte
	return out.write(offset+blockSize+size, zeros[:padded(size)-size])
}

func (w *shardWriter) putJSONHeader(header []byte, row, size int64) error {
	name := append(w.shard.AppendKey(header[:0:maxName], row), jsonSuffix...)
	return putHeader(header, len(name), size)
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

// WriteImage writes an image with its header and padding, and behind a sample's
// last image its JSON member where that fits, in one write.
func (w *shardWriter) WriteImage(a pipeline.Asset, m *pipeline.Image) error {
	i, row := a.Record, w.shard.Order.At(a.Record)
	offset, k := w.starts.At(int64(i)), 0
	for ; k < len(w.images) && w.images[k] != a.Field; k++ {
		offset += imageSpan(w.shard.Images[w.images[k]].Size(row, 0))
	}
	size := int64(len(m.Bytes()))
	if k == len(w.images) || size != w.shard.AssetSize(a) {
		return fmt.Errorf("write image to webdataset shard: record %d, field %d: %d bytes are not what was planned", i, a.Field, size)
	}
	header := m.Before(blockSize)
	name := append(w.shard.AppendKey(header[:0:maxName], row), w.suffix[k]...)
	if err := putHeader(header, len(name), size); err != nil {
		return fmt.Errorf("write image to webdataset shard: %w", err)
	}
	after := int(padded(size) - size)
	clear(m.After(after))
	if k == len(w.images)-1 && len(w.values) > 0 {
		n, err := w.putJSON(m, after, row, w.next(i)-offset-imageSpan(size))
		if err != nil {
			return fmt.Errorf("write image to webdataset shard: %w", err)
		}
		after += n
	}
	if err := w.canvas.WriteImage(m, blockSize, after, offset); err != nil {
		return fmt.Errorf("write image to webdataset shard: %w", err)
	}
	return nil
}

// putJSON puts the JSON member of a row, which takes span bytes, behind an
// image and its padding. It returns 0 when the member does not fit there:
// Create has written it then.
func (w *shardWriter) putJSON(m *pipeline.Image, padding int, row, span int64) (int, error) {
	if int64(padding)+span > pipeline.RoomAfter {
		return 0, nil
	}
	p := m.After(padding + int(span))[padding:]
	text, err := w.appendJSON(p[blockSize:blockSize], w.shard.Records, row)
	if err != nil {
		return 0, err
	}
	size := int64(len(text))
	if imageSpan(size) != span {
		return 0, fmt.Errorf("row %d: JSON of %d bytes is not what was planned", row, size)
	}
	clear(p[blockSize+size:])
	return int(span), w.putJSONHeader(p[:blockSize], row, size)
}
