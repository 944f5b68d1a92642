package pandas

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/pickle"
)

// infer gathers what the cells of a column (or the items of its lists, or the
// values of a key) are, and gives the one type that holds them all.
type infer struct {
	rows    [classCount]int    // first row of each class, +1; 0: never seen
	found   [classCount]string // what stands there
	nan     bool               // a NaN was seen
	none    bool               // another null was seen
	lo, hi  int64              // of ints
	inexact int                // first row +1 of an int that a float64 cannot hold
	big     big.Int            // the largest magnitude of big ints
	neg     bool               // a big int is negative
	bits    [2]numpyBits       // width of ints, of floats
	whole   int                // digits before the point of decimals
	scale   int32
	unit    arrow.TimeUnit // finest of datetimes or timedeltas
	tlo     [4]int64       // smallest and largest ticks by unit
	thi     [4]int64
	tseen   [4]bool
	zone    string
	zones   bool // several
	naive   int  // first row +1
	aware   int
	item    *infer
	keys    []string
	fields  map[string]*infer
	mapKey  *infer
	mapVal  *infer
	left    *infer
	right   *infer
}

// numpyBits tells whether all numbers have one numpy width.
type numpyBits struct {
	seen, mixed bool
	bits        uint8
	sign        bool
}

func (n *numpyBits) add(bits uint8, sign bool) {
	if n.seen && (n.bits != bits || n.sign != sign) {
		n.mixed = true
	}
	n.seen, n.bits, n.sign = true, bits, sign
}

const mostKeys = 256 // fields of a struct made from dicts

// look adds one cell.
func (t *infer) look(r *reader, c *cell, row int) error {
	if err := r.visit(1); err != nil {
		return err
	}
	if t.rows[c.class] == 0 {
		t.rows[c.class] = row + 1
		if c.class != classNull {
			t.found[c.class] = r.describe(c)
		}
	}
	switch c.class {
	case classNull:
		t.nan = t.nan || c.nan
		t.none = t.none || !c.nan
	case classInt:
		t.lo, t.hi = min(t.lo, c.i), max(t.hi, c.i)
		if t.inexact == 0 && int64(float64(c.i)) != c.i {
			t.inexact = row + 1
		}
		t.bits[0].add(c.bits, c.sign)
	case classBigInt:
		t.neg = t.neg || c.n.Sign() < 0
		if c.n.CmpAbs(&t.big) > 0 {
			t.big.Abs(c.n)
		}
		if t.inexact == 0 {
			t.inexact = row + 1
		}
		t.bits[0].add(c.bits, false)
	case classFloat, classComplex:
		t.bits[1].add(c.bits, true)
	case classDecimal:
		digits := len(new(big.Int).Abs(c.n).String())
		t.whole = max(t.whole, digits-int(c.scale))
		t.scale = max(t.scale, c.scale)
	case classDatetime, classDelta:
		t.lookTime(c, row)
	case classInterval:
		return t.lookInterval(r, c, row)
	case classList:
		return t.lookList(r, c, row)
	case classDict:
		return t.lookDict(r, c, row)
	}
	return nil
}

func (t *infer) lookTime(c *cell, row int) {
	u := c.unit
	t.unit = max(t.unit, u)
	if !t.tseen[u] {
		t.tseen[u], t.tlo[u], t.thi[u] = true, c.i, c.i
	}
	t.tlo[u], t.thi[u] = min(t.tlo[u], c.i), max(t.thi[u], c.i)
	if c.class == classDelta {
		return
	}
	if c.zone == "" {
		if t.naive == 0 {
			t.naive = row + 1
		}
		return
	}
	if t.aware == 0 {
		t.aware, t.zone = row+1, c.zone
	}
	t.zones = t.zones || c.zone != t.zone
}

func (t *infer) lookInterval(r *reader, c *cell, row int) error {
	if t.left == nil {
		t.left, t.right = &infer{}, &infer{}
	}
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	if err := t.left.look(r, c.lo, row); err != nil {
		return err
	}
	return t.right.look(r, c.hi, row)
}

