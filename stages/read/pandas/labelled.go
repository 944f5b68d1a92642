package pandas

import (
	"bytes"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// What DataFrame.to_dict() gives: {column: {label: value}}, the labels of all columns
// alike.

// labelledTable is a dict of dicts as a column for each key, and one of the labels where
// they do not count the rows.
func (r *reader) labelledTable(v pickle.Value) (*table, error) {
	d := r.doc.Dict(v)
	if err := r.checkWidth(d.Len()); err != nil {
		return nil, err
	}
	_, first := d.Entry(0)
	labels := r.doc.Dict(first)
	t := &table{kind: r.doc.TypeName(v) + " of columns", rows: labels.Len()}
	taken := make(map[string]bool, d.Len())
	for i := range d.Len() {
		k, m := d.Entry(i)
		name, err := r.name(k)
		if err != nil {
			return nil, err
		}
		c, err := r.labelledColumn(name, m, labels)
		if err != nil {
			return nil, err
		}
		t.columns, taken[name] = append(t.columns, c), true
	}
	if r.count(labels) {
		return t, nil
	}
	name := "__index_level_0__"
	if taken[name] {
		name = freeName(name, taken, make(map[string]int))
	}
	t.columns = append(t.columns, column{name: name, src: &cellSource{cells: &entryCells{dict: labels}}, index: true})
	return t, nil
}

// labelledColumn is the column of a dict that has those labels.
func (r *reader) labelledColumn(name string, v pickle.Value, labels pickle.Dict) (column, error) {
	same, err := r.sameKeys(r.doc.Dict(v), labels)
	if err == nil && !same {
		err = &ColumnError{Kind: ErrInvalid, Column: name, Detail: "the keys of its rows are others than those of the first column; if each key is a row, read it with orient index"}
	}
	return column{name: name, src: &cellSource{cells: &entryCells{dict: r.doc.Dict(v), values: true}}}, err
}

// columnsByKey says whether a dict of dicts holds a column for each key: the inner keys
// are many or count from 0, and those of all are the same.
func (r *reader) columnsByKey(d pickle.Dict) bool {
	_, v := d.Entry(0)
	first := r.doc.Dict(v)
	counting := r.count(first)
	if first.Len() == 0 || !counting && first.Len() <= 4*d.Len() {
		return false
	}
	vectors := 0
	for i := range min(first.Len(), 100) {
		_, m := first.Entry(i)
		if m.Kind() == pickle.KindDict || r.isTable(m) {
			return false
		}
		if r.isVector(m) {
			vectors++
		}
	}
	if !counting && vectors == min(first.Len(), 100) {
		return false // tables by name
	}
	for i := range d.Len() {
		k, m := d.Entry(i)
		if same, err := r.sameKeys(r.doc.Dict(m), first); !k.IsText() || !same || err != nil {
			return false
		}
	}
	return true
}

// sameKeys says whether two dicts have the same keys in the same order.
func (r *reader) sameKeys(a, b pickle.Dict) (bool, error) {
	if a.Len() != b.Len() {
		return false, nil
	}
	if err := r.visit(a.Len()); err != nil {
		return false, err
	}
	for i := range a.Len() {
		x, _ := a.Entry(i)
		y, _ := b.Entry(i)
		if x == y {
			continue
		}
		if x.IsText() && y.IsText() {
			if err := r.visit(x.Len() / bytesPerVisit); err != nil {
				return false, err
			}
			if bytes.Equal(r.doc.Bytes(x), r.doc.Bytes(y)) {
				continue
			}
		}
		if x.Kind() != pickle.KindInt || y.Kind() != pickle.KindInt || x.Int() != y.Int() {
			return false, nil
		}
	}
	return true, nil
}

// count says whether a dict's keys are 0, 1, 2, ...
func (r *reader) count(d pickle.Dict) bool {
	for i := range d.Len() {
		if k, _ := d.Entry(i); k.Kind() != pickle.KindInt || k.Int() != int64(i) {
			return false
		}
	}
	return true
}

// allDicts says whether all values of a dict are dicts.
func (r *reader) allDicts(d pickle.Dict) bool {
	for i := range d.Len() {
		if _, m := d.Entry(i); m.Kind() != pickle.KindDict {
			return false
		}
	}
	return d.Len() > 0
}
