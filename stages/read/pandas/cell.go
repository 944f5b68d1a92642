package pandas

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/float16"

	"github.com/pickshard/pickshard/stages/read/internal/numeric"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// class is what a cell is, as far as the type of its column goes.
type class uint8

const (
	classNull class = iota
	classText
	classBytes
	classBool
	classInt
	classBigInt
	classFloat
	classComplex
	classDecimal
	classDate
	classDatetime // naive or with a zone
	classTime
	classDelta
	classUUID
	classPath
	classPeriod
	classInterval
	classList
	classDict
	classOther
	classCount
)

var classNames = [classCount]string{
	"null", "str", "bytes", "bool", "int", "int", "float", "complex", "Decimal", "date", "datetime", "time",
	"timedelta", "UUID", "Path", "Period", "Interval", "list", "dict", "object",
}

// cell is one cell, resolved: what it is and its number or bytes. It belongs to
// the reader that made it.
type cell struct {
	class  class
	bad    bool  // text that is not valid UTF-8
	nan    bool  // a null that is a float NaN
	inner  bool  // an item of a list: NaN is a value there
	bits   uint8 // width of a numpy number, 0 for Python's own
	sign   bool  // of a numpy integer: signed
	unit   arrow.TimeUnit
	i      int64 // int, bool, days, ticks of unit
	f, g   float64
	b      []byte // text, bytes
	zone   string // of a datetime with a time zone: ticks are then UTC
	v      pickle.Value
	n      *big.Int    // classBigInt, and the digits of classDecimal
	scale  int32       // of classDecimal
	arr    *ndarray    // classList that is a numpy array, item by item of axis 0
	at     *arrowItems // classList and classDict of a pyarrow column
	lo, hi *cell       // classInterval
}

// cell resolves a value. Containers are not looked into.
func (r *reader) cell(v pickle.Value) (cell, error) {
	switch v.Kind() {
	case pickle.KindNone:
		return cell{}, nil
	case pickle.KindText:
		return cell{class: classText, b: r.doc.Bytes(v), v: v}, nil
	case pickle.KindBadText:
		return cell{class: classText, b: r.doc.Bytes(v), bad: true, v: v}, nil
	case pickle.KindStr8:
		b := r.doc.Bytes(v)
		if err := r.visit(4 * len(b) / bytesPerVisit); err != nil { // each byte is looked at alone
			return cell{}, err
		}
		if !isASCII(b) && (r.latin1 || !utf8.Valid(b)) {
			b = appendLatin1(nil, b)
		}
		return cell{class: classText, b: b, v: v}, nil
	case pickle.KindBytes, pickle.KindByteArray:
		return cell{class: classBytes, b: r.doc.Bytes(v), v: v}, nil
	case pickle.KindBool:
		return cell{class: classBool, i: v.Int(), v: v}, nil
	case pickle.KindInt:
		return cell{class: classInt, i: v.Int(), sign: true, v: v}, nil
	case pickle.KindBigInt:
		if v != r.last.v {
			r.last = cell{class: classBigInt, n: r.doc.BigInt(v), v: v}
		}
		return r.last, nil
	case pickle.KindFloat:
		if f := v.Float(); f != f {
			return cell{nan: true, f: f, v: v}, nil
		} else {
			return cell{class: classFloat, f: f, v: v}, nil
		}
	case pickle.KindTuple, pickle.KindList, pickle.KindSet, pickle.KindFrozenSet:
		return cell{class: classList, v: v}, nil
	case pickle.KindDict:
		return cell{class: classDict, v: v}, nil
	case pickle.KindGlobal:
		switch r.doc.Global(v) {
		case pickle.GNA, pickle.GNaTType:
			return cell{v: v}, nil
		}
		return cell{class: classOther, v: v}, nil
	case pickle.KindObject:
		if err := r.enter(); err != nil {
			return cell{}, err
		}
		defer r.leave()
		if v == r.last.v {
			return r.last, nil
		}
		c, err := r.objectCell(v)
		if c.v = v; err == nil {
			r.last = c
		}
		return c, err
	}
	return cell{class: classOther, v: v}, nil
}

