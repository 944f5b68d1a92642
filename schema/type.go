package schema

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// Kind is the family of a field's values.
type Kind uint8

// The kinds a field can have. Image is the bytes of an image file together
// with the file's base name; all others are values of the record itself.
const (
	Invalid Kind = iota
	String
	Binary
	Bool
	Int8
	Int16
	Int32
	Int64
	Uint8
	Uint16
	Uint32
	Uint64
	Float32
	Float64
	Date
	Timestamp
	Image
)

// Type is a field's type: a kind, and for timestamps a unit and a zone.
// The zero value is invalid; types compare with ==.
type Type struct {
	Kind Kind
	// Unit is a timestamp's unit.
	Unit arrow.TimeUnit
	// Zone is a timestamp's time zone as an IANA name or offset; empty means
	// wall-clock time without a zone.
	Zone string
}

// kindNames spells every kind but Timestamp, whose spelling has parameters.
// The names are Arrow's and so Hugging Face's.
var kindNames = [...]string{
	String: "string", Binary: "binary", Bool: "bool",
	Int8: "int8", Int16: "int16", Int32: "int32", Int64: "int64",
	Uint8: "uint8", Uint16: "uint16", Uint32: "uint32", Uint64: "uint64",
	Float32: "float32", Float64: "float64", Date: "date32", Image: "image",
}

// TypeNames lists the spellings ParseType takes, in the order of the kinds,
// for help texts and the configuration's JSON Schema.
func TypeNames() []string {
	var names []string
	for _, n := range kindNames {
		if n != "" {
			names = append(names, n)
		}
	}
	return append(names, "timestamp[s]", "timestamp[ms]", "timestamp[us]", "timestamp[ns]")
}

// ParseType reads a type's spelling: a name of TypeNames, or a timestamp with
// a zone such as "timestamp[us, tz=Europe/Berlin]".
func ParseType(s string) (Type, error) {
	for k, n := range kindNames {
		if n != "" && n == s {
			return Type{Kind: Kind(k)}, nil
		}
	}
	inner, ok := strings.CutPrefix(s, "timestamp[")
	if ok {
		inner, ok = strings.CutSuffix(inner, "]")
	}
	if ok {
		unit, zone, zoned := strings.Cut(inner, ",")
		t := Type{Kind: Timestamp}
		if zoned {
			t.Zone, ok = strings.CutPrefix(strings.TrimSpace(zone), "tz=")
			ok = ok && t.Zone != ""
		}
		for u := arrow.Second; u <= arrow.Nanosecond; u++ {
			if ok && u.String() == unit {
				t.Unit = u
				return t, nil
			}
		}
	}
	return Type{}, fmt.Errorf("unknown type %q: use one of %s", s, strings.Join(append(TypeNames(), "timestamp[us, tz=Europe/Berlin]"), ", "))
}

// String returns the spelling that ParseType takes.
func (t Type) String() string {
	if t.Kind == Timestamp {
		if t.Zone == "" {
			return "timestamp[" + t.Unit.String() + "]"
		}
		return "timestamp[" + t.Unit.String() + ", tz=" + t.Zone + "]"
	}
	if int(t.Kind) < len(kindNames) && kindNames[t.Kind] != "" {
		return kindNames[t.Kind]
	}
	return "invalid"
}
