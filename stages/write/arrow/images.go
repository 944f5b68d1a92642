package arrow

import (
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// appendImages appends the leaves of a field's images: the struct around an image and
// its two children, and what is around them where a record has a list of images.
func appendImages(leaves []leaf, f int, t schema.Type) []leaf {
	if t.Plain {
		return append(leaves, leaf{field: f, part: imageBytes, class: variable})
	}
	around, parent, inside := leaf{field: f, part: imageGroup, class: group}, len(leaves), ""
	if t.ImageList() {
		leaves = append(leaves, leaf{field: f, part: imageList, class: lists})
		around.counted, around.parent, inside = true, parent, "[]"
		parent++
	}
	around.inside = inside
	bytes, name := around, around
	bytes.part, bytes.class, bytes.parent, bytes.slots, bytes.inside = imageBytes, variable, parent, 1, inside+".bytes"
	name.part, name.class, name.parent, name.slots, name.inside = imageName, variable, parent, 1, inside+".path"
	name.text = true
	return append(leaves, around, bytes, name)
}

// tallyImages counts one row of a leaf of images.
func (v *values) tallyImages(l *leaf, row int64) (t tally) {
	c := v.records.Images[l.field]
	if !l.counted && l.part != imageList { // the usual case
		return v.tallyImage(l, c, row, 0)
	}
	if l.part == imageList {
		if _, ok := c.Len(row); !ok {
			t.nulls = 1
		}
		return t
	}
	for item := range c.Count(row) {
		image := v.tallyImage(l, c, row, item)
		t.slots++
		t.nulls += image.nulls
		t.data += image.data
	}
	return t
}

func (v *values) tallyImage(l *leaf, c *pipeline.ImageColumn, row int64, item int) tally {
	size := c.Size(row, item)
	switch {
	case size == pipeline.NoImage:
		return tally{nulls: 1}
	case l.part == imageBytes:
		return tally{data: size}
	case l.part == imageName:
		return tally{data: int64(len(v.imageName(c, row, item)))}
	}
	return tally{}
}

// imageName returns an image's name, in room that the next call uses again; a
// missing image has no name.
func (v *values) imageName(c *pipeline.ImageColumn, row int64, item int) []byte {
	if c.Size(row, item) == pipeline.NoImage {
		return nil
	}
	name, ok := c.AppendName(v.name[:0], row, item)
	if v.name = name; !ok {
		return nil
	}
	return name
}

// writeImages writes the buffers that a leaf of images has of some rows, the first of
// which is the shard's lo-th. For images' bytes it remembers the place and leaves a
// gap.
func (l *layout) writeImages(leaf *leaf, t tally, lo int, rows pipeline.Rows) error {
	c := l.records.Images[leaf.field]
	if t.nulls > 0 {
		if err := l.writeValidity(leaf, t, rows); err != nil {
			return err
		}
	}
	if leaf.class == group {
		return l.out.trim()
	}
	end := int64(0)
	l.out.buf = appendInt32(l.out.buf, 0)
	l.marks = l.marks[:0]
	for i, row := range rows.All() {
		if (lo+i)%markRows == 0 {
			l.marks = append(l.marks, end)
		}
		if leaf.part == imageList {
			end += int64(c.Count(row))
			l.out.buf = appendInt32(l.out.buf, end)
			continue
		}
		for item := range c.Count(row) {
			if leaf.part == imageBytes {
				end += max(c.Size(row, item), 0)
			} else {
				end += int64(len(l.imageName(c, row, item)))
			}
			l.out.buf = appendInt32(l.out.buf, end)
		}
		if err := l.out.trim(); err != nil {
			return err
		}
	}
	l.out.pad(4 * (leaf.rows(int64(rows.Len()), t) + 1))
	switch leaf.part {
	case imageBytes:
		return l.leaveGap(leaf, t)
	case imageName:
		for _, row := range rows.All() {
			for item := range c.Count(row) {
				l.out.buf = append(l.out.buf, l.imageName(c, row, item)...)
			}
			if err := l.out.trim(); err != nil {
				return err
			}
		}
		l.out.pad(t.data)
	}
	return l.out.trim()
}

// writeValidity writes a bit for each image, or for each list of them.
func (l *layout) writeValidity(leaf *leaf, t tally, rows pipeline.Rows) error {
	c := l.records.Images[leaf.field]
	b := bitmapper{out: &l.out}
	for _, row := range rows.All() {
		if leaf.part == imageList {
			_, ok := c.Len(row)
			b.add(ok)
			continue
		}
		for item := range c.Count(row) {
			b.add(c.Size(row, item) != pipeline.NoImage)
		}
		if err := l.out.trim(); err != nil {
			return err
		}
	}
	b.close()
	n := leaf.rows(int64(rows.Len()), t)
	l.out.buf = append(l.out.buf, make([]byte, bitmap(n)-(n+7)/8)...)
	return nil
}

// leaveGap remembers where images go, and leaves room for them.
func (l *layout) leaveGap(leaf *leaf, t tally) error {
	base, k := l.out.end(), l.w.column[leaf.field]
	l.w.bases = append(l.w.bases, base)
	for _, mark := range l.marks {
		l.w.marks[k] = append(l.w.marks[k], base+mark)
	}
	if err := l.out.skip(t.data); err != nil {
		return err
	}
	l.out.pad(t.data)
	return l.out.trim()
}
