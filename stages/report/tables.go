package report

import (
	"context"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// tables are records as they were read for a check: a part is some rows of a split.
type tables struct {
	records []*pipeline.Records
	view    *View
	list    []rowsPart
}

type rowsPart struct {
	split int
	first int64 // number of its first record in the split
	rows  pipeline.Rows
}

const partRows = 16 << 10

func newTables(records []*pipeline.Records, view *View) *tables {
	t := &tables{records: records, view: view}
	for split, r := range records {
		rows := r.Chosen()
		for first := 0; first < rows.Len(); first += partRows {
			t.list = append(t.list, rowsPart{split, int64(first), rows.Slice(first, min(first+partRows, rows.Len()))})
		}
	}
	return t
}

func (t *tables) parts() int { return len(t.list) }

func (t *tables) walk(ctx context.Context, part int, each func(*record, headFunc)) error {
	p := t.list[part]
	from := t.records[p.split]
	r := &record{split: p.split, values: make([]pipeline.Cell, from.Schema.Len()), images: make([][]picture, from.Schema.Len())}
	for i := range p.rows.Len() {
		if i%256 == 0 && ctx.Err() != nil {
			return context.Cause(ctx)
		}
		row := p.rows.At(i)
		r.number, r.row, r.key = p.first+int64(i), row, from.Key(row)
		for f := range from.Columns {
			if from.Columns[f] != nil {
				r.values[f] = from.Cell(f, row)
			}
		}
		for _, f := range from.Schema.Images() {
			if err := t.pictures(ctx, r, f); err != nil {
				return err
			}
		}
		each(r, t.view.head)
	}
	return nil
}

// pictures lists the images of a record's field.
func (t *tables) pictures(ctx context.Context, r *record, field int) error {
	c := t.records[r.split].Images[field]
	n, ok := c.Len(r.row)
	r.images[field] = slices.Grow(r.images[field][:0], n)
	if !ok {
		r.images[field] = nil
		return nil
	}
	for item := range n {
		place := c.Place(r.row, item)
		p := picture{size: c.Sizes.At(place), part: r.split, at: place, field: field, item: item}
		_, named := c.AppendName(nil, r.row, item)
		file, there := c.AppendFile(nil, r.row, item)
		if named || p.size == pipeline.NoImage {
			p.name = string(file)
		}
		switch {
		case p.size == pipeline.NoImage && !there:
			p.none = true
		case p.size == pipeline.NoImage:
			p.none, p.lost = true, "no such file"
		case !named:
			data, err := t.read(ctx, p)
			if err != nil {
				return err
			}
			p.mark = hashText(0, string(data))
		}
		r.images[field] = append(r.images[field], p)
	}
	if n == 1 && r.images[field][0].none && r.images[field][0].lost == "" && !t.records[r.split].Schema.Field(field).Type.ImageList() {
		r.images[field] = nil
	}
	return nil
}

func (t *tables) read(ctx context.Context, p picture) ([]byte, error) {
	c := t.records[p.part].Images[p.field]
	row, item := c.At(p.at)
	data := make([]byte, p.size)
	if _, err := c.Read(ctx, row, item, pipeline.FileStat{Size: p.size}, data); err != nil {
		return nil, err
	}
	return data, nil
}
