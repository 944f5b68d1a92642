package stages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// Records says where a table is: one of Files, Columns and Listing is set.
type Records struct {
	// Files are relative to the source: names, or patterns of package path whose
	// matches are read in the order of their names, one after the other.
	Files []string
	// Columns are files that hold one column each, side by side.
	Columns []ColumnFile
	// Listing is the pattern of the names of files that are the records; see join.Listing.
	Listing string
	// How the files are read: see read.Options.
	Select string
	Orient read.Orient
	Header []string
	// Rename are columns by the name that fields know them under, with the name that
	// they have in the files; Without are those that the files do not have.
	Rename        map[string]string
	Without       []string
	DedupeColumns bool
	Surrogates    read.Surrogates
}

// ColumnFile is a file that holds a column of the table.
type ColumnFile struct{ Column, File string }

// maxMisfits bounds how many cells of a wrong type are told apart; rows beyond
// are dropped all the same.
const maxMisfits = 10_000

// table is a split's records as they were read.
type table struct {
	result *read.Result
	// files and stats are those that it was read from.
	files []pipeline.RecordFile
	stats []pipeline.FileStat
	parts []pipeline.Part
	// listing is the digest of the names, where these are the records.
	listing *pipeline.RecordFile

	records Records
	need    needs
}

// columns are the table's columns by name.
func (t *table) columns() map[string]*arrow.Chunked {
	columns := make(map[string]*arrow.Chunked, t.result.Table.NumCols())
	for i := range int(t.result.Table.NumCols()) {
		c := t.result.Table.Column(i)
		columns[c.Name()] = c.Data()
	}
	return columns
}

// table reads a split's records. The table that was read last is kept where another
// split needs the same.
func (d *Dataset) table(ctx context.Context, split *Split, need needs) (*table, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if t := d.last; t != nil && reflect.DeepEqual(t.records, split.Records) && reflect.DeepEqual(t.need, need) {
		return t, nil
	}
	d.last = nil
	t, err := d.read(ctx, split, need)
	if err != nil {
		return nil, err
	}
	t.records, t.need = split.Records, need
	uses := 0
	for _, s := range d.Splits {
		if reflect.DeepEqual(s.Records, split.Records) {
			uses++
		}
	}
	if uses > 1 {
		d.last = t
	}
	return t, nil
}

// options say how records are read. What only templates need is text as it stands, where
// the file is text. Columns of other files take no more memory than those of a pickle
// may.
func (d *Dataset) options(r *Records, n needs) read.Options {
	return read.Options{
		Limits:  read.Limits{Output: d.Limits.WithDefaults().Output},
		Columns: n.columns, Want: n.want, MaxMisfits: maxMisfits, Text: read.TextKept, Inferred: n.compared, Aside: n.columns,
		Select: r.Select, Orient: r.Orient, Header: r.Header, DedupeColumns: r.DedupeColumns, Surrogates: r.Surrogates,
	}
}

// read reads a split's records, side by side with their digests, and what is needed of
// them again, as other columns of the table.
func (d *Dataset) read(ctx context.Context, split *Split, need needs) (*table, error) {
	t, err := d.readOnce(ctx, split, need)
	for i := 0; err == nil && i < len(need.again); i++ {
		var other *table
		if other, err = d.readOnce(ctx, split, need.again[i]); err == nil {
			err = t.add(other, i+1, need.again[i].columns)
		}
	}
	return t, err
}

// add takes columns of another table of the same records.
func (t *table) add(o *table, time int, names []string) error {
	if !slices.Equal(t.files, o.files) {
		return errors.New("a file of records changed while it was read")
	}
	name := func(column string) string { return reading{column, time}.name() }
	var fields []arrow.Field
	var columns []arrow.Column
	take := func(c *arrow.Column, name string) {
		f := c.Field()
		f.Name = name
		fields, columns = append(fields, f), append(columns, *arrow.NewColumn(f, c.Data()))
	}
	for i := range int(t.result.Table.NumCols()) {
		take(t.result.Table.Column(i), t.result.Table.Column(i).Name())
	}
	for i := range int(o.result.Table.NumCols()) {
		if c := o.result.Table.Column(i); slices.Contains(names, c.Name()) {
			take(c, name(c.Name()))
		}
	}
	t.result.Table = array.NewTable(arrow.NewSchema(fields, nil), columns, t.result.Table.NumRows())
	o.result.Misfits.Rename(name)
	t.result.Misfits.Append(&o.result.Misfits, 0)
	types := maps.Clone(t.result.Types)
	for column, typ := range o.result.Types {
		types[name(column)] = typ
	}
	t.result.Types = types
	return nil
}

