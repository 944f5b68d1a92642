package pandas

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/pickshard/pickshard/stages/read/pickle"
)

// reader interprets the values of one decoded pickle.
type reader struct {
	doc    *pickle.Doc
	opts   *Options
	limits pickle.Limits
	ctx    context.Context
	budget budget
	warns  []string
	depth  int                       // of objects inside objects that are being read
	zones  map[string]*time.Location // those that were asked for, nil when unknown
}

// budget bounds what the values of a file may be expanded to: the memo lets two
// bytes repeat anything.
type budget struct {
	output, outputMax int64 // bytes of finished columns
	returned          int64 // of output, when pages were given back last
	visits, visitMax  int64 // values looked at
	columnMax         int   // columns, each a good kilobyte
}

func newReader(ctx context.Context, doc *pickle.Doc, opts *Options) *reader {
	l := opts.Limits.WithDefaults()
	most := min(l.OutputBase+l.OutputRatio*doc.Size(), l.Output)
	return &reader{doc: doc, opts: opts, limits: l, ctx: ctx,
		budget: budget{outputMax: most, visitMax: min(l.OutputBase/16+l.OutputRatio*doc.Size()/2, l.Output),
			columnMax: int(min(maxColumns, freeColumns+doc.Size()/16))}}
}

// maxColumns bounds the columns of a table; more than freeColumns must be paid for
// with bytes of the file: an array of no rows may claim any number.
const (
	maxColumns  = 1 << 20
	freeColumns = 1 << 15
)

// checkWidth bounds the columns of a table.
func (r *reader) checkWidth(columns int) error {
	if columns > r.budget.columnMax {
		return &pickle.LimitError{Bound: pickle.BoundWidth, Max: int64(r.budget.columnMax), Offset: -1,
			Detail: fmt.Sprintf("%d in a file of %d bytes", columns, r.doc.Size())}
	}
	return nil
}

// spend counts bytes of finished columns.
func (r *reader) spend(n int64) error {
	r.budget.output += n
	if r.budget.output > r.budget.outputMax {
		return &pickle.LimitError{Bound: pickle.BoundOutput, Max: r.budget.outputMax, Offset: -1,
			Detail: fmt.Sprintf("columns larger than a file of %d bytes should give", r.doc.Size())}
	}
	return nil
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

// visit counts values that are looked at.
func (r *reader) visit(n int) error {
	r.budget.visits += int64(n)
	if r.budget.visits > r.budget.visitMax {
		return &pickle.LimitError{Bound: pickle.BoundOutput, Max: r.budget.visitMax, Offset: -1,
			Detail: fmt.Sprintf("more values than a file of %d bytes should give", r.doc.Size())}
	}
	return nil
}

// enter bounds how deep the reader follows objects inside objects; leave undoes it.
func (r *reader) enter() error {
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

// text returns a value as text: str, and Python 2 str by its latin1 rule. Lone
// surrogates become U+FFFD; cells have their own policy.
func (r *reader) text(v pickle.Value) (string, bool) {
	switch v.Kind() {
	case pickle.KindText:
		return string(r.doc.Bytes(v)), true
	case pickle.KindBadText:
		return string(replaceInvalid(r.doc.Bytes(v))), true
	case pickle.KindStr8, pickle.KindBytes:
		return string(appendLatin1(nil, r.doc.Bytes(v))), true
	}
	return "", false
}

// name returns a value as the name of a column: text as it is, numbers, None and
// so on as Python prints them, tuples joined by "_" without empty parts.
func (r *reader) name(v pickle.Value) string {
	switch v.Kind() {
	case pickle.KindTuple:
		s := ""
		for _, part := range r.doc.Tuple(v) {
			p := "?"
			if part.Kind() != pickle.KindTuple {
				p = r.name(part)
			}
			s = joinLevels(s, p)
		}
		return s
	case pickle.KindObject, pickle.KindGlobal:
		if c, err := r.cell(v); err == nil {
			return c.text()
		}
	}
	if s, ok := r.text(v); ok {
		return s
	}
	if c, err := r.cell(v); err == nil {
		return c.text()
	}
	return r.doc.Describe(v)
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
	for _, n := range names {
		if v := d.Get(n); v.Kind() != pickle.KindInvalid {
			return v
		}
	}
	return pickle.Value{}
}

func quote(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(s[:most]) + "..."
	}
	return strconv.Quote(s)
}
