package stages

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// bind makes records of the columns: fields' values and images.
func (l *loading) bind(ctx context.Context) error {
	rows := l.table.result.Table.NumRows()
	all := l.chosen.Len() == int(rows)
	marks := &pipeline.Records{Rows: rows}
	if !all {
		marks.Choose(l.chosen)
	}
	columns := make([]*arrow.Chunked, len(l.Fields))
	images := make([]pipeline.Images, len(l.Fields))
	l.facts = make([]*facts, len(l.Fields))
	each := func(these func(Field) bool, do func(field int) error) error {
		for i, f := range l.Fields {
			if !these(f) {
				continue
			}
			if err := do(i); err != nil {
				return fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
		return nil
	}
	err := each(func(f Field) bool { return f.Type.Images() }, func(i int) (err error) {
		images[i], err = l.images(ctx, i)
		return err
	})
	if err != nil {
		return err
	}
	err = each(func(f Field) bool { return !f.Type.Images() }, func(i int) (err error) {
		if f := l.Fields[i]; f.Is != "" || f.Prefer != nil {
			columns[i], err = l.derive(ctx, i, images, marks.Has)
		} else {
			columns[i], err = l.values(ctx, i, marks.Has)
		}
		return err
	})
	if err != nil {
		return err
	}
	r := pipeline.NewRecords(l.split.Name, l.Schema, rows, columns, images, l.KeyField)
	if !all {
		r.Choose(l.chosen)
	}
	r.Parts, r.From = l.table.parts, l.from
	r.Source = l.sourceColumns()
	l.loaded.Records = r
	return nil
}

// sourceColumns are the columns of the table as they stand in the file; images and other bytes
// are not, as no one fixes them in a text.
func (l *loading) sourceColumns() []pipeline.SourceColumn {
	var columns []pipeline.SourceColumn
	t := l.table.result.Table
	for i := range int(t.NumCols()) {
		f := t.Schema().Field(i)
		if readAgain(f.Name) {
			continue
		}
		if !slices.ContainsFunc(l.Fields, func(own Field) bool { return f.Name == own.Bytes || f.Name == own.Pixels }) && f.Type.ID() != arrow.BINARY {
			columns = append(columns, pipeline.SourceColumn{Name: f.Name, Column: t.Column(i).Data()})
		}
	}
	return columns
}

// values is the column of a field that is not an image.
func (l *loading) values(ctx context.Context, field int, has func(int64) bool) (*arrow.Chunked, error) {
	f := &l.Fields[field]
	switch {
	case l.templates[field].text != nil:
		return l.readTexts(ctx, field, has)
	case f.Constant != nil:
		return constant(*f, l.table.result.Table.NumRows())
	}
	c, ok := l.columns[l.bound[field].name()]
	if !ok {
		return nil, l.errNoColumn(f.From)
	}
	if c.DataType().ID() == arrow.NULL { // a side table without rows
		return nulls(f.Type.Arrow(), l.table.result.Table.NumRows()), nil
	}
	// Writers trust the type: a column read as another one must not pass.
	if !arrow.TypeEqual(c.DataType(), f.Type.Arrow()) {
		return nil, fmt.Errorf("column %s was read as %s, not as %s", f.From, read.TypeName(c.DataType()), f.Type)
	}
	return c, nil
}

// images are those of a field that is an image or a list of them.
func (l *loading) images(ctx context.Context, field int) (pipeline.Images, error) {
	f := &l.Fields[field]
	var names *join.Names
	var err error
	for _, t := range []*join.Template{l.templates[field].file, l.templates[field].name} {
		if t != nil {
			if names, err = t.Bind(l.column); err != nil {
				return nil, err
			}
			names = names.From(l.Paths)
		}
	}
	if t := l.templates[field].file; t != nil && t.Stars() {
		found, err := t.Find(ctx, l.Source)
		if err != nil {
			return nil, err
		}
		names = names.In(found)
	}
	var images pipeline.Images
	lists := names != nil && names.Lists()
	switch {
	case f.File != "":
		images = join.NewFiles(l.Source, names)
	case f.Bytes != "":
		c, ok := l.columns[f.Bytes]
		if !ok {
			return nil, l.errNoColumn(f.Bytes)
		}
		b, err := join.NewBytes(f.Bytes, c, names)
		if err != nil {
			return nil, err
		}
		b.Used = l.table.result.Aside.Used
		images, lists = b, b.Lists()
	default:
		c, ok := l.columns[f.Pixels]
		if !ok {
			return nil, l.errNoColumn(f.Pixels)
		}
		p, err := join.NewPixels(f.Pixels, c, f.Shape, names)
		if err != nil {
			return nil, err
		}
		p.Used = l.table.result.Aside.Used
		images = p
	}
	switch {
	case lists && !f.Type.ImageList():
		return nil, pipeline.WithHint(fmt.Errorf("each record has a list of images, the field is %s", f.Type), "write type: \"list[image]\", or name one of them as in {column[0]}")
	case !lists && f.Type.ImageList() && l.allNull(field):
		return noLists{images}, nil
	case !lists && f.Type.ImageList():
		return nil, pipeline.WithHint(fmt.Errorf("each record has one image, the field is %s", f.Type), "write type: image, or name a column of lists")
	case lists:
		return l.bounded(field, images), nil
	}
	return images, nil
}

// allNull says whether a column that a field's images come from is null throughout, so
// that nothing tells whether it would hold lists.
func (l *loading) allNull(field int) bool {
	columns := []string{l.Fields[field].Bytes}
	if t := l.templates[field].file; t != nil {
		columns = t.Columns()
	}
	return slices.ContainsFunc(columns, func(name string) bool {
		c, ok := l.column(name)
		return ok && c.DataType().ID() == arrow.NULL
	})
}

// noLists are the images of records of which none has a list.
type noLists struct{ pipeline.Images }

// Len is no list for each row.
func (noLists) Len(int64) (int, bool) { return 0, false }

// bounded takes the images of records that have too many away, and notes that.
func (l *loading) bounded(field int, images pipeline.Images) pipeline.Images {
	most := l.ListImages
	if most == 0 {
		most = DefaultListImages
	}
	over := false
	for row := range l.table.result.Table.NumRows() {
		if n, _ := images.Len(row); n > most {
			over = true
			l.broken = append(l.broken, pipeline.Violation{
				Split: l.split.Name, Row: row, Rule: pipeline.RuleList, Field: l.Fields[field].Name,
				Detail: fmt.Sprintf("a list of %d images, the limit is %d", n, most),
			})
		}
	}
	if !over {
		return images
	}
	return boundedImages{images, most}
}

// boundedImages gives a record with too many images none.
type boundedImages struct {
	pipeline.Images
	most int
}

func (b boundedImages) Len(row int64) (int, bool) {
	n, ok := b.Images.Len(row)
	if n > b.most {
		return 0, true
	}
	return n, ok
}

// Embedded says whether the images stand in the records.
func (b boundedImages) Embedded() bool {
	e, ok := b.Images.(pipeline.Embedded)
	return ok && e.Embedded()
}

// readTexts reads the text files of a field.
func (l *loading) readTexts(ctx context.Context, field int, has func(int64) bool) (*arrow.Chunked, error) {
	f := &l.Fields[field]
	names, err := l.templates[field].text.Bind(l.column)
	if err != nil {
		return nil, err
	}
	if names.Lists() {
		return nil, pipeline.WithHint(fmt.Errorf("its template %s names a list of files for each record", l.templates[field].text), "name one of them as in {column[0]}")
	}
	t := &join.Texts{Source: l.Source, Names: names.From(l.Paths), MaxBytes: l.TextBytes}
	switch {
	case f.Lines != "":
		t.Form = join.Lines
	case f.Type.Kind == schema.JSON:
		t.Form = join.JSONText
	}
	if t.MaxBytes == 0 {
		t.MaxBytes = DefaultTextBytes
	}
	out, err := t.Read(ctx, l.table.result.Table.NumRows(), has)
	if err != nil {
		return nil, err
	}
	for _, b := range out.Faults {
		l.broken = append(l.broken, pipeline.Violation{Split: l.split.Name, Row: b.Row, Rule: pipeline.RuleTextFile, Field: f.Name, File: b.File, Detail: b.Detail})
	}
	l.loaded.Files = append(l.loaded.Files, pipeline.RecordFile{Path: l.templates[field].text.String(), Bytes: out.Bytes, SHA256: out.SHA256})
	return out.Column, nil
}

// nulls is a column without values.
func nulls(dt arrow.DataType, rows int64) *arrow.Chunked {
	return arrow.NewChunked(dt, []arrow.Array{array.MakeArrayOfNull(memory.DefaultAllocator, dt, int(rows))})
}
