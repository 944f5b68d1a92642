package pandas

import "github.com/pickshard/pickshard/stages/read/internal/pickle"

// Sparse Series and frames of pandas before 0.13, which had states of their own.

// sparseSeriesLegacy reads (state of the ndarray, (index, fill value, sparse
// index, name)).
func (r *reader) sparseSeriesLegacy(v pickle.Value) (*seriesParts, error) {
	values, own, err := r.legacyValues(v, 3)
	if err != nil {
		return nil, err
	}
	s, err := r.newSparse(values, own[2], own[1])
	if err != nil {
		return nil, err
	}
	return r.legacyParts(s, own[0], append(own, pickle.None())[3])
}

// sparseFrameLegacy reads ({label: (sparse index, values)}, columns, index, fill
// value, kind).
func (r *reader) sparseFrameLegacy(state []pickle.Value) (*table, error) {
	if len(state) != 5 || state[0].Kind() != pickle.KindDict {
		return nil, invalid("a sparse frame with a state of %d parts", len(state))
	}
	axis, err := r.index(state[1])
	if err != nil {
		return nil, err
	}
	names, err := r.columnNames(axis)
	if err != nil {
		return nil, err
	}
	rows, err := r.index(state[2])
	if err != nil {
		return nil, err
	}
	d := r.doc.Dict(state[0])
	byName := make(map[string]pickle.Value, d.Len())
	for i := range d.Len() {
		k, v := d.Entry(i)
		name, err := r.name(k)
		if err != nil {
			return nil, err
		}
		byName[name] = v
	}
	t := &table{kind: "pandas.DataFrame", rows: rows.n}
	taken := make(map[string]bool, len(names))
	for _, name := range names {
		taken[name] = true
		if !r.wanted(name) {
			t.columns = append(t.columns, column{name: name, src: skipped{n: rows.n}})
			continue
		}
		part := byName[name]
		values, err := r.vector(r.doc.TupleItem(part, 1))
		if err != nil {
			return nil, nameError(err, name)
		}
		s, err := r.newSparse(values, r.doc.TupleItem(part, 0), state[3])
		if err != nil {
			return nil, nameError(err, name)
		}
		t.columns = append(t.columns, column{name: name, src: s})
	}
	own, err := r.columnsOf(rows, taken)
	t.columns = append(t.columns, own...)
	return t, err
}
