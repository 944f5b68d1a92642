package read

import (
	"fmt"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/pickshard/pickshard/schema"
)

// unsafeBytes is the bytes of a text, which must not be changed.
func unsafeBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// describe says what a cell is, for a message.
func (c *cell) describe() string {
	const most = 60
	switch c.class {
	case classNull:
		return "null"
	case classBool:
		return strconv.FormatBool(c.i != 0)
	case classInt:
		return "int " + strconv.FormatInt(c.i, 10)
	case classUint:
		return "int " + strconv.FormatUint(c.u, 10)
	case classNumber:
		return "number " + short(c.b, most)
	case classFloat:
		return "float " + strconv.FormatFloat(c.f, 'g', -1, 64)
	case classDecimal:
		return "decimal " + decimalText(c.n, c.scale)
	case classText:
		return "text " + quoted(c.b, most)
	case classBytes:
		return fmt.Sprintf("%d bytes", len(c.b))
	}
	what := map[class]string{classDate: "date ", classMoment: "timestamp ", classClock: "time ", classSpan: "duration ",
		classList: "list ", classObject: "struct "}[c.class]
	text, err := c.json(nil)
	if err != nil {
		return what + "value"
	}
	return what + short(text, most)
}

// json is a cell as JSON text, appended to dst.
func (c *cell) json(dst []byte) ([]byte, error) {
	if c.a != nil {
		return schema.AppendJSON(dst, c.a, c.at, schema.StrictFloats)
	}
	dst, ok := appendJSON(dst, c)
	if !ok {
		return dst, fmt.Errorf("no JSON for it")
	}
	return dst, nil
}

func quoted(b []byte, most int) string {
	if len(b) > most {
		return strconv.Quote(string(cut(b, most))) + "..."
	}
	return strconv.Quote(string(b))
}

// short is text of a file, safe to print.
func short(b []byte, most int) string {
	q := quoted(b, most)
	if len(b) > most {
		return q[1:len(q)-4] + "..."
	}
	return q[1 : len(q)-1]
}

// cut ends text after most bytes, not inside a character.
func cut(b []byte, most int) []byte {
	for most > 0 && !utf8.RuneStart(b[most]) {
		most--
	}
	return b[:most]
}
