package pandas

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// reader interprets the values of one decoded pickle.
type reader struct {
	doc     *pickle.Doc
	opts    *Options
	limits  pickle.Limits
	ctx     context.Context
	budget  budget
	warns   []string
	depth   int                       // of objects inside objects that are being read
	dtypes  map[uint64]*dtype         // those that were read, by address; nil while one is
	selects map[[3]uint64]bool        // what selectable tried, by kind, address and length
	values  []pickle.Value            // room for the fields of dicts, see putFields
	zones   map[string]*time.Location // those that were asked for, nil when unknown
	last    cell                      // of the object that was resolved last: one may be in every row
	latin1  bool                      // Python 2 text is Latin-1 even where it is valid UTF-8, see python2
}

func newReader(ctx context.Context, doc *pickle.Doc, opts *Options) *reader {
	l := opts.Limits.WithDefaults()
	return &reader{doc: doc, opts: opts, limits: l, ctx: ctx, budget: newBudget(&l, doc.Size())}
}

// giveBack gives back the pages of a mapped file once enough was copied out of them.
// Columns that lie row by row share pages: those of a stretch of rows come first.
func (r *reader) giveBack() {
	const enough = 8 << 20
	if r.budget.output-r.budget.returned >= enough {
		r.doc.GiveBack()
		r.budget.returned = r.budget.output
	}
}

// enter bounds how deep the reader follows objects inside objects, and how many it
// follows in all: of objects that are shared each way to one counts. leave undoes it.
func (r *reader) enter() error {
	const steps = 4
	if err := r.visit(steps); err != nil {
		return err
	}
	if r.depth++; r.depth > r.limits.Nesting {
		return &pickle.LimitError{Bound: pickle.BoundNesting, Max: int64(r.limits.Nesting), Offset: -1,
			Detail: "values inside values (or a value that holds itself)"}
	}
	return nil
}

func (r *reader) leave() { r.depth-- }

// cancelled tells of a cancelled context.
func (r *reader) cancelled() error {
	if err := r.ctx.Err(); err != nil {
		return fmt.Errorf("read table: %w", err)
	}
	return nil
}

func (r *reader) warn(format string, args ...any) {
	const most = 20
	if len(r.warns) < most {
		r.warns = append(r.warns, fmt.Sprintf(format, args...))
	}
}

func notTable(format string, args ...any) error {
	return &TableError{Kind: ErrNotTable, Detail: fmt.Sprintf(format, args...)}
}

func invalid(format string, args ...any) error {
	return &TableError{Kind: ErrInvalid, Detail: fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) error {
	return &TableError{Kind: ErrUnsupported, Detail: fmt.Sprintf(format, args...)}
}

// text returns a value as text that is not a cell, such as a name or a dtype: str, and
// Python 2 str by its latin1 rule. Lone surrogates become U+FFFD; cells have their own
// policy. What is longer than any name is none.
func (r *reader) text(v pickle.Value) (string, bool) {
	if v.Len() > r.limits.LineBytes {
		return "", false
	}
	switch v.Kind() {
	case pickle.KindText:
		r.charge(v.Len() / bytesPerVisit)
		return string(r.doc.Bytes(v)), true
	case pickle.KindBadText:
		r.charge(v.Len() / bytesPerVisit)
		return string(replaceInvalid(r.doc.Bytes(v))), true
	case pickle.KindStr8, pickle.KindBytes:
		r.charge(v.Len() / bytesPerVisit)
		return string(appendLatin1(nil, r.doc.Bytes(v))), true
	}
	return "", false
}

// name returns a value as the name of a column: text as it is, numbers, None and
// so on as Python prints them, tuples joined by "_" without empty parts.
func (r *reader) name(v pickle.Value) (string, error) {
	if v.Kind() != pickle.KindTuple {
		return r.nameLevel(v)
	}
	var name []byte
	for _, part := range r.doc.Tuple(v) {
		level := "?"
		if part.Kind() != pickle.KindTuple {
			var err error
			if level, err = r.nameLevel(part); err != nil {
				return "", err
			}
		}
		if len(name) > 0 && level != "" {
			name = append(name, '_')
		}
		if name = append(name, level...); len(name) > r.limits.LineBytes {
			return "", r.named(len(name))
		}
	}
	return string(name), nil
}

// label is what messages call the entry of a dict.
func (r *reader) label(key pickle.Value) string {
	name, err := r.name(key)
	if err != nil {
		return r.doc.Describe(key)
	}
	return quote(name)
}

// nameLevel is the name that a value gives, or a level of one.
func (r *reader) nameLevel(v pickle.Value) (string, error) {
	if err := r.visit(1); err != nil {
		return "", err
	}
	switch v.Kind() {
	case pickle.KindText, pickle.KindBadText, pickle.KindStr8, pickle.KindBytes, pickle.KindByteArray:
		if err := r.named(v.Len()); err != nil {
			return "", err
		}
	}
	if c, err := r.cell(v); err == nil {
		return r.nameOf(&c)
	}
	return r.doc.Describe(v), nil
}

// nameOf is the name that a cell gives.
func (r *reader) nameOf(c *cell) (string, error) {
	if err := r.named(len(c.b)); err != nil {
		return "", err
	}
	return c.text(), nil
}

// joinLevels joins the levels of a column name.
func joinLevels(a, b string) string {
	switch {
	case a == "":
		return b
	case b == "":
		return a
	}
	return a + "_" + b
}

// integer returns a value as an int: int, bool, numpy integer scalar.
func (r *reader) integer(v pickle.Value) (int64, bool) {
	switch v.Kind() {
	case pickle.KindInt:
		return v.Int(), true
	case pickle.KindBool:
		return v.Int(), true
	case pickle.KindObject:
		if r.doc.Class(v) == pickle.GNdScalar {
			if c, err := r.cell(v); err == nil && c.class == classInt {
				return c.i, true
			}
		}
	}
	return 0, false
}

// attr returns an entry of a node's state, which is a dict, or (dict, slots) or a
// tuple that starts with a dict.
func (r *reader) attr(v pickle.Value, names ...string) pickle.Value {
	state := r.doc.Object(v).State
	if state.Kind() == pickle.KindTuple {
		for _, part := range r.doc.Tuple(state) {
			if part.Kind() == pickle.KindDict {
				if got := r.get(part, names...); got.Kind() != pickle.KindInvalid {
					return got
				}
			}
		}
		return pickle.Value{}
	}
	return r.get(state, names...)
}

// get returns the entry of a dict under the first of the names that is there.
func (r *reader) get(dict pickle.Value, names ...string) pickle.Value {
	if dict.Kind() != pickle.KindDict {
		return pickle.Value{}
	}
	d := r.doc.Dict(dict)
	r.charge(d.Len() * len(names))
	for _, n := range names {
		if v := d.Get(n); v.Kind() != pickle.KindInvalid {
			return v
		}
	}
	return pickle.Value{}
}

func quote(s string) string {
	const most = 120
	if len(s) > most {
		return strconv.Quote(s[:most]) + "..."
	}
	return strconv.Quote(s)
}
