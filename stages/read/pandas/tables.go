package pandas

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Tables returns the reader of pickled tables among those of other files.
func Tables(limits pickle.Limits) read.Reader { return tables{limits} }

type tables struct{ limits pickle.Limits }

// Kind implements read.Reader.
func (tables) Kind() string { return "pickle" }

// plain is how pickles of protocol 0 begin that hold more than one value: they are text.
var plain = regexp.MustCompile(`^(\(|[]})]|c[\w.]+\r?\n[\w.]+\r?\n)`)

// Match takes what begins with a protocol's number, or as tables of protocols 0 and 1
// do. What is called a pickle is one where it is not text.
func (tables) Match(head []byte, name string) bool {
	if len(head) > 1 && head[0] == 0x80 && head[1] <= 5 {
		return true
	}
	binary := bytes.IndexByte(head, 0) >= 0
	for _, ext := range []string{".pkl", ".pickle", ".pck", ".p"} {
		if strings.HasSuffix(name, ext) && binary {
			return true
		}
	}
	return plain.Match(head) && !strings.HasSuffix(name, "sv") && !strings.HasSuffix(name, ".txt")
}

// Read implements read.Reader. What package pandas has no rule for is read naturally,
// then converted as columns of other files are.
func (t tables) Read(ctx context.Context, parts []*read.File, opts read.Options) (*read.Result, error) {
	ins, err := inputs(parts)
	if err != nil {
		return nil, err
	}
	asked := newRequest(t.limits, opts)
	res, err := ReadAll(ctx, ins, asked.options)
	for asked.shorten(err) { // a path into a column: read the column
		res, err = ReadAll(ctx, ins, asked.options)
	}
	if err != nil {
		return nil, err
	}
	return asked.finish(res, opts)
}

// Look implements read.Reader.
func (t tables) Look(ctx context.Context, f *read.File, opts read.Options, use func(read.Table) error) error {
	ins, err := inputs([]*read.File{f})
	if err != nil {
		return err
	}
	o := OptionsOf(opts)
	o.Limits = t.limits
	if len(opts.Want) == 0 {
		return Look(ctx, ins[0], o, func(v *View) error { return use(v.Table()) })
	}
	natural, used := false, false
	err = Look(ctx, ins[0], o, func(v *View) error {
		if natural = isWanted(v.Schema(), opts.Want); !natural {
			return nil
		}
		used = true
		return use(v.Table())
	})
	if natural && (err == nil || used) || ctx.Err() != nil {
		return err
	}
	res, err := t.Read(ctx, []*read.File{f}, opts)
	if err != nil {
		return err
	}
	defer res.Table.Release()
	return use(read.TableOf(res))
}

// isWanted says whether columns are by nature what is wanted: then a table need not be
// held to be looked at.
func isWanted(s *arrow.Schema, wants map[string]read.Want) bool {
	for name, w := range wants {
		at := s.FieldIndices(name)
		special := w.Type.Has(schema.Class) || w.Type.Has(schema.JSON) || w.Type.Has(schema.Image)
		if len(at) == 0 || special || w.Default != nil || !arrow.TypeEqual(s.Field(at[0]).Type, w.Type.Arrow()) {
			return false
		}
	}
	return true
}

// InputOf is a file as a pickle is read from it.
func InputOf(f *read.File) (Input, error) {
	ins, err := inputs([]*read.File{f})
	if err != nil {
		return Input{}, err
	}
	return ins[0], nil
}

// OptionsOf are the options of this package for those of all readers, but for what is
// wanted.
func OptionsOf(opts read.Options) Options {
	return Options{
		Columns: opts.Columns, Select: opts.Select, Orient: Orient(opts.Orient), DedupeColumns: opts.DedupeColumns, Surrogates: Surrogates(opts.Surrogates),
		RoundTimes: opts.RoundTimes, KeepNaN: opts.KeepNaN, MaxMisfits: opts.MaxMisfits,
	}
}

// inputs are the files as they lie: pickles take off their packing themselves, a
// stream's apart, which is gone by then.
func inputs(parts []*read.File) ([]Input, error) {
	ins := make([]Input, len(parts))
	for i, f := range parts {
		ins[i] = Input{Name: f.Input.Name, At: f.Input.At, Size: f.Input.Size, Stream: f.Input.Stream}
		if f.Input.At == nil && f.Compression != "" {
			at, size, err := f.ReaderAt()
			if err != nil {
				return nil, &FileError{f.Input.Name, err}
			}
			ins[i].At, ins[i].Size = at, size
		}
	}
	return ins, nil
}

// Table is the view as a table among those of other files.
func (v *View) Table() read.Table { return viewTable{v} }

