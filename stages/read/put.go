package read

import (
	"math"
	"math/big"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/float16"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
	"github.com/pickshard/pickshard/stages/read/internal/numeric"
)

// putter appends cells to builders of wanted types.
type putter struct {
	cast       Cast
	surrogates Surrogates
	round      bool
	room       []byte
	read       cell // the number that a text was read as
}

// put appends a cell to a builder of a type's Arrow type, or only tells whether it
// could where b is nil. It says no, and has appended a part at most, when the cell
// cannot be the type.
func (p *putter) put(b array.Builder, t *schema.Type, c *cell) bool {
	if c.class == classNull {
		if b != nil {
			b.AppendNull()
		}
		return true
	}
	switch t.Kind {
	case schema.String:
		return p.putText(b, c)
	case schema.Binary:
		return p.putBytes(b, c)
	case schema.Bool:
		return p.putBool(b, c)
	case schema.Int8, schema.Int16, schema.Int32, schema.Int64:
		return p.putInt(b, t, c)
	case schema.Uint8, schema.Uint16, schema.Uint32, schema.Uint64:
		return p.putUint(b, t, c)
	case schema.Float16, schema.Float32, schema.Float64:
		return p.putFloat(b, t, c)
	case schema.Decimal:
		return p.putDecimal(b, t, c)
	case schema.Date, schema.Timestamp, schema.Time, schema.Duration:
		return p.putTime(b, t, c)
	case schema.Class:
		return putClass(b, t, c)
	case schema.JSON:
		return p.putJSON(b, c)
	case schema.Image:
		return p.putImage(b, c)
	case schema.List:
		return p.putList(b, t, c)
	case schema.Struct:
		return p.putStruct(b, t, c)
	case schema.Map:
		return p.putMap(b, t, c)
	}
	return false
}

// spells says whether a cell's text may be read as a value of another class.
func (p *putter) spells(c *cell) bool {
	return c.class == classText && (c.spelled || p.cast == Lossless)
}

func (p *putter) putText(b array.Builder, c *cell) bool {
	text := c.b
	if c.class != classText {
		var ok bool
		if p.cast != Lossless {
			return false
		}
		if text, ok = castText(p.room[:0], c); !ok {
			return false
		}
		p.room = text
	}
	if c.bad && p.surrogates != SurrogatesReplace {
		return false
	}
	if b != nil {
		b.(*array.StringBuilder).BinaryBuilder.Append(text)
	}
	return true
}

func (p *putter) putBytes(b array.Builder, c *cell) bool {
	data := c.b
	switch {
	case c.class == classBytes:
	case c.class == classText && p.cast == Lossless:
		var ok bool
		if data, ok = fromBase64(data); !ok {
			return false
		}
	default:
		return false
	}
	if b != nil {
		b.(*array.BinaryBuilder).Append(data)
	}
	return true
}

// truths are the spellings of booleans that Arrow's csv reader takes (Arrow C++:
// csv/options.cc, ConvertOptions), which include Python's.
var truths = map[string]bool{
	"True": true, "true": true, "TRUE": true, "1": true,
	"False": false, "false": false, "FALSE": false, "0": false,
}

func (p *putter) putBool(b array.Builder, c *cell) bool {
	v, ok := c.i != 0, c.class == classBool
	switch {
	case p.spells(c):
		v, ok = truths[string(c.b)]
	case p.cast == Lossless && c.class == classInt:
		ok = c.i == 0 || c.i == 1
	}
	if ok && b != nil {
		b.(*array.BooleanBuilder).Append(v)
	}
	return ok
}

// number is the number that a cell is, or spells.
func (p *putter) number(c *cell) *cell {
	switch {
	case p.spells(c):
		if isNumber(c.b) {
			p.read = numberCell(trimPlus(c.b))
			return &p.read
		}
		if f, ok := spelledFloat(c.b); ok {
			p.read = cell{class: classFloat, f: f}
			return &p.read
		}
	case c.class == classBool && p.cast == Lossless:
		p.read = cell{class: classInt, i: c.i}
		return &p.read
	}
	return c
}

// exactFloats is up to where every integer is a float64.
const exactFloats = 1 << 53

