package pandas

import (
	"bytes"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Dates, times, decimals and the like, as Python and pandas pickle them.

// stateBytes returns the packed fields of datetime objects: bytes, or text by
// latin1 when Python 2 wrote them.
func (r *reader) stateBytes(v pickle.Value, n int) ([]byte, bool) {
	b := r.doc.Bytes(v)
	if v.Kind() == pickle.KindText || v.Kind() == pickle.KindBadText {
		out := make([]byte, 0, n)
		for _, c := range string(b) {
			if c > 255 {
				return nil, false
			}
			out = append(out, byte(c))
		}
		b = out
	}
	return b, len(b) == n
}

// datetimeCell reads datetime.datetime(10 bytes[, tzinfo]).
func (r *reader) datetimeCell(v pickle.Value) (cell, error) {
	b, ok := r.stateBytes(r.doc.Arg(v, 0), 10)
	if !ok {
		return cell{}, invalid("a datetime that is not packed in 10 bytes")
	}
	month := int(b[2] & 0x7f)
	days := daysFromCivil(int64(b[0])<<8|int64(b[1]), month, int(b[3]))
	sec := days*86400 + int64(b[4])*3600 + int64(b[5])*60 + int64(b[6])
	us := sec*1e6 + int64(b[7])<<16 + int64(b[8])<<8 + int64(b[9])
	if month < 1 || month > 12 || b[3] < 1 || b[3] > 31 {
		return cell{}, invalid("a datetime of month %d and day %d", month, b[3])
	}
	c := cell{class: classDatetime, i: us, unit: arrow.Microsecond}
	tz := r.doc.Arg(v, 1)
	if tz.Kind() == pickle.KindInvalid || tz.IsNone() {
		return c, nil
	}
	z, err := r.zone(tz)
	if err != nil {
		return cell{}, err
	}
	off, err := r.offsetAt(z, sec, b[2]&0x80 != 0)
	if err != nil {
		return cell{}, err
	}
	c.i -= off * 1e6
	c.zone = z.name
	return c, nil
}

// dateCell reads datetime.date(4 bytes).
func (r *reader) dateCell(v pickle.Value) (cell, error) {
	b, ok := r.stateBytes(r.doc.Arg(v, 0), 4)
	if !ok || b[2] < 1 || b[2] > 12 || b[3] < 1 || b[3] > 31 {
		return cell{}, invalid("a date that is not packed in 4 bytes")
	}
	return cell{class: classDate, i: daysFromCivil(int64(b[0])<<8|int64(b[1]), int(b[2]), int(b[3]))}, nil
}

// timeCell reads datetime.time(6 bytes[, tzinfo]); a zone is refused, since a
// time of day has no offset without a date.
func (r *reader) timeCell(v pickle.Value) (cell, error) {
	b, ok := r.stateBytes(r.doc.Arg(v, 0), 6)
	if !ok {
		return cell{}, invalid("a time that is not packed in 6 bytes")
	}
	if tz := r.doc.Arg(v, 1); tz.Kind() != pickle.KindInvalid && !tz.IsNone() {
		return cell{}, unsupported("a time of day with a time zone")
	}
	sec := int64(b[0]&0x7f)*3600 + int64(b[1])*60 + int64(b[2])
	us := sec*1e6 + int64(b[3])<<16 + int64(b[4])<<8 + int64(b[5])
	if us >= 86400*1e6 {
		return cell{}, invalid("a time of day of %d microseconds", us)
	}
	return cell{class: classTime, i: us, unit: arrow.Microsecond}, nil
}

// timedeltaCell reads datetime.timedelta(days, seconds, microseconds).
func (r *reader) timedeltaCell(v pickle.Value) (cell, error) {
	d, ok1 := r.integer(r.doc.Arg(v, 0))
	s, ok2 := r.integer(r.doc.Arg(v, 1))
	us, ok3 := r.integer(r.doc.Arg(v, 2))
	const most = 1e9 // days, Python's bound
	if !ok1 || !ok2 || !ok3 || d > most || d < -most || s < 0 || s >= 86400 || us < 0 || us >= 1e6 {
		return cell{}, invalid("a timedelta that is not (days, seconds, microseconds)")
	}
	hi, ok := mulExact(d*86400+s, 1e6)
	if !ok {
		return cell{}, unsupported("a timedelta of %d days, which does not fit 64 bits of microseconds", d)
	}
	return cell{class: classDelta, i: hi + us, unit: arrow.Microsecond}, nil
}

// resolution is numpy's NPY_DATETIMEUNIT, as pandas 2 and later write it.
func resolution(n int64) (arrow.TimeUnit, bool) {
	switch n {
	case 7:
		return arrow.Second, true
	case 8:
		return arrow.Millisecond, true
	case 9:
		return arrow.Microsecond, true
	case 10:
		return arrow.Nanosecond, true
	}
	return 0, false
}

// timestampCell reads _unpickle_timestamp(value, freq, tz[, unit]) and
// Timestamp(value, freq, tz) in nanoseconds.
func (r *reader) timestampCell(v pickle.Value) (cell, error) {
	if b, ok := r.stateBytes(r.doc.Arg(v, 0), 10); ok && len(b) == 10 {
		return r.datetimeCell(v)
	}
	i, ok := r.integer(r.doc.Arg(v, 0))
	if !ok {
		return cell{}, unsupported("a Timestamp made from %s", r.doc.Describe(r.doc.Arg(v, 0)))
	}
	c := cell{class: classDatetime, i: i, unit: arrow.Nanosecond}
	if u := r.doc.Arg(v, 3); u.Kind() == pickle.KindInt {
		if c.unit, ok = resolution(u.Int()); !ok {
			return cell{}, invalid("a Timestamp of unit %d", u.Int())
		}
	}
	if tz := r.doc.Arg(v, 2); tz.Kind() != pickle.KindInvalid && !tz.IsNone() {
		z, err := r.zone(tz)
		if err != nil {
			return cell{}, err
		}
		c.zone = z.name
	}
	return c, nil
}

// timedelta64Cell reads _timedelta_unpickle(value, unit) and Timedelta(value) in
// nanoseconds.
func (r *reader) timedelta64Cell(v pickle.Value) (cell, error) {
	i, ok := r.integer(r.doc.Arg(v, 0))
	if !ok {
		return cell{}, unsupported("a Timedelta made from %s", r.doc.Describe(r.doc.Arg(v, 0)))
	}
	c := cell{class: classDelta, i: i, unit: arrow.Nanosecond}
	if u := r.doc.Arg(v, 1); u.Kind() == pickle.KindInt {
		if c.unit, ok = resolution(u.Int()); !ok {
			return cell{}, invalid("a Timedelta of unit %d", u.Int())
		}
	}
	return c, nil
}

const decimalDigits = 76 // of decimal256

// decimalCell reads Decimal("text").
func (r *reader) decimalCell(v pickle.Value) (cell, error) {
	const longest = 1 << 10
	arg := r.doc.Arg(v, 0)
	if arg.IsText() && arg.Len() > longest {
		return cell{class: classOther}, nil
	}
	s, ok := r.text(arg)
	if !ok {
		return cell{}, invalid("a Decimal made from %s", r.doc.Describe(arg))
	}
	switch t := strings.ToLower(strings.TrimLeft(s, "+-")); {
	case strings.HasPrefix(t, "nan"), strings.HasPrefix(t, "snan"):
		return cell{nan: true}, nil
	case strings.HasPrefix(t, "inf"):
		return cell{class: classOther}, nil
	}
	digits, exp, hasExp := strings.Cut(strings.ToUpper(s), "E")
	e := int64(0)
	if hasExp {
		var err error
		if e, err = strconv.ParseInt(exp, 10, 32); err != nil {
			return cell{}, invalid("a Decimal of %s", quote(s))
		}
	}
	whole, frac, _ := strings.Cut(digits, ".")
	e -= int64(len(frac))
	if len(whole)+len(frac) > 4*decimalDigits || e > decimalDigits || e < -decimalDigits {
		return cell{class: classOther}, nil
	}
	n, ok := new(big.Int).SetString(whole+frac, 10)
	if !ok {
		return cell{}, invalid("a Decimal of %s", quote(s))
	}
	if e > 0 {
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(e), nil))
		e = 0
	}
	return cell{class: classDecimal, n: n, scale: int32(-e)}, nil
}

