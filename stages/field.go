package stages

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/read"
)

// Field says where a field's value comes from: exactly one of From, File, Bytes,
// Pixels, Text, Lines, Constant, Is and Prefer is set.
type Field struct {
	schema.Field
	// From is a column, whose values go as far as Cast to become the field's type;
	// Default stands for null (see read.Want).
	From    string
	Cast    read.Cast
	Default any
	// File is the template of an image's file name, see join.Template; where it
	// names a column of lists, the images are lists.
	File string
	// Bytes is a column of images, see join.Bytes.
	Bytes string
	// Pixels is a column of arrays of brightness, each of Shape; see join.Pixels.
	Pixels string
	Shape  []int
	// ImageName is the template of the name that images of Bytes and Pixels get.
	ImageName string
	// Text and Lines are templates of a text file's name, see join.Texts.
	Text, Lines string
	Constant    any // of type string, bool, int64, uint64 or float64
	// Is derives the value from Of, the name of an image field or a column, or from
	// the record itself; Prefer from two columns.
	Is     Is
	Of     string
	Prefer *Preference
}

// templates are those of one field, nil where it has none.
type templates struct{ file, name, text *join.Template }

// templates parses the fields' templates for a split, one entry a field.
func (d *Dataset) templates(split *Split) ([]templates, error) {
	all := make([]templates, len(d.Fields))
	for i, f := range d.Fields {
		for _, t := range []struct {
			text string
			into **join.Template
		}{{f.File, &all[i].file}, {f.ImageName, &all[i].name}, {f.Text, &all[i].text}, {f.Lines, &all[i].text}} {
			if t.text == "" {
				continue
			}
			var err error
			if *t.into, err = join.ParseTemplate(t.text, split.Constants); err != nil {
				return nil, fmt.Errorf("field %s: %w", f.Name, err)
			}
		}
	}
	return all, nil
}

// columns lists the columns that templates name.
func (t templates) columns() []string {
	var names []string
	for _, t := range []*join.Template{t.file, t.name, t.text} {
		if t != nil {
			names = append(names, t.Columns()...)
		}
	}
	return names
}

// needs are the columns that are read of a split's records, those of them that shall be
// of a type, and those that are compared with numbers or truth values, which a file of
// text has to be looked through for.
type needs struct {
	columns  []string
	want     map[string]read.Want
	compared []string
	// again are columns that are read another time, as something else; see Dataset.bound.
	again []needs
}

// needs lists what fields, templates, joins, conditions and the parting need, but for
// what is joined.
func (d *Dataset) needs(templates []templates) needs {
	n := needs{want: make(map[string]read.Want)}
	joined := make(map[string]bool)
	for _, s := range d.Sides {
		for _, f := range s.Fields {
			joined[f] = true
		}
	}
	add := func(names ...string) {
		for _, name := range names {
			if !joined[name] {
				n.columns = append(n.columns, name)
			}
		}
	}
	bound := d.bound()
	for i, f := range d.Fields {
		add(templates[i].columns()...)
		switch {
		case f.From != "":
			add(f.From)
			if !joined[f.From] {
				n.ask(bound[i], f.want())
			}
		case f.Bytes != "":
			add(f.Bytes)
		case f.Pixels != "":
			add(f.Pixels)
		case f.Is == IsCount:
			add(f.Of)
		}
	}
	for _, f := range d.Fields {
		if f.Prefer == nil {
			continue
		}
		for _, name := range []string{f.Prefer.First, f.Prefer.Second} {
			add(name)
			if _, read := n.want[name]; !read && !joined[name] {
				n.want[name] = numbers()
			}
		}
	}
	for _, s := range d.Sides {
		add(s.Left...)
	}
	for _, w := range d.Where {
		add(w.Column)
	}
	n.compared = d.compared(templates)
	for _, s := range d.Splits {
		switch p := s.Part.(type) {
		case join.ByColumn:
			add(p.Column)
		case join.ByRatio:
			if p.Group != "" {
				add(p.Group)
			}
		}
	}
	slices.Sort(n.columns)
	n.columns = slices.Compact(n.columns)
	if d.Each != nil {
		n = n.expanded(d.Each, joined)
	}
	return n
}

// reading is a column of the records that is read as what some field wants: the first
// way in which it is, or the time-th other one.
type reading struct {
	column string
	time   int
}

// name is that under which the column stands in a table: none that a file has, where
// it is read another time.
func (r reading) name() string {
	if r.time == 0 {
		return r.column
	}
	return fmt.Sprintf("%s\x00%d", r.column, r.time)
}

// readAgain says whether a column of a table is one that stands there already, read as
// something else; see reading.name.
func readAgain(name string) bool { return strings.Contains(name, "\x00") }

// bound says what each field's values are read from. A column that two fields want as
// different things, such as text and the number that it spells, is read twice.
func (d *Dataset) bound() []reading {
	wants := make(map[string][]read.Want)
	bound := make([]reading, len(d.Fields))
	for i := range d.Fields {
		f := &d.Fields[i]
		if f.From == "" {
			continue
		}
		time := slices.IndexFunc(wants[f.From], func(w read.Want) bool { return reflect.DeepEqual(w, f.want()) })
		if time < 0 {
			time = len(wants[f.From])
			wants[f.From] = append(wants[f.From], f.want())
		}
		bound[i] = reading{f.From, time}
	}
	return bound
}

// ask notes what a column is read as.
func (n *needs) ask(r reading, want read.Want) {
	if r.time == 0 {
		n.want[r.column] = want
		return
	}
	for len(n.again) < r.time {
		n.again = append(n.again, needs{want: make(map[string]read.Want)})
	}
	other := &n.again[r.time-1]
	if _, twice := other.want[r.column]; !twice {
		other.columns = append(other.columns, r.column)
	}
	other.want[r.column] = want
}

// compared lists the columns that conditions compare with something else than text, but
// for those whose text, as it stands, is in the names of files.
func (d *Dataset) compared(all []templates) (names []string) {
	for _, w := range d.Where {
		c := w.Condition
		text := !slices.ContainsFunc(append([]any{c.Min, c.Max}, c.In...), func(v any) bool {
			_, text := v.(string)
			return v != nil && !text
		})
		if !text && !slices.ContainsFunc(all, func(t templates) bool { return slices.Contains(t.columns(), w.Column) }) {
			names = append(names, w.Column)
		}
	}
	return names
}

// want is what the field's column shall be.
func (f *Field) want() read.Want { return read.Want{Type: f.Type, Cast: f.Cast, Default: f.Default} }
