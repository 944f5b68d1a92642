package stages

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"golang.org/x/sync/errgroup"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/pickle"
	"github.com/pickshard/pickshard/stages/validate"
)

// Split says how one split is read.
type Split struct {
	Name string
	// Records are the files of records, relative to the source: names, or patterns
	// of package path whose matches are read in the order of their names.
	Records []string
	// Constants are placeholders of file templates with one value for the split.
	Constants map[string]string
}

// Field says where a field's value comes from: exactly one of From, File and
// Constant is set.
type Field struct {
	schema.Field
	From     string // a column of the records
	File     string // an image's file template, see join.Template
	Constant any    // of type string, bool, int64, uint64 or float64

	// Cast and Default are those of a column: see read.Want.
	Cast    read.Cast
	Default any
}

// Dataset is a pipeline.Loader over files of records.
type Dataset struct {
	Source pipeline.Source
	Splits []Split
	Fields []Field
	Schema *schema.Schema
	// KeyField is the index of the field that gives keys, or -1.
	KeyField int
	// Paths says how the records' values that file names are made of were written.
	Paths  *join.Paths
	Limits pickle.Limits
}

var _ pipeline.Loader = (*Dataset)(nil)

// maxMisfits bounds how many cells of a wrong type are told apart; rows beyond
// are dropped all the same.
const maxMisfits = 10_000

