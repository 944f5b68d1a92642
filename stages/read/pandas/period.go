package pandas

import (
	"fmt"
	"math"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/numeric"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// period is the frequency of pandas periods: what an ordinal counts.
type period struct {
	base byte // Y Q M W B D h m s l u n
	end  int  // of weeks: the last day, 0 Sunday, 1 Monday ...
	word string
}

// periodSource are periods; they come out as their text.
type periodSource struct {
	f *fixedSource
	p period
}

func (s *periodSource) len() int      { return s.f.len() }
func (s *periodSource) dtype() string { return "period[" + s.p.word + "]" }
func (s *periodSource) natural(*reader) (arrow.DataType, error) {
	return arrow.BinaryTypes.String, nil
}
func (s *periodSource) build(b *builder) error { return buildAs(b, s, arrow.BinaryTypes.String) }

func (s *periodSource) cell(_ *reader, i int) (cell, error) {
	return s.p.cell(signed(s.f.dt, s.f.item(i)))
}

func (p period) cell(ordinal int64) (cell, error) {
	if ordinal == math.MinInt64 {
		return cell{}, nil
	}
	text, ok := p.text(ordinal)
	if !ok {
		return cell{}, unsupported("period ordinal %d of frequency %s", ordinal, p.word)
	}
	return cell{class: classPeriod, b: []byte(text)}, nil
}

// periods applies a PeriodDtype: its argument is "period[M]", or an offset.
func (r *reader) periods(f *fixedSource, dt pickle.Value) (source, error) {
	freq := r.doc.Arg(dt, 0)
	if freq.Kind() == pickle.KindInvalid {
		freq = r.attr(dt, "_freq", "freq")
	}
	return r.periodsOf(f, freq)
}

func (r *reader) periodsOf(f *fixedSource, freq pickle.Value) (source, error) {
	p, err := r.frequency(freq)
	if err != nil {
		return nil, err
	}
	if f.dt.kind != 'i' || f.dt.size != 8 {
		return nil, invalid("periods that are %s", f.dt)
	}
	return &periodSource{f, p}, nil
}

// periodCell reads Period(None, freq, ordinal).
func (r *reader) periodCell(v pickle.Value) (cell, error) {
	args := r.doc.Tuple(r.doc.Object(v).Args)
	if len(args) == 0 {
		args = r.doc.Tuple(r.doc.Object(v).State)
	}
	if len(args) < 3 {
		return cell{}, unsupported("a Period with %d arguments", len(args))
	}
	p, err := r.frequency(args[1])
	if err != nil {
		return cell{}, err
	}
	n, ok := r.integer(args[2])
	if !ok {
		return cell{}, invalid("a Period of %s", r.doc.Describe(args[2]))
	}
	return p.cell(n)
}

// offsetBases are the offset classes that periods are made of.
var offsetBases = map[string]byte{
	"YearEnd": 'Y', "YearBegin": 'Y', "BYearEnd": 'Y', "QuarterEnd": 'Q', "QuarterBegin": 'Q', "BQuarterEnd": 'Q',
	"MonthEnd": 'M', "MonthBegin": 'M', "BusinessMonthEnd": 'M', "BMonthEnd": 'M', "Week": 'W', "BusinessDay": 'B',
	"BDay": 'B', "Day": 'D', "Hour": 'h', "Minute": 'm', "Second": 's', "Milli": 'l', "Micro": 'u', "Nano": 'n',
}

// frequency reads a frequency: text, an offset object, or until 0.18 a number.
func (r *reader) frequency(v pickle.Value) (period, error) {
	const longest = 64
	if v.IsText() && v.Len() > longest {
		return period{}, unsupported("a period frequency that is %s", r.doc.Describe(v))
	}
	if s, ok := r.text(v); ok {
		s = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(s, "period["), "Period["), "]")
		return parseFrequency(s)
	}
	if v.Kind() == pickle.KindInt {
		return frequencyCode(v.Int())
	}
	if r.doc.Class(v) != pickle.GOffset {
		return period{}, unsupported("a period frequency that is %s", r.doc.Describe(v))
	}
	name := r.doc.GlobalRef(r.doc.Object(v).Class).Name
	p := period{base: offsetBases[name], word: name}
	if p.base == 0 {
		return period{}, unsupported("a period frequency of %s", quote(name))
	}
	if p.base == 'W' {
		day, ok := r.integer(r.attr(v, "weekday"))
		if !ok {
			day, ok = r.integer(r.doc.Arg(v, 2))
		}
		if ok && day >= 0 && day < 7 { // Monday is 0 here
			p.end = int(day+1) % 7
		}
	}
	return p, nil
}

