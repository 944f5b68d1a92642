package pandas

import (
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

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
func (t *infer) mixed(b *builder, at *place, why string) error {
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
	return &CellError{Kind: ErrMixed, Column: b.name + at.String(), Row: b.rowAt + int64(row), Found: "a mixture", Detail: detail}
}

// typ is the type that holds all cells seen, by the rules of the package's doc.
func (t *infer) typ(b *builder, at *place, nested bool) (arrow.DataType, error) {
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
		return t.intType(b, at)
	case only(classInt, classBigInt, classFloat):
		return t.floatType(b, at, set)
	case only(classDecimal, classInt, classBigInt):
		return t.decimalType(b, at)
	case only(classComplex):
		half := dtype{kind: 'f', size: 8}
		if n := t.bits[1]; !n.mixed && n.bits == 64 {
			half.size = 4
		}
		return arrow.StructOf(complexFields(half)...), nil
	case only(classDate):
		return arrow.FixedWidthTypes.Date32, nil
	case only(classDatetime, classDate):
		return t.datetimeType(b, at)
	case only(classTime):
		return arrow.FixedWidthTypes.Time64us, nil
	case only(classDelta):
		return &arrow.DurationType{Unit: t.finest()}, nil
	case only(classInterval):
		return t.intervalType(b, at)
	case only(classList):
		item, err := t.item.typ(b, &place{at, "[]", ""}, true)
		if err != nil {
			return nil, err
		}
		return arrow.ListOf(item), nil
	case only(classDict):
		return t.dictType(b, at)
	case set == bit(classOther):
		return nil, &CellError{Kind: ErrUnsupported, Column: b.name + at.String(), Row: b.rowAt + int64(t.rows[classOther]-1),
			Found: t.found[classOther], Detail: "no column is made of it"}
	}
	return nil, t.mixed(b, at, "one column has one type; convert it before pickling, or name the type that is wanted")
}

func (t *infer) intType(b *builder, at *place) (arrow.DataType, error) {
	if n := t.bits[0]; n.seen && !n.mixed && n.bits != 0 {
		return intTypes(n.bits, n.sign), nil
	}
	if t.rows[classBigInt] == 0 {
		return arrow.PrimitiveTypes.Int64, nil
	}
	if !t.neg && t.lo >= 0 && t.big.BitLen() <= 64 {
		return arrow.PrimitiveTypes.Uint64, nil
	}
	return t.decimalType(b, at)
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

func (t *infer) floatType(b *builder, at *place, set uint32) (arrow.DataType, error) {
	if t.inexact != 0 {
		return nil, t.mixed(b, at, fmt.Sprintf("the int in row %d does not fit a float64 exactly", b.rowAt+int64(t.inexact-1)))
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
func (t *infer) decimalType(b *builder, at *place) (arrow.DataType, error) {
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
	return nil, t.mixed(b, at, fmt.Sprintf("%d digits are more than a decimal holds (%d)", precision, decimalDigits))
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

func (t *infer) datetimeType(b *builder, at *place) (arrow.DataType, error) {
	if t.aware != 0 && (t.naive != 0 || t.rows[classDate] != 0) {
		return nil, t.mixed(b, at, "times with and without a time zone have no common type")
	}
	typ := &arrow.TimestampType{Unit: t.finest(), TimeZone: t.zone}
	if t.zones {
		typ.TimeZone = "UTC"
	}
	return typ, nil
}

func (t *infer) intervalType(b *builder, at *place) (arrow.DataType, error) {
	l, err := t.left.typ(b, &place{at, ".", "left"}, true)
	if err != nil {
		return nil, err
	}
	r, err := t.right.typ(b, &place{at, ".", "right"}, true)
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

func (t *infer) dictType(b *builder, at *place) (arrow.DataType, error) {
	if t.fields == nil {
		if len(t.keys) > 0 {
			return nil, t.mixed(b, at, "some keys of the dicts are text and some are not")
		}
		k, err := t.mapKey.typ(b, &place{at, ".", "key"}, true)
		if err != nil {
			return nil, err
		}
		v, err := t.mapVal.typ(b, &place{at, ".", "value"}, true)
		if err != nil {
			return nil, err
		}
		return arrow.MapOf(k, v), nil
	}
	fields := make([]arrow.Field, len(t.keys))
	for i, k := range t.keys {
		ft, err := t.fields[k].typ(b, &place{at, ".", k}, true)
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
	typ, err := t.typ(b, b.within, false)
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
		return &CellError{Kind: e.Kind, Column: b.column(), Row: b.rowAt + int64(row), Found: "a value", Detail: e.Detail}
	case *pickle.LimitError:
		return fmt.Errorf("column %s row %d: %w", quote(b.column()), b.rowAt+int64(row), err)
	}
	return err
}
