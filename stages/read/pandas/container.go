package pandas

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// table turns the pickled object into a table, following the path of keys in
// sel ("train", or "frame/float") where it holds several.
func (r *reader) table(v pickle.Value, sel string) (*table, error) {
	if n := r.doc.Dumps(); n > 1 && sel == "" && v == r.doc.Root() && !r.dumpedRows(v) {
		one, ok := r.onlyTable(v)
		if !ok {
			return nil, &TableError{Kind: ErrSelect, Detail: fmt.Sprintf("the file holds %d pickles, one after the other, as pickle.dump writes them when it is called again; select one, from 0 to %d, or write them as one list", n, n-1)}
		}
		v = one
	}
	for sel != "" {
		var key string
		key, rest, _ := strings.Cut(sel, "/")
		next, err := r.member(v, sel)
		if err == nil {
			v, sel = next, ""
			break
		}
		if next, err = r.member(v, key); err != nil {
			return nil, err
		}
		v, sel = next, rest
	}
	switch v.Kind() {
	case pickle.KindObject:
		return r.objectTable(v)
	case pickle.KindList, pickle.KindTuple:
		return r.listTable(v)
	case pickle.KindDict:
		return r.dictTable(v)
	}
	return nil, notTable("it holds %s; %s", r.doc.Describe(v), whatIsRead)
}

// dumpedRows says whether pickles that lie one after the other are rows: dicts, the first
// of which has a value that is not a column.
func (r *reader) dumpedRows(v pickle.Value) bool {
	it := r.doc.Items(v)
	for i := range it.Len() {
		if it.At(i).Kind() != pickle.KindDict {
			return false
		}
	}
	first := r.doc.Dict(it.At(0))
	for i := range first.Len() {
		switch _, m := first.Entry(i); m.Kind() {
		case pickle.KindList, pickle.KindTuple, pickle.KindDict, pickle.KindObject:
		default:
			return true
		}
	}
	return false
}

// onlyTable returns the one of several pickles that can be a table: beside it there are
// single values, such as a None or a version number.
func (r *reader) onlyTable(v pickle.Value) (one pickle.Value, ok bool) {
	it := r.doc.Items(v)
	for i := range it.Len() {
		switch item := it.At(i); item.Kind() {
		case pickle.KindList, pickle.KindTuple, pickle.KindDict, pickle.KindObject:
			if ok {
				return one, false
			}
			one, ok = item, true
		}
	}
	return one, ok
}

const whatIsRead = "pickshard reads tables: a DataFrame or Series, a list of dicts or tuples, a dict of lists or arrays, a numpy array of one or two dimensions"

func (r *reader) objectTable(v pickle.Value) (*table, error) {
	switch r.doc.Class(v) {
	case pickle.GDataFrame, pickle.GSparseDataFrame:
		return r.frame(v)
	case pickle.GPanel:
		return nil, notTable("it holds a pandas.Panel, which has three axes; turn it into a frame with panel.to_frame() before pickling")
	}
	switch {
	case r.isSeries(v):
		return r.seriesTable(v)
	case r.isIndex(v):
		return r.indexTable(v)
	case r.isArray(v):
		return r.arrayTable(v)
	case r.isVector(v):
		s, err := r.vector(v)
		if err != nil {
			return nil, err
		}
		return &table{kind: "pandas array", rows: s.len(), columns: []column{{name: "0", src: s}}}, nil
	}
	return nil, notTable("it holds a %s; %s", r.doc.TypeName(v), whatIsRead)
}

// indexTable is an Index as a table of its levels.
func (r *reader) indexTable(v pickle.Value) (*table, error) {
	ix, err := r.index(v)
	if err != nil {
		return nil, err
	}
	t := &table{kind: "pandas.Index", rows: ix.n}
	for i, lv := range ix.levels {
		name := strconv.Itoa(i)
		if !lv.unnamed() {
			if name, err = r.name(lv.name); err != nil {
				return nil, err
			}
		}
		t.columns = append(t.columns, column{name: name, src: lv.src})
	}
	return t, nil
}

