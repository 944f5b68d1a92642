package parquet

import (
	"encoding/binary"
	"fmt"

	"github.com/pickshard/pickshard/pipeline"
)

// addImages plans the pages of an image field's bytes in the row group of
// records lo to hi, and writes the pages that hold no image: all others are
// written with their images.
func (l *layout) addImages(leaf *leaf, lo, hi int) (chunkMeta, error) {
	m := chunkMeta{leaf: leaf, start: l.strip.end(), codec: codecNone}
	if err := l.cutImages(leaf, lo, hi); err != nil {
		return m, err
	}
	places := l.places[leaf.field]
	first := len(places.pages)
	for k := range l.images {
		p := &l.images[k]
		p.offset = l.strip.end()
		l.head = appendImageHead(l.head[:0], l.shard, leaf.field, p)
		images := places.place(l.shard, leaf.field, p, len(l.head))
		if images == 0 {
			l.strip.buf = append(l.strip.buf, l.head...)
		} else if err := l.strip.skip(p.size()); err != nil {
			return m, err
		}
		places.pages = append(places.pages, *p)
		m.addImages(p, int(p.rows)-images)
	}
	m.images = places.pages[first:]
	return m, nil
}

// cutImages lists the pages of records lo to hi in l.images, all but their
// offsets.
func (l *layout) cutImages(leaf *leaf, lo, hi int) error {
	l.images = l.images[:0]
	var pager imagePager
	for i := lo; i < hi; i++ {
		size := l.shard.ImageSize(i, leaf.field)
		if size != pipeline.NoImage && (size < 0 || size > MaxValue) {
			return fmt.Errorf("field %s of record %d: image of %d bytes", leaf.name, i, size)
		}
		if pager.add(l.lim, size) {
			l.images = append(l.images, imagePage{row: int32(i)})
		}
		p := &l.images[len(l.images)-1]
		p.rows++
		if size != pipeline.NoImage {
			p.body += 4 + int32(size)
		}
	}
	for k := range l.images {
		p := &l.images[k]
		l.head = appendImageLevels(l.head[:0], l.shard, leaf.field, p)
		p.body += int32(len(l.head))
		l.head = p.appendHeader(l.head[:0])
		p.header = int32(len(l.head))
	}
	return nil
}

// imagePlaces tells where the images of a field go.
type imagePlaces struct {
	// at holds, by record, where the bytes before its image go, doubled, and
	// one more when a page begins with the image. Records without image have
	// no place.
	at    pipeline.Numbers
	made  pipeline.NumbersBuilder // at, while the shard is laid out
	pages []imagePage             // all of the field, in order
}

// place notes the places of the page's images, and counts them; pages come in
// order, and every record is in one. Before the first of them stand head bytes.
func (f *imagePlaces) place(s *pipeline.Shard, field int, p *imagePage, head int) (images int) {
	next := p.offset
	for i := int(p.row); i < int(p.row+p.rows); i++ {
		size := s.ImageSize(i, field)
		if size == pipeline.NoImage {
			f.made.Append(next << 1)
			continue
		}
		at := next << 1
		if images++; images == 1 {
			at++
			next += int64(head)
		}
		f.made.Append(at)
		next += 4 + size
	}
	return images
}

// appendHeader appends the header of a page of images. It has no CRC: the sum
// depends on bytes that are not read yet, its length as a varint on the sum,
// and so the place of everything that follows.
func (p *imagePage) appendHeader(dst []byte) []byte {
	h := pageHeader{
		typ:          pageData,
		uncompressed: int(p.body),
		compressed:   int(p.body),
		values:       int(p.rows),
		encoding:     encodingPlain,
	}
	return h.append(dst)
}

// appendImageHead appends what stands before the values of a page of images:
// its header and its definition levels.
func appendImageHead(dst []byte, s *pipeline.Shard, field int, p *imagePage) []byte {
	return appendImageLevels(p.appendHeader(dst), s, field, p)
}

// appendImageLevels appends the definition levels of a page of images: 2 for an
// image, 0 for none, since an image without bytes is none at all.
func appendImageLevels(dst []byte, s *pipeline.Shard, field int, p *imagePage) []byte {
	return appendLevels(dst, 2, int(p.rows), func(k int) uint32 {
		if s.ImageSize(int(p.row)+k, field) == pipeline.NoImage {
			return 0
		}
		return 2
	})
}

// appendLength appends what stands before a value of bytes in PLAIN encoding.
func appendLength(dst []byte, size int64) []byte {
	return binary.LittleEndian.AppendUint32(dst, uint32(size))
}