// readOnce reads a split's records.
func (d *Dataset) readOnce(ctx context.Context, split *Split, need needs) (*table, error) {
	if r := &split.Records; len(r.Rename)+len(r.Without) > 0 {
		return d.readRenamed(ctx, split, need)
	}
	return d.readTable(ctx, split, need)
}

// readTable reads a split's records under the names that their columns have.
func (d *Dataset) readTable(ctx context.Context, split *Split, need needs) (*table, error) {
	r := &split.Records
	if len(r.Columns) > 0 {
		return d.readColumns(ctx, split, need)
	}
	if r.Listing != "" {
		return d.readListing(ctx, split, need)
	}
	files, err := d.open(ctx, r.Files, "`records:` of split "+split.Name)
	if err != nil {
		return nil, err
	}
	t := &table{}
	t.result, t.files, err = d.readFiles(ctx, files, d.options(r, need))
	for i, f := range files {
		t.stats = append(t.stats, f.file.Stat()) // as of when it was opened
		if err == nil && len(files) > 1 {
			t.parts = append(t.parts, pipeline.Part{File: f.name, Rows: t.result.FileRows[i]})
		}
	}
	if err = errors.Join(err, closeAll(files)); err != nil {
		return nil, err
	}
	return t, nil
}

// openFile is a record file that is open.
type openFile struct {
	name string
	file pipeline.SourceFile
}

// open opens files by their names or patterns; where says which key of the config
// names them.
func (d *Dataset) open(ctx context.Context, patterns []string, where string) (files []openFile, err error) {
	for _, pattern := range patterns {
		names := []string{pattern}
		if strings.ContainsAny(pattern, `*?[`) {
			if names, err = d.Source.Glob(ctx, pattern); err == nil && len(names) == 0 {
				err = fmt.Errorf("no file matches %s", pattern)
			}
			if err != nil {
				return nil, errors.Join(pipeline.WithHint(err, "check INPUT and %s in the config", where), closeAll(files))
			}
		}
		for _, name := range names {
			f, err := d.Source.Open(ctx, name)
			if err != nil {
				return nil, errors.Join(pipeline.WithHint(err, "%s", unopened(err, where)), closeAll(files))
			}
			files = append(files, openFile{name, f})
		}
	}
	return files, nil
}

// unopened says what to do about a file of records that cannot be opened; where says which
// key of the config names it.
func unopened(err error, where string) string {
	if errors.Is(err, fs.ErrPermission) {
		return "you need the right to read the file and to enter its folders: `ls -ld` shows who has it"
	}
	return "check INPUT and " + where + " in the config"
}

func closeAll(files []openFile) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.file.Close())
	}
	return errors.Join(errs...)
}

// readFiles reads the table of files and digests them at the same time.
func (d *Dataset) readFiles(ctx context.Context, files []openFile, opts read.Options) (result *read.Result, sums []pipeline.RecordFile, err error) {
	sums, err = d.withFiles(ctx, files, opts, func(ctx context.Context, parts []*read.File) (err error) {
		result, err = ReadTable(ctx, parts, opts, ReaderOptions{Pickle: d.Limits})
		return err
	})
	return result, sums, err
}

// withFiles calls use with files whose packing is off, and digests them meanwhile.
func (d *Dataset) withFiles(ctx context.Context, files []openFile, opts read.Options, use func(context.Context, []*read.File) error) (sums []pipeline.RecordFile, err error) {
	parts := make([]*read.File, len(files))
	defer func() {
		for _, p := range parts {
			if p != nil {
				err = errors.Join(err, p.Close())
			}
		}
	}()
	for i, f := range files {
		if parts[i], err = read.OpenFile(read.Input{Name: f.name, At: f.file, Size: f.file.Stat().Size}, opts.Limits); err != nil {
			return nil, err
		}
	}
	sums = make([]pipeline.RecordFile, len(files))
	g, ctx := errgroup.WithContext(ctx)
	for i, f := range files {
		g.Go(func() error {
			sum, err := digest(ctx, f)
			sums[i] = pipeline.RecordFile{Path: f.name, Bytes: f.file.Stat().Size, SHA256: sum}
			return err
		})
	}
	g.Go(func() error { return use(ctx, parts) })
	return sums, g.Wait()
}

func digest(ctx context.Context, f openFile) (string, error) {
	h := sha256.New()
	r := io.NewSectionReader(f.file, 0, f.file.Stat().Size)
	for {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		if _, err := io.CopyN(h, r, 4<<20); errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		} else if err != nil {
			return "", fmt.Errorf("digest %s: %w", f.name, err)
		}
	}
}

