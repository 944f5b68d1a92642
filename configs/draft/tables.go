package draft

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read"
)

// table is one table of a file, or of files that hold its parts.
type table struct {
	files   []string // sorted; the parts of one table
	columns []*column
	// side by side: each column is a file of its own, by its name
	abreast bool
	// listing: files[0] is the pattern of names that are the records
	listing bool

	selected string
	// renamed are columns by the name of other splits, with the one they have in the
	// file; without are those that other splits have.
	renamed    map[string]string
	without    []string
	header     []string // of a file of text without one
	orient     read.Orient
	dedupe     bool
	surrogates bool

	kind     string // of file, as its reader calls it
	rows     int64
	warnings []string
}

// column is a column of a table.
type column struct {
	name string
	// typ is what a field of it can be; Invalid where all is null or nothing is known.
	typ    schema.Type
	any    bool // its values have no common type: JSON alone
	data   *arrow.Chunked
	nulls  int64
	heavy  bool // images, say: data holds the first rows alone
	member bool // of a struct: its name is the path to it
}

// sampledRows is how many rows are looked at of a column that is too heavy to hold.
const sampledRows = 64

// name is how a table is called in words.
func (t *table) name() string {
	name := t.files[0]
	if len(t.files) > 1 {
		name = fmt.Sprintf("%s and %d more", name, len(t.files)-1)
	}
	if t.selected != "" {
		name += " (" + t.selected + ")"
	}
	return name
}

// column finds a column by its name, as a template does.
func (t *table) column(name string) (*arrow.Chunked, bool) {
	if c := t.find(name); c != nil && !c.heavy {
		return c.data, true
	}
	return nil, false
}

func (t *table) find(name string) *column {
	for _, c := range t.columns {
		if c.name == name {
			return c
		}
	}
	return nil
}

// reader reads tables of INPUT.
type reader struct {
	input *stages.Input
	// room is what all columns together may still take.
	room int64
}

// read reads the tables of files that hold the parts of one table: several where the
// file has several members.
func (r *reader) read(ctx context.Context, files []string) ([]*table, error) {
	t := &table{files: files}
	err := r.fill(ctx, t)
	var several *read.SelectError
	if !errors.As(err, &several) {
		return []*table{t}, err
	}
	var all []*table
	for _, member := range several.Members[:min(len(several.Members), 50)] {
		t := &table{files: files, selected: member}
		if err := r.fill(ctx, t); err == nil && t.rows > 0 {
			all = append(all, t)
		} else if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
	}
	if len(all) == 0 {
		return nil, err
	}
	return all, nil
}

// fill reads a table's columns. What is in the way of reading it naturally is noted, and
// becomes part of the config.
func (r *reader) fill(ctx context.Context, t *table) error {
	want := make(map[string]read.Want)
	for range 100 {
		err := r.try(ctx, t, want)
		switch at := columnOf(err); {
		case err == nil:
			return nil
		case errors.Is(err, read.ErrDuplicateColumn) && !t.dedupe:
			t.dedupe = true
		case errors.Is(err, read.ErrNotText) && !t.surrogates:
			t.surrogates = true
		case at != "" && (errors.Is(err, read.ErrMixed) || errors.Is(err, read.ErrCell) || errors.Is(err, read.ErrUnsupported)) && want[at].Type.Kind == schema.Invalid:
			want[at] = read.Want{Type: schema.Type{Kind: schema.JSON}}
		default:
			return err
		}
	}
	return fmt.Errorf("read %s: too many columns without a type", t.name())
}

// columnOf is the column that an error is about.
func columnOf(err error) string {
	var c *read.CellError
	var m *read.ColumnError
	name := ""
	switch {
	case errors.As(err, &c):
		name = c.Column
	case errors.As(err, &m):
		name = m.Column
	default:
		name = pickledColumn(err)
	}
	if at := strings.IndexAny(name, ".["); at > 0 {
		name = name[:at]
	}
	return name
}

func (r *reader) options(t *table) read.Options {
	o := read.Options{Select: t.selected, Orient: t.orient, Header: t.header, DedupeColumns: t.dedupe, MaxMisfits: 1, Limits: read.Limits{Output: r.room}}
	if t.surrogates {
		o.Surrogates = read.SurrogatesReplace
	}
	return o
}

// try reads the columns, those that want names as they say.
func (r *reader) try(ctx context.Context, t *table, want map[string]read.Want) error {
	opts := r.options(t)
	opts.Want = want
	t.columns = nil
	err := r.withFile(ctx, t.files[0], opts, func(f *read.File) error {
		t.kind = stages.PickReader(f, stages.ReaderOptions{}).Kind()
		return stages.LookTable(ctx, f, opts, stages.ReaderOptions{}, func(look read.Table) error {
			t.warnings = look.Info().Warnings
			json := jsonColumns(look.Info())
			for _, f := range look.Schema().Fields() {
				_, any := want[f.Name]
				any = any || json[f.Name]
				t.columns = append(t.columns, newColumn(f, any))
			}
			return r.sampleHeavy(look, t)
		})
	})
	if err != nil {
		return err
	}
	return r.readLight(ctx, t, opts)
}

