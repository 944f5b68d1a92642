package parquet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/parquet-go/parquet-go/format"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
)

// New returns the reader of Parquet files.
func New() read.Reader { return read.Stream(fileFormat{}) }

type fileFormat struct{}

func (fileFormat) Kind() string { return "parquet" }

// Match takes what begins as Parquet files do.
func (fileFormat) Match(head []byte, _ string) bool {
	return bytes.HasPrefix(head, []byte(magic)) || bytes.HasPrefix(head, []byte("PARE"))
}

func (fileFormat) Open(_ context.Context, f *read.File, opts *read.Options) (read.Source, error) {
	r, size, err := f.ReaderAt()
	if err != nil {
		return nil, err
	}
	meta, err := readFooter(r, size)
	if err != nil {
		return nil, err
	}
	s := &source{r: r, size: size, meta: meta, limits: opts.Limits}
	var leaves int
	if s.tree, leaves, err = readTree(meta.Schema, opts.Limits.Nesting); err != nil {
		return nil, err
	}
	for g := range meta.RowGroups {
		group := &meta.RowGroups[g]
		if len(group.Columns) != leaves || group.NumRows < 0 {
			return nil, read.Malformed(-1, "row group %d has %d columns and %d rows, the schema %d columns", g, len(group.Columns), group.NumRows, leaves)
		}
		s.rows += group.NumRows
	}
	if s.rows < 0 || s.rows != meta.NumRows {
		return nil, read.Malformed(-1, "%d rows are said to be there, the row groups have %d", meta.NumRows, s.rows)
	}
	s.refine()
	classes := s.classes()
	for _, n := range s.tree {
		c := read.Column{Name: n.name, Form: read.Typed, Arrow: n.arrow, Dtype: dtype(n), Bytes: s.bytesOf(n), Names: classes[n.name]}
		if want := opts.Want[n.name].Type; n.category && c.Names == nil && want.Kind == schema.Class && len(want.Names) == 0 {
			if c.Names, err = s.categories(n); err != nil {
				return nil, fmt.Errorf("column %q: %w", n.name, err)
			}
		}
		s.columns = append(s.columns, c)
	}
	return s, nil
}

// source is an open file.
type source struct {
	r       io.ReaderAt
	size    int64
	meta    *format.FileMetaData
	limits  read.Limits
	tree    []*node
	columns []read.Column
	rows    int64
}

// Columns implements read.Source.
func (s *source) Columns() []read.Column { return s.columns }

// OneTable implements read.OneTable.
func (s *source) OneTable() {}

// Describe implements read.Source.
func (s *source) Describe(info *read.Info) {
	info.Rows = s.rows
	info.Writer = s.meta.CreatedBy
}

// Close implements read.Source.
func (s *source) Close() error { return nil }

// dtype is what the file itself calls a column.
func dtype(n *node) string {
	switch n.shape {
	case structShape:
		return "group"
	case listShape:
		return "LIST"
	case mapShape:
		return "MAP"
	}
	return n.physical.kind.String()
}

// bytesOf is what a column takes in the file.
func (s *source) bytesOf(n *node) int64 {
	total := int64(0)
	for g := range s.meta.RowGroups {
		for _, leaf := range n.leaves(nil) {
			total += s.meta.RowGroups[g].Columns[leaf.leaf].MetaData.TotalCompressedSize
		}
	}
	return total
}

// Rows implements read.Source. Where no column is asked for, the first one tells how
// many rows there are: what a footer says is not believed.
func (s *source) Rows(ctx context.Context, columns []int) (read.Rows, error) {
	r := &rows{source: s, ctx: ctx, group: -1, wanted: len(columns)}
	if len(columns) == 0 && len(s.tree) > 0 {
		columns = []int{0}
	}
	for _, c := range columns {
		r.columns = append(r.columns, s.tree[c])
		r.builders = append(r.builders, array.NewBuilder(memory.DefaultAllocator, s.tree[c].arrow))
	}
	return r, nil
}

// rows reads row groups.
type rows struct {
	*source
	ctx      context.Context
	columns  []*node
	builders []array.Builder
	wanted   int // of the columns

	group int
	left  int64 // rows of the group
	batch int64 // rows that are read at once
	assembler
}

// Close implements read.Rows.
func (r *rows) Close() error {
	for _, l := range r.leaves {
		l.close()
	}
	for _, b := range r.builders {
		b.Release()
	}
	return nil
}

// Next implements read.Rows.
func (r *rows) Next() (arrays []arrow.Array, n int, err error) {
	for r.left == 0 {
		if r.group++; r.group >= len(r.meta.RowGroups) {
			return nil, 0, io.EOF
		}
		if r.meta.RowGroups[r.group].NumRows == 0 {
			continue // some writers leave its pages out
		}
		if err := r.open(); err != nil {
			return nil, 0, err
		}
	}
	n = int(min(r.left, r.batch))
	for i, c := range r.columns {
		a, err := r.column(c, r.builders[i], n)
		if err != nil {
			for _, a := range arrays {
				a.Release()
			}
			return nil, 0, r.in(c, err)
		}
		arrays = append(arrays, a)
		if err := r.ctx.Err(); err != nil {
			return arrays, n, err
		}
	}
	r.left -= int64(n)
	for _, a := range arrays[r.wanted:] {
		a.Release()
	}
	return arrays[:r.wanted], n, nil
}

// in says which column and row group an error is about.
func (r *rows) in(c *node, err error) error {
	var place *read.PlaceError
	if errors.As(err, &place) {
		place.Detail = fmt.Sprintf("%s (column %q, row group %d)", place.Detail, c.name, r.group)
		return err
	}
	return fmt.Errorf("column %q, row group %d: %w", c.name, r.group, err)
}

// open begins a row group.
func (r *rows) open() error {
	for _, l := range r.leaves {
		l.close()
	}
	group := &r.meta.RowGroups[r.group]
	r.leaves = make(map[int]*leafReader)
	r.left = group.NumRows
	size, most := int64(0), int64(1)
	for _, c := range r.columns {
		for _, leaf := range c.leaves(nil) {
			meta := &group.Columns[leaf.leaf]
			chunk, err := findChunk(meta, r.size)
			if err != nil {
				return r.in(c, err)
			}
			if meta.MetaData.Type != leaf.physical.kind {
				return r.in(c, read.Malformed(-1, "its values are %s, in the schema %s", meta.MetaData.Type, leaf.physical.kind))
			}
			size += max(meta.MetaData.TotalUncompressedSize, chunk.size, 0)
			most = max(most, chunk.values)
			r.leaves[leaf.leaf] = &leafReader{leaf: leaf,
				pageReader: pageReader{r: r.r, at: chunk.at, end: chunk.at + chunk.size, codec: chunk.codec, limits: r.limits}}
		}
	}
	// As many rows as have some bytes and values, if all have the same.
	rows := max(1, r.left)
	r.batch = max(1, min(read.BatchRows, read.BatchBytes/max(1, size/rows), mostEntries/8/max(1, most/rows)))
	return nil
}
