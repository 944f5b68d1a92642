package read

import (
	"math"
	"math/big"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
	"github.com/pickshard/pickshard/stages/read/internal/numeric"
)

// class is the family of a cell's value.
type class uint8

const (
	classNull class = iota
	classBool
	classInt     // i
	classUint    // u, above all int64
	classNumber  // b, digits of a number that neither takes
	classFloat   // f
	classDecimal // n and scale
	classText    // b
	classBytes   // b
	classDate    // i, days
	classMoment  // i in unit, zoned or not
	classClock   // i in unit
	classSpan    // i in unit
	classList    // a and at, or b
	classObject  // a and at, or b
	classOther   // nothing that a field can be
)

// cell is a value of a column, whatever it was read from.
type cell struct {
	class class
	// spelled values are text that may spell a value of another class, as the file
	// has no other way to write it.
	spelled bool
	bad     bool // text with lone surrogates or that is not UTF-8
	zoned   bool
	digits  bool // a number that was read from digits, in b
	unit    arrow.TimeUnit
	scale   int32
	i       int64
	u       uint64
	f       float64
	n       *big.Int
	b       []byte      // text, bytes, digits; JSON of a list or object
	a       arrow.Array // of a list or object, where it is in an array
	at      int
}

// arrayCell is a value of an array.
func arrayCell(a arrow.Array, i int) cell {
	if a.IsNull(i) {
		return cell{}
	}
	switch a := a.(type) {
	case *array.String:
		return cell{class: classText, b: unsafeBytes(a.Value(i))}
	case *array.LargeString:
		return cell{class: classText, b: unsafeBytes(a.Value(i))}
	case *array.StringView:
		return cell{class: classText, b: unsafeBytes(a.Value(i))}
	case *array.Binary:
		return cell{class: classBytes, b: a.Value(i)}
	case *array.LargeBinary:
		return cell{class: classBytes, b: a.Value(i)}
	case *array.BinaryView:
		return cell{class: classBytes, b: a.Value(i)}
	case *array.FixedSizeBinary:
		return cell{class: classBytes, b: a.Value(i)}
	case *array.Boolean:
		return boolCell(a.Value(i))
	case *array.Float16:
		return cell{class: classFloat, f: float64(a.Value(i).Float32())}
	case *array.Float32:
		return cell{class: classFloat, f: float64(a.Value(i))}
	case *array.Float64:
		return cell{class: classFloat, f: a.Value(i)}
	case *array.Uint64:
		return uintCell(a.Value(i))
	case *array.Int8, *array.Int16, *array.Int32, *array.Int64, *array.Uint8, *array.Uint16, *array.Uint32:
		v, _ := schema.Integer(a, i)
		return cell{class: classInt, i: int64(v)}
	case *array.Dictionary:
		return arrayCell(a.Dictionary(), a.GetValueIndex(i))
	}
	return timeOrNested(a, i)
}

func timeOrNested(a arrow.Array, i int) cell {
	switch a := a.(type) {
	case *array.Decimal32:
		return decimalCell(big.NewInt(int64(a.Value(i))), a.DataType())
	case *array.Decimal64:
		return decimalCell(big.NewInt(int64(a.Value(i))), a.DataType())
	case *array.Decimal128:
		return decimalCell(a.Value(i).BigInt(), a.DataType())
	case *array.Decimal256:
		return decimalCell(a.Value(i).BigInt(), a.DataType())
	case *array.Date32:
		return cell{class: classDate, i: int64(a.Value(i))}
	case *array.Date64:
		return cell{class: classDate, i: numeric.FloorDiv(int64(a.Value(i)), 86_400_000)}
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		return cell{class: classMoment, i: int64(a.Value(i)), unit: t.Unit, zoned: t.TimeZone != ""}
	case *array.Time32:
		return cell{class: classClock, i: int64(a.Value(i)), unit: a.DataType().(*arrow.Time32Type).Unit}
	case *array.Time64:
		return cell{class: classClock, i: int64(a.Value(i)), unit: a.DataType().(*arrow.Time64Type).Unit}
	case *array.Duration:
		return cell{class: classSpan, i: int64(a.Value(i)), unit: a.DataType().(*arrow.DurationType).Unit}
	case *array.Struct, *array.Map:
		return cell{class: classObject, a: a, at: i}
	case array.ListLike:
		return cell{class: classList, a: a, at: i}
	case array.ExtensionArray:
		return arrayCell(a.Storage(), i)
	case *array.Null:
		return cell{}
	}
	return cell{class: classOther, a: a, at: i}
}

func boolCell(b bool) cell {
	if b {
		return cell{class: classBool, i: 1}
	}
	return cell{class: classBool}
}

