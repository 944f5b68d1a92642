package pandas

import "github.com/pickshard/pickshard/stages/read/internal/pickle"

// isSeries tells whether a value is a Series, dense or sparse, of any pandas.
func (r *reader) isSeries(v pickle.Value) bool {
	class := r.doc.Class(v)
	if class == pickle.GNdReconstruct { // before 0.13
		class = r.doc.Global(r.doc.Arg(v, 0))
	}
	switch class {
	case pickle.GSeries, pickle.GTimeSeries, pickle.GSparseSeries:
		return true
	}
	return false
}

// seriesParts is a pandas Series.
type seriesParts struct {
	values source
	index  *index
	name   pickle.Value
}

// series reads a Series: layout A in all versions from 0.13, before that an
// ndarray subclass.
func (r *reader) series(v pickle.Value) (*seriesParts, error) {
	if r.doc.Class(v) == pickle.GNdReconstruct {
		if r.doc.Global(r.doc.Arg(v, 0)) == pickle.GSparseSeries {
			return r.sparseSeriesLegacy(v)
		}
		return r.seriesLegacy(v)
	}
	mgr, err := r.managerOf(v)
	if err != nil {
		return nil, err
	}
	m, err := r.manager(mgr)
	if err != nil {
		return nil, err
	}
	if len(m.axes) != 1 || len(m.blocks) != 1 {
		return nil, invalid("a series of %d axes and %d blocks", len(m.axes), len(m.blocks))
	}
	x, err := r.matrix(m.blocks[0].values)
	if err != nil {
		return nil, err
	}
	if x.cols != 1 || x.rows != m.axes[0].n {
		return nil, invalid("a series of %d by %d values with an index of %d", x.cols, x.rows, m.axes[0].n)
	}
	s, err := x.col(0)
	if err != nil {
		return nil, err
	}
	name := r.attr(v, "name", "_name")
	return &seriesParts{s, m.axes[0], name}, nil
}

// seriesLegacy reads (state of the ndarray, (index, name)).
func (r *reader) seriesLegacy(v pickle.Value) (*seriesParts, error) {
	values, own, err := r.legacyValues(v, 1)
	if err != nil {
		return nil, err
	}
	return r.legacyParts(values, own[0], append(own, pickle.None())[1])
}

// legacyValues reads the values of a Series that is an ndarray subclass, and its
// own attributes, of which there must be some.
func (r *reader) legacyValues(v pickle.Value, least int) (source, []pickle.Value, error) {
	state := r.doc.Tuple(r.doc.Object(v).State)
	if len(state) != 2 {
		return nil, nil, invalid("a series with a state of %d parts", len(state))
	}
	a, err := r.arrayState(r.doc.Tuple(state[0]))
	if err != nil {
		return nil, nil, err
	}
	own := r.doc.Tuple(state[1])
	if len(a.shape) != 1 || len(own) < least {
		return nil, nil, invalid("a series of %d dimensions and %d attributes", len(a.shape), len(own))
	}
	values, err := r.vectorOf(a.row(0))
	return values, own, err
}

// legacyParts is a Series of these values.
func (r *reader) legacyParts(values source, index, name pickle.Value) (*seriesParts, error) {
	ix, err := r.index(index)
	if err != nil {
		return nil, err
	}
	if ix.n != values.len() {
		return nil, invalid("a series of %d values with an index of %d", values.len(), ix.n)
	}
	return &seriesParts{values: values, index: ix, name: name}, nil
}

// seriesTable is a Series as a table of one column.
func (r *reader) seriesTable(v pickle.Value) (*table, error) {
	p, err := r.series(v)
	if err != nil {
		return nil, err
	}
	name := "0"
	if p.name.Kind() != pickle.KindInvalid && !p.name.IsNone() {
		if name, err = r.name(p.name); err != nil {
			return nil, err
		}
	}
	t := &table{kind: "pandas.Series", rows: p.values.len(), columns: []column{{name: name, src: p.values}}}
	own, err := r.columnsOf(p.index, map[string]bool{name: true})
	t.columns = append(t.columns, own...)
	return t, err
}
