package read

import (
	"bytes"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// textInference tells what all texts of a column can be.
type textInference struct {
	kept                       bool
	any, number                bool // a value; a number of digits
	canBool, canInt, canFloat  bool
	unsigned, negative, points bool
	large                      bool // an integer that a float would not hold
}

func (t *textInference) watch(_ *converter, arr arrow.Array) error {
	a := arr.(*array.String)
	for i := 0; i < a.Len() && (!t.any || t.canBool || t.canInt || t.canFloat); i++ {
		if a.IsValid(i) {
			t.add(unsafeBytes(a.Value(i)))
		}
	}
	return nil
}

func (t *textInference) add(b []byte) {
	t.any = true
	if t.canBool && !isTruth(b) {
		t.canBool = false
	}
	if !t.canInt && !t.canFloat {
		return
	}
	if !plainNumber(b) {
		t.canInt = false
		if _, ok := spelledFloat(b); !ok || t.kept {
			t.canFloat = false
		}
		return
	}
	t.number = true
	whole := b
	if t.kept {
		whole = withoutZeros(b)
	}
	if isFloat(whole) {
		t.canInt, t.points = false, true
		t.canFloat = t.canFloat && !t.kept
		return
	}
	t.addInt(whole)
}

func (t *textInference) addInt(b []byte) {
	i, err := strconv.ParseInt(string(b), 10, 64)
	t.negative = t.negative || b[0] == '-'
	if err == nil {
		t.large = t.large || i > exactFloats || i < -exactFloats
		return
	}
	t.large = true
	if _, err := strconv.ParseUint(string(b), 10, 64); err != nil || t.kept {
		t.canInt = false
	}
	t.unsigned = true
}

func (t *textInference) typ() schema.Type {
	switch {
	case !t.any:
		return schema.Type{}
	case t.canBool && !t.kept:
		return schema.Type{Kind: schema.Bool}
	case t.canInt && t.number && t.unsigned && !t.negative:
		return schema.Type{Kind: schema.Uint64}
	case t.canInt && t.number && !t.unsigned:
		return schema.Type{Kind: schema.Int64}
	case t.canFloat && t.number && !t.large:
		return schema.Type{Kind: schema.Float64}
	}
	return schema.Type{Kind: schema.String}
}

// isTruth says whether pandas reads text as a boolean.
func isTruth(b []byte) bool {
	switch string(b) {
	case "True", "true", "TRUE", "False", "false", "FALSE":
		return true
	}
	return false
}

// plainNumber says whether text is a number that loses nothing by being one: no
// zeros or plus in front.
func plainNumber(b []byte) bool {
	if !isNumber(b) || b[0] == '+' {
		return false
	}
	if b[0] == '-' {
		b = b[1:]
	}
	return len(b) < 2 || b[0] != '0' || b[1] < '0' || b[1] > '9'
}

// withoutZeros is a number without .0 behind it.
func withoutZeros(b []byte) []byte {
	whole, part, ok := bytes.Cut(b, []byte("."))
	if !ok || len(part) == 0 || len(whole) == 0 || string(whole) == "-" || len(bytes.Trim(part, "0")) > 0 {
		return b
	}
	return whole
}

// mostMembers bounds the members of structs that are inferred: objects with more names
// are mappings, and stay JSON.
const mostMembers = 1000

// jsonInference tells the narrowest type of JSON values: null < bool, int64 < uint64,
// float64, string, list, struct; JSON where they have no common one.
type jsonInference struct {
	kind    schema.Kind // invalid while there are nulls only
	large   bool        // an integer that a float would not hold
	neg     bool
	elem    *jsonInference
	members []*jsonMember
	at      map[string]int
}

type jsonMember struct {
	name string
	jsonInference
}

func (t *jsonInference) watch(c *converter, arr arrow.Array) error {
	a := arr.(*array.String)
	for i := 0; i < a.Len() && t.kind != schema.JSON; i++ {
		if a.IsNull(i) {
			continue
		}
		if raw := jsonPath(unsafeBytes(a.Value(i)), c.path); raw != nil {
			t.value(raw, 1)
		}
	}
	return nil
}

func (t *jsonInference) value(raw []byte, depth int) {
	switch jsonscan.KindOf(raw[0]) {
	case jsonscan.True, jsonscan.False:
		t.join(schema.Bool)
	case jsonscan.Number:
		t.number(raw)
	case jsonscan.String:
		t.join(schema.String)
	case jsonscan.Array:
		if t.join(schema.List); t.kind == schema.List && t.deep(depth) {
			if t.elem == nil {
				t.elem = &jsonInference{}
			}
			jsonscan.Items(raw, func(item []byte) bool {
				t.elem.value(item, depth+1)
				return t.elem.kind != schema.JSON
			})
		}
	case jsonscan.Object:
		if t.join(schema.Struct); t.kind == schema.Struct && t.deep(depth) {
			jsonscan.Members(raw, func(name, value []byte) bool { return t.member(name, value, depth) })
		}
	}
}

// deep gives up on values that lie deeper than a type can say.
func (t *jsonInference) deep(depth int) bool {
	if depth >= schema.MaxTypeDepth {
		t.kind = schema.JSON
	}
	return depth < schema.MaxTypeDepth
}

func (t *jsonInference) member(name, value []byte, depth int) bool {
	text, whole := jsonscan.AppendText(nil, name)
	at, ok := t.at[string(text)]
	if !ok {
		at = len(t.members)
		if at >= mostMembers || !whole || len(text) == 0 {
			t.kind = schema.JSON
			return false
		}
		if t.at == nil {
			t.at = make(map[string]int)
		}
		t.at[string(text)] = at
		t.members = append(t.members, &jsonMember{name: string(text)})
	}
	t.members[at].value(value, depth+1)
	return true
}

func (t *jsonInference) number(raw []byte) {
	switch c := numberCell(raw); c.class {
	case classInt:
		t.large = t.large || c.i > exactFloats || c.i < -exactFloats
		t.neg = t.neg || c.i < 0
		t.join(schema.Int64)
	case classUint:
		t.large = true
		t.join(schema.Uint64)
	case classFloat:
		t.join(schema.Float64)
	default:
		t.join(schema.JSON)
	}
}

// join widens the type so that it takes values of a kind too.
func (t *jsonInference) join(k schema.Kind) {
	number := func(k schema.Kind) bool { return k == schema.Int64 || k == schema.Uint64 || k == schema.Float64 }
	switch {
	case t.kind == k:
	case t.kind == schema.Invalid:
		t.kind = k
	case number(t.kind) && number(k):
		t.kind = max(t.kind, k) // Int64 < Uint64 < Float64
	default:
		t.kind = schema.JSON
	}
	if t.kind == schema.Float64 && t.large || t.kind == schema.Uint64 && t.neg {
		t.kind = schema.JSON
	}
}

func (t *jsonInference) typ() schema.Type {
	switch t.kind {
	case schema.List:
		elem := schema.Type{}
		if t.elem != nil {
			elem = t.elem.typ()
		}
		if elem.Kind == schema.Invalid {
			return schema.Type{Kind: schema.JSON} // lists of nothing
		}
		return schema.ListOf(elem)
	case schema.Struct:
		out := schema.Type{Kind: schema.Struct}
		for _, m := range t.members {
			mt := m.typ()
			if mt.Kind == schema.Invalid {
				mt = schema.Type{Kind: schema.JSON}
			}
			out.Members = append(out.Members, schema.Member{Name: m.name, Type: mt})
		}
		if len(out.Members) == 0 {
			return schema.Type{Kind: schema.JSON}
		}
		return out
	}
	return schema.Type{Kind: t.kind}
}

// unify is the type that values of two types have in common, where a column has one in
// one file and the other in the next.
func unify(a, b schema.Type) (schema.Type, bool) {
	integer := func(k schema.Kind) bool { return k >= schema.Int8 && k <= schema.Uint64 }
	switch {
	case a.Kind == schema.Invalid || a.Equal(b):
		return b, true
	case b.Kind == schema.Invalid:
		return a, true
	case integer(a.Kind) && integer(b.Kind):
		return schema.Type{Kind: schema.Int64}, true
	case integer(a.Kind) && b.Kind == schema.Float64, a.Kind == schema.Float64 && integer(b.Kind):
		return schema.Type{Kind: schema.Float64}, true
	case a.Kind == schema.JSON || b.Kind == schema.JSON:
		return schema.Type{Kind: schema.JSON}, true
	}
	return schema.Type{}, false
}

// plainType is the type of a column's values as they are read where nothing is wanted:
// views, large types and dictionaries become what they hold. ok is false for what no
// field can be.
func plainType(dt arrow.DataType) (t schema.Type, ok bool) {
	switch dt := dt.(type) {
	case *arrow.DictionaryType:
		return plainType(dt.ValueType)
	case arrow.ExtensionType:
		return plainType(dt.StorageType())
	case *arrow.NullType:
		return schema.Type{}, true
	}
	return schema.FromArrow(dt)
}
