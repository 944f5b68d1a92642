package schema

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// Bounds of a type: no dataset needs what is beyond them, and it would cost every
// consumer more than it is worth.
const (
	// MaxTypeDepth is how deep values may lie in values.
	MaxTypeDepth = 16
	// MaxTypeParts bounds the parts of a type in all, and a class's names.
	MaxTypeParts = 10_000
	// MaxListLen bounds lists of a fixed length.
	MaxListLen = 1 << 24
)

// ErrUnknownType is wrapped by errors of ParseType for a name that is not a type's.
var ErrUnknownType = errors.New("unknown type")

// ParseType reads a type's spelling: a name of TypeNames, or one with parts in
// brackets such as "list[struct[name: string, score: float64]]". What other tools
// call the same type is understood (str, int, datetime64[ns], list<item: int64>);
// where another tool's word says too little, the error says what to write.
func ParseType(s string) (Type, error) {
	p := &typeParser{text: s}
	t, err := p.parse(0)
	if p.blank(); err == nil && p.at < len(p.text) {
		err = p.fault("%q follows the type", shortened(p.text[p.at:]))
	}
	if err != nil {
		return Type{}, err
	}
	if err := t.check(); err != nil {
		return Type{}, fmt.Errorf("type %q: %w", s, err)
	}
	return t, nil
}

// check refuses images where none can stand, and keys that a map cannot have.
func (t Type) check() error {
	var err error
	t.Walk(func(part Type) bool {
		for _, p := range part.Parts() {
			if p.Type.Kind == Image && part.Kind != List || p.Type.ImageList() {
				err = errors.New("an image stands alone or in a list: split what holds it into fields of their own")
			}
			if p.Type.Plain {
				err = fmt.Errorf("%s stands alone: write list[image]", plainImage)
			}
		}
		if part.Kind == Map && (part.Key.Nested() || part.Key.Kind == JSON) {
			err = fmt.Errorf("a map's keys cannot be %s", part.Key)
		}
		return err == nil
	})
	return err
}

// aliases are other tools' names for a type.
var aliases = map[string]Type{
	"str": {Kind: String}, "text": {Kind: String}, "utf8": {Kind: String}, "large_string": {Kind: String}, "large_utf8": {Kind: String}, "string_view": {Kind: String},
	"bytes": {Kind: Binary}, "blob": {Kind: Binary}, "large_binary": {Kind: Binary}, "binary_view": {Kind: Binary},
	"bool_": {Kind: Bool}, "boolean": {Kind: Bool},
	"int": {Kind: Int64}, "integer": {Kind: Int64}, "long": {Kind: Int64}, "uint": {Kind: Uint64},
	"half": {Kind: Float16}, "halffloat": {Kind: Float16}, "double": {Kind: Float64},
	"date": {Kind: Date}, "datetime": {Kind: Timestamp, Unit: arrow.Microsecond}, "timestamp": {Kind: Timestamp, Unit: arrow.Microsecond},
	"timedelta": {Kind: Duration, Unit: arrow.Microsecond}, "duration": {Kind: Duration, Unit: arrow.Microsecond}, "time": {Kind: Time, Unit: arrow.Microsecond},
	"category": {Kind: Class}, "categorical": {Kind: Class}, "classlabel": {Kind: Class}, "class_label": {Kind: Class}, "dictionary": {Kind: Class},
	"dict": {Kind: JSON}, "object": {Kind: JSON}, "any": {Kind: JSON},
}

// TypeAliases lists what other tools call types, sorted.
func TypeAliases() []string { return slices.Sorted(maps.Keys(aliases)) }

// unclear are names that mean different types to different tools.
var unclear = map[string]string{
	"float":   "write float64 (Python's and pandas' float) or float32",
	"number":  "write float64 or int64",
	"numeric": "write float64, int64 or decimal[10, 2]",
	"decimal": "write its digits, e.g. decimal[10, 2]",
	"list":    "write what it holds, e.g. list[int64]", "array": "write what it holds, e.g. list[float32]", "sequence": "write what it holds, e.g. list[int64]",
	"struct": "write its members, e.g. struct[a: int64, b: string], or json for any",
	"map":    "write key and value, e.g. map[string, float64]",
}

// typeParser reads a spelling from left to right.
type typeParser struct {
	text  string
	at    int
	parts int
}