func uintCell(u uint64) cell {
	if u <= math.MaxInt64 {
		return cell{class: classInt, i: int64(u)}
	}
	return cell{class: classUint, u: u}
}

func decimalCell(n *big.Int, dt arrow.DataType) cell {
	return cell{class: classDecimal, n: n, scale: dt.(arrow.DecimalType).GetScale()}
}

// textCell is a cell of a file that has nothing but text.
func textCell(b []byte) cell { return cell{class: classText, spelled: true, b: b} }

// jsonCell is a JSON value. Text is appended to room, which is returned.
func jsonCell(raw []byte, room []byte) (cell, []byte) {
	switch jsonscan.KindOf(raw[0]) {
	case jsonscan.True:
		return boolCell(true), room
	case jsonscan.False:
		return boolCell(false), room
	case jsonscan.Number:
		return numberCell(raw), room
	case jsonscan.String:
		start := len(room)
		room, whole := jsonscan.AppendText(room, raw)
		return cell{class: classText, b: room[start:], bad: !whole}, room
	case jsonscan.Array:
		return cell{class: classList, b: raw}, room
	case jsonscan.Object:
		return cell{class: classObject, b: raw}, room
	}
	return cell{}, room
}

// numberCell is a number of JSON.
func numberCell(b []byte) cell {
	whole := true
	for _, c := range b {
		if c == '.' || c == 'e' || c == 'E' || c == 'N' || c == 'I' {
			whole = false
			break
		}
	}
	if whole {
		if i, err := strconv.ParseInt(string(b), 10, 64); err == nil {
			if i == 0 && b[0] == '-' {
				return cell{class: classFloat, f: math.Copysign(0, -1), digits: true, b: b}
			}
			return cell{class: classInt, i: i, digits: true, b: b}
		}
		if u, err := strconv.ParseUint(string(b), 10, 64); err == nil {
			return cell{class: classUint, u: u, digits: true, b: b}
		}
		return cell{class: classNumber, digits: true, b: b}
	}
	f, err := strconv.ParseFloat(string(b), 64)
	if err != nil {
		return cell{class: classNumber, digits: true, b: b} // too large for any float
	}
	return cell{class: classFloat, f: f, digits: true, b: b}
}

// goCell is a Go value, as Want.Default has it.
func goCell(v any) cell {
	switch v := v.(type) {
	case string:
		return textCell([]byte(v))
	case bool:
		return boolCell(v)
	case int:
		return cell{class: classInt, i: int64(v)}
	case int64:
		return cell{class: classInt, i: v}
	case uint64:
		return uintCell(v)
	case float64:
		return cell{class: classFloat, f: v}
	}
	return cell{class: classOther}
}

// items calls each with the items of a list until it returns false, which it then
// returns.
func (c *cell) items(each func(*cell) bool) bool {
	if c.a == nil {
		var room []byte
		return jsonscan.Items(c.b, func(raw []byte) bool {
			var item cell
			item, room = jsonCell(raw, room[:0])
			return each(&item)
		})
	}
	list := c.a.(array.ListLike)
	from, to := list.ValueOffsets(c.at)
	for k := int(from); k < int(to); k++ {
		item := arrayCell(list.ListValues(), k)
		if !each(&item) {
			return false
		}
	}
	return true
}

// length is the number of items of a list.
func (c *cell) length() int {
	if c.a == nil {
		n := 0
		jsonscan.Items(c.b, func([]byte) bool { n++; return true })
		return n
	}
	from, to := c.a.(array.ListLike).ValueOffsets(c.at)
	return int(to - from)
}

// members calls each with the keys and values of an object until it returns false,
// which it then returns.
func (c *cell) members(each func(key, value *cell) bool) bool {
	if c.a == nil {
		var keys, room []byte
		return jsonscan.Members(c.b, func(name, raw []byte) bool {
			var key, value cell
			key, keys = jsonCell(name, keys[:0])
			value, room = jsonCell(raw, room[:0])
			key.spelled = true // a member's name is text, whatever the key was
			return each(&key, &value)
		})
	}
	switch a := c.a.(type) {
	case *array.Struct:
		fields := a.DataType().(*arrow.StructType).Fields()
		for f := range fields {
			key, value := cell{class: classText, b: unsafeBytes(fields[f].Name)}, arrayCell(a.Field(f), c.at)
			if !each(&key, &value) {
				return false
			}
		}
	case *array.Map:
		from, to := a.ValueOffsets(c.at)
		for k := int(from); k < int(to); k++ {
			key, value := arrayCell(a.Keys(), k), arrayCell(a.Items(), k)
			if !each(&key, &value) {
				return false
			}
		}
	}
	return true
}