// arrayTable is a numpy array: one dimension gives the column "0", two give a
// column an item of the second axis, a structured array one a field.
func (r *reader) arrayTable(v pickle.Value) (*table, error) {
	a, err := r.array(v)
	if err != nil {
		return nil, err
	}
	t := &table{kind: "numpy.ndarray"}
	if a.mask != nil || r.doc.Class(v) == pickle.GNdMaReconstruct {
		t.kind = "numpy.ma.MaskedArray"
	}
	switch {
	case len(a.shape) == 1 && len(a.dt.fields) > 0:
		return r.recordTable(a, t)
	case len(a.shape) == 1:
		s, err := r.vectorOf(a.row(0))
		if err != nil {
			return nil, err
		}
		t.rows, t.columns = a.n, []column{{name: "0", src: s}}
		return t, nil
	case len(a.shape) == 2:
		t.rows = a.shape[0]
		if err := r.checkWidth(a.shape[1]); err != nil {
			return nil, err
		}
		for j := range a.shape[1] {
			s, err := r.vectorOf(a.column(j))
			if err != nil {
				return nil, err
			}
			t.columns = append(t.columns, column{name: strconv.Itoa(j), src: s})
		}
		return t, nil
	}
	if len(a.shape) == 0 {
		return nil, notTable("it holds a single value in an array; %s", whatIsRead)
	}
	t.rows, t.columns = a.shape[0], []column{{name: "0", src: &arrayRows{a}}}
	return t, r.visit(a.shape[0])
}

// recordTable is a structured array: a column a field.
func (r *reader) recordTable(a *ndarray, t *table) (*table, error) {
	t.rows = a.n
	for i, f := range a.dt.fields {
		if a.data == nil { // fields that are objects: a list of tuples
			var c cells = &tupleCells{doc: r.doc, rows: a.cells, place: i}
			if a.mask != nil {
				s := a.row(0)
				s.maskAt = i
				c = &maskedCells{c, s}
			}
			t.columns = append(t.columns, column{name: f.name, src: &cellSource{cells: c, word: f.dt.String()}})
			continue
		}
		s := newFixed(a.row(0))
		s.dt, s.off = f.dt, f.at
		s.s.maskAt = i
		t.columns = append(t.columns, column{name: f.name, src: s})
	}
	if a.data == nil {
		return t, r.checkWidths(a.cells, len(a.dt.fields))
	}
	return t, nil
}

// listTable is a list of dicts, or of tuples or lists of one length.
func (r *reader) listTable(v pickle.Value) (*table, error) {
	rows := r.doc.Items(v)
	if rows.Len() == 0 {
		t := &table{kind: "empty list"}
		for _, name := range r.opts.Columns {
			t.columns = append(t.columns, column{name: name, src: &cellSource{cells: &itemCells{step: 1}}})
		}
		return t, nil
	}
	if t, err := r.parallelTable(v); t != nil || err != nil {
		return t, err
	}
	if r.differ(rows) && len(r.members(v)) > 0 {
		return nil, r.severalTables(v)
	}
	switch first := rows.At(0); first.Kind() {
	case pickle.KindDict:
		return r.recordsTable(rows)
	case pickle.KindTuple, pickle.KindList:
		it := r.doc.Items(first)
		if err := r.checkWidth(it.Len()); err != nil {
			return nil, err
		}
		t := &table{kind: "list of " + first.Kind().String(), rows: rows.Len(), records: true}
		if err := r.checkWidths(rows, it.Len()); err != nil {
			var ragged *TableError
			switch {
			case !errors.As(err, &ragged):
				return nil, err
			case r.allLists(rows):
				return r.valuesTable(rows, "list of lists")
			case len(r.members(v)) > 0:
				return nil, r.severalTables(v)
			}
			return nil, err
		}
		for j := range it.Len() {
			t.columns = append(t.columns, column{name: strconv.Itoa(j), src: &cellSource{
				cells: &tupleCells{doc: r.doc, rows: rows, place: j}}})
		}
		return t, nil
	default:
		if r.isTable(first) {
			return nil, r.severalTables(v)
		}
		return r.valuesTable(rows, "list")
	}
}

