package schema

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// kindNames spells the kinds whose spelling has no parameters. The names are
// Arrow's and so Hugging Face's.
var kindNames = [...]string{
	String: "string", Binary: "binary", Bool: "bool",
	Int8: "int8", Int16: "int16", Int32: "int32", Int64: "int64",
	Uint8: "uint8", Uint16: "uint16", Uint32: "uint32", Uint64: "uint64",
	Float16: "float16", Float32: "float32", Float64: "float64",
	Date: "date32", JSON: "json", Image: "image",
}

// TypeNames lists spellings that ParseType takes, in the order of the kinds, for
// help texts and the configuration's JSON Schema; those with brackets are examples.
func TypeNames() []string {
	var names []string
	for _, n := range kindNames {
		if n != "" {
			names = append(names, n)
		}
	}
	for _, u := range units {
		names = append(names, "timestamp["+u.String()+"]")
	}
	return append(names, "timestamp[us, tz=Europe/Berlin]", "time[us]", "duration[us]", "decimal[10, 2]",
		"class", "class[cat, dog]", "list[int64]", "list[float32, 512]", "list[image]", "struct[a: int64, b: string]", "map[string, float64]")
}

// plainImage spells an image that is written as its bytes alone. A config has it as
// binary with a file.
const plainImage = "image[binary]"

var units = [...]arrow.TimeUnit{arrow.Second, arrow.Millisecond, arrow.Microsecond, arrow.Nanosecond}

// String returns the spelling that ParseType takes.
func (t Type) String() string { return string(t.append(nil)) }

func (t Type) append(dst []byte) []byte {
	switch t.Kind {
	case Timestamp:
		dst = append(append(dst, "timestamp["...), t.Unit.String()...)
		if t.Zone != "" {
			dst = append(append(dst, ", tz="...), t.Zone...)
		}
		return append(dst, ']')
	case Time:
		return append(append(append(dst, "time["...), t.Unit.String()...), ']')
	case Duration:
		return append(append(append(dst, "duration["...), t.Unit.String()...), ']')
	case Decimal:
		return fmt.Appendf(dst, "decimal[%d, %d]", t.Precision, t.Scale)
	case Class:
		dst = append(dst, "class"...)
		for i, n := range t.Names {
			dst = appendName(append(dst, [...]string{"[", ", "}[min(i, 1)]...), n)
		}
		if len(t.Names) > 0 {
			dst = append(dst, ']')
		}
		return dst
	case Image:
		if t.Plain {
			return append(dst, plainImage...)
		}
	case List:
		dst = t.Elem.append(append(dst, "list["...))
		if t.Len > 0 {
			dst = strconv.AppendInt(append(dst, ", "...), int64(t.Len), 10)
		}
		return append(dst, ']')
	case Map:
		dst = append(t.Key.append(append(dst, "map["...)), ", "...)
		return append(t.Elem.append(dst), ']')
	case Struct:
		dst = append(dst, "struct["...)
		for i, m := range t.Members {
			if i > 0 {
				dst = append(dst, ", "...)
			}
			dst = append(appendName(dst, m.Name), ": "...)
			dst = m.Type.append(dst)
		}
		return append(dst, ']')
	}
	if int(t.Kind) < len(kindNames) && kindNames[t.Kind] != "" {
		return append(dst, kindNames[t.Kind]...)
	}
	return append(dst, "invalid"...)
}

// appendName spells the name of a class or a struct's member: as it is where it
// is plain, else in quotes.
func appendName(dst []byte, name string) []byte {
	if name == "" || name != strings.TrimSpace(name) || strings.ContainsAny(name, "\"\\[],:<>") || strings.ContainsFunc(name, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return strconv.AppendQuote(dst, name)
	}
	return append(dst, name...)
}