func (t *infer) lookList(r *reader, c *cell, row int) error {
	if t.item == nil {
		t.item = &infer{}
	}
	return r.eachItem(c, func(item *cell) error { return t.item.look(r, item, row) })
}

// lookDict adds the keys of a dict: text keys make a struct, other keys a map.
func (t *infer) lookDict(r *reader, c *cell, row int) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	if c.at != nil {
		return unsupported("a pyarrow struct or map here")
	}
	if t.mapKey == nil {
		t.mapKey, t.mapVal, t.fields = &infer{}, &infer{}, map[string]*infer{}
	}
	d := r.doc.Dict(c.v)
	for i := range d.Len() {
		kv, vv := d.Entry(i)
		k, err := r.cell(kv)
		if err != nil {
			return err
		}
		v, err := r.cell(vv)
		if err != nil {
			return err
		}
		v.inner = true
		if err := t.mapKey.look(r, &k, row); err != nil {
			return err
		}
		if k.class != classText || t.fields == nil {
			t.fields = nil
			if err := t.mapVal.look(r, &v, row); err != nil {
				return err
			}
			continue
		}
		f := t.fields[string(k.b)]
		if f == nil {
			if len(t.keys) == mostKeys {
				return unsupported("dicts with more than %d keys in a column", mostKeys)
			}
			f = &infer{}
			t.fields[string(k.b)] = f
			t.keys = append(t.keys, string(k.b))
		}
		if err := f.look(r, &v, row); err != nil {
			return err
		}
	}
	return nil
}

// eachItem calls f with the items of a list cell; arrays go along their first
// axis.
func (r *reader) eachItem(c *cell, f func(*cell) error) error {
	if err := r.enter(); err != nil {
		return err
	}
	defer r.leave()
	var item cell // one for all: it escapes
	if a := c.arr; a != nil {
		if a.mask != nil {
			return unsupported("a masked array in a cell")
		}
		for i := range a.shape[0] {
			if len(a.shape) > 1 {
				item = cell{class: classList, arr: a.sub(i)}
			} else {
				var err error
				if item, err = r.itemCell(a, a.base+i*a.strides[0]); err != nil {
					return err
				}
			}
			item.inner = true
			if err := f(&item); err != nil {
				return err
			}
		}
		return nil
	}
	if a := c.at; a != nil {
		for i := a.lo; i < a.hi; i++ {
			var err error
			if item, err = a.d.cell(r, i, r.depth); err != nil {
				return err
			}
			item.inner = true
			if err := f(&item); err != nil {
				return err
			}
		}
		return nil
	}
	it := r.doc.Items(c.v)
	for i := range it.Len() {
		var err error
		if item, err = r.cell(it.At(i)); err != nil {
			return err
		}
		item.inner = true
		if err := f(&item); err != nil {
			return err
		}
	}
	return nil
}

// set returns the classes seen, without null, as bits.
func (t *infer) set() uint32 {
	var s uint32
	for c := classText; c < classCount; c++ {
		if t.rows[c] != 0 {
			s |= 1 << c
		}
	}
	return s
}

func bit(cs ...class) uint32 {
	var s uint32
	for _, c := range cs {
		s |= 1 << c
	}
	return s
}

// mixed is the error for a column without a common type.
func (t *infer) mixed(b *builder, path, why string) error {
	var parts []string
	row := 0
	for c := classText; c < classCount; c++ {
		if t.rows[c] == 0 {
			continue
		}
		parts = append(parts, fmt.Sprintf("%s (row %d)", t.found[c], b.rowAt+int64(t.rows[c]-1)))
		row = max(row, t.rows[c]-1)
	}
	detail := "it holds " + strings.Join(parts, ", ")
	if why != "" {
		detail += "; " + why
	}
	return &CellError{Kind: ErrMixed, Column: b.name + path, Row: b.rowAt + int64(row), Found: "a mixture", Detail: detail}
}

