package pandas

import (
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// matrix is what stands in a block: one or more columns of equal length.
type matrix struct {
	cols, rows int
	col        func(i int) (source, error)
}

func single(s source) matrix {
	return matrix{cols: 1, rows: s.len(), col: func(int) (source, error) { return s, nil }}
}

// matrix reads the values of a block: a numpy array of one or two dimensions, or
// an extension array.
func (r *reader) matrix(v pickle.Value) (matrix, error) {
	if err := r.enter(); err != nil {
		return matrix{}, err
	}
	defer r.leave()
	if err := r.spend(objectCost); err != nil {
		return matrix{}, err
	}
	class := r.doc.Class(v)
	switch class {
	case pickle.GNdReconstruct:
		if r.doc.Global(r.doc.Arg(v, 0)) == pickle.GSparseArray {
			return r.sparseLegacy(v)
		}
		if r.isSeries(v) || r.isIndex(v) { // ndarray subclasses in pandas before 0.14
			return r.labelled(v)
		}
		return r.arrayMatrix(v, nil)
	case pickle.GNdFromBuffer, pickle.GNdMaReconstruct:
		return r.arrayMatrix(v, nil)
	case pickle.GUnpickleNDArrayBacked, pickle.GUnpickleIntervalMixin, pickle.GUnpicklePeriodMixin:
		class = r.doc.Global(r.doc.Arg(v, 0))
	}
	switch class {
	case pickle.GDatetimeArray, pickle.GTimedeltaArray, pickle.GPeriodArray:
		return r.backed(v, r.timeWrap)
	case pickle.GStringArray, pickle.GStringArrayNumpy:
		return r.backed(v, func(s source, _ pickle.Value) (source, error) {
			if cs, ok := s.(*cellSource); ok {
				cs.str, cs.word = true, "string"
			}
			return s, nil
		})
	case pickle.GNumpyArray:
		return r.backed(v, func(s source, _ pickle.Value) (source, error) { return s, nil })
	case pickle.GCategorical:
		return r.backed(v, func(s source, dt pickle.Value) (source, error) { return r.categorical(v, s, dt) })
	}
	if r.isSeries(v) || r.isIndex(v) {
		return r.labelled(v)
	}
	s, err := r.extension(v, class)
	if err != nil {
		return matrix{}, err
	}
	return single(s), nil
}

// labelled are the values of a Series, or an Index of one level.
func (r *reader) labelled(v pickle.Value) (matrix, error) {
	if r.isSeries(v) {
		p, err := r.series(v)
		if err != nil {
			return matrix{}, err
		}
		return single(p.values), nil
	}
	ix, err := r.index(v)
	if err != nil {
		return matrix{}, err
	}
	if len(ix.levels) != 1 {
		return matrix{}, unsupported("a MultiIndex as a column")
	}
	return single(ix.levels[0].src), nil
}

// extension reads the arrays that have one dimension only.
func (r *reader) extension(v pickle.Value, class pickle.Global) (source, error) {
	switch class {
	case pickle.GIntegerArray, pickle.GFloatingArray, pickle.GBooleanArray:
		return r.masked(v)
	case pickle.GIntervalArray:
		return r.intervals(v)
	case pickle.GSparseArray:
		return r.sparse(v)
	case pickle.GArrowStringArray, pickle.GArrowStringArrayNumpy, pickle.GArrowExtensionArray:
		return r.arrowArray(v)
	}
	return nil, unsupported("%s as the values of a column", r.doc.Describe(v))
}

// arrayMatrix reads a numpy array as one or several columns.
func (r *reader) arrayMatrix(v pickle.Value, wrap func(source) (source, error)) (matrix, error) {
	a, err := r.array(v)
	if err != nil {
		return matrix{}, err
	}
	m := matrix{cols: 1}
	switch len(a.shape) {
	case 1:
		m.rows = a.shape[0]
	case 2:
		m.cols, m.rows = a.shape[0], a.shape[1]
	default:
		return matrix{}, unsupported("an array of %d dimensions as columns", len(a.shape))
	}
	if a.n == 0 && m.cols != 0 && m.rows != 0 {
		return matrix{}, invalid("an array of %d by %d", m.cols, m.rows)
	}
	if err := r.checkWidth(m.cols); err != nil {
		return matrix{}, err
	}
	m.col = func(i int) (source, error) {
		s, err := r.vectorOf(a.row(i))
		if err != nil || wrap == nil {
			return s, err
		}
		return wrap(s)
	}
	return m, nil
}

// vectorOf makes a source of a run through an array.
func (r *reader) vectorOf(s strided) (source, error) {
	if s.a.mask != nil && len(s.a.dt.fields) > 0 {
		return nil, unsupported("a masked array of %s as one column; make a column of each field before pickling", s.a.dt)
	}
	if s.a.data != nil || s.a.dt.kind != 'O' && s.a.dt.kind != 'T' {
		if s.a.data == nil && s.n > 0 {
			return nil, unsupported("an array of %s that is pickled as a list", s.a.dt)
		}
		if s.a.data == nil {
			s.a.data = []byte{}
		}
		return newFixed(s), nil
	}
	var c cells = &itemCells{items: s.a.cells, start: s.at, step: s.step, n: s.n}
	if s.a.mask != nil {
		c = &maskedCells{c, s}
	}
	return &cellSource{cells: c, word: s.a.dt.String(), str: s.a.dt.kind == 'T'}, nil
}

// backed reads arrays over a numpy array: their state is (dtype, ndarray, {}) or
// (ndarray, dtype, {}), or a dict with the same.
func (r *reader) backed(v pickle.Value, wrap func(source, pickle.Value) (source, error)) (matrix, error) {
	data, dt := r.backedParts(v)
	if data.Kind() == pickle.KindInvalid {
		return matrix{}, invalid("%s without data", r.doc.TypeName(v))
	}
	return r.arrayMatrix(data, func(s source) (source, error) { return wrap(s, dt) })
}

func (r *reader) backedParts(v pickle.Value) (data, dt pickle.Value) {
	state := r.doc.Object(v).State
	for state.Kind() == pickle.KindTuple && state.Len() == 1 {
		state = r.doc.TupleItem(state, 0)
	}
	for _, part := range r.doc.Tuple(state) {
		switch {
		case r.isArray(part) && data.Kind() == pickle.KindInvalid:
			data = part
		case part.Kind() == pickle.KindObject && dt.Kind() == pickle.KindInvalid:
			dt = part
		}
	}
	if data.Kind() == pickle.KindInvalid {
		data = r.attr(v, "_ndarray", "_data", "_codes", "codes", "labels")
		dt = r.attr(v, "_dtype", "dtype")
	}
	if !r.isArray(data) && r.doc.Class(data) != pickle.GNone && data.Kind() == pickle.KindObject {
		if inner, innerDt := r.backedOnce(data); inner.Kind() != pickle.KindInvalid {
			data = inner
			if dt.Kind() != pickle.KindObject {
				dt = innerDt
			}
		}
	}
	return data, dt
}

// backedOnce looks through one array that holds another (a PandasArray in a
// StringArray).
func (r *reader) backedOnce(v pickle.Value) (data, dt pickle.Value) {
	data = r.attr(v, "_ndarray", "_data")
	if !r.isArray(data) {
		return pickle.Value{}, pickle.Value{}
	}
	return data, r.attr(v, "_dtype")
}

// timeWrap adds zone or freq to datetimes, timedeltas and periods.
func (r *reader) timeWrap(s source, dt pickle.Value) (source, error) {
	f, ok := s.(*fixedSource)
	if !ok {
		return nil, unsupported("times that are stored as objects")
	}
	switch r.doc.Class(dt) {
	case pickle.GDatetimeTZDtype:
		return r.withZone(f, dt)
	case pickle.GPeriodDtype:
		return r.periods(f, dt)
	}
	return f, nil
}

// withZone applies a DatetimeTZDtype: state {"unit", "tz"}, or the arguments
// (unit, tz).
func (r *reader) withZone(f *fixedSource, dt pickle.Value) (source, error) {
	tz := r.attr(dt, "tz", "_tz")
	unitName := r.attr(dt, "unit", "_unit")
	if tz.Kind() == pickle.KindInvalid {
		unitName, tz = r.doc.Arg(dt, 0), r.doc.Arg(dt, 1)
	}
	z, err := r.zone(tz)
	if err != nil {
		return nil, err
	}
	if f.dt.kind == 'i' && f.dt.size == 8 {
		u, _ := r.text(unitName)
		if u == "" {
			u = "ns"
		}
		f.dt.kind, f.dt.unit = 'M', unit{u, 1}
	}
	f.zone = z.name
	f.word = "datetime64[" + f.dt.unit.String() + ", " + z.name + "]"
	return f, nil
}

// masked reads the nullable integers, floats and booleans: {"_data", "_mask"}.
func (r *reader) masked(v pickle.Value) (source, error) {
	data, err := r.array(r.attr(v, "_data"))
	if err != nil {
		return nil, err
	}
	mask, err := r.array(r.attr(v, "_mask"))
	if err != nil {
		return nil, err
	}
	if len(data.shape) == 2 && data.shape[0] == 1 { // one column of a block
		data = data.sub(0)
	}
	if len(mask.shape) == 2 && mask.shape[0] == 1 {
		mask = mask.sub(0)
	}
	if len(data.shape) != 1 || len(mask.shape) != 1 || data.n != mask.n || mask.dt.size != 1 || mask.data == nil {
		return nil, invalid("a masked column whose mask does not fit its data")
	}
	s, err := r.vectorOf(data.row(0))
	if err != nil {
		return nil, err
	}
	f, ok := s.(*fixedSource)
	if !ok {
		return nil, invalid("a masked column of objects")
	}
	m := mask.row(0)
	f.mask, f.keep = &m, true
	f.word = maskedWord(f.dt)
	return f, nil
}

// maskedWord is pandas' word for a nullable dtype: Int64, Float32, boolean.
func maskedWord(dt dtype) string {
	s := dt.String()
	switch dt.kind {
	case 'b':
		return "boolean"
	case 'u':
		return "UI" + s[2:]
	case 'i', 'f':
		return string(s[0]-'a'+'A') + s[1:]
	}
	return s
}

// vector reads one column's worth of values: array, extension array, Index,
// Series, list or tuple.
func (r *reader) vector(v pickle.Value) (source, error) {
	switch v.Kind() {
	case pickle.KindList, pickle.KindTuple:
		it := r.doc.Items(v)
		return &cellSource{cells: &itemCells{items: it, step: 1, n: it.Len()}, word: "list"}, nil
	case pickle.KindObject:
		m, err := r.matrix(v)
		if err != nil {
			return nil, err
		}
		if m.cols != 1 {
			return nil, unsupported("an array of %d columns as one column", m.cols)
		}
		return m.col(0)
	}
	return nil, unsupported("%s as a column", r.doc.Describe(v))
}

// isVector tells whether vector has a chance with a value.
func (r *reader) isVector(v pickle.Value) bool {
	switch v.Kind() {
	case pickle.KindList, pickle.KindTuple:
		return true
	case pickle.KindObject:
		switch r.doc.Class(v) {
		case pickle.GNdReconstruct, pickle.GNdFromBuffer, pickle.GNdMaReconstruct, pickle.GUnpickleNDArrayBacked,
			pickle.GUnpickleIntervalMixin, pickle.GUnpicklePeriodMixin, pickle.GIntegerArray, pickle.GFloatingArray,
			pickle.GBooleanArray, pickle.GSparseArray, pickle.GArrowStringArray, pickle.GArrowExtensionArray,
			pickle.GArrowStringArrayNumpy, pickle.GStringArray, pickle.GDatetimeArray, pickle.GTimedeltaArray,
			pickle.GPeriodArray, pickle.GIntervalArray, pickle.GCategorical, pickle.GStringArrayNumpy, pickle.GNumpyArray:
			return true
		}
		return r.isSeries(v) || r.isIndex(v)
	}
	return false
}