// Load reads a split's files of records, side by side with their digests, and binds the
// columns to the schema's fields.
func (d *Dataset) Load(ctx context.Context, name string) (*pipeline.Loaded, error) {
	i := slices.IndexFunc(d.Splits, func(s Split) bool { return s.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no split %q in the config", name)
	}
	split := &d.Splits[i]
	templates, err := d.templates(split)
	if err != nil {
		return nil, err
	}
	files, err := d.open(ctx, split)
	if err != nil {
		return nil, err
	}
	result, recordFiles, err := d.read(ctx, files, d.options(templates))
	if err = errors.Join(err, closeAll(files)); err != nil {
		return nil, err
	}
	loaded, err := d.conform(split, templates, result, recordFiles)
	if err != nil {
		return nil, err
	}
	for i, f := range files {
		if len(files) > 1 {
			loaded.Records.Parts = append(loaded.Records.Parts, pipeline.Part{File: f.name, Rows: result.FileRows[i]})
		}
		loaded.Stats = append(loaded.Stats, f.file.Stat()) // as of when it was opened
	}
	return loaded, nil
}

// templates parses the image fields' templates, one entry a field.
func (d *Dataset) templates(split *Split) ([]*join.Template, error) {
	templates := make([]*join.Template, len(d.Fields))
	for i, f := range d.Fields {
		if f.File == "" {
			continue
		}
		t, err := join.ParseTemplate(f.File, split.Constants)
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
		templates[i] = t
	}
	return templates, nil
}

// openFile is a record file that is open.
type openFile struct {
	name string
	file pipeline.SourceFile
}

func (d *Dataset) open(ctx context.Context, split *Split) (files []openFile, err error) {
	for _, pattern := range split.Records {
		names := []string{pattern}
		if strings.ContainsAny(pattern, `*?[`) {
			if names, err = d.Source.Glob(ctx, pattern); err == nil && len(names) == 0 {
				err = fmt.Errorf("no file matches %s", pattern)
			}
			if err != nil {
				return nil, errors.Join(pipeline.WithHint(err, "check INPUT and `records:` of split %s in the config", split.Name), closeAll(files))
			}
		}
		for _, name := range names {
			f, err := d.Source.Open(ctx, name)
			if err != nil {
				return nil, errors.Join(pipeline.WithHint(err, "check INPUT and `records:` of split %s in the config", split.Name), closeAll(files))
			}
			files = append(files, openFile{name, f})
		}
	}
	return files, nil
}

func closeAll(files []openFile) error {
	var errs []error
	for _, f := range files {
		errs = append(errs, f.file.Close())
	}
	return errors.Join(errs...)
}

// options asks for the columns that fields and templates need, in their types. What
// only templates need is text as it stands, where the file is text.
func (d *Dataset) options(templates []*join.Template) read.Options {
	opts := read.Options{Want: make(map[string]read.Want), MaxMisfits: maxMisfits, Text: read.TextKept}
	for i, f := range d.Fields {
		switch {
		case templates[i] != nil:
			opts.Columns = append(opts.Columns, templates[i].Columns()...)
		case f.Constant == nil:
			opts.Columns = append(opts.Columns, f.From)
			opts.Want[f.From] = read.Want{Type: f.Type, Cast: f.Cast, Default: f.Default}
		}
	}
	slices.Sort(opts.Columns)
	opts.Columns = slices.Compact(opts.Columns)
	return opts
}

// read reads the table and digests the files at the same time.
func (d *Dataset) read(ctx context.Context, files []openFile, opts read.Options) (result *read.Result, _ []pipeline.RecordFile, err error) {
	parts := make([]*read.File, len(files))
	recordFiles := make([]pipeline.RecordFile, len(files))
	defer func() {
		for _, p := range parts {
			if p != nil {
				err = errors.Join(err, p.Close())
			}
		}
	}()
	for i, f := range files {
		if parts[i], err = read.OpenFile(read.Input{Name: f.name, At: f.file, Size: f.file.Stat().Size}, opts.Limits); err != nil {
			return nil, nil, err
		}
	}
	g, ctx := errgroup.WithContext(ctx)
	for i, f := range files {
		g.Go(func() error {
			sum, err := digest(ctx, f)
			recordFiles[i] = pipeline.RecordFile{Path: f.name, Bytes: f.file.Stat().Size, SHA256: sum}
			return err
		})
	}
	g.Go(func() (err error) {
		result, err = ReadTable(ctx, parts, opts, ReaderOptions{Pickle: d.Limits})
		return err
	})
	if err := g.Wait(); err != nil {
		return nil, nil, err
	}
	return result, recordFiles, nil
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

// conform binds columns to fields.
func (d *Dataset) conform(split *Split, templates []*join.Template, result *read.Result, files []pipeline.RecordFile) (*pipeline.Loaded, error) {
	columns := tableColumns(result.Table)
	rows := result.Table.NumRows()
	bound := make([]*arrow.Chunked, len(d.Fields))
	images := make([]pipeline.Images, len(d.Fields))
	var err error
	for i, f := range d.Fields {
		switch {
		case templates[i] != nil:
			var names *join.Names
			names, err = templates[i].Bind(func(name string) (*arrow.Chunked, bool) {
				c, ok := columns[name]
				return c, ok
			})
			images[i] = join.NewFiles(d.Source, names.From(d.Paths))
		case f.Constant != nil:
			bound[i], err = constant(f, rows)
		default:
			// Writers trust the type: a column read as another one must not pass.
			if bound[i] = columns[f.From]; bound[i] == nil || !arrow.TypeEqual(bound[i].DataType(), f.Type.Arrow()) {
				err = fmt.Errorf("column %s is not read as %s: another field reads it as another type", f.From, f.Type)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("field %s: %w", f.Name, err)
		}
	}
	records := pipeline.NewRecords(split.Name, d.Schema, rows, bound, images, d.KeyField)
	misfits, violations := d.misfits(split, result)
	violations = slices.AppendSeq(violations, validate.CheckRecords(records, misfits))
	return &pipeline.Loaded{Records: records, Files: files, Violations: violations, Warnings: result.Warnings}, nil
}

func tableColumns(t arrow.Table) map[string]*arrow.Chunked {
	columns := make(map[string]*arrow.Chunked, t.NumCols())
	for i := range int(t.NumCols()) {
		c := t.Column(i)
		columns[c.Name()] = c.Data()
	}
	return columns
}

// misfits makes violations of cells that are not of their field's type, and
// tells which cells those are.
func (d *Dataset) misfits(split *Split, result *read.Result) (func(field int, row int64) bool, []pipeline.Violation) {
	type cell struct {
		field int
		row   int64
	}
	var out []pipeline.Violation
	rows := result.Misfits.Rows()
	cells := make(map[cell]bool)
	told := make(map[int64]bool)
	for _, m := range result.Misfits.List {
		for i, f := range d.Fields {
			if f.From != m.Column || f.File != "" {
				continue
			}
			cells[cell{i, m.Row}] = true
			told[m.Row] = true
			out = append(out, pipeline.Violation{
				Split: split.Name, Row: m.Row, Rule: pipeline.RuleType, Field: f.Name,
				Detail: fmt.Sprintf("found %s, the field is %s", m.Found, f.Type),
			})
		}
	}
	for _, row := range rows {
		if !told[row] {
			out = append(out, pipeline.Violation{Split: split.Name, Row: row, Rule: pipeline.RuleType, Detail: "a value is not of its field's type"})
		}
	}
	return func(field int, row int64) bool {
		return cells[cell{field, row}] || !told[row] && hasRow(rows, row)
	}, out
}

func hasRow(rows []int64, row int64) bool {
	_, ok := slices.BinarySearch(rows, row)
	return ok
}

// UniqueKeys is the table rule that no two records of a data set have one key.
func UniqueKeys(splits []*pipeline.Records) []pipeline.Violation {
	var keys []validate.Keys
	field := ""
	for _, r := range splits {
		if r.KeyField < 0 {
			return nil // numbered keys are distinct by construction
		}
		field = r.Schema.Field(r.KeyField).Name
		keys = append(keys, validate.Keys{Split: r.Split, Rows: r.Rows, All: r.Keys})
	}
	duplicates, _ := validate.DuplicateKeys(keys, maxMisfits)
	var out []pipeline.Violation
	for _, dup := range duplicates {
		out = append(out, pipeline.Violation{
			Split: dup.Second.Split, Row: dup.Second.Row, Rule: pipeline.RuleUnique, Field: field,
			Detail: fmt.Sprintf("key %q is that of %s row %d too", dup.Key, dup.First.Split, dup.First.Row),
		})
	}
	return out
}

// constant makes a column of one value: one chunk, used again.
func constant(f Field, rows int64) (*arrow.Chunked, error) {
	const chunk = 65536
	full, err := repeat(f, int(min(rows, chunk)))
	if err != nil {
		return nil, err
	}
	chunks := make([]arrow.Array, 0, rows/chunk+1)
	for ; rows >= chunk; rows -= chunk {
		chunks = append(chunks, full)
	}
	chunks = append(chunks, array.NewSlice(full, 0, rows))
	return arrow.NewChunked(f.Type.Arrow(), chunks), nil
}
