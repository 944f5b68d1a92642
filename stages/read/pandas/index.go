package pandas

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// index is a pandas Index: one level, or several for a MultiIndex.
type index struct {
	n      int
	levels []level
	multi  bool // a MultiIndex, also one of one level
}

// level is one level of an index.
type level struct {
	name pickle.Value // None without a name
	src  source
}

// isIndex tells whether a value is a pandas Index.
func (r *reader) isIndex(v pickle.Value) bool {
	switch r.doc.Class(v) {
	case pickle.GNewIndex, pickle.GNewDatetimeIndex, pickle.GNewPeriodIndex, pickle.GNewIntervalIndex, pickle.GIndex,
		pickle.GInt64Index, pickle.GFloat64Index, pickle.GUInt64Index, pickle.GMultiIndex, pickle.GRangeIndex,
		pickle.GDatetimeIndex, pickle.GTimedeltaIndex, pickle.GPeriodIndex:
		return true
	case pickle.GNdReconstruct:
		switch r.doc.Global(r.doc.Arg(v, 0)) {
		case pickle.GIndex, pickle.GInt64Index, pickle.GFloat64Index, pickle.GMultiIndex, pickle.GDatetimeIndex,
			pickle.GTimedeltaIndex, pickle.GPeriodIndex:
			return true
		}
	}
	return false
}

// index reads an Index of any pandas: _new_Index(class, {...}), or until 0.14 an
// ndarray subclass.
func (r *reader) index(v pickle.Value) (*index, error) {
	if err := r.enter(); err != nil {
		return nil, err
	}
	defer r.leave()
	if err := r.spend(objectCost); err != nil {
		return nil, err
	}
	switch r.doc.Class(v) {
	case pickle.GNewIndex, pickle.GNewDatetimeIndex, pickle.GNewPeriodIndex, pickle.GNewIntervalIndex:
		return r.indexNew(r.doc.Global(r.doc.Arg(v, 0)), r.doc.Arg(v, 1))
	case pickle.GNdReconstruct:
		return r.indexLegacy(v)
	}
	return nil, unsupported("%s as an index", r.doc.Describe(v))
}

// indexNew reads the attributes of _new_Index.
func (r *reader) indexNew(class pickle.Global, d pickle.Value) (*index, error) {
	if d.Kind() != pickle.KindDict {
		return nil, invalid("an index made from %s", r.doc.Describe(d))
	}
	name := r.get(d, "name")
	switch class {
	case pickle.GRangeIndex:
		return r.indexRange(d, name)
	case pickle.GMultiIndex:
		return r.indexMulti(r.get(d, "levels"), r.get(d, "codes", "labels"), r.get(d, "names"))
	case pickle.GIntervalIndex:
		left, err := r.vector(r.get(d, "left"))
		if err != nil {
			return nil, err
		}
		right, err := r.vector(r.get(d, "right"))
		if err != nil {
			return nil, err
		}
		s, err := newIntervals(left, right, r.get(d, "closed"), r)
		if err != nil {
			return nil, err
		}
		return &index{n: s.len(), levels: []level{{name, s}}}, nil
	}
	data := r.get(d, "data", "_data")
	if data.Kind() == pickle.KindInvalid {
		return nil, invalid("an index without data")
	}
	s, err := r.vector(data)
	if err != nil {
		return nil, err
	}
	if s, err = r.indexType(class, s, d); err != nil {
		return nil, err
	}
	return &index{n: s.len(), levels: []level{{name, s}}}, nil
}