// typ is the type that holds all cells seen, by the rules of the package's doc.
func (t *infer) typ(b *builder, path string, nested bool) (arrow.DataType, error) {
	set := t.set()
	only := func(cs ...class) bool { return set&^bit(cs...) == 0 }
	switch {
	case set == 0:
		if t.nan && (nested || !t.none) {
			return arrow.PrimitiveTypes.Float64, nil
		}
		return arrow.Null, nil
	case only(classText, classPath, classUUID, classPeriod):
		return arrow.BinaryTypes.String, nil
	case only(classBytes):
		return arrow.BinaryTypes.Binary, nil
	case only(classBool):
		return arrow.FixedWidthTypes.Boolean, nil
	case only(classInt, classBigInt):
		return t.intType(b, path)
	case only(classInt, classBigInt, classFloat):
		return t.floatType(b, path, set)
	case only(classDecimal, classInt, classBigInt):
		return t.decimalType(b, path)
	case only(classComplex):
		half := dtype{kind: 'f', size: 8}
		if n := t.bits[1]; !n.mixed && n.bits == 64 {
			half.size = 4
		}
		return arrow.StructOf(complexFields(half)...), nil
	case only(classDate):
		return arrow.FixedWidthTypes.Date32, nil
	case only(classDatetime, classDate):
		return t.datetimeType(b, path)
	case only(classTime):
		return arrow.FixedWidthTypes.Time64us, nil
	case only(classDelta):
		return &arrow.DurationType{Unit: t.finest()}, nil
	case only(classInterval):
		return t.intervalType(b, path)
	case only(classList):
		item, err := t.item.typ(b, path+"[]", true)
		if err != nil {
			return nil, err
		}
		return arrow.ListOf(item), nil
	case only(classDict):
		return t.dictType(b, path)
	case set == bit(classOther):
		return nil, &CellError{Kind: ErrUnsupported, Column: b.name + path, Row: b.rowAt + int64(t.rows[classOther]-1),
			Found: t.found[classOther], Detail: "no rule makes a column of it"}
	}
	return nil, t.mixed(b, path, "one column has one type; convert it before pickling, or name the type that is wanted")
}

func (t *infer) intType(b *builder, path string) (arrow.DataType, error) {
	if n := t.bits[0]; n.seen && !n.mixed && n.bits != 0 {
		return intTypes(n.bits, n.sign), nil
	}
	if t.rows[classBigInt] == 0 {
		return arrow.PrimitiveTypes.Int64, nil
	}
	if !t.neg && t.lo >= 0 && t.big.BitLen() <= 64 {
		return arrow.PrimitiveTypes.Uint64, nil
	}
	return t.decimalType(b, path)
}

func intTypes(bits uint8, sign bool) arrow.DataType {
	switch {
	case bits == 8 && sign:
		return arrow.PrimitiveTypes.Int8
	case bits == 16 && sign:
		return arrow.PrimitiveTypes.Int16
	case bits == 32 && sign:
		return arrow.PrimitiveTypes.Int32
	case sign:
		return arrow.PrimitiveTypes.Int64
	case bits == 8:
		return arrow.PrimitiveTypes.Uint8
	case bits == 16:
		return arrow.PrimitiveTypes.Uint16
	case bits == 32:
		return arrow.PrimitiveTypes.Uint32
	}
	return arrow.PrimitiveTypes.Uint64
}

func (t *infer) floatType(b *builder, path string, set uint32) (arrow.DataType, error) {
	if t.inexact != 0 {
		return nil, t.mixed(b, path, fmt.Sprintf("the int in row %d does not fit a float64 exactly", b.rowAt+int64(t.inexact-1)))
	}
	if n := t.bits[1]; set == bit(classFloat) && !n.mixed {
		switch n.bits {
		case 16:
			return arrow.FixedWidthTypes.Float16, nil
		case 32:
			return arrow.PrimitiveTypes.Float32, nil
		}
	}
	return arrow.PrimitiveTypes.Float64, nil
}

// decimalType is the narrowest decimal for decimals and large ints.
func (t *infer) decimalType(b *builder, path string) (arrow.DataType, error) {
	whole := max(t.whole, 1)
	if t.rows[classInt] != 0 {
		whole = max(whole, len(fmt.Sprint(t.lo)), len(fmt.Sprint(t.hi)))
	}
	if t.rows[classBigInt] != 0 {
		whole = max(whole, len(t.big.String()))
	}
	precision := int32(whole) + t.scale
	switch {
	case precision <= 38:
		return &arrow.Decimal128Type{Precision: precision, Scale: t.scale}, nil
	case precision <= decimalDigits:
		return &arrow.Decimal256Type{Precision: precision, Scale: t.scale}, nil
	}
	return nil, t.mixed(b, path, fmt.Sprintf("%d digits are more than a decimal holds (%d)", precision, decimalDigits))
}

