package stages

import (
	"fmt"
	"slices"

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

// needs are the columns that are read of a split's records, and those of them that
// shall be of a type.
type needs struct {
	columns []string
	want    map[string]read.Want
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
	for i, f := range d.Fields {
		add(templates[i].columns()...)
		switch {
		case f.From != "":
			add(f.From)
			if !joined[f.From] {
				n.want[f.From] = f.want()
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

// want is what the field's column shall be.
func (f *Field) want() read.Want { return read.Want{Type: f.Type, Cast: f.Cast, Default: f.Default} }