func (p *typeParser) fault(format string, args ...any) error {
	return fmt.Errorf("type %q: %s", shortened(p.text), fmt.Sprintf(format, args...))
}

func shortened(s string) string {
	if len(s) > 120 {
		return s[:117] + "..."
	}
	return s
}

func (p *typeParser) blank() {
	for p.at < len(p.text) && (p.text[p.at] == ' ' || p.text[p.at] == '\t' || p.text[p.at] == '\n') {
		p.at++
	}
}

// word returns what follows, up to a bracket, comma, colon or the end.
func (p *typeParser) word() string {
	p.blank()
	end := p.at + strings.IndexAny(p.text[p.at:]+"]", "[]<>,:()\"")
	return strings.TrimSpace(p.text[p.at:end])
}

// take takes one of the bytes that are asked for, 0 where another follows.
func (p *typeParser) take(any string) byte {
	p.blank()
	if p.at < len(p.text) && strings.IndexByte(any, p.text[p.at]) >= 0 {
		p.at++
		return p.text[p.at-1]
	}
	return 0
}

// end takes the bracket that closes what opened.
func (p *typeParser) end(open byte) error {
	if p.take(map[byte]string{'[': "]", '<': ">", '(': ")"}[open]) == 0 {
		if p.blank(); p.at >= len(p.text) {
			return p.fault("a bracket is not closed")
		}
		return p.fault("unexpected %q", p.text[p.at:])
	}
	return nil
}

func (p *typeParser) parse(depth int) (Type, error) {
	if p.parts++; depth > MaxTypeDepth || p.parts > MaxTypeParts {
		return Type{}, p.fault("more than %d levels or %d parts", MaxTypeDepth, MaxTypeParts)
	}
	name := p.word()
	p.at += strings.Index(p.text[p.at:], name) + len(name)
	lower := strings.ToLower(name)
	open := p.take("[<(")
	if open == 0 {
		return p.plain(name, lower)
	}
	t, err := p.bracketed(lower, open, depth)
	if err != nil {
		return Type{}, err
	}
	return t, p.end(open)
}

// plain is the type of a name without brackets.
func (p *typeParser) plain(name, lower string) (Type, error) {
	if k := slices.Index(kindNames[:], name); k > 0 && name != "" {
		return Type{Kind: Kind(k)}, nil
	}
	if name == "class" {
		return Type{Kind: Class}, nil
	}
	if k := slices.Index(kindNames[:], lower); k > 0 && name != "" {
		return Type{Kind: Kind(k)}, nil // Int64, as pandas calls its own
	}
	if t, ok := aliases[lower]; ok {
		return t, nil
	}
	if hint, ok := unclear[lower]; ok {
		return Type{}, p.fault("%s says too little: %s", name, hint)
	}
	return Type{}, fmt.Errorf("%w %q: use one of %s", ErrUnknownType, shortened(name), strings.Join(TypeNames(), ", "))
}

func (p *typeParser) bracketed(lower string, open byte, depth int) (Type, error) {
	switch lower {
	case "list", "large_list", "sequence", "array", "fixed_size_list":
		return p.list(depth)
	case "struct":
		return p.members(depth)
	case "map":
		return p.keyed(depth)
	case "class", "classlabel":
		return p.class()
	case "image":
		w := p.word()
		if w != "binary" {
			return Type{}, p.fault("an image in brackets is written %s", plainImage)
		}
		p.at += len(w)
		return Type{Kind: Image, Plain: true}, nil
	case "decimal", "decimal128", "decimal256":
		return p.decimal()
	case "timestamp", "datetime64":
		return p.timestamp()
	case "time", "time32", "time64":
		u, err := p.unit()
		return Type{Kind: Time, Unit: u}, err
	case "duration", "timedelta64":
		u, err := p.unit()
		return Type{Kind: Duration, Unit: u}, err
	}
	return Type{}, fmt.Errorf("%w %q: use one of %s", ErrUnknownType, shortened(lower+string(open)+p.text[p.at:]), strings.Join(TypeNames(), ", "))
}

