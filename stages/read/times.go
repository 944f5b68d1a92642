package read

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read/internal/numeric"
)

const day = 86_400

// putTime takes dates, timestamps, times of day and durations whose unit changes
// exactly, and their ISO 8601 text.
func (p *putter) putTime(b array.Builder, t *schema.Type, c *cell) bool {
	if c.class == classText { // JSON has no other way to write a time
		var ok bool
		if c, ok = spelledTime(t.Kind, c.b); !ok {
			return false
		}
	}
	i, unit := c.i, c.unit
	moment := c.class == classMoment || c.class == classDate && t.Kind == schema.Timestamp
	switch {
	case c.class == classDate:
		i, unit = c.i*day, arrow.Second
	}
	switch t.Kind {
	case schema.Timestamp:
		if !moment || (t.Zone != "") != c.zoned {
			return false
		}
	case schema.Date:
		if c.class != classDate && (c.class != classMoment || c.zoned) {
			return false
		}
	case schema.Time:
		if c.class != classClock {
			return false
		}
	case schema.Duration:
		if c.class != classSpan {
			return false
		}
	}
	to := t.Unit
	if t.Kind == schema.Date {
		to = arrow.Second
	}
	v, ok := numeric.RescaleTicks(i, unit, to, p.round)
	if !ok || t.Kind == schema.Date && (v%day != 0 || v/day > math.MaxInt32 || v/day < math.MinInt32) {
		return false
	}
	switch b := b.(type) {
	case *array.Date32Builder:
		b.Append(arrow.Date32(v / day))
	case *array.TimestampBuilder:
		b.Append(arrow.Timestamp(v))
	case *array.Time32Builder:
		b.Append(arrow.Time32(v))
	case *array.Time64Builder:
		b.Append(arrow.Time64(v))
	case *array.DurationBuilder:
		b.Append(arrow.Duration(v))
	}
	return true
}

// spelledTime reads a time of a kind from text.
func spelledTime(k schema.Kind, b []byte) (*cell, bool) {
	switch k {
	case schema.Date, schema.Timestamp:
		return spelledMoment(b)
	case schema.Time:
		n, rest, ok := clock(b)
		return &cell{class: classClock, i: n, unit: arrow.Nanosecond}, ok && len(rest) == 0
	case schema.Duration:
		n, ok := spelledSpan(string(b))
		return &cell{class: classSpan, i: n, unit: arrow.Nanosecond}, ok
	}
	return nil, false
}

// spelledMoment reads 2026-01-31, then a T or a blank and a time of day, then a Z or
// an offset. What has no time of day is a date.
func spelledMoment(b []byte) (*cell, bool) {
	if len(b) < 10 || b[4] != '-' || b[7] != '-' {
		return nil, false
	}
	year, ok1 := number(b[:4])
	month, ok2 := number(b[5:7])
	dom, ok3 := number(b[8:10])
	if !ok1 || !ok2 || !ok3 {
		return nil, false
	}
	t := time.Date(year, time.Month(month), dom, 0, 0, 0, 0, time.UTC)
	if t.Day() != dom || int(t.Month()) != month {
		return nil, false
	}
	days := numeric.FloorDiv(t.Unix(), day)
	if len(b) == 10 {
		return &cell{class: classDate, i: days}, true
	}
	if b[10] != 'T' && b[10] != ' ' && b[10] != 't' {
		return nil, false
	}
	nanos, zone, ok := clock(b[11:])
	if !ok {
		return nil, false
	}
	offset, zoned, ok := zoneOffset(zone)
	if !ok {
		return nil, false
	}
	// In the coarsest unit that holds it: years that nanoseconds do not reach are
	// dates too.
	seconds := days*day + nanos/1e9 - offset
	unit, rest := arrow.Second, nanos%1e9
	for _, u := range []arrow.TimeUnit{arrow.Millisecond, arrow.Microsecond, arrow.Nanosecond} {
		if rest%int64(unit.Multiplier()) != 0 {
			unit = u
		}
	}
	per := int64(time.Second) / int64(unit.Multiplier())
	ticks := seconds * per
	if ticks/per != seconds {
		return nil, false
	}
	return &cell{class: classMoment, i: ticks + rest/int64(unit.Multiplier()), unit: unit, zoned: zoned}, true
}

func number(b []byte) (int, bool) {
	n := 0
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = 10*n + int(c-'0')
	}
	return n, true
}

// clock reads HH:MM, HH:MM:SS or HH:MM:SS.fffffffff as nanoseconds.
func clock(b []byte) (nanos int64, rest []byte, ok bool) {
	if len(b) < 5 || b[2] != ':' {
		return 0, nil, false
	}
	h, ok1 := number(b[:2])
	m, ok2 := number(b[3:5])
	s, ok3 := 0, true
	b = b[5:]
	if len(b) > 0 && b[0] == ':' {
		if len(b) < 3 {
			return 0, nil, false
		}
		s, ok3 = number(b[1:3])
		b = b[3:]
		if len(b) > 0 && b[0] == '.' {
			n := 1
			for n < len(b) && b[n] >= '0' && b[n] <= '9' {
				n++
			}
			if n == 1 || n > 10 {
				return 0, nil, false
			}
			f, _ := number(b[1:n])
			nanos = int64(f) * int64(math.Pow10(10-n))
			b = b[n:]
		}
	}
	if !ok1 || !ok2 || !ok3 || h > 23 || m > 59 || s > 59 {
		return 0, nil, false
	}
	return nanos + int64(h*3600+m*60+s)*1e9, b, true
}

