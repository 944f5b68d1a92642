package schema

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
)

// Kind is the family of a type's values.
type Kind uint8

// The kinds a type can have. Image is the bytes of an image file together with
// the file's base name; all others are values of the record itself.
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
	Float16
	Float32
	Float64
	Date
	Timestamp
	Time
	Duration
	Decimal
	Class
	JSON
	Image
	List
	Struct
	Map
)

// Type is a type: a kind and what the kind needs, a tree where values lie in
// values. The zero value is invalid. A Type is immutable, and what it points to
// is shared; types compare with Equal.
type Type struct {
	Kind Kind
	// Unit is that of a Timestamp, Time or Duration.
	Unit arrow.TimeUnit
	// Zone is a Timestamp's time zone as an IANA name or offset; empty means
	// wall-clock time without a zone.
	Zone string
	// Precision and Scale are a Decimal's digits in all and behind the point.
	Precision, Scale int32
	// Names are a Class's, each standing for its place in the list. None means
	// that the records tell them: a schema that is written has them.
	Names []string
	// Elem is what a List holds, or a Map's values; an Image stands only at the
	// top of a field or right in a list that does.
	Elem *Type
	// Len is how many values each List has, 0 for any number.
	Len int
	// Key is what a Map's keys are.
	Key *Type
	// Members are a Struct's, in order, with distinct names.
	Members []Member
	// Plain says of an Image that it is written as its bytes alone, where consumers
	// want binary and not Hugging Face's struct. It stands at the top of a field only.
	Plain bool
}

// Member is one value of a Struct.
type Member struct {
	Name string
	Type Type
}

// ListOf returns the type of lists of any length.
func ListOf(elem Type) Type { return Type{Kind: List, Elem: &elem} }

// Equal says whether two types are the same throughout.
func (t Type) Equal(o Type) bool {
	return t.Kind == o.Kind && t.Unit == o.Unit && t.Zone == o.Zone && t.Precision == o.Precision && t.Scale == o.Scale &&
		t.Len == o.Len && t.Plain == o.Plain && slices.Equal(t.Names, o.Names) && equalParts(t.Elem, o.Elem) && equalParts(t.Key, o.Key) &&
		slices.EqualFunc(t.Members, o.Members, func(a, b Member) bool { return a.Name == b.Name && a.Type.Equal(b.Type) })
}

func equalParts(a, b *Type) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Equal(*b)
}

// Parts yields what a type is made of, in the order in which its parts are
// written: a list's element, a map's key and value, a struct's members. The name
// of a part is empty but for members.
func (t Type) Parts() []Member {
	switch t.Kind {
	case List:
		return []Member{{Type: *t.Elem}}
	case Map:
		return []Member{{Type: *t.Key}, {Type: *t.Elem}}
	case Struct:
		return t.Members
	}
	return nil
}

// Walk visits a type and all that it is made of, outside in, until visit says no.
func (t Type) Walk(visit func(Type) bool) bool {
	if !visit(t) {
		return false
	}
	for _, p := range t.Parts() {
		if !p.Type.Walk(visit) {
			return false
		}
	}
	return true
}

// Any says whether the type is such a one or has a part that is.
func (t Type) Any(such func(Type) bool) bool {
	return !t.Walk(func(p Type) bool { return !such(p) })
}

// Has says whether the type is of a kind or has a part that is.
func (t Type) Has(k Kind) bool {
	return t.Any(func(p Type) bool { return p.Kind == k })
}

// Nested says whether values lie in values.
func (t Type) Nested() bool { return t.Kind == List || t.Kind == Struct || t.Kind == Map }

// Images says whether values are images: an image, or a list of them.
func (t Type) Images() bool { return t.Kind == Image || t.ImageList() }

// ImageList says whether values are lists of images.
func (t Type) ImageList() bool { return t.Kind == List && t.Elem.Kind == Image }