// objectCell resolves an object of the table.
func (r *reader) objectCell(v pickle.Value) (cell, error) {
	switch r.doc.Class(v) {
	case pickle.GNdScalar:
		return r.scalarCell(v)
	case pickle.GNdReconstruct, pickle.GNdFromBuffer, pickle.GNdMaReconstruct:
		a, err := r.array(v)
		if err != nil {
			return cell{}, err
		}
		if len(a.shape) == 0 {
			if a.mask != nil && a.mask.hidden[a.mask.base] != 0 {
				return cell{}, nil
			}
			return r.itemCell(a, a.base)
		}
		return cell{class: classList, arr: a}, nil
	case pickle.GDeque, pickle.GFrozenList:
		return cell{class: classList}, nil
	case pickle.GNA, pickle.GNaT, pickle.GNaTType:
		return cell{}, nil
	case pickle.GTimestamp, pickle.GTimestampUnpickle:
		return r.timestampCell(v)
	case pickle.GTimedelta64, pickle.GTimedeltaUnpickle:
		return r.timedelta64Cell(v)
	case pickle.GDatetime:
		return r.datetimeCell(v)
	case pickle.GDate:
		return r.dateCell(v)
	case pickle.GTime:
		return r.timeCell(v)
	case pickle.GTimedelta:
		return r.timedeltaCell(v)
	case pickle.GDecimal:
		return r.decimalCell(v)
	case pickle.GUUID:
		return r.uuidCell(v)
	case pickle.GPurePath:
		return r.pathCell(v)
	case pickle.GComplex:
		re, im := r.doc.Arg(v, 0), r.doc.Arg(v, 1)
		if re.Kind() == pickle.KindFloat && im.Kind() == pickle.KindFloat {
			return cell{class: classComplex, f: re.Float(), g: im.Float()}, nil
		}
	case pickle.GPeriod:
		return r.periodCell(v)
	case pickle.GInterval:
		return r.intervalCell(v)
	case pickle.GPicture:
		return r.pictureCell(v)
	}
	return cell{class: classOther}, nil
}

// scalarCell reads a numpy scalar: scalar(dtype, bytes) or scalar(dtype, object).
func (r *reader) scalarCell(v pickle.Value) (cell, error) {
	dt, err := r.dtype(r.doc.Arg(v, 0), 0)
	if err != nil {
		return cell{}, err
	}
	data := r.doc.Arg(v, 1)
	if dt.kind == 'O' {
		if data.Kind() == pickle.KindObject && r.doc.Class(data) == pickle.GNdScalar {
			return cell{}, invalid("a numpy scalar of a numpy scalar")
		}
		return r.cell(data)
	}
	b := r.doc.Bytes(data)
	if len(b) != dt.size {
		return cell{}, invalid("a numpy scalar %s of %d bytes", dt, len(b))
	}
	return r.rawCell(dt, b)
}

// itemCell resolves the item at byte (or object) offset at of an array.
func (r *reader) itemCell(a *ndarray, at int) (cell, error) {
	if a.data == nil {
		if at < 0 || at >= a.cells.Len() {
			return cell{}, invalid("an array without items")
		}
		return r.cell(a.cells.At(at))
	}
	return r.rawCell(a.dt, a.data[at:at+a.dt.size])
}