// readListing reads a table of the files that there are. Its columns are text.
func (d *Dataset) readListing(ctx context.Context, split *Split, need needs) (*table, error) {
	l, err := join.ParseListing(split.Records.Listing)
	if err != nil {
		return nil, err
	}
	for _, name := range need.columns {
		if !slices.Contains(l.Columns(), name) {
			return nil, pipeline.WithHint(fmt.Errorf("the records have no column %s%s", pipeline.Printable(name), listed(l.Columns())), "columns of a listing are named in its pattern, as {%s}", name)
		}
		if want, ok := need.want[name]; ok && want.Type.Kind != schema.String {
			return nil, pipeline.WithHint(fmt.Errorf("column %s of a listing is text, not %s", name, want.Type), "write type: string")
		}
	}
	found, err := l.Read(ctx, d.Source)
	if err == nil && found.Table.NumRows() == 0 {
		err = pipeline.WithHint(fmt.Errorf("no file is named as %s says", pipeline.Printable(split.Records.Listing)), "check INPUT and `records: {listing: ...}` of split %s", split.Name)
	}
	if err != nil {
		return nil, err
	}
	return &table{
		result:  &read.Result{Table: found.Table},
		listing: &pipeline.RecordFile{Path: split.Records.Listing, Bytes: found.Bytes, SHA256: found.SHA256},
	}, nil
}

// readColumns reads a table whose columns are files of their own.
func (d *Dataset) readColumns(ctx context.Context, split *Split, need needs) (*table, error) {
	t := &table{result: &read.Result{Types: make(map[string]schema.Type)}}
	var fields []arrow.Field
	var columns []arrow.Column
	total := int64(-1)
	for _, c := range split.Records.Columns {
		one, err := d.readColumn(ctx, split, c, need.want[c.Column])
		if err != nil {
			return nil, err
		}
		n := one.result.Table.NumRows()
		if total >= 0 && n != total {
			return nil, pipeline.WithHint(fmt.Errorf("%s has %d rows, %s before it %d", c.File, n, split.Records.Columns[0].File, total),
				"the files of `records: {columns: ...}` of split %s must be of one length", split.Name)
		}
		total = n
		column := one.result.Table.Column(0)
		field := arrow.Field{Name: c.Column, Type: column.DataType(), Nullable: true}
		fields, columns = append(fields, field), append(columns, *arrow.NewColumn(field, column.Data()))
		t.result.Misfits.Append(&one.result.Misfits, 0)
		t.files, t.stats = append(t.files, one.files...), append(t.stats, one.stats...)
		t.result.Warnings = append(t.result.Warnings, one.result.Warnings...)
	}
	t.result.Table = array.NewTable(arrow.NewSchema(fields, nil), columns, total)
	for _, name := range need.columns {
		if len(t.result.Table.Schema().FieldIndices(name)) == 0 {
			return nil, pipeline.WithHint(fmt.Errorf("the records have no column %s", name), "name its file in `records: {columns: ...}` of split %s", split.Name)
		}
	}
	return t, nil
}

// readColumn reads a file that holds one column, which gets a new name.
func (d *Dataset) readColumn(ctx context.Context, split *Split, c ColumnFile, want read.Want) (*table, error) {
	r := split.Records
	r.Files, r.Columns = []string{c.File}, nil
	t, err := d.read(ctx, &Split{Name: split.Name, Records: r}, needs{})
	if err != nil {
		return nil, err
	}
	if n := t.result.Table.NumCols(); n != 1 {
		return nil, pipeline.WithHint(fmt.Errorf("%s has %d columns", c.File, n), "a file of `records: {columns: ...}` holds one; name a file with several as `records: %s`", c.File)
	}
	if want.Type.Kind == 0 {
		return t, nil
	}
	column := t.result.Table.Column(0)
	var chunks []arrow.Array
	var misfits []read.Misfit
	rows := new(read.RowBits)
	at := int64(0)
	for _, a := range column.Data().Chunks() {
		converted, err := read.Convert(a, want, d.options(&r, needs{}), func(row int, found string) {
			rows.Set(at + int64(row))
			if len(misfits) < maxMisfits {
				misfits = append(misfits, read.Misfit{Row: at + int64(row), Column: c.Column, Found: found, Want: want.Type.String()})
			}
		})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.File, err)
		}
		chunks = append(chunks, converted)
		at += int64(a.Len())
	}
	field := arrow.Field{Name: c.Column, Type: want.Type.Arrow(), Nullable: true}
	chunked := arrow.NewChunked(field.Type, chunks)
	t.result.Table = array.NewTable(arrow.NewSchema([]arrow.Field{field}, nil), []arrow.Column{*arrow.NewColumn(field, chunked)}, at)
	t.result.Misfits = read.NewMisfits(misfits, map[string]*read.RowBits{c.Column: rows})
	return t, nil
}
