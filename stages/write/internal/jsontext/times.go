package jsontext

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
)

// appendTime appends a date, an instant, a time of day or a duration, as
// schema.AppendJSON spells them. Digits beyond the unit show when it is written again.
func appendTime(b array.Builder, text string) error {
	switch b := b.(type) {
	case *array.Date32Builder:
		t, err := dateTime(text, time.DateOnly)
		if err == nil {
			b.Append(arrow.Date32(t.Unix() / (24 * 60 * 60)))
		}
		return err
	case *array.TimestampBuilder:
		dt := b.Type().(*arrow.TimestampType)
		layout := "2006-01-02T15:04:05"
		if dt.TimeZone != "" {
			layout += "Z"
		}
		t, err := dateTime(text, layout)
		if err == nil {
			b.Append(instant(t, dt.Unit))
		}
		return err
	case *array.Time32Builder:
		n, err := timeOfDay(text, b.Type().(*arrow.Time32Type).Unit)
		b.Append(arrow.Time32(n))
		return err
	case *array.Time64Builder:
		n, err := timeOfDay(text, b.Type().(*arrow.Time64Type).Unit)
		b.Append(arrow.Time64(n))
		return err
	case *array.DurationBuilder:
		n, err := duration(text, b.Type().(*arrow.DurationType).Unit)
		b.Append(arrow.Duration(n))
		return err
	}
	return fmt.Errorf("read JSON: no rule for type %s", b.Type())
}

func instant(t time.Time, unit arrow.TimeUnit) arrow.Timestamp {
	switch unit {
	case arrow.Second:
		return arrow.Timestamp(t.Unix())
	case arrow.Millisecond:
		return arrow.Timestamp(t.UnixMilli())
	case arrow.Microsecond:
		return arrow.Timestamp(t.UnixMicro())
	}
	return arrow.Timestamp(t.UnixNano())
}

// dateTime reads a date with what follows it. Years beyond four digits and before
// the year 0, which package time writes and does not read, are read apart.
func dateTime(text, layout string) (time.Time, error) {
	dash := strings.IndexByte(strings.TrimPrefix(text, "-"), '-') + len(text) - len(strings.TrimPrefix(text, "-"))
	if dash == 4 && text[0] != '-' {
		return time.Parse(layout, text)
	}
	year, err := strconv.Atoi(text[:max(dash, 0)])
	if err != nil || year > 300_000_000 || year < -300_000_000 {
		return time.Time{}, fmt.Errorf("%.40q begins with no year", text)
	}
	leap := year%4 == 0 && (year%100 != 0 || year%400 == 0)
	near := map[bool]string{false: "2001", true: "2000"}[leap]
	t, err := time.Parse(layout, near+text[dash:])
	if err != nil {
		return time.Time{}, err
	}
	return time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), time.UTC), nil
}

// timeOfDay reads HH:MM:SS with digits behind a point as so many units.
func timeOfDay(text string, unit arrow.TimeUnit) (int64, error) {
	t, err := time.Parse("15:04:05", text)
	if err != nil {
		return 0, err
	}
	day := time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second + time.Duration(t.Nanosecond())
	return int64(day / unit.Multiplier()), nil
}

// duration reads an ISO 8601 duration in seconds, PT1.500S, with a sign in front
// where it is negative.
func duration(text string, unit arrow.TimeUnit) (int64, error) {
	digits, negative := strings.CutPrefix(text, "-")
	digits, ok := strings.CutPrefix(digits, "PT")
	digits, end := strings.CutSuffix(digits, "S")
	whole, part, _ := strings.Cut(digits, ".")
	if !ok || !end || len(part) != 3*int(unit) {
		return 0, fmt.Errorf("%.40q is not a duration of so many seconds", text)
	}
	n, err := strconv.ParseUint(whole+part, 10, 64)
	switch {
	case err != nil:
		return 0, err
	case negative && n <= 1<<63:
		return int64(-n), nil
	case n > math.MaxInt64:
		return 0, errors.New("a duration beyond 64 bits")
	}
	return int64(n), nil
}

// appendDecimal appends a number of exactly the digits behind the point that the
// type has.
func appendDecimal(b array.Builder, token []byte) error {
	dt := b.Type().(arrow.DecimalType)
	whole, part, _ := strings.Cut(string(token), ".")
	n, ok := new(big.Int), len(token) <= 80 && len(part) == int(dt.GetScale())
	if ok {
		_, ok = n.SetString(whole+part, 10)
	}
	if limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(dt.GetPrecision())), nil); !ok || n.CmpAbs(limit) >= 0 {
		return fmt.Errorf("%.90q is not a decimal of %d digits, %d of them behind the point", token, dt.GetPrecision(), dt.GetScale())
	}
	switch b := b.(type) {
	case *array.Decimal128Builder:
		b.Append(decimal128.FromBigInt(n))
	case *array.Decimal256Builder:
		b.Append(decimal256.FromBigInt(n))
	}
	return nil
}