// list reads what a list holds and its length; Arrow's spelling has a name in
// front of what it holds, and its length behind.
func (p *typeParser) list(depth int) (Type, error) {
	if w := p.word(); w == "item" || w == "element" {
		at := p.at
		if p.at += len(w); p.take(":") == 0 {
			p.at = at
		}
	}
	elem, err := p.parse(depth + 1)
	if err != nil {
		return Type{}, err
	}
	t := ListOf(elem)
	if p.take(",") == 0 {
		return t, nil
	}
	n, err := p.number()
	if err != nil || n < 1 || n > MaxListLen {
		return Type{}, p.fault("a list's length is a number from 1 to %d", MaxListLen)
	}
	t.Len = n
	return t, nil
}

func (p *typeParser) members(depth int) (Type, error) {
	t := Type{Kind: Struct}
	for {
		name, err := p.name()
		if err != nil {
			return Type{}, err
		}
		if name == "" || p.take(":") == 0 {
			return Type{}, p.fault("a struct's members are written name: type")
		}
		if slices.ContainsFunc(t.Members, func(m Member) bool { return m.Name == name }) {
			return Type{}, p.fault("two members are called %q", name)
		}
		elem, err := p.parse(depth + 1)
		if err != nil {
			return Type{}, err
		}
		t.Members = append(t.Members, Member{Name: name, Type: elem})
		if p.take(",") == 0 {
			return t, nil
		}
	}
}

func (p *typeParser) keyed(depth int) (Type, error) {
	key, err := p.parse(depth + 1)
	if err != nil {
		return Type{}, err
	}
	if p.take(",") == 0 {
		return Type{}, p.fault("a map is written map[key, value]")
	}
	elem, err := p.parse(depth + 1)
	return Type{Kind: Map, Key: &key, Elem: &elem}, err
}

func (p *typeParser) class() (Type, error) {
	t := Type{Kind: Class}
	seen := make(map[string]bool)
	for {
		name, err := p.name()
		if err != nil {
			return Type{}, err
		}
		if p.parts++; seen[name] || p.parts > MaxTypeParts {
			return Type{}, p.fault("the name %q stands twice, or there are more than %d", name, MaxTypeParts)
		}
		seen[name] = true
		t.Names = append(t.Names, name)
		if p.take(",") == 0 {
			return t, nil
		}
	}
}

// name reads a name as appendName spells it.
func (p *typeParser) name() (string, error) {
	p.blank()
	if quoted, err := strconv.QuotedPrefix(p.text[p.at:]); err == nil && quoted[0] == '"' {
		p.at += len(quoted)
		return strconv.Unquote(quoted)
	}
	name := p.word()
	if name == "" {
		return "", p.fault("a name is missing")
	}
	p.at += strings.Index(p.text[p.at:], name) + len(name)
	return name, nil
}

func (p *typeParser) number() (int, error) {
	w := p.word()
	n, err := strconv.Atoi(w)
	if err == nil {
		p.at += strings.Index(p.text[p.at:], w) + len(w)
	}
	return n, err
}

func (p *typeParser) decimal() (Type, error) {
	precision, err := p.number()
	scale := 0
	if err == nil && p.take(",") != 0 {
		scale, err = p.number()
	}
	if err != nil || precision < 1 || precision > 76 || scale < 0 || scale > precision {
		return Type{}, p.fault("a decimal has 1 to 76 digits, of which none to all stand behind the point: decimal[10, 2]")
	}
	return Type{Kind: Decimal, Precision: int32(precision), Scale: int32(scale)}, nil
}

func (p *typeParser) timestamp() (Type, error) {
	u, err := p.unit()
	if err != nil {
		return Type{}, err
	}
	t := Type{Kind: Timestamp, Unit: u}
	if p.take(",") != 0 {
		p.blank()
		rest, _ := strings.CutPrefix(p.text[p.at:], "tz=") // numpy writes datetime64[ns, UTC]
		end := strings.IndexAny(rest, "]>)")
		if end <= 0 {
			return Type{}, p.fault("a zone is written tz=Europe/Berlin")
		}
		t.Zone = rest[:end]
		p.at = len(p.text) - len(rest) + end
	}
	return t, nil
}

func (p *typeParser) unit() (arrow.TimeUnit, error) {
	w := p.word()
	for _, u := range units {
		if u.String() == w {
			p.at += strings.Index(p.text[p.at:], w) + len(w)
			return u, nil
		}
	}
	return 0, p.fault("a unit is s, ms, us or ns")
}