// integer is the int that a cell is: whole floats are, as pandas makes floats of a
// column of ints that has missing values.
func (p *putter) integer(c *cell) (i int64, ok bool) {
	switch c = p.number(c); c.class {
	case classInt:
		return c.i, true
	case classFloat:
		i = int64(c.f)
		return i, float64(i) == c.f && math.Abs(c.f) <= exactFloats && (i != 0 || !math.Signbit(c.f))
	case classDecimal:
		if n, ok := numeric.RescaleDecimal(c.n, c.scale, 0); ok && n.IsInt64() {
			return n.Int64(), true
		}
	}
	return 0, false
}

func (p *putter) putInt(b array.Builder, t *schema.Type, c *cell) bool {
	i, ok := p.integer(c)
	return ok && numeric.AppendInt(b, 8<<(t.Kind-schema.Int8), i)
}

func (p *putter) putUint(b array.Builder, t *schema.Type, c *cell) bool {
	i, ok := p.integer(c)
	u := uint64(i)
	if n := p.number(c); n.class == classUint {
		u, ok = n.u, true
	} else if i < 0 {
		return false
	}
	return ok && numeric.AppendUint(b, 8<<(t.Kind-schema.Uint8), u)
}

// putFloat takes floats that the width holds exactly and such integers; of digits in
// text the float that is nearest, which is what they spell.
func (p *putter) putFloat(b array.Builder, t *schema.Type, c *cell) bool {
	c = p.number(c)
	f := c.f
	switch c.class {
	case classInt:
		f = float64(c.i)
		if f >= 1<<63 || int64(f) != c.i {
			return false
		}
	case classUint:
		f = float64(c.u)
		if f >= 1<<64 || uint64(f) != c.u {
			return false
		}
	case classFloat:
	default:
		return false
	}
	switch t.Kind {
	case schema.Float32:
		if c.digits && c.class == classFloat {
			near, err := strconv.ParseFloat(string(c.b), 32)
			if err != nil {
				return false
			}
			f = near
		}
		if float64(float32(f)) != f && f == f {
			return false
		}
	case schema.Float16:
		half := float64(float16.New(float32(f)).Float32())
		if c.digits && c.class == classFloat && !math.IsInf(half, 0) {
			f = half
		}
		if half != f && f == f {
			return false
		}
	}
	switch b := b.(type) {
	case *array.Float64Builder:
		b.Append(f)
	case *array.Float32Builder:
		b.Append(float32(f))
	case *array.Float16Builder:
		b.Append(float16.New(float32(f)))
	}
	return true
}

// putDecimal takes numbers that precision and scale hold exactly.
func (p *putter) putDecimal(b array.Builder, t *schema.Type, c *cell) bool {
	c = p.number(c)
	n, scale, ok := c.n, c.scale, true
	switch {
	case c.class == classDecimal:
	case c.digits:
		n, scale, ok = parseDecimal(c.b)
	case c.class == classInt:
		n, scale = big.NewInt(c.i), 0
	case c.class == classUint:
		n, scale = new(big.Int).SetUint64(c.u), 0
	default:
		return false
	}
	if ok {
		n, ok = numeric.RescaleDecimal(n, scale, t.Scale)
	}
	return ok && numeric.AppendDecimal(b, numeric.Power10(t.Precision), n)
}

// putClass takes a name, or the place of one.
func putClass(b array.Builder, t *schema.Type, c *cell) bool {
	at, ok := int64(-1), false
	switch c.class {
	case classText:
		for i, name := range t.Names {
			if name == string(c.b) {
				at, ok = int64(i), true
				break
			}
		}
		if !ok && c.spelled {
			var err error
			at, err = strconv.ParseInt(string(c.b), 10, 64)
			ok = err == nil
		}
	case classInt:
		at, ok = c.i, true
	case classFloat:
		at = int64(c.f)
		ok = float64(at) == c.f
	}
	if !ok || at < 0 || at >= int64(len(t.Names)) {
		return false
	}
	if b != nil {
		b.(*array.Int64Builder).Append(at)
	}
	return true
}

func (p *putter) putJSON(b array.Builder, c *cell) bool {
	if c.class == classOther || c.bad && p.surrogates != SurrogatesReplace {
		return false
	}
	text, err := c.json(p.room[:0])
	if err != nil {
		return false
	}
	p.room = text
	if b != nil {
		b.(*array.StringBuilder).BinaryBuilder.Append(text)
	}
	return true
}

