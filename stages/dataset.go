package stages

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read/pickle"
)

// Dataset is a pipeline.Loader over files of records. Loading a split, it
//
//	reads the table       ─ what fields, names, conditions and joins need of it
//	joins side tables     ─ more columns
//	chooses rows          ─ the split's part, where, first and sample
//	makes samples         ─ of each record several, where Each is asked for
//	binds columns         ─ values, images, texts ─► pipeline.Records
//
// It is safe for concurrent use.
type Dataset struct {
	Source pipeline.Source
	Splits []Split
	Fields []Field
	Schema *schema.Schema
	// Each, where not nil, makes several samples of a record.
	Each *join.Each
	// KeyField is the index of the field that gives keys, or -1.
	KeyField int
	// Paths says how the records' values that file names are made of were written.
	Paths *join.Paths
	Sides []Side
	Where []Filter
	// First and Sample, where not 0, take that many records of each split: the
	// first, and those whose numbers have the least hash.
	First, Sample int
	Limits        pickle.Limits
	// TextBytes is the largest text file, ListImages the most images that a record
	// may have in one field; 0 is DefaultTextBytes and DefaultListImages.
	TextBytes  int64
	ListImages int
	// Checker tells what images are where fields derive from them, and MaxImage is the
	// largest that is read for it.
	Checker  pipeline.Checker
	MaxImage int64

	mu   sync.Mutex
	last *table // that was read last: splits that part one table read it once
}

// Bounds where a Dataset has none.
const (
	DefaultTextBytes  = 16 << 20
	DefaultListImages = 10_000
)

// Split says how one split is read.
type Split struct {
	Name    string
	Records Records
	// Constants are placeholders of file templates with one value for the split.
	Constants map[string]string
	// Part says which of the records belong to the split; nil is all.
	Part join.Parting
}

// Filter is a condition on a column of the records, or on one that was joined.
type Filter struct {
	Column    string
	Condition join.Condition
}

var _ pipeline.Loader = (*Dataset)(nil)

// Load reads a split.
func (d *Dataset) Load(ctx context.Context, name string) (*pipeline.Loaded, error) {
	split, err := d.split(name)
	if err != nil {
		return nil, err
	}
	templates, err := d.templates(split)
	if err != nil {
		return nil, err
	}
	need := d.needs(templates)
	t, err := d.table(ctx, split, need)
	if err != nil {
		return nil, err
	}
	l := &loading{Dataset: d, split: split, templates: templates, bound: d.bound(), table: t, columns: t.columns()}
	l.loaded.Files, l.loaded.Stats = slices.Clone(t.files), slices.Clone(t.stats)
	l.loaded.Warnings = t.result.Warnings
	for _, step := range []func(context.Context) error{l.joinSides, l.choose, l.expand, l.bind} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	l.loaded.GiveBack = t.result.Aside.GiveBack
	if t.listing != nil { // behind those that have a time
		l.loaded.Files = append(l.loaded.Files, *t.listing)
	}
	l.loaded.Judge = func(find func(rule string) *pipeline.Finder) error { return l.judge(ctx, find) }
	return &l.loaded, nil
}

func (d *Dataset) split(name string) (*Split, error) {
	i := slices.IndexFunc(d.Splits, func(s Split) bool { return s.Name == name })
	if i < 0 {
		return nil, fmt.Errorf("no split %q in the config", name)
	}
	return &d.Splits[i], nil
}

// loading is a Load under way.
type loading struct {
	*Dataset
	split     *Split
	templates []templates // by field
	bound     []reading   // by field
	table     *table
	columns   map[string]*arrow.Chunked // of the table and what was joined
	sides     []joinedSide
	chosen    pipeline.Rows
	from      []int64              // the records' rows that samples were made of; nil where rows are records
	facts     []*facts             // by image field, where it was asked for
	broken    []pipeline.Violation // found while binding
	loaded    pipeline.Loaded
}

// column finds a column by its name.
func (l *loading) column(name string) (*arrow.Chunked, bool) {
	c, ok := l.columns[name]
	return c, ok
}

// Resolve finds out what only the records tell: the names of classes that the schema
// leaves open, which become those of all splits together. Call it before the first
// Load; it reads nothing where nothing is open.
func (d *Dataset) Resolve(ctx context.Context) error {
	names := make(map[int][]string)
	for i, f := range d.Fields {
		if f.Type.Kind == schema.Class && len(f.Type.Names) == 0 && f.From != "" {
			names[i] = nil
		}
	}
	if len(names) == 0 {
		return nil
	}
	bound := d.bound()
	for s := range d.Splits {
		templates, err := d.templates(&d.Splits[s])
		if err != nil {
			return err
		}
		t, err := d.table(ctx, &d.Splits[s], d.needs(templates))
		if err != nil {
			return fmt.Errorf("read split %s: %w", d.Splits[s].Name, err)
		}
		for i := range names {
			for _, n := range t.result.Types[bound[i].name()].Names {
				if !slices.Contains(names[i], n) {
					names[i] = append(names[i], n)
				}
			}
		}
	}
	fields := make([]schema.Field, len(d.Fields))
	for i := range d.Fields {
		if _, open := names[i]; open {
			if len(names[i]) == 0 {
				return fmt.Errorf("field %s: no record tells a name of its class: write them, e.g. class[cat, dog]", d.Fields[i].Name)
			}
			d.Fields[i].Type.Names = names[i]
		}
		fields[i] = d.Fields[i].Field
	}
	var err error
	d.Schema, err = schema.New(fields)
	d.last = nil // it was read with the classes open
	return err
}

// PartNames lists the splits that the values of a column make of records.
func (d *Dataset) PartNames(ctx context.Context, r Records, by join.ByColumn) ([]string, error) {
	split := &Split{Records: r}
	t, err := d.read(ctx, split, needs{columns: []string{by.Column}})
	if err != nil {
		return nil, err
	}
	columns := t.columns()
	return by.Names(t.result.Table.NumRows(), func(name string) (*arrow.Chunked, bool) {
		c, ok := columns[name]
		return c, ok
	})
}

// errNoColumn completes the message about a column that is not there.
func (l *loading) errNoColumn(name string) error {
	known := make([]string, 0, len(l.columns))
	for n := range l.columns {
		if !readAgain(n) {
			known = append(known, n)
		}
	}
	slices.Sort(known)
	return errors.New("the records have no column " + pipeline.Printable(name) + listed(known))
}

// listed spells the columns that there are, the first of them.
func listed(known []string) string {
	const most = 20
	if len(known) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString("; there are ")
	for i, n := range known[:min(len(known), most)] {
		if i > 0 {
			text.WriteString(", ")
		}
		text.WriteString(pipeline.Printable(n))
	}
	if len(known) > most {
		text.WriteString(fmt.Sprintf(" and %d more", len(known)-most))
	}
	return text.String()
}
