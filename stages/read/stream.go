package read

import (
	"context"
	"errors"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// Stream returns the reader of a format.
func Stream(f Format) Reader { return stream{f} }

type stream struct{ Format }

// Look opens a table whose columns keep the file's own types where nothing is wanted.
func (s stream) Look(ctx context.Context, f *File, opts Options, use func(Table) error) (err error) {
	t := &table{ctx: ctx, kind: s.Kind(), misfits: newMisfits(opts.MaxMisfits), counted: -1}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.open(s.Format, []*File{f}, opts, true); err != nil {
		return s.in(f, err)
	}
	used := use(t)
	if t.failed != nil {
		return s.in(f, t.failed)
	}
	return used
}

// Read reads all rows of all parts.
func (s stream) Read(ctx context.Context, parts []*File, opts Options) (res *Result, err error) {
	if len(parts) == 0 {
		return nil, fmt.Errorf("read %s: %w", s.Kind(), NotTable("no file is given"))
	}
	t := &table{ctx: ctx, kind: s.Kind(), misfits: newMisfits(opts.MaxMisfits), counted: -1}
	defer func() { err = errors.Join(err, t.close()) }()
	if err := t.open(s.Format, parts, opts, false); err != nil {
		return nil, s.in(t.file(parts), err)
	}
	aside := &Aside{names: opts.Aside, scratch: &pipeline.Scratch{}}
	res = &Result{Types: t.types(), Aside: aside}
	columns := make([][]arrow.Array, len(t.outs))
	used, most, mostAside := int64(0), outputLimit(parts, opts.Limits.WithDefaults()), asideLimit(parts, opts.Limits.WithDefaults())
	for p := range parts {
		before := t.rowAt
		err := t.scan(p, func(b arrow.RecordBatch) error {
			for i, a := range b.Columns() {
				a, size := aside.take(t.outs[i].name, a)
				columns[i] = append(columns[i], a)
				used += size
			}
			if used > most || aside.at > mostAside {
				return OverLimit("columns above %d bytes, more than a file of its size should give: read fewer columns, or raise the limit if the file is trusted", most)
			}
			return nil
		})
		if err != nil {
			releaseAll(columns)
			return nil, s.in(parts[p], err)
		}
		res.FileRows = append(res.FileRows, t.rowAt-before)
	}
	res.Table = assemble(t.schema, columns, t.rowAt)
	res.Misfits = *t.misfits
	t.info.Rows = t.rowAt
	t.describe(columns)
	res.Info, res.Warnings = t.info, t.info.Warnings
	return res, nil
}

func outputLimit(parts []*File, l Limits) int64 {
	return min(asideLimit(parts, l), l.Output)
}

// asideLimit is what may be put aside, which is not memory.
func asideLimit(parts []*File, l Limits) int64 {
	size := int64(0)
	for _, f := range parts {
		size += max(f.Input.Size, f.size)
	}
	return l.OutputBase + l.OutputRatio*size
}

// in says which file an error is about.
func (s stream) in(f *File, err error) error {
	return &FileError{Kind: s.Kind(), File: f.Input.Name, Err: err}
}

func releaseAll(columns [][]arrow.Array) {
	for _, c := range columns {
		for _, a := range c {
			a.Release()
		}
	}
}

// assemble makes a table of chunks, which it owns from then on.
func assemble(s *arrow.Schema, columns [][]arrow.Array, rows int64) arrow.Table {
	cols := make([]arrow.Column, len(columns))
	for i, chunks := range columns {
		chunked := arrow.NewChunked(s.Field(i).Type, chunks)
		cols[i] = *arrow.NewColumn(s.Field(i), chunked)
		chunked.Release()
	}
	releaseAll(columns)
	return array.NewTable(s, cols, rows)
}

// table is a table of one or more parts.
type table struct {
	ctx     context.Context
	kind    string
	sources []Source
	opened  int // parts that were opened, for messages
	outs    []out
	schema  *arrow.Schema
	info    Info
	misfits *Misfits
	rowAt   int64 // rows that scans have given
	counted int64 // rows in all, -1 when unknown
	failed  error // of reading, in Batches
}

// out is a column of the table: of each part, a column and how it is converted.
type out struct {
	name  string
	want  Want
	asked bool // the caller wants a type, as it is in want
	parts []outPart
	arrow arrow.DataType
}

type outPart struct {
	column  int
	convert *converter
}

func (t *table) file(parts []*File) *File { return parts[max(0, min(t.opened, len(parts))-1)] }

func (t *table) close() error {
	var errs []error
	for _, s := range t.sources {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// open opens the parts and finds the columns and their types. As it lies keeps the
// types of a file that has some.
func (t *table) open(f Format, parts []*File, opts Options, asItLies bool) error {
	opts.Limits = opts.Limits.WithDefaults()
	for i, file := range parts {
		t.opened = i + 1
		s, err := f.Open(t.ctx, file, &opts)
		if _, one := s.(OneTable); one && err == nil {
			err = opts.useless()
		}
		if err != nil {
			return err
		}
		t.sources = append(t.sources, s)
		if len(s.Columns()) > opts.Limits.Columns {
			return OverLimit("%d columns, more than %d", len(s.Columns()), opts.Limits.Columns)
		}
		if err := t.find(i, s, &opts); err != nil {
			return err
		}
		t.tell(i, file, s)
	}
	watched, err := t.watch(&opts)
	if err != nil {
		return err
	}
	fields := make([]arrow.Field, len(t.outs))
	for i := range t.outs {
		o := &t.outs[i]
		if err := t.settle(o, watched[i], &opts, asItLies); err != nil {
			return err
		}
		fields[i] = arrow.Field{Name: o.name, Type: o.arrow, Nullable: true}
	}
	t.schema = arrow.NewSchema(fields, nil)
	t.describe(nil)
	return nil
}

// tell gathers what the files are.
func (t *table) tell(i int, f *File, s Source) {
	if i == 0 {
		t.info = Info{Name: f.Input.Name, Kind: t.kind, Rows: -1, Compression: f.Compression, FileBytes: -1}
		if f.Input.At != nil {
			t.info.FileBytes = f.Input.Size
		}
		s.Describe(&t.info)
		return
	}
	more := Info{Rows: -1}
	s.Describe(&more)
	t.info.FileBytes += f.Input.Size
	t.info.Warnings = append(t.info.Warnings, more.Warnings...)
}

// find finds the columns that are read in part i.
func (t *table) find(i int, s Source, opts *Options) error {
	names, order, err := columnNames(s.Columns(), opts.DedupeColumns)
	if err != nil {
		return err
	}
	if i == 0 {
		asked := opts.Columns
		if asked == nil {
			asked = order
		}
		for _, name := range asked {
			t.outs = append(t.outs, out{name: name, want: opts.Want[name], asked: opts.Want[name].Type.Kind != schema.Invalid})
		}
	} else if opts.Columns == nil && len(order) != len(t.outs) {
		return NotTable("%d columns, the files before have %d", len(order), len(t.outs))
	}
	for k := range t.outs {
		o := &t.outs[k]
		at, path, ok := findColumn(names, o.name)
		if !ok {
			return &ColumnError{Kind: ErrNoColumn, Column: o.name, Detail: "the table does not have it" + Among(o.name, order)}
		}
		c := s.Columns()[at]
		if len(path) > 0 && c.Form == Typed {
			if _, ok := pathType(c.Arrow, path); !ok {
				return &ColumnError{Kind: ErrNoColumn, Column: o.name, Detail: fmt.Sprintf("column %q, which is %s, has no such member", c.Name, TypeName(c.Arrow))}
			}
		}
		if len(path) > 0 && c.Form == Text {
			return &ColumnError{Kind: ErrNoColumn, Column: o.name, Detail: fmt.Sprintf("column %q is text and has no members", c.Name)}
		}
		o.parts = append(o.parts, outPart{at, &converter{column: o.name, form: c.Form, path: path}})
	}
	return nil
}

// columnNames finds columns by their names, and their names in order.
func columnNames(columns []Column, dedupe bool) (map[string]int, []string, error) {
	names := make(map[string]int, len(columns))
	order := make([]string, len(columns))
	for i, c := range columns {
		name := c.Name
		if first, ok := names[name]; ok {
			if !dedupe {
				return nil, nil, &ColumnError{Kind: ErrDuplicateColumn, Column: name, Detail: fmt.Sprintf("columns %d and %d have this name", first+1, i+1)}
			}
			for n := 1; ok; n++ {
				name = fmt.Sprintf("%s.%d", c.Name, n)
				_, ok = names[name]
			}
		}
		names[name], order[i] = i, name
	}
	return names, order, nil
}

// Among ends an error about a column that is not there: with the one that may have
// been meant, and a few of those that there are.
func Among(name string, names []string) string {
	const most = 20
	if len(names) == 0 {
		return ": it has none"
	}
	text := ""
	if near := pipeline.Nearest(name, names); near != "" {
		text = "; did you mean " + short(unsafeBytes(near), 60) + "?"
	}
	text += "; there are"
	for i, n := range names[:min(len(names), most)] {
		if i > 0 {
			text += ","
		}
		text += " " + short(unsafeBytes(n), 60)
	}
	if len(names) > most {
		text += " ..."
	}
	return text
}

// OneTable is a Source whose file has its rows in one way only, and no tables to select.
type OneTable interface{ OneTable() }

// useless refuses options that a file has no use for.
func (o *Options) useless() error {
	if o.Select != "" {
		return fmt.Errorf("%w: the file holds one table and has no member %q to select", ErrSelect, o.Select)
	}
	if o.Orient != OrientAuto {
		return NotTable("its rows are as they are: orient %q is for JSON and pickles", o.Orient)
	}
	return nil
}