// uuidCell reads a UUID by its state {"int": number}.
func (r *reader) uuidCell(v pickle.Value) (cell, error) {
	n := r.attr(v, "int")
	if n.Kind() != pickle.KindInt && n.Kind() != pickle.KindBigInt {
		return cell{}, invalid("a UUID without its number")
	}
	i := r.doc.BigInt(n)
	if i.Sign() < 0 || i.BitLen() > 128 {
		return cell{}, invalid("a UUID of %d bits", i.BitLen())
	}
	const hex = "0123456789abcdef"
	raw := i.FillBytes(make([]byte, 16))
	out := make([]byte, 0, 36)
	for k, b := range raw {
		if k == 4 || k == 6 || k == 8 || k == 10 {
			out = append(out, '-')
		}
		out = append(out, hex[b>>4], hex[b&15])
	}
	return cell{class: classUUID, b: out}, nil
}

// pathCell joins the parts of a pathlib path as str() does.
func (r *reader) pathCell(v pickle.Value) (cell, error) {
	sep := "/"
	if name := r.doc.GlobalRef(r.doc.Object(v).Class).Name; strings.Contains(name, "Windows") {
		sep = `\`
	}
	parts := r.doc.Tuple(r.doc.Object(v).Args)
	if err := r.visit(len(parts)); err != nil {
		return cell{}, err
	}
	var path []byte
	for i, part := range parts {
		t, ok := r.text(part)
		if !ok || len(path)+len(t) > r.limits.LineBytes {
			return cell{}, invalid("a path with a part that is %s", r.doc.Describe(part))
		}
		if i > 0 && !bytes.HasSuffix(path, []byte(sep)) {
			path = append(path, sep...)
		}
		path = append(path, t...)
	}
	if len(path) == 0 {
		path = []byte{'.'}
	}
	return cell{class: classPath, b: path}, nil
}

// intervalCell reads Interval(left, right, closed).
func (r *reader) intervalCell(v pickle.Value) (cell, error) {
	var sides [2]cell
	for i := range sides {
		side := r.doc.Arg(v, i)
		if r.doc.Class(side) == pickle.GInterval {
			return cell{}, invalid("an Interval of Intervals")
		}
		var err error
		if sides[i], err = r.cell(side); err != nil {
			return cell{}, err
		}
		if sides[i].class == classInterval {
			return cell{}, invalid("an Interval of Intervals")
		}
	}
	return cell{class: classInterval, lo: &sides[0], hi: &sides[1]}, nil
}
