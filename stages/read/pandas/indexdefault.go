package pandas

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// columnsOf are the columns that an index becomes: none for the default one,
// else one a level, under its name or as __index_level_0__.
func (r *reader) columnsOf(ix *index, taken map[string]bool) ([]column, error) {
	if plain, err := r.isDefault(ix); plain || err != nil {
		return nil, err
	}
	var out []column
	for i, lv := range ix.levels {
		name := ""
		if !lv.unnamed() {
			var err error
			if name, err = r.name(lv.name); err != nil {
				return nil, err
			}
		}
		if name == "" || taken[name] {
			name = "__index_level_" + strconv.Itoa(i) + "__"
		}
		taken[name] = true
		out = append(out, column{name: name, src: lv.src, index: true, unnamed: lv.unnamed()})
	}
	return out, nil
}

// isDefault tells whether an index says nothing: it has one level without a name
// and counts its rows from 0. How the writer kept the numbers does not matter,
// since sorting, concatenating or an older pandas turn a RangeIndex into plain
// integers. One of objects is the default only where it has no rows: that is what
// pandas before 2.0 gives an empty frame.
func (r *reader) isDefault(ix *index) (bool, error) {
	if len(ix.levels) != 1 || ix.multi {
		return false, nil
	}
	lv := ix.levels[0]
	if !lv.unnamed() {
		return false, nil
	}
	switch s := lv.src.(type) {
	case *rangeSource:
		return s.n == 0 || s.start == 0 && (s.step == 1 || s.n == 1), nil
	case *cellSource:
		return s.len() == 0, nil
	case *fixedSource:
		if s.dt.sub != nil || s.dt.kind != 'i' && s.dt.kind != 'u' {
			return false, nil
		}
	case *arrowSource:
		if typ, err := s.natural(r); err != nil || typ == nil || !arrow.IsInteger(typ.ID()) {
			return false, err
		}
	default:
		return false, nil
	}
	return r.counts(lv.src)
}

// counts tells whether the values of a source are 0, 1, 2 ...; it stops at the
// first that is not.
func (r *reader) counts(s source) (bool, error) {
	if err := r.visit(s.len()); err != nil {
		return false, err
	}
	if f, ok := s.(*fixedSource); ok && !f.masks() { // the same without cells
		for i := range f.len() {
			item := f.item(i)
			if f.dt.kind == 'u' && unsigned(f.dt, item) != uint64(i) || f.dt.kind == 'i' && signed(f.dt, item) != int64(i) {
				return false, nil
			}
		}
		return true, nil
	}
	for i := range s.len() {
		c, err := s.cell(r, i)
		if err != nil {
			return false, err
		}
		if c.class != classInt || c.i != int64(i) {
			return false, nil
		}
	}
	return true, nil
}

// sameIndex tells whether two indexes label their rows alike, names aside. A nil
// index (of a list or an array) is like any.
func (r *reader) sameIndex(a, b *index) (bool, error) {
	if b == nil {
		return true, nil
	}
	if a.n != b.n || len(a.levels) != len(b.levels) {
		return false, nil
	}
	if plain, err := r.isDefault(a); plain || err != nil {
		if err != nil {
			return false, err
		}
		return r.isDefault(b)
	}
	for k := range a.levels {
		if err := r.visit(2 * a.n); err != nil {
			return false, err
		}
		for i := range a.n {
			x, err := a.levels[k].src.cell(r, i)
			if err != nil {
				return false, err
			}
			y, err := b.levels[k].src.cell(r, i)
			if err != nil {
				return false, err
			}
			if err := r.visit((len(x.b) + len(y.b)) / bytesPerVisit); err != nil {
				return false, err
			}
			if x.class != y.class || x.zone != y.zone || len(x.b) != len(y.b) || x.text() != y.text() {
				return false, nil
			}
		}
	}
	return true, nil
}

// unnamed tells whether a level has no name.
func (l level) unnamed() bool {
	return l.name.IsNone() || l.name.Kind() == pickle.KindInvalid
}
