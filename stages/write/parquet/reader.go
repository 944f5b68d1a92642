package parquet

import (
	"bytes"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// reader reads a file that Create laid out. It walks the file from front to
// back, page by page, and so accounts for every byte; while it does, it works
// out what indexes and footer must say, and in the end compares them with the
// file byte by byte. Memory is a row group's text and numbers, a page of each
// leaf of images and of values in values, and some 30 bytes a page.
type reader struct {
	r      io.ReaderAt
	size   int64
	table  *table
	shape  *shape
	chunks chunkDecoder

	groups  []groupMeta
	end     int64 // of the row groups that are open or done, in the file
	record  int   // the next one, in the file
	row     int   // the next one, in the row group
	columns []column
	images  []imageCursor  // by leaf, for images' bytes
	cursors []nestedCursor // by leaf, for values in values
	nested  []nestedField  // by field, for those with values in values
	sample  pipeline.Sample
	err     error
}

// Browse is Open, but that images are not read.
func (f *Format) Browse(r io.ReaderAt, size int64, s *schema.Schema, t pipeline.Traits) (pipeline.ShardReader, error) {
	opened, err := f.Open(r, size, s, t)
	if err != nil {
		return nil, err
	}
	rd := opened.(*reader)
	for i := range rd.images {
		rd.images[i].browse = true
	}
	return rd, nil
}

// Open opens a file that Create laid out, for verification: only files of this
// layout are read, not any Parquet file. It fails on a file whose footer does
// not belong to the schema.
func (f *Format) Open(r io.ReaderAt, size int64, s *schema.Schema, _ pipeline.Traits) (pipeline.ShardReader, error) {
	t := newTable(s)
	sh, err := readShape(r, size, t)
	if err != nil {
		return nil, fmt.Errorf("open parquet: %w", err)
	}
	n := len(t.leaves)
	rd := &reader{r: r, size: size, table: t, shape: sh, end: int64(len(magic))}
	rd.chunks.r = r
	rd.columns = make([]column, n)
	rd.images = make([]imageCursor, n)
	rd.cursors = make([]nestedCursor, n)
	rd.nested = make([]nestedField, s.Len())
	for i, root := range t.nodes {
		if root != nil {
			rd.nested[i] = nestedField{root: root, dt: root.typ.Arrow(), cursors: rd.cursors}
		}
	}
	rd.sample = pipeline.Sample{
		Values: make([]pipeline.Cell, s.Len()),
		Images: make([][]pipeline.SampleImage, s.Len()),
		Named:  true,
	}
	return rd, nil
}

// Len is the number of records that the footer tells.
func (r *reader) Len() int64 { return r.shape.rows }

// Next returns the next record. After the last one it checks indexes and
// footer, and returns io.EOF when they are right. An error is final.
func (r *reader) Next() (pipeline.Sample, error) {
	if r.err == nil {
		r.err = r.next()
	}
	if r.err != nil {
		return pipeline.Sample{}, r.err
	}
	return r.sample, nil
}

func (r *reader) next() error {
	if len(r.groups) == 0 || r.row == r.groups[len(r.groups)-1].rows {
		if err := r.closeGroup(); err != nil {
			return fmt.Errorf("read parquet: %w", err)
		}
		if len(r.groups) == len(r.shape.groups) {
			if err := r.checkEnd(); err != nil {
				return fmt.Errorf("read parquet: %w", err)
			}
			return io.EOF
		}
		if err := r.openGroup(); err != nil {
			return fmt.Errorf("read parquet: %w", err)
		}
	}
	for i := range r.table.leaves {
		if err := r.fill(i); err != nil {
			return fmt.Errorf("read parquet: record %d: %w", r.record, err)
		}
	}
	for i := range r.nested {
		if r.nested[i].root == nil {
			continue
		}
		if err := r.fillNested(i); err != nil {
			return fmt.Errorf("read parquet: record %d: %w", r.record, err)
		}
	}
	r.row++
	r.record++
	return nil
}

// openGroup decodes the next row group's columns, but for images.
func (r *reader) openGroup() error {
	group := &r.shape.groups[len(r.groups)]
	g := groupMeta{rows: int(group.rows), chunks: make([]chunkMeta, len(group.chunks))}
	for i := range r.table.leaves {
		l, shape := &r.table.leaves[i], group.chunks[i]
		var err error
		switch {
		case l.part == partImageBytes:
			r.images[i].r = r.r
			err = r.images[i].begin(l, r.end, shape, r.record, g.rows)
		case l.nested():
			r.cursors[i].r = r.r
			err = r.cursors[i].begin(l, r.end, shape, g.rows)
		default:
			r.columns[i], g.chunks[i], err = r.chunks.decode(l, r.end, shape, g.rows)
		}
		if err != nil {
			return err
		}
		r.end += shape.size
	}
	r.groups = append(r.groups, g)
	r.row = 0
	return nil
}

// closeGroup checks that the images and nested values of the row group are all read.
func (r *reader) closeGroup() error {
	if len(r.groups) == 0 {
		return nil
	}
	for i := range r.table.leaves {
		chunk := &r.groups[len(r.groups)-1].chunks[i]
		switch l := &r.table.leaves[i]; {
		case l.part == partImageBytes:
			if err := r.images[i].finish(); err != nil {
				return err
			}
			*chunk = r.images[i].meta
		case l.nested():
			if err := r.cursors[i].finish(); err != nil {
				return err
			}
			*chunk = r.cursors[i].meta
		}
	}
	return nil
}

// fill sets the part of the sample that leaf i holds, but for values in values.
func (r *reader) fill(i int) error {
	l := &r.table.leaves[i]
	switch l.part {
	case partImageBytes:
		images, err := r.images[i].next()
		r.sample.Images[l.field] = images
		return err
	case partImagePath:
		if l.nested() {
			return nil // see fillNested
		}
		c := &r.columns[i]
		if (c.levels[r.row] == 0) != (r.sample.Images[l.field] == nil) {
			return r.unnamed(i)
		}
		if cell := c.cell(r.row); cell.Array.IsValid(cell.Row) {
			r.sample.Images[l.field][0].Name = cell.Array.(*array.String).Value(cell.Row)
		}
	default:
		if !l.nested() {
			r.sample.Values[l.field] = r.columns[i].cell(r.row)
		}
	}
	return nil
}

// unnamed says that the names of images, in leaf i, do not fit the images.
func (r *reader) unnamed(i int) error {
	return errorAt(r.groups[len(r.groups)-1].chunks[i].start, "field %s: path and bytes disagree on whether there is an image", r.table.leaves[i].name)
}

// fillNested sets the part of the sample that a field with values in values has: a
// value, or images' names.
func (r *reader) fillNested(field int) error {
	f := &r.nested[field]
	a, row, err := f.next(r.groups[len(r.groups)-1].rows - r.row)
	if err != nil {
		return err
	}
	if !r.table.schema.Field(field).Type.ImageList() {
		r.sample.Values[field] = pipeline.Cell{Array: a, Row: row}
		return nil
	}
	list, images := a.(*array.List), r.sample.Images[field]
	from, to := list.ValueOffsets(row)
	if list.IsNull(row) != (images == nil) || int(to-from) != len(images) {
		return r.unnamed(f.root.first)
	}
	structs := list.ListValues().(*array.Struct)
	names := structs.Field(0).(*array.String)
	for item := range images {
		k := int(from) + item
		if structs.IsNull(k) != (!images[item].There()) {
			return r.unnamed(f.root.first)
		}
		if names.IsValid(k) {
			images[item].Name = names.Value(k)
		}
	}
	return nil
}

// checkEnd compares all that stands behind the row groups with what the pages
// tell of it.
func (r *reader) checkEnd() error {
	want := r.table.appendEnd(nil, r.end, r.groups)
	if int64(len(want)) != r.size-r.end {
		return errorAt(r.end, "indexes and footer take %d bytes, the pages ask for %d", r.size-r.end, len(want))
	}
	got := make([]byte, len(want))
	if err := readAt(r.r, got, r.end); err != nil {
		return err
	}
	if bytes.Equal(got, want) {
		return nil
	}
	at := 0
	for got[at] == want[at] {
		at++
	}
	return errorAt(r.end+int64(at), "%s disagrees with the pages", r.partAt(r.end+int64(at)))
}

// partAt names what stands at an offset behind the row groups.
func (r *reader) partAt(offset int64) string {
	for g := range r.groups {
		for c := range r.groups[g].chunks {
			m := &r.groups[g].chunks[c]
			if at := offset - m.columnIndexAt; at >= 0 && at < int64(m.columnIndexLen) {
				return fmt.Sprintf("column index of row group %d, field %s", g, m.leaf.name)
			}
			if at := offset - m.offsetIndexAt; at >= 0 && at < int64(m.offsetIndexLen) {
				return fmt.Sprintf("offset index of row group %d, field %s", g, m.leaf.name)
			}
		}
	}
	return "footer"
}
