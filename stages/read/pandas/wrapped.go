package pandas

import (
	"encoding/json"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// skipped is a column that the options leave out.
type skipped struct{ n int }

func (s skipped) len() int                                { return s.n }
func (s skipped) dtype() string                           { return "" }
func (s skipped) natural(*reader) (arrow.DataType, error) { return arrow.Null, nil }
func (s skipped) build(*builder) error                    { return nil }
func (s skipped) cell(*reader, int) (cell, error)         { return cell{}, nil }

// wanted tells whether the options name a column.
func (r *reader) wanted(name string) bool {
	if r.opts.Columns == nil {
		return !r.opts.without[name]
	}
	return slices.Contains(r.opts.Columns, name)
}

// takeSource are values looked up by code: a categorical, a level of a
// MultiIndex. Code -1 is null.
type takeSource struct {
	codes   *fixedSource
	values  source
	cat     bool
	ordered bool
}

func newTake(codes, values source) (*takeSource, error) {
	f, ok := codes.(*fixedSource)
	if !ok || f.dt.kind != 'i' && f.dt.kind != 'u' {
		return nil, invalid("codes that are %s", codes.dtype())
	}
	return &takeSource{codes: f, values: values}, nil
}

func (s *takeSource) len() int { return s.codes.len() }

func (s *takeSource) dtype() string {
	if s.cat {
		return "category"
	}
	return s.values.dtype()
}

func (s *takeSource) natural(r *reader) (arrow.DataType, error) { return s.values.natural(r) }

func (s *takeSource) cell(r *reader, i int) (cell, error) {
	code := signed(s.codes.dt, s.codes.item(i))
	if s.codes.dt.kind == 'u' {
		code = int64(unsigned(s.codes.dt, s.codes.item(i)))
	}
	if code == -1 {
		return cell{}, nil
	}
	if code < 0 || code >= int64(s.values.len()) {
		return cell{}, invalid("code %d of %d categories", code, s.values.len())
	}
	return s.values.cell(r, int(code))
}

// build makes dense values; the categories, in order, go to the metadata.
func (s *takeSource) build(b *builder) error {
	sub := builder{reader: b.reader, name: b.name, within: b.within, rowAt: b.rowAt}
	if err := s.values.build(&sub); err != nil {
		return err
	}
	if s.cat {
		s.describe(b)
	}
	return buildAs(b, s, sub.typ)
}

// describe notes order and (when they are few) the categories.
func (s *takeSource) describe(b *builder) {
	const most, mostBytes = 1000, 64 << 10
	if s.ordered {
		b.setMeta("pandas.ordered", "true")
	} else {
		b.setMeta("pandas.ordered", "false")
	}
	if s.values.len() > most {
		return
	}
	names, size := make([]string, s.values.len()), 0
	for i := range names {
		c, err := s.values.cell(b.reader, i)
		if err != nil {
			return
		}
		if size += len(c.b); size > mostBytes {
			return
		}
		names[i] = c.text()
	}
	if text, err := json.Marshal(names); err == nil && b.named(len(text)) == nil {
		b.setMeta("pandas.categories", string(text))
	}
}

// categorical joins codes with the categories of the dtype, or of the array in
// pandas before 0.21.
func (r *reader) categorical(v pickle.Value, codes source, dt pickle.Value) (source, error) {
	cats := r.attr(dt, "categories", "_categories")
	ordered := r.attr(dt, "ordered", "_ordered")
	if cats.Kind() == pickle.KindInvalid {
		cats, ordered = r.doc.Arg(dt, 0), r.doc.Arg(dt, 1)
	}
	if cats.Kind() == pickle.KindInvalid || cats.IsNone() {
		cats = r.attr(v, "_categories", "categories", "_levels", "levels")
		ordered = r.attr(v, "_ordered", "ordered")
	}
	ix, err := r.index(cats)
	if err != nil {
		return nil, err
	}
	if len(ix.levels) != 1 {
		return nil, unsupported("a categorical of a MultiIndex")
	}
	s, err := newTake(codes, ix.levels[0].src)
	if err != nil {
		return nil, err
	}
	s.cat, s.ordered = true, ordered.Kind() == pickle.KindBool && ordered.Bool()
	return s, nil
}

// intervalSource are intervals: struct<left, right>.
type intervalSource struct {
	left, right source
	closed      string
}

func newIntervals(left, right source, closed pickle.Value, r *reader) (*intervalSource, error) {
	if left.len() != right.len() {
		return nil, invalid("intervals of %d left and %d right sides", left.len(), right.len())
	}
	for _, s := range []source{left, right} {
		if _, nested := s.(*intervalSource); nested {
			return nil, invalid("intervals of intervals")
		}
	}
	side, _ := r.text(closed)
	switch side {
	case "":
		side = "right"
	case "left", "right", "both", "neither":
	default:
		return nil, invalid("intervals that are closed at %s", quote(side))
	}
	return &intervalSource{left, right, side}, nil
}

func (s *intervalSource) len() int { return s.left.len() }

func (s *intervalSource) dtype() string { return "interval[" + s.left.dtype() + ", " + s.closed + "]" }

func (s *intervalSource) natural(r *reader) (arrow.DataType, error) {
	l, err := s.left.natural(r)
	if err != nil || l == nil {
		return nil, err
	}
	rt, err := s.right.natural(r)
	if err != nil || rt == nil {
		return nil, err
	}
	return intervalStruct(l, rt), nil
}

func (s *intervalSource) cell(r *reader, i int) (cell, error) {
	lo, err := s.left.cell(r, i)
	if err != nil {
		return cell{}, err
	}
	hi, err := s.right.cell(r, i)
	if err != nil || lo.class == classNull && hi.class == classNull {
		return cell{}, err
	}
	return cell{class: classInterval, lo: &lo, hi: &hi}, nil
}

func (s *intervalSource) build(b *builder) error {
	b.setMeta("pandas.closed", s.closed)
	typ, err := s.natural(b.reader)
	if err != nil {
		return err
	}
	if typ == nil {
		return buildGeneral(b, s)
	}
	var failed error
	err = buildStructOf(b, typ.(*arrow.StructType), []source{s.left, s.right}, s.len(), func(i int) bool {
		lo, err := s.left.cell(b.reader, i)
		if err != nil {
			failed = err
		}
		return lo.class == classNull
	})
	if err == nil {
		err = failed
	}
	return err
}

// intervals reads an IntervalArray: {"_left", "_right", "_dtype" or "_closed"}.
func (r *reader) intervals(v pickle.Value) (source, error) {
	left, err := r.vector(r.attr(v, "_left", "left"))
	if err != nil {
		return nil, err
	}
	right, err := r.vector(r.attr(v, "_right", "right"))
	if err != nil {
		return nil, err
	}
	closed := r.attr(v, "_closed", "closed")
	if !closed.IsText() {
		dt := r.attr(v, "_dtype")
		closed = r.attr(dt, "closed", "_closed")
	}
	return newIntervals(left, right, closed, r)
}

// sparseSource is a sparse column, made dense on the way out.
type sparseSource struct {
	n      int
	at     []int32 // index into values by row, -1: fill
	values source
	fill   cell
}

func (s *sparseSource) len() int { return s.n }

func (s *sparseSource) dtype() string {
	return "Sparse[" + s.values.dtype() + ", " + s.fill.text() + "]"
}

func (s *sparseSource) natural(r *reader) (arrow.DataType, error) { return s.values.natural(r) }

func (s *sparseSource) cell(r *reader, i int) (cell, error) {
	if s.at[i] < 0 {
		return s.fill, nil
	}
	return s.values.cell(r, int(s.at[i]))
}

func (s *sparseSource) build(b *builder) error {
	typ, err := s.values.natural(b.reader)
	if err != nil {
		return err
	}
	if typ == nil {
		return buildGeneral(b, s)
	}
	return buildAs(b, s, typ)
}

// sparse reads a SparseArray: {"_sparse_index", "_sparse_values", "_dtype"}.
func (r *reader) sparse(v pickle.Value) (source, error) {
	dt := r.attr(v, "_dtype")
	fill := r.attr(dt, "_fill_value", "fill_value")
	if fill.Kind() == pickle.KindInvalid {
		fill = r.attr(v, "fill_value", "_fill_value")
	}
	if fill.Kind() == pickle.KindInvalid && r.doc.Class(dt) == pickle.GSparseDtype {
		fill = r.doc.Arg(dt, 1)
	}
	values, err := r.vector(r.attr(v, "_sparse_values", "sp_values"))
	if err != nil {
		return nil, err
	}
	return r.newSparse(values, r.attr(v, "_sparse_index", "sp_index"), fill)
}

// sparseLegacy reads a SparseArray of pandas before 0.24: an ndarray subclass
// with the state (state of the ndarray, (fill value, index)).
func (r *reader) sparseLegacy(v pickle.Value) (matrix, error) {
	state := r.doc.Tuple(r.doc.Object(v).State)
	if len(state) != 2 {
		return matrix{}, invalid("a sparse array with a state of %d parts", len(state))
	}
	a, err := r.arrayState(r.doc.Tuple(state[0]))
	if err != nil {
		return matrix{}, err
	}
	if len(a.shape) != 1 {
		return matrix{}, invalid("a sparse array of %d dimensions", len(a.shape))
	}
	values, err := r.vectorOf(a.row(0))
	if err != nil {
		return matrix{}, err
	}
	s, err := r.newSparse(values, r.doc.TupleItem(state[1], 1), r.doc.TupleItem(state[1], 0))
	if err != nil {
		return matrix{}, err
	}
	return single(s), nil
}

// newSparse spreads positions; the length is the file's word, so it is bounded
// before anything of that size is made.
func (r *reader) newSparse(values source, ix, fill pickle.Value) (source, error) {
	n, ok := r.integer(r.doc.Arg(ix, 0))
	if !ok || n < 0 || n > math.MaxInt32 {
		return nil, invalid("a sparse column of %s rows", r.doc.Describe(r.doc.Arg(ix, 0)))
	}
	if err := r.spend(4 * n); err != nil {
		return nil, err
	}
	s := &sparseSource{n: int(n), values: values, at: make([]int32, n)}
	for i := range s.at {
		s.at[i] = -1
	}
	var err error
	if fill.Kind() != pickle.KindInvalid {
		if s.fill, err = r.cell(fill); err != nil {
			return nil, err
		}
	}
	starts, err := r.positions(r.doc.Arg(ix, 1))
	if err != nil {
		return nil, err
	}
	lengths := starts
	switch r.doc.Class(ix) {
	case pickle.GIntIndex:
		lengths = nil
	case pickle.GBlockIndex:
		if lengths, err = r.positions(r.doc.Arg(ix, 2)); err != nil {
			return nil, err
		}
	default:
		return nil, unsupported("%s as the index of a sparse column", r.doc.Describe(ix))
	}
	return s, s.spread(starts, lengths)
}

// spread notes for each row which value it has.
func (s *sparseSource) spread(starts, lengths []int64) error {
	if lengths != nil && len(lengths) != len(starts) {
		return invalid("a sparse index of %d starts and %d lengths", len(starts), len(lengths))
	}
	k := int64(0)
	for i, at := range starts {
		run := int64(1)
		if lengths != nil {
			run = lengths[i]
		}
		if at < 0 || run < 0 || at > int64(s.n) || run > int64(s.n)-at || k+run > int64(s.values.len()) {
			return invalid("a sparse index outside its %d rows and %d values", s.n, s.values.len())
		}
		for j := range run {
			s.at[at+j] = int32(k)
			k++
		}
	}
	return nil
}

// positions reads a small array of integers.
func (r *reader) positions(v pickle.Value) ([]int64, error) {
	s, err := r.vector(v)
	if err != nil {
		return nil, err
	}
	if err := r.visit(s.len()); err != nil {
		return nil, err
	}
	out := make([]int64, s.len())
	for i := range out {
		c, err := s.cell(r, i)
		if err != nil {
			return nil, err
		}
		if c.class != classInt {
			return nil, invalid("a position that is %s", classNames[c.class])
		}
		out[i] = c.i
	}
	return out, nil
}
