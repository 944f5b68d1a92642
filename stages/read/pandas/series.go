package pandas

import "github.com/pickshard/pickshard/stages/read/pickle"

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
	state := r.doc.Tuple(r.doc.Object(v).State)
	if len(state) != 2 {
		return nil, invalid("a series with a state of %d parts", len(state))
	}
	a, err := r.arrayState(r.doc.Tuple(state[0]))
	if err != nil {
		return nil, err
	}
	own := r.doc.Tuple(state[1])
	if len(a.shape) != 1 || len(own) == 0 {
		return nil, invalid("a series of %d dimensions", len(a.shape))
	}
	s, err := r.vectorOf(a.row(0))
	if err != nil {
		return nil, err
	}
	ix, err := r.index(own[0])
	if err != nil {
		return nil, err
	}
	if ix.n != s.len() {
		return nil, invalid("a series of %d values with an index of %d", s.len(), ix.n)
	}
	p := &seriesParts{values: s, index: ix, name: pickle.None()}
	if len(own) > 1 {
		p.name = own[1]
	}
	return p, nil
}

// seriesTable is a Series as a table of one column.
func (r *reader) seriesTable(v pickle.Value) (*table, error) {
	p, err := r.series(v)
	if err != nil {
		return nil, err
	}
	name := "0"
	if p.name.Kind() != pickle.KindInvalid && !p.name.IsNone() {
		name = r.name(p.name)
	}
	t := &table{kind: "pandas.Series", rows: p.values.len(), columns: []column{{name: name, src: p.values}}}
	own, err := r.columnsOf(p.index, map[string]bool{name: true})
	t.columns = append(t.columns, own...)
	return t, err
}
