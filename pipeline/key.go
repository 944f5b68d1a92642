package pipeline

import (
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Key returns the WebDataset key of a row.
func (r *Records) Key(row int64) string { return string(r.AppendKey(nil, row)) }

// AppendKey appends the WebDataset key of a row to dst: {split}-{row:09d}, or
// the key field's value as Arrow spells it. For text keys and row numbers it
// allocates nothing but room in dst.
func (r *Records) AppendKey(dst []byte, row int64) []byte {
	if r.KeyField < 0 {
		dst = append(append(dst, r.Split...), '-')
		row = r.Number(row)
		for digits := int64(100_000_000); digits > 1 && row < digits; digits /= 10 {
			dst = append(dst, '0')
		}
		return strconv.AppendInt(dst, row, 10)
	}
	c := r.Cell(r.KeyField, row)
	if s, ok := c.Array.(*array.String); ok && !s.IsNull(c.Row) {
		return append(dst, s.Value(c.Row)...)
	}
	if t, ok := c.Array.(*array.Timestamp); ok && !t.IsNull(c.Row) {
		if typ := t.DataType().(*arrow.TimestampType); typ.TimeZone != "" {
			// In UTC: Arrow would look for the zone's rules on this machine, under a
			// name from the pickle, and the key would depend on them.
			return t.Value(c.Row).ToTime(typ.Unit).AppendFormat(dst, "2006-01-02 15:04:05.999999999Z07:00")
		}
	}
	return append(dst, c.Array.ValueStr(c.Row)...)
}

// KeyRow is the row that a key {split}-{row:09d} stands for; ok is false for other keys.
func KeyRow(split, key string) (row int64, ok bool) {
	digits, ok := strings.CutPrefix(key, split+"-")
	if !ok || len(digits) < 9 || len(digits) > 9 && digits[0] == '0' {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 63)
	return int64(n), err == nil
}
