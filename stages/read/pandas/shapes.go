package pandas

import (
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Plain containers that a person calls a table and that are none of rows and columns:
// lists of values, dicts of values by key, arrays of arrays.

// Orient says how a dict holds rows; see read.Orient, whose words these are.
type Orient string

// The orients that a pickled dict can have. OrientAuto goes by what the dict looks like.
const (
	OrientAuto    Orient = ""
	OrientColumns Orient = "columns" // {column: values}
	OrientIndex   Orient = "index"   // {key: {column: value}}
	OrientItems   Orient = "items"   // {key: value}
	OrientSplit   Orient = "split"   // {"columns": [...], "index": [...], "data": [[...], ...]}
	OrientRecords Orient = "records" // [{column: value}, ...]: a list has no other
)

// The names of the columns of a dict's keys and values.
const (
	keyName   = "key"
	valueName = "value"
)

// valuesTable is a list of values as one column.
func (r *reader) valuesTable(rows pickle.Items, kind string) (*table, error) {
	src := &cellSource{cells: &itemCells{items: rows, step: 1, n: rows.Len()}}
	return &table{kind: kind, rows: rows.Len(), columns: []column{{name: "0", src: src}}}, nil
}

// entryCells are the keys or the values of a dict.
type entryCells struct {
	dict   pickle.Dict
	values bool
}

func (c *entryCells) len() int { return c.dict.Len() }

func (c *entryCells) fill(dst []pickle.Value, at int) int {
	n := min(len(dst), c.dict.Len()-at)
	for i := range n {
		k, v := c.dict.Entry(at + i)
		if dst[i] = k; c.values {
			dst[i] = v
		}
	}
	return n
}

// itemsTable is a dict as two columns, key and value.
func (r *reader) itemsTable(v pickle.Value) (*table, error) {
	d := r.doc.Dict(v)
	if err := r.visit(2 * d.Len()); err != nil {
		return nil, err
	}
	return &table{kind: r.doc.TypeName(v) + " of items", rows: d.Len(), columns: []column{
		{name: keyName, src: &cellSource{cells: &entryCells{dict: d}}},
		{name: valueName, src: &cellSource{cells: &entryCells{dict: d, values: true}}},
	}}, nil
}

// indexedTable is a dict of records by key: the key, and a column for each field.
func (r *reader) indexedTable(v pickle.Value) (*table, error) {
	d := r.doc.Dict(v)
	values := &entryCells{dict: d, values: true}
	if err := r.visit(values.len()); err != nil {
		return nil, err
	}
	records := make([]pickle.Value, d.Len())
	values.fill(records, 0)
	t, err := r.recordsTable(pickle.ItemsOf(records))
	if err != nil {
		return nil, err
	}
	t.kind = r.doc.TypeName(v) + " of dict"
	taken := make(map[string]bool, len(t.columns))
	for _, c := range t.columns {
		taken[c.name] = true
	}
	name := keyName
	if taken[name] {
		name = freeName(name, taken, make(map[string]int))
	}
	t.columns = append([]column{{name: name, src: &cellSource{cells: &entryCells{dict: d}}}}, t.columns...)
	return t, nil
}

// oriented reads a dict as its orient says; nil where it is a dict of columns.
func (r *reader) oriented(v pickle.Value) (*table, error) {
	d := r.doc.Dict(v)
	switch r.opts.Orient {
	case OrientItems:
		return r.itemsTable(v)
	case OrientIndex:
		return r.indexedTable(v)
	case OrientColumns:
		if r.allDicts(d) {
			return r.labelledTable(v)
		}
		return nil, nil
	case OrientSplit:
		return r.splitTable(v)
	case OrientAuto:
	default:
		return nil, notTable("it holds a %s, which has no orient %s: use columns, index, split or items", r.doc.TypeName(v), r.opts.Orient)
	}
	if err := r.visit(d.Len()); err != nil {
		return nil, err
	}
	scalars, dicts, vectors := 0, 0, 0
	for i := range d.Len() {
		switch _, m := d.Entry(i); {
		case m.Kind() == pickle.KindDict:
			dicts++
		case r.isVector(m):
			vectors++
		case r.isTable(m):
		default:
			scalars++
		}
	}
	switch {
	case scalars == d.Len():
		return r.itemsTable(v)
	case dicts == d.Len() && r.recordsByKey(d):
		r.warn("a dict of dicts is read as a row for each key; orient says otherwise")
		return r.indexedTable(v)
	case dicts == d.Len() && r.columnsByKey(d):
		r.warn("a dict of dicts is read as a column for each key; orient says otherwise")
		return r.labelledTable(v)
	case vectors == d.Len() && r.ragged(d):
		r.warn("a dict of lists of different lengths is read as a row for each key; orient says otherwise")
		return r.itemsTable(v)
	}
	return nil, nil
}

// recordsByKey says whether a dict of dicts holds a record for each key: the inner keys
// are few and texts, and the first record has them all.
func (r *reader) recordsByKey(d pickle.Dict) bool {
	_, first := d.Entry(0)
	inner := r.doc.Dict(first)
	if inner.Len() == 0 || inner.Len() > 1000 || inner.Len() > 4*d.Len() && d.Len() > 1 {
		return false
	}
	vectors := 0
	for i := range inner.Len() {
		k, m := inner.Entry(i)
		if !k.IsText() || m.Kind() == pickle.KindDict {
			return false
		}
		if r.isTable(m) {
			return false
		}
		if r.isVector(m) {
			vectors++
		}
	}
	const several = 20 // more tables than these are hardly kept in one dict
	if vectors == inner.Len() && d.Len() <= several {
		return false // tables by name
	}
	for i := range min(d.Len(), 100) {
		_, m := d.Entry(i)
		if other := r.doc.Dict(m); other.Len() > 2*inner.Len()+8 {
			return false
		}
	}
	return true
}

// ragged says whether lists have different lengths.
func (r *reader) ragged(d pickle.Dict) bool {
	length := -1
	for i := range d.Len() {
		_, m := d.Entry(i)
		if k := m.Kind(); k != pickle.KindList && k != pickle.KindTuple {
			return false
		}
		n := r.doc.Count(m)
		if length >= 0 && n != length {
			return true
		}
		length = n
	}
	return false
}

// splitTable is what DataFrame.to_dict("split") gives.
func (r *reader) splitTable(v pickle.Value) (*table, error) {
	names, data := r.get(v, "columns"), r.get(v, "data")
	if k := data.Kind(); k != pickle.KindList && k != pickle.KindTuple || names.Kind() != pickle.KindList && names.Kind() != pickle.KindTuple {
		return nil, notTable("it holds a %s without the lists columns and data, which orient split asks for", r.doc.TypeName(v))
	}
	rows, cols := r.doc.Items(data), r.doc.Items(names)
	if err := r.checkWidth(cols.Len()); err != nil {
		return nil, err
	}
	if err := r.checkWidths(rows, cols.Len()); err != nil {
		return nil, err
	}
	t := &table{kind: "dict of columns and data", rows: rows.Len(), records: true}
	for j := range cols.Len() {
		name, err := r.name(cols.At(j))
		if err != nil {
			return nil, err
		}
		t.columns = append(t.columns, column{name: name, src: &cellSource{cells: &tupleCells{doc: r.doc, rows: rows, place: j}}})
	}
	return t, nil
}

// arrayRows are the items of the first axis of an array of several, each an array.
type arrayRows struct{ a *ndarray }

func (s *arrayRows) len() int      { return s.a.shape[0] }
func (s *arrayRows) dtype() string { return s.a.dt.String() }

func (s *arrayRows) natural(*reader) (arrow.DataType, error) { return nil, nil }

func (s *arrayRows) build(b *builder) error { return buildGeneral(b, s) }

func (s *arrayRows) cell(_ *reader, i int) (cell, error) {
	return cell{class: classList, arr: s.a.sub(i)}, nil
}

// arrayColumn is an array of several dimensions as one column of lists.
func (r *reader) arrayColumn(v pickle.Value) (source, bool, error) {
	if !r.isArray(v) {
		return nil, false, nil
	}
	a, err := r.array(v)
	if err != nil || len(a.shape) < 2 {
		return nil, false, err
	}
	return &arrayRows{a}, true, r.visit(a.shape[0])
}

// warnWide tells of a dict whose lists are more likely rows.
func (r *reader) warnWide(t *table) {
	if len(t.columns) > 100 && len(t.columns) > 20*t.rows {
		r.warn("%d columns of %d rows each: if each key is a row, read it with orient items", len(t.columns), t.rows)
	}
}

// parallelTable is a tuple of arrays that are as long as each other, such as (X, y): a
// column each, but for X of a pair, whose columns are the table's and y the last one. So
// is one of lists, such as (names, labels), that cannot be rows. nil where it is no such
// tuple.
func (r *reader) parallelTable(v pickle.Value) (*table, error) {
	const most = 16 // arrays; more are rows
	if v.Kind() != pickle.KindTuple {
		return nil, nil
	}
	parts := r.doc.Tuple(v)
	if len(parts) < 2 || len(parts) > most || !r.isArray(parts[0]) && !r.areColumns(parts) {
		return nil, nil
	}
	t := &table{kind: "tuple of arrays"}
	for i, part := range parts {
		if !r.isVector(part) {
			return nil, nil
		}
		s, _, err := r.dictColumn(part)
		if err != nil {
			return nil, err
		}
		if i > 0 && s.len() != t.rows {
			return nil, nil
		}
		t.rows = s.len()
		t.columns = append(t.columns, column{name: strconv.Itoa(i), src: s})
	}
	if !r.isArray(parts[0]) {
		t.kind = "tuple of lists"
		return t, nil
	}
	a, err := r.array(parts[0])
	if err != nil || len(parts) != 2 || len(a.shape) != 2 {
		return t, err
	}
	x, err := r.arrayTable(parts[0])
	if err != nil {
		return nil, err
	}
	x.kind = t.kind
	x.columns = append(x.columns, column{name: "y", src: t.columns[1].src})
	return x, nil
}

// areColumns says whether lists are columns: text comes first in some and numbers in
// others, which no column of rows has.
func (r *reader) areColumns(parts []pickle.Value) bool {
	texts, numbers := false, false
	for _, part := range parts {
		if k := part.Kind(); k != pickle.KindList && k != pickle.KindTuple || r.doc.Count(part) == 0 {
			return false
		}
		items := r.doc.Items(part)
		switch first := items.At(0); {
		case first.IsText():
			texts = true
		case first.Kind() == pickle.KindInt, first.Kind() == pickle.KindFloat, first.Kind() == pickle.KindBool:
			numbers = true
		}
	}
	return texts && numbers
}

// differ says whether a few containers are of kinds that no rows of one table are: lists
// and dicts, or frames.
func (r *reader) differ(rows pickle.Items) bool {
	const few = 64
	if rows.Len() > few {
		return false
	}
	lists, dicts, others := false, false, false
	for i := range rows.Len() {
		switch v := rows.At(i); {
		case v.Kind() == pickle.KindDict:
			dicts = true
		case r.isTable(v):
			return true
		case r.isVector(v):
			lists = true
		default:
			others = true
		}
	}
	return lists && dicts && !others
}
