package read

import (
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// watcher looks at all values of a column before they are read: for its type, or the
// names of its class.
type watcher interface {
	watch(c *converter, a arrow.Array) error
}

// watch reads once, of all parts, the columns whose type only their values tell.
func (t *table) watch(opts *Options) ([]watcher, error) {
	watchers := make([]watcher, len(t.outs))
	some := false
	for i := range t.outs {
		o := &t.outs[i]
		switch {
		case openClass(o.want.Type):
			w := newClassWatcher(nil)
			for part, p := range o.parts {
				w.know(t.sources[part].Columns()[p.column].Names)
			}
			watchers[i] = w
		case o.want.Type.Kind != schema.Invalid, o.parts[0].convert.form == Typed:
			continue
		case o.parts[0].convert.form == JSON:
			watchers[i] = &jsonInference{}
		default:
			watchers[i] = &textInference{kept: opts.Text == TextKept && !slices.Contains(opts.Inferred, o.name), canBool: true, canInt: true, canFloat: true}
		}
		some = true
	}
	if !some {
		return watchers, nil
	}
	t.counted = 0
	for part := range t.sources {
		t.opened = part + 1
		err := t.rows(part, func(i int) bool { return watchers[i] != nil }, func(i int, a arrow.Array) error {
			return watchers[i].watch(t.outs[i].parts[part].convert, a)
		}, func(n int) error {
			t.counted += int64(n)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return watchers, nil
}

// rows reads a part: the columns of the outs that are wanted. column is called with
// each of them, of each batch, then done with the number of its rows.
func (t *table) rows(part int, wanted func(i int) bool, column func(i int, a arrow.Array) error, done func(n int) error) (err error) {
	var columns []int
	for i := range t.outs {
		if wanted(i) {
			columns = append(columns, t.outs[i].parts[part].column)
		}
	}
	slices.Sort(columns)
	columns = slices.Compact(columns)
	rows, err := t.sources[part].Rows(t.ctx, columns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		arrays, n, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		for i := range t.outs {
			if err != nil || !wanted(i) {
				continue
			}
			at, _ := slices.BinarySearch(columns, t.outs[i].parts[part].column)
			err = column(i, arrays[at])
		}
		for _, a := range arrays {
			a.Release()
		}
		if err == nil {
			err = done(n)
		}
		if err != nil {
			return err
		}
	}
}

// settle finds the type of a column, of which w has seen the values.
func (t *table) settle(o *out, w watcher, opts *Options, asItLies bool) error {
	switch w := w.(type) {
	case *classWatcher:
		o.want.Type.Names = w.list()
		if len(o.want.Type.Names) > schema.MaxTypeParts {
			return &ColumnError{Kind: ErrMixed, Column: o.name, Detail: fmt.Sprintf("a class of more than %d names: read it as a string", schema.MaxTypeParts)}
		}
	case *jsonInference:
		o.want.Type = w.typ()
	case *textInference:
		o.want.Type = w.typ()
	default:
		if o.want.Type.Kind == schema.Invalid {
			kept, err := t.natural(o, asItLies)
			if kept || err != nil {
				return err
			}
		}
	}
	o.arrow = o.want.Type.Arrow()
	for i := range o.parts {
		p := o.parts[i].convert
		c, err := newConverter(o.name, p.form, p.path, o.want, opts)
		if err != nil {
			return err
		}
		o.parts[i].convert = c
	}
	return nil
}

// natural finds the type of a typed column where nothing is wanted. kept says that its
// arrays stay as they are.
func (t *table) natural(o *out, asItLies bool) (kept bool, err error) {
	first := t.leaf(o, 0)
	typ, known := plainType(first)
	same := true
	for i := range o.parts {
		dt := t.leaf(o, i)
		same = same && arrow.TypeEqual(dt, first)
		plain, ok := plainType(dt)
		before := typ
		if typ, ok = joined(typ, plain, known && ok); !ok && !same {
			return false, &ColumnError{Kind: ErrMixed, Column: o.name, Detail: fmt.Sprintf("it is %s, in the files before %s", TypeName(dt), before)}
		}
		known = known && ok
	}
	if same && o.want.Default == nil && (asItLies || !known || typ.Kind == schema.Invalid) {
		o.arrow = first
		for i := range o.parts {
			o.parts[i].convert.keep = true
		}
		return true, nil
	}
	o.want.Type = typ
	return false, nil
}

func joined(a, b schema.Type, known bool) (schema.Type, bool) {
	if !known {
		return a, false
	}
	return unify(a, b)
}

// leaf is the type of a typed column in a part, at the end of its path.
func (t *table) leaf(o *out, part int) arrow.DataType {
	p := o.parts[part]
	dt, _ := pathType(t.sources[part].Columns()[p.column].Arrow, p.convert.path)
	return dt
}

// classWatcher gathers the names of a class: those that the file tells and those of a
// dictionary in their order, of texts all of them, sorted.
type classWatcher struct {
	names   map[string]bool
	ordered []string
}

func newClassWatcher(known []string) *classWatcher {
	w := &classWatcher{names: make(map[string]bool)}
	w.know(known)
	return w
}

// know takes names in their order.
func (w *classWatcher) know(names []string) {
	for _, name := range names {
		if !w.names[name] {
			w.names[name], w.ordered = true, append(w.ordered, name)
		}
	}
}

func (w *classWatcher) watch(c *converter, a arrow.Array) error {
	if d, ok := a.(*array.Dictionary); ok && len(c.path) == 0 {
		a = d.Dictionary()
		for i := range a.Len() {
			w.add(c, a, i, true)
		}
		return nil
	}
	for i := range a.Len() {
		w.add(c, a, i, false)
	}
	return nil
}

func (w *classWatcher) add(c *converter, a arrow.Array, i int, inOrder bool) {
	cell, _ := c.cell(a, i, nil)
	if cell.class != classText || cell.bad || w.names[string(cell.b)] || len(w.names) > schema.MaxTypeParts {
		return
	}
	w.names[string(cell.b)] = true
	if inOrder {
		w.ordered = append(w.ordered, string(cell.b))
	}
}

func (w *classWatcher) list() []string {
	var rest []string
	for name := range w.names {
		if !slices.Contains(w.ordered, name) {
			rest = append(rest, name)
		}
	}
	slices.Sort(rest)
	return append(w.ordered, rest...)
}