// finest is the finest unit seen in which all ticks fit 64 bits, or the finest in
// which the file has them.
func (t *infer) finest() arrow.TimeUnit {
	for u := t.unit; u > arrow.Second; u-- {
		fits := true
		for v := arrow.Second; v < u; v++ {
			mul := int64(v.Multiplier() / u.Multiplier())
			if t.tseen[v] && (t.thi[v] > math.MaxInt64/mul || t.tlo[v] < math.MinInt64/mul) {
				fits = false
			}
		}
		if fits {
			return u
		}
	}
	return arrow.Second
}

func (t *infer) datetimeType(b *builder, path string) (arrow.DataType, error) {
	if t.aware != 0 && (t.naive != 0 || t.rows[classDate] != 0) {
		return nil, t.mixed(b, path, "times with and without a time zone have no common type")
	}
	typ := &arrow.TimestampType{Unit: t.finest(), TimeZone: t.zone}
	if t.zones {
		typ.TimeZone = "UTC"
	}
	return typ, nil
}

func (t *infer) intervalType(b *builder, path string) (arrow.DataType, error) {
	l, err := t.left.typ(b, path+".left", true)
	if err != nil {
		return nil, err
	}
	r, err := t.right.typ(b, path+".right", true)
	if err != nil {
		return nil, err
	}
	if l.ID() == arrow.FLOAT64 {
		r = l
	} else if r.ID() == arrow.FLOAT64 {
		l = r
	}
	return intervalStruct(l, r), nil
}

func intervalStruct(l, r arrow.DataType) *arrow.StructType {
	return arrow.StructOf(arrow.Field{Name: "left", Type: l, Nullable: true}, arrow.Field{Name: "right", Type: r, Nullable: true})
}

func (t *infer) dictType(b *builder, path string) (arrow.DataType, error) {
	if t.fields == nil {
		if len(t.keys) > 0 {
			return nil, t.mixed(b, path, "some keys of the dicts are text and some are not")
		}
		k, err := t.mapKey.typ(b, path+".key", true)
		if err != nil {
			return nil, err
		}
		v, err := t.mapVal.typ(b, path+".value", true)
		if err != nil {
			return nil, err
		}
		return arrow.MapOf(k, v), nil
	}
	fields := make([]arrow.Field, len(t.keys))
	for i, k := range t.keys {
		ft, err := t.fields[k].typ(b, path+"."+k, true)
		if err != nil {
			return nil, err
		}
		fields[i] = arrow.Field{Name: k, Type: ft, Nullable: true}
	}
	return arrow.StructOf(fields...), nil
}

// buildGeneral infers the type of a source from its cells and builds it.
func buildGeneral(b *builder, s source) error {
	var t infer
	for i := range s.len() {
		c, err := s.cell(b.reader, i)
		if err != nil {
			return b.at(err, i)
		}
		if err := t.look(b.reader, &c, i); err != nil {
			return b.at(err, i)
		}
		if i&0xffff == 0xffff {
			if err := b.cancelled(); err != nil {
				return err
			}
		}
	}
	typ, err := t.typ(b, "", false)
	if err != nil {
		return err
	}
	if typ.ID() == arrow.FLOAT64 && t.set() == 0 {
		if cs, ok := s.(*cellSource); ok && cs.word == "object" {
			typ = arrow.Null
		}
	}
	return buildAs(b, s, typ)
}

// at adds column and row to an error about a value.
func (b *builder) at(err error, row int) error {
	switch e := err.(type) {
	case *TableError:
		return &CellError{Kind: e.Kind, Column: b.name, Row: b.rowAt + int64(row), Found: "a value", Detail: e.Detail}
	case *pickle.LimitError:
		return fmt.Errorf("column %q row %d: %w", b.name, b.rowAt+int64(row), err)
	}
	return err
}
