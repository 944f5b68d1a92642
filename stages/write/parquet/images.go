package parquet

import (
	"context"
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// imageWeight is what a record takes of an image field.
type imageWeight struct {
	levels int
	images int
	bytes  int64 // of lengths and images
}

// weighImages weighs a record's images. A list without any has a level, too.
func weighImages(c *pipeline.ImageColumn, row int64, list bool) imageWeight {
	if !list {
		if size := c.Size(row, 0); size != pipeline.NoImage {
			return imageWeight{levels: 1, images: 1, bytes: 4 + size}
		}
		return imageWeight{levels: 1}
	}
	var w imageWeight
	for item := range c.Count(row) {
		w.levels++
		if size := c.Size(row, item); size != pipeline.NoImage {
			w.images++
			w.bytes += 4 + size
		}
	}
	w.levels = max(1, w.levels)
	return w
}

// addImages plans the pages of an image field's bytes in the row group of
// records lo to hi, and writes the pages that hold no image: all others are
// written with their images.
func (l *layout) addImages(ctx context.Context, leaf *leaf, lo, hi int) (chunkMeta, error) {
	m := chunkMeta{leaf: leaf, start: l.strip.end(), codec: codecNone}
	if err := l.cutImages(ctx, leaf, lo, hi); err != nil {
		return m, err
	}
	places := l.places[leaf.field]
	first := len(places.pages)
	for k := range l.images {
		p := &l.images[k]
		p.offset = l.strip.end()
		l.head = appendImageHead(l.head[:0], l.shard, leaf, p)
		if err := l.addImagePage(places, p); err != nil {
			return m, err
		}
		places.pages = append(places.pages, *p)
		m.addImages(p)
	}
	m.images = places.pages[first:]
	return m, nil
}

// addImagePage notes the places of a page's images and writes what is not written
// with the first of them: the page's head, where there is none, or where it is
// longer than the room in front of an image.
func (l *layout) addImagePage(places *imagePlaces, p *imagePage) error {
	inFront := p.images > 0 && len(l.head)+4 <= pipeline.RoomBefore
	places.add(l.shard, p, len(l.head), inFront)
	if inFront {
		if places.leaf.maxRep > 0 {
			places.keepHead(l.head)
		}
		return l.strip.skip(p.size())
	}
	if places.leaf.maxRep > 0 {
		places.keepHead(nil)
	}
	l.strip.buf = append(l.strip.buf, l.head...)
	if p.images == 0 {
		return nil
	}
	return l.strip.skip(p.size() - len(l.head))
}

// cutImages lists the pages of records lo to hi in l.images, all but their
// offsets.
func (l *layout) cutImages(ctx context.Context, leaf *leaf, lo, hi int) error {
	l.images = l.images[:0]
	images := l.shard.Images[leaf.field]
	var sized imagePager
	content := contentPager{chunker: l.chunks.cuts, shard: l.shard, leaf: leaf}
	for i := lo; i < hi; i++ {
		w := weighImages(images, l.shard.Order.At(i), leaf.maxRep > 0)
		if w.bytes < 4*int64(w.images) || w.bytes > maxValue+4*int64(w.images) || w.levels > maxElements {
			return fmt.Errorf("field %s of record %d: %d images of %d bytes", leaf.name, i, w.images, w.bytes)
		}
		begins := false
		if l.lim.content == nil {
			begins = sized.add(l.lim, &w)
		} else {
			var err error
			if begins, err = content.add(ctx, i, &w, l.lim.imageRows); err != nil {
				return err
			}
		}
		if begins {
			l.images = append(l.images, imagePage{row: int32(i)})
		}
		p := &l.images[len(l.images)-1]
		p.rows++
		p.levels += int32(w.levels)
		p.images += int32(w.images)
		p.body += int32(w.bytes)
	}
	for k := range l.images {
		p := &l.images[k]
		l.head = appendImageLevels(l.head[:0], l.shard, leaf, p)
		p.body += int32(len(l.head))
		l.head = p.appendHeader(l.head[:0])
		p.header = int32(len(l.head))
	}
	return nil
}

// imagePlaces tells where the images of a field go.
type imagePlaces struct {
	leaf *leaf
	// at holds, by image, where the bytes before it go, doubled, and one more when
	// a page's head is written with the image. Those that there are not have no
	// place.
	at    pipeline.Numbers
	made  pipeline.NumbersBuilder // at, while the shard is laid out
	pages []imagePage             // all of the field, in order

	// Of a field of lists: the place in at of each record's first image, and the
	// heads of pages, which take long to make, one behind the other.
	starts  pipeline.Numbers
	started pipeline.NumbersBuilder // starts, while the shard is laid out
	count   int64
	heads   []byte
	headEnd []int
}

// add notes the places of a page's images; pages come in order, and every record is
// in one. Before the first image stand head bytes.
func (f *imagePlaces) add(s *pipeline.Shard, p *imagePage, head int, inFront bool) {
	images := s.Images[f.leaf.field]
	next, first := p.offset, true
	for i := int(p.row); i < int(p.row+p.rows); i++ {
		row := s.Order.At(i)
		if f.leaf.maxRep > 0 {
			f.started.Append(f.count)
		}
		for item := range images.Count(row) {
			f.count++
			size := images.Size(row, item)
			at := next << 1
			if size != pipeline.NoImage {
				if first {
					next += int64(head)
					if at = next << 1; inFront {
						at = p.offset<<1 + 1
					}
				}
				first = false
				next += 4 + size
			}
			f.made.Append(at)
		}
	}
}

// keepHead keeps what is written with the first image of the next page.
func (f *imagePlaces) keepHead(head []byte) {
	f.heads = append(f.heads, head...)
	f.headEnd = append(f.headEnd, len(f.heads))
}

// done is called when all pages are added.
func (f *imagePlaces) done() { f.at, f.starts = f.made.Numbers(), f.started.Numbers() }

// find returns what at says of an image.
func (f *imagePlaces) find(a pipeline.Asset) int64 {
	if f.leaf.maxRep > 0 {
		return f.at.At(f.starts.At(int64(a.Record)) + int64(a.Item))
	}
	return f.at.At(int64(a.Record))
}

// appendHeader appends the header of a page of images. It has no CRC: the sum
// depends on bytes that are not read yet, its length as a varint on the sum,
// and so the place of everything that follows.
func (p *imagePage) appendHeader(dst []byte) []byte {
	h := pageHeader{
		typ:          pageData,
		uncompressed: int(p.body),
		compressed:   int(p.body),
		values:       int(p.levels),
		encoding:     encodingPlain,
	}
	return h.append(dst)
}

// appendImageHead appends what stands before the values of a page of images:
// its header and its levels.
func appendImageHead(dst []byte, s *pipeline.Shard, l *leaf, p *imagePage) []byte {
	return appendImageLevels(p.appendHeader(dst), s, l, p)
}

// appendImageLevels appends the levels of a page of images: the highest definition
// level for an image, that of no struct for none, since an image without bytes is
// none at all. For a field that is one image it does not allocate.
func appendImageLevels(dst []byte, s *pipeline.Shard, l *leaf, p *imagePage) []byte {
	if l.maxRep > 0 {
		return appendImageListLevels(dst, s, l, p)
	}
	return appendLevels(dst, l.defWidth(), int(p.rows), func(k int) uint32 {
		if s.ImageSize(int(p.row)+k, l.field) == pipeline.NoImage {
			return 0
		}
		return uint32(l.maxDef)
	})
}

// Definition levels of an image in a list, and of what is there in its place.
const (
	defNoList    = 0
	defEmptyList = 1
	defNoImage   = 2
	defNoName    = 3 // the image is there, its name is not
	defImage     = 4
)

func appendImageListLevels(dst []byte, s *pipeline.Shard, l *leaf, p *imagePage) []byte {
	defs, reps := make([]uint8, 0, p.levels), make([]uint8, 0, p.levels)
	images := s.Images[l.field]
	for i := int(p.row); i < int(p.row+p.rows); i++ {
		row := s.Order.At(i)
		n, ok := images.Len(row)
		if n == 0 || !ok {
			level := uint8(defNoList)
			if ok {
				level = defEmptyList
			}
			defs, reps = append(defs, level), append(reps, 0)
			continue
		}
		for item := range n {
			level := uint8(defImage)
			if images.Size(row, item) == pipeline.NoImage {
				level = defNoImage
			}
			defs, reps = append(defs, level), append(reps, uint8(min(item, 1)))
		}
	}
	dst = appendLevels(dst, l.repWidth(), len(reps), func(k int) uint32 { return uint32(reps[k]) })
	return appendLevels(dst, l.defWidth(), len(defs), func(k int) uint32 { return uint32(defs[k]) })
}

// appendLength appends what stands before a value of bytes in PLAIN encoding.
func appendLength(dst []byte, size int64) []byte {
	return binary.LittleEndian.AppendUint32(dst, uint32(size))
}

// imageNames returns the names of images in lists of records lo to hi, in the
// structs that they lie in.
func (l *layout) imageNames(field, lo, hi int) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, namesType().Arrow()).(*array.ListBuilder)
	defer b.Release()
	structs := b.ValueBuilder().(*array.StructBuilder)
	names := structs.FieldBuilder(0).(*array.StringBuilder)
	images := l.shard.Images[field]
	for i := lo; i < hi; i++ {
		row := l.shard.Order.At(i)
		n, ok := images.Len(row)
		if b.Append(ok); !ok {
			continue
		}
		for item := range n {
			if there := images.Size(row, item) != pipeline.NoImage; !there {
				structs.AppendNull()
				continue
			}
			structs.Append(true)
			if name, ok := images.Name(row, item); ok {
				names.Append(name)
			} else {
				names.AppendNull()
			}
		}
	}
	return b.NewArray()
}

// namesType is the type of the names of images in a list.
func namesType() schema.Type {
	return schema.ListOf(schema.Type{Kind: schema.Struct, Members: []schema.Member{{Name: "path", Type: schema.Type{Kind: schema.String}}}})
}
