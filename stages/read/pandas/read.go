package pandas

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sort"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// ReadAll reads several files that hold the parts of one split and returns their
// rows in the order given. All parts must have the same columns, in any order,
// with types that agree.
func ReadAll(ctx context.Context, ins []Input, opts Options) (*Result, error) {
	if len(ins) == 0 {
		return nil, fmt.Errorf("read pickle: %w", notTable("no file is given"))
	}
	res := &Result{}
	m := misfits{most: opts.MaxMisfits}
	if m.most <= 0 {
		m.most = 1000
	}
	var out assembly
	for _, in := range ins {
		f, err := readFile(ctx, in, &opts, &m, &out)
		if err != nil {
			return nil, &FileError{in.Name, err}
		}
		if res.Info.Kind == "" {
			res.Info = f.info
		} else {
			res.Info.join(&f.info)
		}
		res.FileRows = append(res.FileRows, int64(f.rows))
		if err := out.add(f); err != nil {
			return nil, &FileError{in.Name, err}
		}
	}
	res.Table = out.table()
	res.Misfits, res.MisfitCount, res.MisfitRows = m.list, m.n, m.sorted()
	res.misfitColumns = m.columns
	res.Info.describe(out.rows, out.columns)
	return res, nil
}

// file is one file, read and built.
type file struct {
	info    Info
	rows    int
	columns []built
	held    int64 // bytes of memory, of the files before, too
}

// built is a finished column.
type built struct {
	name   string
	dtype  string
	index  bool
	typ    arrow.DataType
	meta   map[string]string
	chunks []arrow.Array
	text   []textRun // in place of chunks, where the text stays in the file
}

// decode scans (when it can) and decodes one input, and calls use with it while
// the file may be mapped: see [pickle.Mapped].
func decode(ctx context.Context, in Input, opts *Options, leaveBytes bool, use func(*pickle.Doc, *Info) error) (*Info, error) {
	info := &Info{Name: in.Name, Rows: -1, FileBytes: -1, MemoFetched: -1}
	if in.At != nil {
		info.FileBytes = in.Size
	}
	in, packed, err := pickle.Unpack(in, opts.Limits)
	info.Compression = packed
	if err != nil {
		return info, err
	}
	err = pickle.Mapped(in, leaveBytes, func(in Input) (err error) {
		var scan *pickle.Scan
		if in.At != nil {
			if scan, err = pickle.ScanInput(ctx, in, opts.Limits); err == nil {
				err = scan.Refused()
			}
			if scan != nil {
				info.scanned(scan, in.Size)
			}
			if err != nil {
				return err
			}
		}
		doc, err := pickle.Decode(ctx, in, opts.Limits, scan)
		if err != nil {
			return err
		}
		info.decoded(doc)
		err = use(doc, info)
		if errors.Is(err, ErrNotTable) { // what is missing may be what the table does not know
			err = cmp.Or(doc.Opaque(), err)
		}
		return err
	})
	return info, pickle.Text(in, err)
}

// readFile reads one input into columns.
func readFile(ctx context.Context, in Input, opts *Options, m *misfits, out *assembly) (*file, error) {
	f := &file{}
	info, err := decode(ctx, in, opts, false, func(doc *pickle.Doc, info *Info) error {
		r := newReader(ctx, doc, opts)
		r.budget.held = out.held
		err := r.columns(f, info, false, func(b *builder, c column) error {
			b.rowAt = out.rows
			return r.buildColumn(b, c, m, out)
		})
		if err == nil {
			err = out.agree(r, f)
		}
		f.held = r.budget.held
		return err
	})
	f.info = *info
	return f, err
}

// columns finds the table and its columns, which build builds, for f and info.
func (r *reader) columns(f *file, info *Info, lazy bool, build func(*builder, column) error) error {
	t, err := r.table(r.doc.Root(), r.opts.Select)
	if err != nil {
		return err
	}
	if err := r.checkTable(t); err != nil {
		return err
	}
	if err := r.fields(len(t.columns)); err != nil {
		return err
	}
	f.rows, info.Kind = t.rows, t.kind
	builders := make([]builder, len(t.columns))
	for i, c := range t.columns {
		builders[i] = builder{reader: r, name: c.name, lazy: lazy}
	}
	if t.records {
		if err := r.buildAbreast(t.columns, builders); err != nil {
			return err
		}
	}
	for i, c := range t.columns {
		b := &builders[i]
		if err := r.python2(c); err != nil {
			return nameError(err, c.name)
		}
		if err := build(b, c); err != nil {
			if c.index && c.unnamed && r.opts.Columns == nil && errors.Is(err, ErrMixed) {
				r.warn("its index, which has no name, holds values of several types: it is left out")
				continue
			}
			return nameError(err, c.name)
		}
		if err := r.namedRows(c.name, t.rows); err != nil {
			return err
		}
		f.columns = append(f.columns, built{c.name, c.src.dtype(), c.index, b.typ, b.meta, b.chunks, b.text})
	}
	r.latin1 = false
	info.Warnings = append(info.Warnings, r.warns...)
	return nil
}

// buildColumn builds a column in the type that is wanted, in that of the files
// before, or in its natural one.
func (r *reader) buildColumn(b *builder, c column, m *misfits, out *assembly) error {
	if r.opts.JSON[c.name] {
		return buildJSON(b, c.src, m)
	}
	if want := r.opts.Want[c.name]; want != nil {
		return buildWanted(b, c.src, want, m)
	}
	if err := c.src.build(b); err != nil {
		return err
	}
	prev := out.typeOf(c.name)
	if prev == nil || arrow.TypeEqual(prev, b.typ) || b.typ.ID() == arrow.NULL || prev.ID() == arrow.NULL {
		return nil
	}
	b.chunks = nil
	if err := buildAs(b, c.src, prev); err != nil {
		return fmt.Errorf("the files before have another type: %w", err)
	}
	return nil
}