// jsonColumns are the columns whose values have no common type but JSON, which to Arrow
// is text.
func jsonColumns(info *read.Info) map[string]bool {
	names := make(map[string]bool)
	for _, c := range info.Columns {
		if c.Type == (schema.Type{Kind: schema.JSON}).String() {
			names[c.Name] = true
		}
	}
	return names
}

func newColumn(f arrow.Field, any bool) *column {
	c := &column{name: f.Name, any: any, heavy: isHeavy(f.Type) && !any}
	c.typ, _ = schema.FromArrow(f.Type)
	if c.typ.Kind == schema.Class { // a dictionary: its values are text
		c.typ = schema.Type{Kind: schema.String}
	}
	if any {
		c.typ = schema.Type{Kind: schema.JSON}
	}
	return c
}

// isHeavy says whether a column may hold images: bytes, or lists of lists of numbers.
func isHeavy(dt arrow.DataType) bool {
	switch dt := dt.(type) {
	case *arrow.BinaryType, *arrow.LargeBinaryType, *arrow.BinaryViewType:
		return true
	case *arrow.StructType:
		for _, f := range dt.Fields() {
			if isHeavy(f.Type) {
				return true
			}
		}
	case arrow.ListLikeType:
		elem := dt.Elem()
		if inner, ok := elem.(arrow.ListLikeType); ok && arrow.IsInteger(inner.Elem().ID()) {
			return true
		}
		return elem.ID() == arrow.UINT8 || isHeavy(elem)
	}
	return false
}

// sampleHeavy takes the first rows of heavy columns.
func (r *reader) sampleHeavy(look read.Table, t *table) error {
	if !slices.ContainsFunc(t.columns, func(c *column) bool { return c.heavy }) {
		return nil
	}
	return look.Batches(0, sampledRows, func(b arrow.RecordBatch) error {
		for i, c := range t.columns {
			if !c.heavy || c.data != nil {
				continue
			}
			part := array.NewSlice(b.Column(i), 0, b.NumRows())
			copied, err := array.Concatenate([]arrow.Array{part}, allocator)
			part.Release()
			if err != nil {
				return fmt.Errorf("sample column %s: %w", c.name, err)
			}
			c.data = arrow.NewChunked(copied.DataType(), []arrow.Array{copied})
		}
		return nil
	})
}

// readLight reads all rows of the other columns, of all files.
func (r *reader) readLight(ctx context.Context, t *table, opts read.Options) error {
	heavy := false
	for _, c := range t.columns {
		if heavy = heavy || c.heavy; !c.heavy {
			opts.Columns = append(opts.Columns, c.name)
		}
	}
	if !heavy {
		opts.Columns = nil
	} else if len(opts.Columns) == 0 { // their number is known all the same
		opts.Columns = []string{t.columns[0].name}
	}
	return r.withFiles(ctx, t.files, opts, func(parts []*read.File) error {
		res, err := stages.ReadTable(ctx, parts, opts, stages.ReaderOptions{})
		if err != nil {
			return err
		}
		t.rows = res.Table.NumRows()
		for i := range int(res.Table.NumCols()) {
			got := res.Table.Column(i)
			if c := t.find(got.Name()); c != nil && !c.heavy {
				c.data, c.nulls = got.Data(), int64(got.Data().NullN())
			}
		}
		t.addMembers()
		return nil
	})
}

// addMembers makes columns of the members of structs, for what names a file there.
func (t *table) addMembers() {
	for _, c := range slices.Clone(t.columns) {
		s, ok := c.data.DataType().(*arrow.StructType)
		if c.heavy || !ok {
			continue
		}
		for i, f := range s.Fields() {
			if strings.ContainsAny(f.Name, ".[]{}:") {
				continue
			}
			var chunks []arrow.Array
			for _, a := range c.data.Chunks() {
				chunks = append(chunks, a.(*array.Struct).Field(i))
			}
			m := newColumn(f, false)
			m.name, m.member, m.heavy = c.name+"."+f.Name, true, false
			m.data = arrow.NewChunked(f.Type, chunks)
			m.nulls = int64(m.data.NullN())
			t.columns = append(t.columns, m)
		}
	}
}

func (r *reader) withFile(ctx context.Context, name string, opts read.Options, use func(*read.File) error) error {
	return r.withFiles(ctx, []string{name}, opts, func(f []*read.File) error { return use(f[0]) })
}

// withFiles opens files for as long as use runs.
func (r *reader) withFiles(ctx context.Context, names []string, opts read.Options, use func([]*read.File) error) (err error) {
	var opened []pipeline.SourceFile
	var parts []*read.File
	defer func() {
		for _, p := range parts {
			err = errors.Join(err, p.Close())
		}
		for _, f := range opened {
			err = errors.Join(err, f.Close())
		}
	}()
	for _, name := range names {
		f, err := r.input.Open(ctx, name)
		if err != nil {
			return err
		}
		opened = append(opened, f)
		part, err := read.OpenFile(read.Input{Name: name, At: f, Size: f.Stat().Size}, opts.Limits)
		if err != nil {
			return err
		}
		parts = append(parts, part)
	}
	return use(parts)
}