// indexType applies what older index classes keep beside the data: tz, freq.
func (r *reader) indexType(class pickle.Global, s source, d pickle.Value) (source, error) {
	f, ok := s.(*fixedSource)
	if !ok {
		if cs, isCells := s.(*cellSource); isCells && cs.word == "list" {
			cs.word = "object"
		}
		return s, nil
	}
	if tz := r.get(d, "tz"); tz.Kind() != pickle.KindInvalid && !tz.IsNone() && f.zone == "" && class == pickle.GDatetimeIndex {
		z, err := r.zone(tz)
		if err != nil {
			return nil, err
		}
		f.zone = z.name
	}
	switch {
	case class == pickle.GDatetimeIndex && f.dt.kind == 'i' && f.dt.size == 8:
		f.dt.kind, f.dt.unit = 'M', unit{"ns", 1}
	case class == pickle.GTimedeltaIndex && f.dt.kind == 'i' && f.dt.size == 8:
		f.dt.kind, f.dt.unit = 'm', unit{"ns", 1}
	case class == pickle.GPeriodIndex && f.dt.kind == 'i':
		if freq := r.get(d, "freq"); freq.Kind() != pickle.KindInvalid {
			return r.periodsOf(f, freq)
		}
	}
	return f, nil
}

// indexRange reads a RangeIndex, whose numbers are never written out before they
// are bounded.
func (r *reader) indexRange(d, name pickle.Value) (*index, error) {
	start, ok1 := r.integer(r.get(d, "start", "_start"))
	stop, ok2 := r.integer(r.get(d, "stop", "_stop"))
	step, ok3 := r.integer(r.get(d, "step", "_step"))
	if !ok1 || !ok2 || !ok3 || step == 0 {
		return nil, invalid("a RangeIndex without start, stop and step")
	}
	const far = math.MaxInt64 / 4
	if start > far || start < -far || stop > far || stop < -far || step > far || step < -far {
		return nil, invalid("a RangeIndex from %d to %d", start, stop)
	}
	n := int64(0)
	if step > 0 && stop > start {
		n = (stop - start + step - 1) / step
	} else if step < 0 && stop < start {
		n = (start - stop - step - 1) / -step
	}
	s := &rangeSource{start: start, step: step, n: int(n)}
	return &index{n: int(n), levels: []level{{name, s}}}, nil
}

// rangeSource are the numbers of a RangeIndex.
type rangeSource struct {
	start, step int64
	n           int
}

func (s *rangeSource) len() int { return s.n }

func (s *rangeSource) dtype() string { return "int64" }

func (s *rangeSource) natural(*reader) (arrow.DataType, error) {
	return arrow.PrimitiveTypes.Int64, nil
}

func (s *rangeSource) cell(_ *reader, i int) (cell, error) {
	return cell{class: classInt, i: s.start + int64(i)*s.step, sign: true, bits: 64}, nil
}

func (s *rangeSource) build(b *builder) error {
	return b.eachChunk(s.n, func(lo, hi int) error {
		if err := b.visit(hi - lo); err != nil {
			return err
		}
		if err := b.spend(int64(hi-lo) * 8); err != nil {
			return err
		}
		out := make([]int64, hi-lo)
		for i := range out {
			out[i] = s.start + int64(lo+i)*s.step
		}
		b.addFixed(arrow.PrimitiveTypes.Int64, hi-lo, arrow.Int64Traits.CastToBytes(out), nullBits{})
		return nil
	})
}

const maxLevels = 256

// indexMulti reads the levels and codes of a MultiIndex; each level becomes a
// column.
func (r *reader) indexMulti(levels, codes, names pickle.Value) (*index, error) {
	ls, cs, ns := r.listItems(levels), r.listItems(codes), r.listItems(names)
	if ls.Len() == 0 || ls.Len() != cs.Len() || ls.Len() > maxLevels {
		return nil, invalid("a MultiIndex of %d levels and %d codes", ls.Len(), cs.Len())
	}
	ix := &index{n: -1, multi: true}
	for i := range ls.Len() {
		lv, err := r.index(ls.At(i))
		if err != nil {
			return nil, err
		}
		code, err := r.vector(cs.At(i))
		if err != nil {
			return nil, err
		}
		s, err := newTake(code, lv.levels[0].src)
		if err != nil {
			return nil, err
		}
		name := pickle.None()
		if i < ns.Len() {
			name = ns.At(i)
		} else if ns.Len() == 0 {
			name = lv.levels[0].name
		}
		if ix.n >= 0 && s.len() != ix.n {
			return nil, invalid("a MultiIndex whose levels have %d and %d rows", ix.n, s.len())
		}
		ix.n = s.len()
		ix.levels = append(ix.levels, level{name, s})
	}
	return ix, nil
}