// putImage takes Hugging Face's struct of bytes and path, bytes alone, or a path
// alone (datasets: features/image.py, Image.cast_storage).
func (p *putter) putImage(b array.Builder, c *cell) bool {
	var data, path cell
	switch c.class {
	case classBytes:
		data = *c
	case classText:
		path = *c
	case classObject:
		if !c.members(func(k, v *cell) bool {
			switch string(k.b) {
			case "bytes":
				data = *v
			case "path":
				path = *v
			default:
				return false
			}
			return true
		}) {
			return false
		}
	default:
		return false
	}
	var dataTo, pathTo array.Builder
	if s, ok := b.(*array.StructBuilder); ok {
		s.Append(true)
		dataTo, pathTo = s.FieldBuilder(0), s.FieldBuilder(1)
	}
	return p.put(dataTo, &schema.Type{Kind: schema.Binary}, &data) && p.put(pathTo, &schema.Type{Kind: schema.String}, &path)
}

// nested is the list or object that a cell is, or spells as JSON.
func (p *putter) nested(c *cell) *cell {
	if !p.spells(c) {
		return c
	}
	b := c.b[jsonscan.SpaceLen(c.b):]
	if len(b) == 0 || b[0] != '[' && b[0] != '{' || !jsonscan.Valid(b, schema.MaxTypeDepth) {
		return c
	}
	n, _ := jsonCell(b, nil)
	return &n
}

func (p *putter) putList(b array.Builder, t *schema.Type, c *cell) bool {
	c = p.nested(c)
	if c.class != classList || t.Len > 0 && c.length() != t.Len {
		return false
	}
	var elem array.Builder
	if b != nil {
		list := b.(array.ListLikeBuilder)
		list.Append(true)
		elem = list.ValueBuilder()
	}
	return c.items(func(item *cell) bool { return p.put(elem, t.Elem, item) })
}

// putStruct takes an object: a member that is missing is null, one that the struct
// does not have is a no.
func (p *putter) putStruct(b array.Builder, t *schema.Type, c *cell) bool {
	c = p.nested(c)
	if c.class != classObject {
		return false
	}
	s, _ := b.(*array.StructBuilder)
	if s != nil {
		s.Append(true)
	}
	seen := make([]bool, len(t.Members))
	next := 0
	if !c.members(func(key, value *cell) bool {
		at := memberAt(t.Members, next, key.b)
		if at < 0 || seen[at] {
			return false
		}
		// Builders take members in any order, each once.
		seen[at], next = true, at+1
		var to array.Builder
		if s != nil {
			to = s.FieldBuilder(at)
		}
		return p.put(to, &t.Members[at].Type, value)
	}) {
		return false
	}
	for at, ok := range seen {
		if !ok && s != nil {
			s.FieldBuilder(at).AppendNull()
		}
	}
	return true
}

// memberAt finds a member: mostly the next one.
func memberAt(members []schema.Member, next int, name []byte) int {
	if next < len(members) && members[next].Name == string(name) {
		return next
	}
	for i := range members {
		if members[i].Name == string(name) {
			return i
		}
	}
	return -1
}

// putMap takes an object, or a list of pairs, as WriteJSON writes maps.
func (p *putter) putMap(b array.Builder, t *schema.Type, c *cell) bool {
	c = p.nested(c)
	var keys, values array.Builder
	if m, ok := b.(*array.MapBuilder); ok {
		m.Append(true)
		keys, values = m.KeyBuilder(), m.ItemBuilder()
	}
	entry := func(key, value *cell) bool {
		return key.class != classNull && p.put(keys, t.Key, key) && p.put(values, t.Elem, value)
	}
	switch c.class {
	case classObject:
		return c.members(entry)
	case classList:
		return c.items(func(pair *cell) bool {
			if pair.class != classList || pair.length() != 2 {
				return false
			}
			at := 0
			return pair.items(func(part *cell) bool {
				at++
				if at == 1 {
					return part.class != classNull && p.put(keys, t.Key, part)
				}
				return p.put(values, t.Elem, part)
			})
		})
	}
	return false
}