// allLists says whether all rows are lists or tuples.
func (r *reader) allLists(rows pickle.Items) bool {
	for i := 0; i < rows.Len(); {
		run := rows.Run(i)
		for _, row := range run {
			if k := row.Kind(); k != pickle.KindList && k != pickle.KindTuple {
				return false
			}
		}
		i += len(run)
	}
	return true
}

// checkWidths makes sure that every row has as many items.
func (r *reader) checkWidths(rows pickle.Items, width int) error {
	if err := r.visit(rows.Len()); err != nil {
		return err
	}
	searched := 0 // stretches of items that each column has to look through
	for i := 0; i < rows.Len(); {
		run := rows.Run(i)
		for k, row := range run {
			if kind := row.Kind(); kind != pickle.KindTuple && kind != pickle.KindList || r.doc.Count(row) != width {
				return notTable("row %d is %s, not a tuple or list of %d as row 0", i+k, r.doc.Describe(row), width)
			}
			if row.Kind() == pickle.KindList {
				it := r.doc.Items(row)
				searched += it.Runs() - 1
			}
		}
		i += len(run)
	}
	return r.visit(searched * width)
}

// recordsTable is a list of dicts: the columns are their keys in the order of
// first appearance; a missing key is null.
func (r *reader) recordsTable(rows pickle.Items) (*table, error) {
	t := &table{kind: "list of dict", rows: rows.Len(), records: true}
	searched := 0 // entries that each column has to look through
	var last pickle.Value
	seen := map[recordKey]bool{}
	shapes := map[int]bool{}
	for i := 0; i < rows.Len(); {
		run := rows.Run(i)
		if err := r.visit(len(run)); err != nil {
			return nil, err
		}
		for k, row := range run {
			if row.Kind() != pickle.KindDict {
				return nil, notTable("row %d is %s, not a dict as row 0", i+k, r.doc.Describe(row))
			}
			d := r.doc.Dict(row)
			if s := d.Shape(); s != 0 {
				if shapes[s] {
					continue
				}
				shapes[s] = true
			} else if err := r.searchedIn(&d, &searched); err != nil {
				return nil, err
			}
			for j := range d.Len() {
				kv, _ := d.Entry(j)
				if !kv.IsText() && kv.Kind() != pickle.KindInt {
					return nil, unsupported("row %d has the key %s", i+k, r.doc.Describe(kv))
				}
				if kv == last {
					continue
				}
				last = kv
				name, err := r.name(kv)
				if err != nil {
					return nil, err
				}
				key := recordKey{kv.Kind() == pickle.KindInt, name}
				if seen[key] {
					continue
				}
				seen[key] = true
				if len(t.columns) == maxRecordKeys {
					return nil, &pickle.LimitError{Bound: pickle.BoundWidth, Max: maxRecordKeys, Offset: -1,
						Detail: "different keys in a list of dicts"}
				}
				t.columns = append(t.columns, column{name: name, src: &cellSource{
					cells: &fieldCells{doc: r.doc, rows: rows, key: string(r.doc.Bytes(kv)), number: kv}}})
			}
		}
		i += len(run)
	}
	return t, r.visit(searched * len(t.columns))
}

// searchedIn adds the entries of a dict without a shape, long keys as several.
func (r *reader) searchedIn(d *pickle.Dict, searched *int) error {
	n := d.Len()
	for i := range d.Len() {
		k, _ := d.Entry(i)
		if k.IsText() {
			n += k.Len() / bytesPerVisit
		}
	}
	*searched += n
	return r.visit(n)
}

// recordKey tells keys apart that have one name: 1 and "1".
type recordKey struct {
	number bool
	name   string
}