// zoneOffset reads Z, +HH:MM, +HHMM or nothing, in seconds.
func zoneOffset(b []byte) (offset int64, zoned, ok bool) {
	switch {
	case len(b) == 0:
		return 0, false, true
	case len(b) == 1 && (b[0] == 'Z' || b[0] == 'z'):
		return 0, true, true
	case b[0] != '+' && b[0] != '-':
		return 0, false, false
	}
	digits := bytes.ReplaceAll(b[1:], []byte(":"), nil)
	if len(digits) == 2 {
		digits = append(digits, "00"...)
	}
	if len(digits) != 4 || len(b) == 6 && b[3] != ':' {
		return 0, false, false
	}
	h, ok1 := number(digits[:2])
	m, ok2 := number(digits[2:])
	offset = int64(h*3600 + m*60)
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true, ok1 && ok2 && h < 24 && m < 60
}

// spelledSpan reads a duration in nanoseconds: ISO 8601's in days to seconds, as JSON
// has it (P1DT2H3M4.5S), or pandas' text (1 days 02:03:04.500000).
func spelledSpan(s string) (int64, bool) {
	if days, rest, ok := strings.Cut(s, " days"); ok {
		d, err := strconv.ParseInt(days, 10, 64)
		if err != nil {
			return 0, false
		}
		n := int64(0)
		if rest != "" {
			sign, text := int64(1), strings.TrimPrefix(strings.TrimSpace(rest), "+")
			var tail []byte
			if n, tail, ok = clock([]byte(text)); !ok || len(tail) > 0 {
				return 0, false
			}
			n *= sign
		}
		return sumSpan(d, day*1e9, n)
	}
	sign := int64(1)
	if s, ok := strings.CutPrefix(s, "-"); ok {
		n, ok := spelledSpan(s)
		return -n, ok && !strings.HasPrefix(s, "-") && !strings.Contains(s, " ")
	}
	s, ok := strings.CutPrefix(s, "P")
	if !ok {
		return 0, false
	}
	total := int64(0)
	units, parts := "DTHMS", 0
	for s != "" {
		if s[0] == 'T' && strings.Contains(units, "T") {
			units, s = "HMS", s[1:]
			continue
		}
		n := strings.IndexAny(s, "DHMS")
		if n <= 0 || !strings.Contains(units, s[n:n+1]) {
			return 0, false
		}
		seconds := map[byte]int64{'D': day, 'H': 3600, 'M': 60, 'S': 1}[s[n]]
		whole, frac, _ := strings.Cut(s[:n], ".")
		v, err := strconv.ParseUint(whole, 10, 62)
		if err != nil || len(frac) > 9 || frac != "" && s[n] != 'S' {
			return 0, false
		}
		f := int64(0)
		if frac != "" {
			u, err := strconv.ParseUint(frac, 10, 62)
			if err != nil {
				return 0, false
			}
			f = int64(u) * int64(math.Pow10(9-len(frac)))
		}
		part, ok := sumSpan(int64(v), seconds*1e9, f)
		if !ok || total+part < total {
			return 0, false
		}
		total += part
		units, s, parts = units[strings.IndexByte(units, s[n])+1:], s[n+1:], parts+1
	}
	return sign * total, parts > 0
}

func sumSpan(n, unit, rest int64) (int64, bool) {
	v := n * unit
	if v/unit != n || n >= 0 && v+rest < v {
		return 0, false
	}
	return v + rest, true
}

// appendTimeJSON writes a time as [schema.AppendJSON] writes those of arrays.
func appendTimeJSON(dst []byte, c *cell) []byte {
	var a arrow.Array
	t := schema.Type{Unit: c.unit}
	switch c.class {
	case classDate:
		t.Kind = schema.Date
	case classMoment:
		if t.Kind = schema.Timestamp; c.zoned {
			t.Zone = "UTC"
		}
	case classClock:
		t.Kind = schema.Time
	case classSpan:
		t.Kind = schema.Duration
	}
	a = oneValue(t, c)
	defer a.Release()
	out, err := schema.AppendJSON(dst, a, 0, schema.StrictFloats)
	if err != nil {
		return append(dst, "null"...)
	}
	return out
}

// oneValue is an array of one cell, which is of a type's class.
func oneValue(t schema.Type, c *cell) arrow.Array {
	b := array.NewBuilder(memory.DefaultAllocator, t.Arrow())
	defer b.Release()
	var p putter
	if !p.put(b, &t, c) {
		b.AppendNull()
	}
	return b.NewArray()
}
