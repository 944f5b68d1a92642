package pandas

import (
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// dtype is a numpy dtype: the numbers of NPY_TYPES by their kind letter.
type dtype struct {
	kind   byte // 'b' bool, 'i', 'u', 'f', 'c', 'M', 'm', 'S', 'U', 'V', 'O', 'T' (variable-width text)
	size   int  // bytes of an item
	big    bool // big endian
	unit   unit // of M and m
	fields []field
	sub    *dtype // subarray of fixed shape
	shape  []int
	leaves int // fields, and fields of fields
	levels int // structured dtypes inside each other
}

// unit is the unit of datetime64 and timedelta64: num times a base.
type unit struct {
	base string // Y M W D h m s ms us ns ps fs as, or generic
	num  int64
}

// field is one of a structured dtype.
type field struct {
	name string
	at   int
	dt   dtype
}

// String returns numpy's word for the dtype.
func (d dtype) String() string {
	bits := strconv.Itoa(d.size * 8)
	switch d.kind {
	case 'b':
		return "bool"
	case 'i':
		return "int" + bits
	case 'u':
		return "uint" + bits
	case 'f':
		return "float" + bits
	case 'c':
		return "complex" + bits
	case 'M':
		return "datetime64[" + d.unit.String() + "]"
	case 'm':
		return "timedelta64[" + d.unit.String() + "]"
	case 'O':
		return "object"
	case 'S':
		return "S" + strconv.Itoa(d.size)
	case 'U':
		return "U" + strconv.Itoa(d.size/4)
	case 'T':
		return "StringDType"
	}
	if len(d.fields) > 0 {
		return d.record()
	}
	return "V" + strconv.Itoa(d.size)
}

// record spells out the first fields: there may be many, and they may be shared.
func (d dtype) record() string {
	const most, mostLevels = 20, 2
	var s strings.Builder
	s.WriteString("record<")
	for i, f := range d.fields {
		if i > 0 {
			s.WriteString(", ")
		}
		if i == most {
			s.WriteString(strconv.Itoa(len(d.fields)-most) + " more")
			break
		}
		word := "record"
		if d.levels < mostLevels || f.dt.fields == nil {
			word = f.dt.String()
		}
		s.WriteString(shortName(f.name) + ": " + word)
	}
	return s.String() + ">"
}

func (u unit) String() string {
	if u.num > 1 {
		return strconv.FormatInt(u.num, 10) + u.base
	}
	return u.base
}

// Bounds on structured dtypes.
const (
	dtypeDepth  = 8    // inside each other
	dtypeLeaves = 4096 // with the fields of fields
)

// dtype reads a pickled numpy.dtype, each once: many arrays, cells and fields share
// one.
func (r *reader) dtype(v pickle.Value, depth int) (dtype, error) {
	if v.Kind() != pickle.KindObject {
		return dtype{}, unsupported("a dtype that is %s", r.doc.Describe(v))
	}
	known, seen := r.dtypes[v.Addr()]
	switch {
	case seen && known == nil:
		return dtype{}, invalid("a dtype that holds itself")
	case seen:
		return *known, known.nestedIn(depth)
	}
	if r.dtypes == nil {
		r.dtypes = map[uint64]*dtype{}
	}
	r.dtypes[v.Addr()] = nil
	d, err := r.readDtype(v, depth)
	if err != nil {
		delete(r.dtypes, v.Addr())
		return dtype{}, err
	}
	r.dtypes[v.Addr()] = &d
	return d, d.nestedIn(depth)
}

// nestedIn tells of a dtype that is too deep at a depth.
func (d *dtype) nestedIn(depth int) error {
	if depth+d.levels > dtypeDepth {
		return unsupported("a dtype nested deeper than %d", dtypeDepth)
	}
	return nil
}

// readDtype reads a pickled numpy.dtype: numpy.dtype(code, align, copy) with the
// state (version, byteorder, subarray, names, fields, itemsize, alignment,
// flags[, metadata]).
func (r *reader) readDtype(v pickle.Value, depth int) (dtype, error) {
	if err := r.visit(8); err != nil {
		return dtype{}, err
	}
	if depth > dtypeDepth {
		return dtype{}, unsupported("a dtype nested deeper than %d", dtypeDepth)
	}
	switch r.doc.Class(v) {
	case pickle.GNdStringDType:
		return dtype{kind: 'T', size: 16}, nil
	case pickle.GNumpyEADtype:
		return r.dtype(r.attr(v, "_dtype"), depth+1)
	case pickle.GNdDtype:
	default:
		return dtype{}, unsupported("a dtype that is %s", r.doc.Describe(v))
	}
	d, err := r.dtypeCode(r.doc.Arg(v, 0), depth)
	if err != nil {
		return dtype{}, err
	}
	state := r.doc.Tuple(r.doc.Object(v).State)
	if state == nil {
		return d, nil
	}
	if len(state) < 5 {
		return dtype{}, invalid("a numpy dtype with a state of %d parts", len(state))
	}
	if !r.isVersion(state[0]) { // before numpy 1.0.x: no version
		state = append([]pickle.Value{{}}, state...)
	}
	return r.dtypeState(d, state, depth)
}

func (r *reader) isVersion(v pickle.Value) bool { return v.Kind() == pickle.KindInt }

// dtypeCode reads the first argument of numpy.dtype: 'f8', '<i4', 'M8[ns]', 'V28',
// or a class such as numpy.record.
func (r *reader) dtypeCode(v pickle.Value, depth int) (dtype, error) {
	if v.Kind() == pickle.KindTuple { // (numpy.record, 'V16') and the like
		return r.dtypeCode(r.doc.TupleItem(v, 1), depth+1)
	}
	if r.doc.Global(v) == pickle.GNdRecord { // of a recarray; the state has the fields
		return dtype{kind: 'V', unit: unit{"generic", 1}}, nil
	}
	const longest = 64
	code, ok := r.text(v)
	if !ok || code == "" || len(code) > longest {
		return dtype{}, unsupported("a numpy dtype made from %s", r.doc.Describe(v))
	}
	d := dtype{unit: unit{"generic", 1}}
	switch code[0] {
	case '>', '<', '|', '=':
		d.big = code[0] == '>'
		code = code[1:]
	}
	if i := strings.IndexByte(code, '['); i > 0 && strings.HasSuffix(code, "]") {
		d.unit = unit{code[i+1 : len(code)-1], 1}
		code = code[:i]
	}
	if code == "" {
		return dtype{}, unsupported("an empty numpy dtype")
	}
	d.kind = code[0]
	n := 0
	if len(code) > 1 {
		var err error
		if n, err = strconv.Atoi(code[1:]); err != nil || n < 0 || n > 1<<30 {
			return dtype{}, unsupported("the numpy dtype %s", quote(code))
		}
	}
	return d.sized(n, code)
}

// sized checks kind and size of a dtype code.
func (d dtype) sized(n int, code string) (dtype, error) {
	ok := false
	switch d.kind {
	case 'b', '?':
		d.kind, d.size, ok = 'b', 1, n <= 1
	case 'i', 'u':
		d.size, ok = n, n == 1 || n == 2 || n == 4 || n == 8
	case 'f':
		d.size, ok = n, n == 2 || n == 4 || n == 8
	case 'c':
		d.size, ok = n, n == 8 || n == 16
	case 'M', 'm':
		d.size, ok = 8, n == 8
	case 'O':
		d.size, ok = 8, true
	case 'S', 'a', 'V':
		d.size, ok = n, true
		if d.kind == 'a' {
			d.kind = 'S'
		}
	case 'U':
		d.size, ok = 4*n, true
	}
	if !ok {
		return dtype{}, unsupported("the numpy dtype %s", quote(code))
	}
	return d, nil
}

// dtypeState completes a dtype from its state.
func (r *reader) dtypeState(d dtype, state []pickle.Value, depth int) (dtype, error) {
	if order, ok := r.text(state[1]); ok {
		d.big = order == ">"
	}
	item := func(i int) pickle.Value {
		if i < len(state) {
			return state[i]
		}
		return pickle.Value{}
	}
	if d.kind == 'S' || d.kind == 'U' || d.kind == 'V' {
		if n, ok := r.integer(item(5)); ok && n >= 0 && n <= 1<<30 {
			d.size = int(n)
		}
	}
	if d.kind == 'M' || d.kind == 'm' {
		if u, ok := r.dtypeUnit(item(8)); ok {
			d.unit = u
		}
	}
	var err error
	if sub := item(2); sub.Kind() == pickle.KindTuple {
		if d, err = r.dtypeSub(d, sub, depth); err != nil {
			return dtype{}, err
		}
	}
	if names := item(3); names.Kind() == pickle.KindTuple {
		return r.dtypeFields(d, names, item(4), depth)
	}
	return d, nil
}

// dtypeUnit reads (metadata, (unit, num, den, event)).
func (r *reader) dtypeUnit(v pickle.Value) (unit, bool) {
	u := r.doc.TupleItem(v, 1)
	if u.Kind() != pickle.KindTuple { // numpy 1.6: metadata only
		return unit{}, false
	}
	const longest = 16
	base, ok := r.text(r.doc.TupleItem(u, 0))
	num, ok2 := r.integer(r.doc.TupleItem(u, 1))
	if !ok || len(base) > longest || !ok2 || num < 1 || num > 1<<31 {
		return unit{}, false
	}
	return unit{base, num}, true
}

func (r *reader) dtypeSub(d dtype, v pickle.Value, depth int) (dtype, error) {
	sub, err := r.dtype(r.doc.TupleItem(v, 0), depth+1)
	if err != nil {
		return dtype{}, err
	}
	shape, n, err := r.shape(r.doc.TupleItem(v, 1))
	if err != nil {
		return dtype{}, err
	}
	if product(int64(n), int64(sub.size)) != int64(d.size) {
		return dtype{}, invalid("a numpy subarray of %d items of %d bytes in %d bytes", n, sub.size, d.size)
	}
	d.sub, d.shape = &sub, shape
	d.leaves, d.levels = sub.leaves, sub.levels+1
	return d, nil
}

func (r *reader) dtypeFields(d dtype, names, fields pickle.Value, depth int) (dtype, error) {
	list := r.doc.Tuple(names)
	if d.leaves += len(list); d.leaves > dtypeLeaves {
		return dtype{}, unsupported("a structured dtype of %d fields", d.leaves)
	}
	if err := r.fields(len(list)); err != nil {
		return dtype{}, err
	}
	for _, nv := range list {
		if err := r.visit(1); err != nil {
			return dtype{}, err
		}
		name, ok := r.text(nv)
		if !ok {
			return dtype{}, invalid("a field name that is %s", r.doc.Describe(nv))
		}
		if err := r.named(len(name)); err != nil {
			return dtype{}, err
		}
		fv := r.get(fields, name)
		if fv.Kind() == pickle.KindInvalid {
			raw := r.doc.Bytes(nv)
			fv = r.get(fields, string(raw))
		}
		fd, err := r.dtype(r.doc.TupleItem(fv, 0), depth+1)
		if err != nil {
			return dtype{}, err
		}
		d.levels = max(d.levels, fd.levels+1)
		if d.leaves += fd.leaves; d.leaves > dtypeLeaves {
			return dtype{}, unsupported("a structured dtype of %d fields, with those of its fields", d.leaves)
		}
		at, ok := r.integer(r.doc.TupleItem(fv, 1))
		if !ok || at < 0 || at+int64(fd.size) > int64(d.size) {
			return dtype{}, invalid("field %s outside its record of %d bytes", quote(name), d.size)
		}
		d.fields = append(d.fields, field{name, int(at), fd})
	}
	return d, nil
}