// frequencyCode reads the numbers that pandas gives frequencies internally.
func frequencyCode(n int64) (period, error) {
	bases := map[int64]byte{1: 'Y', 2: 'Q', 3: 'M', 4: 'W', 5: 'B', 6: 'D', 7: 'h', 8: 'm', 9: 's', 10: 'l', 11: 'u', 12: 'n'}
	p := period{base: bases[n/1000], word: fmt.Sprint(n)}
	if p.base == 0 {
		return period{}, unsupported("the period frequency %d", n)
	}
	if p.base == 'W' {
		p.end = int(n % 1000 % 7)
	}
	return p, nil
}

// parseFrequency reads an alias such as M, Q-DEC, W-SUN, 2h.
func parseFrequency(s string) (period, error) {
	alias := strings.TrimLeft(s, "0123456789")
	base, anchor, _ := strings.Cut(alias, "-")
	p := period{word: s}
	switch base {
	case "A", "Y", "YE", "AS", "YS":
		p.base = 'Y'
	case "Q", "QE", "QS":
		p.base = 'Q'
	case "M", "ME", "MS":
		p.base = 'M'
	case "W":
		p.base = 'W'
		p.end = max(0, strings.Index("SUNMONTUEWEDTHUFRISAT", anchor)/3)
	case "B":
		p.base = 'B'
	case "D":
		p.base = 'D'
	case "H", "h":
		p.base = 'h'
	case "T", "min":
		p.base = 'm'
	case "S", "s":
		p.base = 's'
	case "L", "ms":
		p.base = 'l'
	case "U", "us":
		p.base = 'u'
	case "N", "ns":
		p.base = 'n'
	default:
		return period{}, unsupported("the period frequency %s", quote(s))
	}
	return p, nil
}

// text prints a period as pandas does.
func (p period) text(n int64) (string, bool) {
	const far = 1 << 33
	switch p.base {
	case 'Y', 'Q', 'M', 'W', 'B', 'D':
		if n > far || n < -far {
			return "", false
		}
	}
	date := func(days int64) string {
		y, m, d := civil(days)
		return fmt.Sprintf("%04d-%02d-%02d", y, m, d)
	}
	switch p.base {
	case 'Y':
		return fmt.Sprintf("%d", 1970+n), true
	case 'Q':
		y := numeric.FloorDiv(n, 4)
		return fmt.Sprintf("%dQ%d", 1970+y, n-4*y+1), true
	case 'M':
		y := numeric.FloorDiv(n, 12)
		return fmt.Sprintf("%04d-%02d", 1970+y, n-12*y+1), true
	case 'W':
		last := n*7 + int64(p.end) - 4
		return date(last-6) + "/" + date(last), true
	case 'B':
		w := numeric.FloorDiv(n+3, 5)
		return date(w*7 + (n + 3 - 5*w) - 3), true
	case 'D':
		return date(n), true
	}
	return p.clock(n)
}

// clock prints periods shorter than a day.
func (p period) clock(n int64) (string, bool) {
	per := map[byte]int64{'h': 24, 'm': 24 * 60, 's': 86400, 'l': 86400e3, 'u': 86400e6, 'n': 86400e9}[p.base]
	if per == 0 {
		return "", false
	}
	days := numeric.FloorDiv(n, per)
	rest := n - days*per
	y, m, d := civil(days)
	s := fmt.Sprintf("%04d-%02d-%02d ", y, m, d)
	sub := per / 86400
	switch p.base {
	case 'h':
		return s + fmt.Sprintf("%02d:00", rest), true
	case 'm':
		return s + fmt.Sprintf("%02d:%02d", rest/60, rest%60), true
	}
	sec := rest / sub
	s += fmt.Sprintf("%02d:%02d:%02d", sec/3600, sec/60%60, sec%60)
	switch p.base {
	case 'l':
		s += fmt.Sprintf(".%03d", rest%sub)
	case 'u':
		s += fmt.Sprintf(".%06d", rest%sub)
	case 'n':
		s += fmt.Sprintf(".%09d", rest%sub)
	}
	return s, true
}

// civil is the date of a day counted from 1970-01-01.
func civil(days int64) (y int64, m, d int) {
	z := days + 719468
	era := numeric.FloorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp) + 3
	if m > 12 {
		m -= 12
	}
	y = yoe + era*400
	if m <= 2 {
		y++
	}
	return y, m, d
}