// checkTable drops the columns that are not wanted and looks for repeated names.
func (r *reader) checkTable(t *table) error {
	if int64(t.rows) > r.budget.rowMax {
		return &pickle.LimitError{Bound: pickle.BoundRows, Max: r.budget.rowMax, Offset: -1,
			Detail: fmt.Sprintf("%d in a file of %d bytes", t.rows, r.doc.Size())}
	}
	if t.rows < 0 {
		return invalid("a table of %d rows without columns", t.rows)
	}
	names := make(map[string]bool, len(t.columns))
	next := map[string]int{}
	all := t.columns
	kept := make([]column, 0, len(all))
	var others []string
	for _, c := range t.columns {
		if !r.wanted(c.name) {
			others = append(others, c.name)
			continue
		}
		if names[c.name] {
			if !r.opts.DedupeColumns {
				return &ColumnError{Kind: ErrDuplicateColumn, Column: c.name, Detail: "two columns have this name"}
			}
			if err := r.named(len(c.name)); err != nil {
				return err
			}
			c.name = freeName(c.name, names, next)
		}
		names[c.name] = true
		if c.src.len() != t.rows {
			return invalid("column %s has %d rows, the table %d", quote(c.name), c.src.len(), t.rows)
		}
		kept = append(kept, c)
	}
	for _, name := range r.opts.Columns {
		if names[name] {
			continue
		}
		c, ok := r.memberColumn(all, name)
		if !ok {
			return noColumn(name, others, kept)
		}
		kept = append(kept, c)
	}
	t.columns = kept
	return nil
}

// freeName is x.1, x.2 ...: the first that is free, as pandas names columns. next
// is where to look for it.
func freeName(name string, taken map[string]bool, next map[string]int) string {
	for {
		next[name]++
		if n := fmt.Sprintf("%s.%d", name, next[name]); !taken[n] {
			return n
		}
	}
}

// noColumn names the columns that there are: those that were not asked for first, as
// the one that was meant is among them.
func noColumn(name string, others []string, kept []column) error {
	for _, c := range kept {
		others = append(others, c.name)
	}
	return &ColumnError{Kind: ErrNoColumn, Column: name, Detail: "the table does not have it" + read.Among(name, others)}
}

// assembly joins the columns of several files.
type assembly struct {
	rows    int64
	held    int64 // bytes of memory
	columns []built
	at      map[string]int
}

func (a *assembly) typeOf(name string) arrow.DataType {
	if i, ok := a.at[name]; ok {
		return a.columns[i].typ
	}
	return nil
}

// agree asks for what it takes to join a file to those before: columns that are only
// null in either get the type of the other.
func (a *assembly) agree(r *reader, f *file) error {
	for _, c := range f.columns {
		typ, rows := a.typeOf(c.name), int64(f.rows)
		switch {
		case typ == nil:
			continue
		case typ.ID() == arrow.NULL && c.typ.ID() != arrow.NULL:
			typ, rows = c.typ, a.rows
		case c.typ.ID() != arrow.NULL:
			continue
		}
		if err := r.spend(product(rows, rowBytes(typ))); err != nil {
			return nameError(err, c.name)
		}
	}
	return nil
}

// add appends the columns of a file.
func (a *assembly) add(f *file) error {
	a.held = f.held
	if a.at == nil {
		a.at = make(map[string]int, len(f.columns))
		for i, c := range f.columns {
			a.at[c.name] = i
		}
		a.columns, a.rows = f.columns, int64(f.rows)
		return nil
	}
	if len(f.columns) != len(a.columns) {
		return invalid("%d columns, the files before have %d", len(f.columns), len(a.columns))
	}
	for _, c := range f.columns {
		i, ok := a.at[c.name]
		if !ok {
			return &ColumnError{Kind: ErrNoColumn, Column: c.name, Detail: "the files before do not have it"}
		}
		into := &a.columns[i]
		switch {
		case arrow.TypeEqual(into.typ, c.typ):
		case c.typ.ID() == arrow.NULL:
			c.chunks = []arrow.Array{nulls(into.typ, f.rows)}
		case into.typ.ID() == arrow.NULL:
			into.typ, into.chunks = c.typ, []arrow.Array{nulls(c.typ, int(a.rows))}
		default:
			return &ColumnError{Kind: ErrMixed, Column: c.name, Detail: fmt.Sprintf("it is %s, in the files before %s", c.typ, into.typ)}
		}
		into.chunks = append(into.chunks, c.chunks...)
	}
	a.rows += int64(f.rows)
	return nil
}

// table makes the Arrow table.
func (a *assembly) table() arrow.Table {
	schema := schemaOf(a.columns)
	cols := make([]arrow.Column, len(a.columns))
	for i, c := range a.columns {
		chunked := arrow.NewChunked(c.typ, c.chunks)
		cols[i] = *arrow.NewColumn(schema.Field(i), chunked)
		chunked.Release()
	}
	return array.NewTable(schema, cols, a.rows)
}

func schemaOf(columns []built) *arrow.Schema {
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.typ, Nullable: true, Metadata: metadata(c.meta)}
	}
	return arrow.NewSchema(fields, nil)
}

func metadata(m map[string]string) arrow.Metadata {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	values := make([]string, len(keys))
	for i, k := range keys {
		values[i] = m[k]
	}
	return arrow.NewMetadata(keys, values)
}