// rawCell resolves the bytes of one item.
func (r *reader) rawCell(dt dtype, b []byte) (cell, error) {
	switch dt.kind {
	case 'b':
		return cell{class: classBool, i: int64(b[0] & 1)}, nil
	case 'i':
		return cell{class: classInt, i: signed(dt, b), bits: uint8(dt.size * 8), sign: true}, nil
	case 'u':
		u := unsigned(dt, b)
		if u > math.MaxInt64 {
			return cell{class: classBigInt, n: new(big.Int).SetUint64(u), bits: 64}, nil
		}
		return cell{class: classInt, i: int64(u), bits: uint8(dt.size * 8)}, nil
	case 'f':
		f := floating(dt, b)
		if f != f {
			return cell{nan: true, f: f, bits: uint8(dt.size * 8)}, nil
		}
		return cell{class: classFloat, f: f, bits: uint8(dt.size * 8)}, nil
	case 'c':
		half := dtype{kind: 'f', size: dt.size / 2, big: dt.big}
		return cell{class: classComplex, f: floating(half, b[:half.size]), g: floating(half, b[half.size:]), bits: uint8(dt.size * 8)}, nil
	case 'S':
		return cell{class: classBytes, b: trimZeros(b)}, nil
	case 'V':
		if len(dt.fields) == 0 {
			return cell{class: classBytes, b: b}, nil
		}
	case 'U':
		text, bad := utf32(dt, b)
		return cell{class: classText, b: text, bad: bad}, nil
	case 'M', 'm':
		return tickCell(dt, signed(dtype{kind: 'i', size: 8, big: dt.big}, b))
	}
	return cell{class: classOther}, nil
}

// tickCell resolves a datetime64 or timedelta64.
func tickCell(dt dtype, i int64) (cell, error) {
	if i == math.MinInt64 {
		return cell{}, nil
	}
	if dt.kind == 'M' {
		if days, ok := dt.unit.days(i); ok {
			return cell{class: classDate, i: days}, nil
		}
	}
	u, mul, ok := dt.unit.arrow()
	if !ok {
		return cell{}, unsupported("values of the unit %s", dt.unit)
	}
	t, ok := mulExact(i, mul)
	if !ok {
		return cell{}, unsupported("a time of %d %s, which does not fit 64 bits", i, dt.unit)
	}
	if dt.kind == 'm' {
		return cell{class: classDelta, i: t, unit: u}, nil
	}
	return cell{class: classDatetime, i: t, unit: u}, nil
}

// arrow returns the Arrow unit whose multiple u is.
func (u unit) arrow() (arrow.TimeUnit, int64, bool) {
	n := u.num
	switch u.base {
	case "W":
		return arrow.Second, n * 7 * 86400, true
	case "D":
		return arrow.Second, n * 86400, true
	case "h":
		return arrow.Second, n * 3600, true
	case "m":
		return arrow.Second, n * 60, true
	case "s":
		return arrow.Second, n, true
	case "ms":
		return arrow.Millisecond, n, true
	case "us":
		return arrow.Microsecond, n, true
	case "ns":
		return arrow.Nanosecond, n, true
	}
	return 0, 0, false
}

// days turns a count of years, months, weeks or days since 1970 into days.
func (u unit) days(i int64) (int64, bool) {
	const most = 1 << 31
	if i > most || i < -most || u.num > 1<<20 {
		return 0, false
	}
	i *= u.num
	var d int64
	switch u.base {
	case "D":
		d = i
	case "W":
		d = 7 * i
	case "M":
		d = daysOfMonth(i)
	case "Y":
		d = daysOfMonth(12 * i)
	default:
		return 0, false
	}
	return d, d >= math.MinInt32 && d <= math.MaxInt32
}

// daysOfMonth is the first day of a month counted from January 1970.
func daysOfMonth(m int64) int64 {
	y := 1970 + numeric.FloorDiv(m, 12)
	return daysFromCivil(y, int(m-numeric.FloorDiv(m, 12)*12)+1, 1)
}