// listItems are the items of a list, a tuple or a FrozenList.
func (r *reader) listItems(v pickle.Value) pickle.Items {
	if r.doc.Class(v) == pickle.GFrozenList {
		if arg := r.doc.Arg(v, 0); arg.Kind() != pickle.KindInvalid {
			return r.doc.Items(arg)
		}
	}
	return r.doc.Items(v)
}

// indexLegacy reads an index of pandas until 0.14: an ndarray subclass with the
// state (state of the ndarray, (name, ...)).
func (r *reader) indexLegacy(v pickle.Value) (*index, error) {
	class := r.doc.Global(r.doc.Arg(v, 0))
	state := r.doc.Tuple(r.doc.Object(v).State)
	if inner := r.doc.TupleItem(r.doc.TupleItem(r.doc.Object(v).State, 0), 0); inner.Kind() == pickle.KindTuple {
		state = r.doc.Tuple(state[0]) // a DateRange (before 0.8): (state of an index, offset, zone)
	}
	nd, own := state, []pickle.Value(nil)
	if len(state) == 2 {
		nd, own = r.doc.Tuple(state[0]), r.doc.Tuple(state[1])
	}
	part := func(i int) pickle.Value {
		if i < len(own) {
			return own[i]
		}
		return pickle.None()
	}
	if class == pickle.GMultiIndex && len(own) >= 2 {
		return r.indexMulti(part(0), part(1), part(3))
	}
	a, err := r.arrayState(nd)
	if err != nil {
		return nil, err
	}
	if len(a.shape) != 1 {
		return nil, invalid("an index of %d dimensions", len(a.shape))
	}
	s, err := r.vectorOf(a.row(0))
	if err != nil {
		return nil, err
	}
	if s, err = r.legacyType(class, s, part); err != nil {
		return nil, err
	}
	return &index{n: s.len(), levels: []level{{part(0), s}}}, nil
}

// legacyType applies freq and tz of old time indexes: (name, freq, tz) of a
// DatetimeIndex, (name, freq) of a PeriodIndex.
func (r *reader) legacyType(class pickle.Global, s source, part func(int) pickle.Value) (source, error) {
	f, ok := s.(*fixedSource)
	if !ok {
		return s, nil
	}
	switch class {
	case pickle.GDatetimeIndex:
		if f.dt.kind == 'i' && f.dt.size == 8 {
			f.dt.kind, f.dt.unit = 'M', unit{"ns", 1}
		}
		if f.dt.kind == 'M' && f.dt.unit.base == "generic" || f.dt.unit.base == "us" {
			f.dt.unit = unit{"ns", 1} // numpy 1.6 wrote another unit than it used
		}
		if tz := part(2); tz.Kind() == pickle.KindObject {
			z, err := r.zone(tz)
			if err != nil {
				return nil, err
			}
			f.zone = z.name
		}
	case pickle.GPeriodIndex:
		return r.periodsOf(f, part(1))
	}
	return f, nil
}

// columnNames are the labels of a column axis, levels joined by "_".
func (r *reader) columnNames(ix *index) ([]string, error) {
	if err := r.checkWidth(ix.n); err != nil {
		return nil, err
	}
	names := make([]string, ix.n)
	for k, lv := range ix.levels {
		if err := r.visit(ix.n); err != nil {
			return nil, err
		}
		for i := range names {
			c, err := lv.src.cell(r, i)
			if err != nil {
				return nil, err
			}
			var s string
			if c.class == classList {
				s, err = r.name(c.v)
			} else {
				s, err = r.nameOf(&c)
			}
			if err != nil {
				return nil, err
			}
			if k > 0 {
				if err := r.named(len(names[i]) + 1 + len(s)); err != nil {
					return nil, err
				}
				s = joinLevels(names[i], s)
			}
			names[i] = s
		}
	}
	return names, nil
}