// maxRecordKeys bounds the columns of a list of dicts, whose rows may all have
// other keys.
const maxRecordKeys = 1 << 14

// isTable tells whether a value can stand on its own as a table.
func (r *reader) isTable(v pickle.Value) bool {
	switch r.doc.Class(v) {
	case pickle.GDataFrame, pickle.GSparseDataFrame:
		return true
	}
	return false
}

// dictTable is a dict of columns; a dict of tables needs Options.Select.
func (r *reader) dictTable(v pickle.Value) (*table, error) {
	d := r.doc.Dict(v)
	if d.Len() == 0 {
		return nil, notTable("it holds an empty dict; %s", whatIsRead)
	}
	if t, err := r.oriented(v); t != nil || err != nil {
		return t, err
	}
	if err := r.checkWidth(d.Len()); err != nil {
		return nil, err
	}
	columns := 0
	for i := range d.Len() {
		if _, m := d.Entry(i); r.isVector(m) {
			columns++
		}
	}
	t := &table{kind: r.doc.TypeName(v) + " of columns", rows: -1}
	at := map[recordKey]int{}
	var ix *index
	for i := range d.Len() {
		kv, vv := d.Entry(i)
		if !r.isVector(vv) {
			if columns == 0 || vv.Kind() == pickle.KindDict || r.isTable(vv) {
				return nil, r.notColumns(v, kv, vv)
			}
			r.warn("entry %s is %s, not a column: it is left out", r.label(kv), r.doc.Describe(vv))
			continue
		}
		name, err := r.name(kv)
		if err != nil {
			return nil, err
		}
		s, rowIndex, err := r.dictColumn(vv)
		if err != nil {
			return nil, nameError(err, name)
		}
		if t.rows >= 0 && s.len() != t.rows {
			return nil, &ColumnError{Kind: ErrInvalid, Column: name, Detail: fmt.Sprintf(
				"it has %d rows, column %s has %d; if these are not columns of one table, select one of them",
				s.len(), quote(t.columns[0].name), t.rows)}
		}
		t.rows = s.len()
		if ix == nil {
			ix = rowIndex
		} else if same, err := r.sameIndex(ix, rowIndex); err != nil {
			return nil, err
		} else if !same {
			return nil, &ColumnError{Kind: ErrInvalid, Column: name,
				Detail: "its index is another than that of the columns before; align them before pickling (pandas.DataFrame(d)), or select one of them"}
		}
		key := recordKey{!kv.IsText(), name}
		if k, twice := at[key]; twice {
			t.columns[k].src = s // of repeated keys the last counts
			continue
		}
		at[key] = len(t.columns)
		t.columns = append(t.columns, column{name: name, src: s})
	}
	r.warnWide(t)
	if ix != nil {
		taken := map[string]bool{}
		for _, c := range t.columns {
			taken[c.name] = true
		}
		own, err := r.columnsOf(ix, taken)
		if err != nil {
			return nil, err
		}
		t.columns = append(t.columns, own...)
	}
	return t, nil
}

// dictColumn is one column of a dict, with its index when it is a Series.
func (r *reader) dictColumn(v pickle.Value) (source, *index, error) {
	if r.isSeries(v) {
		p, err := r.series(v)
		if err != nil {
			return nil, nil, err
		}
		return p.values, p.index, nil
	}
	if s, ok, err := r.arrayColumn(v); ok || err != nil {
		return s, nil, err
	}
	s, err := r.vector(v)
	if cs, ok := s.(*cellSource); ok && cs.word == "list" {
		cs.word = ""
	}
	return s, nil, err
}

// notColumns is the error for a dict that is not a dict of columns.
func (r *reader) notColumns(dict, key, v pickle.Value) error {
	if members := r.members(dict); len(members) > 0 {
		return r.severalTables(dict)
	}
	return notTable("it holds a %s whose entry %s is %s; %s", r.doc.TypeName(dict), r.label(key), r.doc.Describe(v), whatIsRead)
}
