package read

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// isNumber says whether text is a decimal number as programs print it: JSON's, or
// with zeros or a plus in front, or nothing behind the point.
func isNumber(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	digits, point := 0, false
	for i, c := range b {
		switch {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && !point:
			point = true
		case (c == 'e' || c == 'E') && digits > 0:
			return isExponent(b[i+1:])
		default:
			return false
		}
	}
	return digits > 0
}

func isExponent(b []byte) bool {
	if len(b) > 0 && (b[0] == '-' || b[0] == '+') {
		b = b[1:]
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(b) > 0
}

func trimPlus(b []byte) []byte {
	if b[0] == '+' {
		return b[1:]
	}
	return b
}

// spelledFloat reads what Python and pandas write for floats that are not numbers.
func spelledFloat(b []byte) (float64, bool) {
	switch string(b) {
	case "nan", "NaN", "NAN":
		return math.NaN(), true
	case "inf", "Infinity", "+inf", "Inf", "INF":
		return math.Inf(1), true
	case "-inf", "-Infinity", "-Inf", "-INF":
		return math.Inf(-1), true
	}
	return 0, false
}

// mostDigits bounds the digits and zeros of a decimal: more fit no type.
const mostDigits = 200

// parseDecimal reads a decimal number exactly.
func parseDecimal(b []byte) (n *big.Int, scale int32, ok bool) {
	text, exp, scientific := strings.Cut(strings.ToLower(string(b)), "e")
	e := 0
	if scientific {
		var err error
		if e, err = strconv.Atoi(exp); err != nil {
			return nil, 0, false
		}
	}
	whole, part, _ := strings.Cut(text, ".")
	n, ok = new(big.Int).SetString(whole+part, 10)
	if !ok || len(text) > mostDigits || e > mostDigits || e < -mostDigits {
		return nil, 0, false
	}
	return n, int32(len(part) - e), true
}

func decimalText(n *big.Int, scale int32) string {
	s := new(big.Int).Abs(n).String()
	if scale > 0 {
		if pad := int(scale) - len(s) + 1; pad > 0 {
			s = strings.Repeat("0", pad) + s
		}
		s = s[:len(s)-int(scale)] + "." + s[len(s)-int(scale):]
	} else {
		s += strings.Repeat("0", int(-scale))
	}
	if n.Sign() < 0 {
		s = "-" + s
	}
	return s
}

func fromBase64(b []byte) ([]byte, bool) {
	out, err := base64.StdEncoding.Strict().AppendDecode(nil, b)
	return out, err == nil
}

// castText spells a value that is not a text, so that it reads back as the same.
func castText(dst []byte, c *cell) ([]byte, bool) {
	if c.digits {
		return append(dst, c.b...), true // as the file has them
	}
	dst, ok := appendJSON(dst, c)
	if n := len(dst); ok && n > 1 && dst[0] == '"' {
		dst = dst[1 : n-1] // dates and times: nothing in them is escaped
	}
	return dst, ok
}

// appendJSON appends a cell as JSON by the rules of [schema.AppendJSON], so that a
// value is the same JSON whatever file it was read from. Text that a file has in place
// of JSON stays as it is: any of csv, that of lists and objects elsewhere.
func appendJSON(dst []byte, c *cell) ([]byte, bool) {
	switch c.class {
	case classNull:
		return append(dst, "null"...), true
	case classBool:
		return strconv.AppendBool(dst, c.i != 0), true
	case classInt:
		return strconv.AppendInt(dst, c.i, 10), true
	case classUint:
		return strconv.AppendUint(dst, c.u, 10), true
	case classNumber:
		return append(dst, c.b...), true
	case classFloat:
		return schema.AppendJSONFloat(dst, c.f, schema.StrictFloats), true
	case classDecimal:
		return append(dst, decimalText(c.n, c.scale)...), true
	case classText:
		if isJSON(c) {
			return append(dst, c.b...), true
		}
		return schema.AppendJSONString(dst, string(c.b)), true
	case classBytes:
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, c.b), '"'), true
	case classDate, classMoment, classClock, classSpan:
		return appendTimeJSON(dst, c), true
	case classList, classObject:
		if c.a != nil {
			out, err := schema.AppendJSON(dst, c.a, c.at, schema.StrictFloats)
			return out, err == nil
		}
		return appendRawJSON(dst, c.b)
	}
	return dst, false
}

// IsJSON says whether text of any file but csv is taken for the JSON that it is: that of
// a list or an object.
func IsJSON(text []byte) bool { return isJSON(&cell{b: text}) }

// isJSON says whether a cell's text is taken for JSON.
func isJSON(c *cell) bool {
	b := c.b[jsonscan.SpaceLen(c.b):]
	if len(b) == 0 || !c.spelled && b[0] != '{' && b[0] != '[' {
		return false
	}
	if k := jsonscan.KindOf(b[0]); k == jsonscan.Number && !isNumber(b) {
		return false // NaN is for Python only
	}
	return jsonscan.Valid(b, schema.MaxTypeDepth*4)
}

// appendRawJSON appends a list or an object of JSON.
func appendRawJSON(dst, raw []byte) ([]byte, bool) {
	ok, first := true, true
	comma := func() {
		if !first {
			dst = append(dst, ',')
		}
		first = false
	}
	part := func(raw []byte) bool {
		switch raw[0] {
		case '[', '{':
			dst, ok = appendRawJSON(dst, raw)
		case '"':
			var whole bool
			var text []byte
			if text, whole = jsonscan.AppendText(nil, raw); !whole {
				ok = false
			}
			dst = schema.AppendJSONString(dst, string(text))
		default:
			c, _ := jsonCell(raw, nil)
			dst, ok = appendJSON(dst, &c)
		}
		return ok
	}
	if raw[0] == '[' {
		dst = append(dst, '[')
		jsonscan.Items(raw, func(item []byte) bool {
			comma()
			return part(item)
		})
		return append(dst, ']'), ok
	}
	dst = append(dst, '{')
	jsonscan.Members(raw, func(name, value []byte) bool {
		comma()
		if !part(name) {
			return false
		}
		dst = append(dst, ':')
		return part(value)
	})
	return append(dst, '}'), ok
}