// viewTable is a View as a table among others.
type viewTable struct{ *View }

// Info implements read.Table.
func (v viewTable) Info() *read.Info { i := commonInfo(&v.View.Info); return &i }

// Misfits implements read.Table.
func (v viewTable) Misfits() *read.Misfits { return &read.Misfits{} }

// Batches implements read.Table.
func (v viewTable) Batches(from, to int64, each func(arrow.RecordBatch) error) error {
	if to < 0 || to > v.Rows() {
		to = v.Rows()
	}
	return v.View.Batches(min(from, to), to, each)
}

// commonInfo is what pickles have in common with other files.
func commonInfo(i *Info) read.Info {
	out := read.Info{
		Name: i.Name, Kind: i.Kind, Rows: i.Rows, Members: i.Members,
		Compression: i.Compression, FileBytes: i.FileBytes, Warnings: i.Warnings,
	}
	for _, c := range i.Columns {
		out.Columns = append(out.Columns, read.ColumnInfo{Name: c.Name, Dtype: c.Dtype, Type: c.Type, Nulls: c.Nulls, Bytes: c.Bytes})
	}
	return out
}

// request is what is asked of pickles, and of the columns that come of it.
type request struct {
	options Options
	columns []wanted
	all     bool // all columns, in the order in which they come
}

// wanted is a column that is asked for.
type wanted struct {
	name   string
	column string // that is read; name may be a path into it
	want   read.Want
	later  bool // it is converted when it has been read
}

func newRequest(limits pickle.Limits, opts read.Options) *request {
	r := &request{all: opts.Columns == nil}
	for _, name := range opts.Columns {
		r.columns = append(r.columns, newWanted(name, opts.Want[name]))
	}
	if r.all {
		for name, want := range opts.Want {
			r.columns = append(r.columns, newWanted(name, want))
		}
	}
	r.options = OptionsOf(opts)
	r.options.Limits = limits
	r.spell()
	return r
}

func newWanted(name string, want read.Want) wanted {
	w := wanted{name: name, column: name, want: want}
	json := want.Type.Kind == schema.JSON && want.Cast == read.Safe && want.Default == nil
	special := want.Type.Has(schema.Class) || want.Type.Has(schema.JSON) && !json || want.Type.Has(schema.Image)
	w.later = want.Type.Kind != schema.Invalid && (special || want.Cast != read.Safe || want.Default != nil)
	return w
}

// spell puts into the options which columns are read, and in which types.
func (r *request) spell() {
	r.options.Columns, r.options.Want, r.options.JSON = nil, make(map[string]arrow.DataType), make(map[string]bool)
	for _, w := range r.columns {
		if !r.all && !slices.Contains(r.options.Columns, w.column) {
			r.options.Columns = append(r.options.Columns, w.column)
		}
		switch {
		case w.later || w.want.Type.Kind == schema.Invalid:
		case w.want.Type.Kind == schema.JSON:
			r.options.JSON[w.column] = true
		default:
			r.options.Want[w.column] = w.want.Type.Arrow()
		}
	}
}

// shorten makes of a column that is not there a path into one that may be.
func (r *request) shorten(err error) bool {
	var missing *ColumnError
	if !errors.Is(err, ErrNoColumn) || !errors.As(err, &missing) {
		return false
	}
	some := false
	for i := range r.columns {
		w := &r.columns[i]
		if end := strings.LastIndexByte(w.column, '.'); w.column == missing.Column && end > 0 {
			w.column, w.later, some = w.column[:end], true, true
		}
	}
	r.spell()
	return some
}

// finish converts what pandas left to it.
func (r *request) finish(res *Result, opts read.Options) (*read.Result, error) {
	out := &read.Result{
		Table: res.Table, Types: make(map[string]schema.Type), FileRows: res.FileRows,
		Warnings: res.Info.Warnings, Info: commonInfo(&res.Info),
	}
	misfits := read.NewMisfits(nil, res.misfitColumns)
	for _, m := range res.Misfits {
		misfits.List = append(misfits.List, read.Misfit(m))
	}
	later := make(map[string]read.Later)
	var names []string
	for _, w := range r.columns {
		out.Types[w.name] = w.want.Type
		names = append(names, w.name)
		if w.later {
			path := strings.TrimPrefix(strings.TrimPrefix(w.name, w.column), ".")
			later[w.name] = read.Later{Column: w.column, Path: path, Want: w.want}
		}
	}
	out.Misfits = misfits
	if len(later) == 0 {
		return out, nil
	}
	if r.all {
		names = nil
	}
	if err := read.Finish(out, names, later, opts); err != nil {
		out.Table.Release()
		return nil, &FileError{res.Info.Name, err}
	}
	return out, nil
}