// daysFromCivil counts days since 1970-01-01 in the proleptic Gregorian calendar.
func daysFromCivil(y int64, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := numeric.FloorDiv(y, 400)
	yoe := y - era*400
	mp := int64((m + 9) % 12)
	doy := (153*mp+2)/5 + int64(d) - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

func mulExact(a, b int64) (int64, bool) {
	if a == 0 || b == 1 {
		return a, true
	}
	c := a * b
	return c, c/b == a
}

func signed(dt dtype, b []byte) int64 {
	switch dt.size {
	case 1:
		return int64(int8(b[0]))
	case 2:
		return int64(int16(order(dt).Uint16(b)))
	case 4:
		return int64(int32(order(dt).Uint32(b)))
	}
	return int64(order(dt).Uint64(b))
}

func unsigned(dt dtype, b []byte) uint64 {
	switch dt.size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(order(dt).Uint16(b))
	case 4:
		return uint64(order(dt).Uint32(b))
	}
	return order(dt).Uint64(b)
}

func floating(dt dtype, b []byte) float64 {
	switch dt.size {
	case 2:
		return float64(float16.FromBits(order(dt).Uint16(b)).Float32())
	case 4:
		return float64(math.Float32frombits(order(dt).Uint32(b)))
	}
	return math.Float64frombits(order(dt).Uint64(b))
}

func order(dt dtype) binary.ByteOrder {
	if dt.big {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// text prints a cell for column names, paths and messages.
func (c *cell) text() string {
	switch c.class {
	case classNull:
		if c.nan {
			return "nan"
		}
		return "None"
	case classText, classUUID, classPath, classPeriod:
		return string(replaceInvalid(c.b))
	case classBytes:
		return string(appendLatin1(nil, c.b))
	case classBool:
		if c.i != 0 {
			return "True"
		}
		return "False"
	case classInt:
		return strconv.FormatInt(c.i, 10)
	case classBigInt:
		return c.n.String()
	case classFloat:
		return pythonFloat(c.f)
	case classDate:
		return time.Unix(c.i*86400, 0).UTC().Format("2006-01-02")
	case classDatetime:
		return isoTime(c.i, c.unit)
	case classDelta:
		return strconv.FormatInt(c.i, 10) + " " + c.unit.String()
	case classInterval:
		return "(" + c.lo.text() + ", " + c.hi.text() + "]"
	}
	return classNames[c.class]
}

// isoTime prints ticks since the epoch as pandas does, without a zone.
func isoTime(i int64, u arrow.TimeUnit) string {
	t := tickTime(i, u)
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02 15:04:05")
	}
	return t.Format("2006-01-02 15:04:05.000000000")
}

func tickTime(i int64, u arrow.TimeUnit) time.Time {
	per := int64(time.Second / u.Multiplier())
	sec := numeric.FloorDiv(i, per)
	return time.Unix(sec, (i-sec*per)*int64(u.Multiplier())).UTC()
}

// pythonFloat prints a float as Python's repr.
func pythonFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "inf"
	case math.IsInf(f, -1):
		return "-inf"
	case f == math.Trunc(f) && math.Abs(f) < 1e16:
		return strconv.FormatFloat(f, 'f', 1, 64)
	case math.Abs(f) >= 1e-4 && math.Abs(f) < 1e16:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	return strconv.FormatFloat(f, 'g', -1, 64)
}

// describe prints type and value for messages.
func (r *reader) describe(c *cell) string {
	const most = 40
	if c.v.Kind() != pickle.KindInvalid && c.v.Kind() != pickle.KindObject {
		return r.doc.Describe(c.v)
	}
	name := classNames[c.class]
	if c.v.Kind() == pickle.KindObject {
		name = r.doc.TypeName(c.v)
		if r.doc.Class(c.v) == pickle.GOpaque {
			return fmt.Sprintf("%s (at byte %d, a class that no table is made of; nothing was executed)", name, r.doc.Object(c.v).Pos)
		}
	}
	if c.class == classOther || c.class == classList || c.class == classDict {
		return name
	}
	if len(c.b) > 2*most {
		c = &cell{class: c.class, b: c.b[:2*most]}
	}
	s := c.text()
	if len(s) > most {
		s = s[:most] + "..."
	}
	return fmt.Sprintf("%s %q", name, s)
}
