package conformance

import (
	"fmt"
	"math"
	"math/big"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/decimal256"
	"github.com/apache/arrow-go/v18/arrow/float16"

	"github.com/pickshard/pickshard/schema"
)

// NestedCases returns tables of the types that are not columns of plain values:
// numbers of other widths, and values in values.
func NestedCases() []Case {
	many := ManyNested(517)
	many.Chunk = 40
	return []Case{
		{Name: "every other type", Table: EveryOtherType()},
		{Name: "every type in a list", Table: within("list[%s]")},
		{Name: "every type in a fixed list", Table: within("list[%s, 2]")},
		{Name: "every type in a struct", Table: within("struct[a: %s, \"b c\": bool]")},
		{Name: "every type in a map", Table: within("map[string, %s]")},
		{Name: "every type as a key", Table: keys()},
		{Name: "nulls at each level", Table: NullLevels()},
		{Name: "deepest", Table: deepest()},
		{Name: "nested beside images", Table: many},
		{Name: "nested shuffled", Table: many, Order: shuffled(517, 4)},
		{Name: "nested part", Table: many, Order: run(30, 275)},
		{Name: "nested of no rows", Table: &Table{Fields: many.Fields}},
		{Name: "embeddings", Table: Embeddings(300, 512)},
		{Name: "one long list", Table: longList()},
		{Name: "random 1", Table: Random(1, 200)},
		{Name: "random 2", Table: Random(2, 200)},
		{Name: "random 3", Table: Random(3, 200), Order: shuffled(200, 5)},
	}
}

// mustType is the type of a spelling.
func mustType(spelling string) schema.Type {
	t, err := schema.ParseType(spelling)
	if err != nil {
		panic(err)
	}
	return t
}

// nullable is a field of a spelled type that may be null.
func nullable(name, spelling string) schema.Field {
	return schema.Field{Name: name, Type: mustType(spelling), Nullable: true}
}

// columns makes a table of fields that are given one by one, with their values.
type columns struct{ Table }

func (c *columns) add(name, spelling string, values ...any) {
	for len(c.Rows) < len(values) {
		c.Rows = append(c.Rows, make([]any, len(c.Fields)))
	}
	name = strings.Map(func(r rune) rune {
		if r == ' ' || r == ',' || r == '[' || r == ']' {
			return '_'
		}
		return r
	}, name)
	c.Fields = append(c.Fields, nullable(name, spelling))
	for i := range c.Rows {
		var v any
		if i < len(values) {
			v = values[i]
		}
		c.Rows[i] = append(c.Rows[i], v)
	}
}

func decimal(t schema.Type, unscaled string) any {
	n, ok := new(big.Int).SetString(unscaled, 10)
	if !ok {
		panic("no number: " + unscaled)
	}
	if t.Precision <= 38 {
		return decimal128.FromBigInt(n)
	}
	return decimal256.FromBigInt(n)
}

// EveryOtherType has a field of every type that EveryType lacks and that no values
// lie in, with the extremes of each, and a row of nulls.
func EveryOtherType() *Table {
	c := &columns{Table{Chunk: 4}}
	half := func(bits uint16) float16.Num { return float16.FromBits(bits) }
	c.add("float16", "float16", half(0), half(0x8000), nil, half(0x7bff), half(1), half(0x7c00))
	c.add("float16 nan", "float16", half(0x3c00), half(0xbc00), nil, half(0x3555), half(0x7e00), half(0xfc00))
	for _, u := range []string{"s", "ms"} {
		last := arrow.Time32(86_399)
		if u == "ms" {
			last = 86_399_999
		}
		c.add("time "+u, "time["+u+"]", arrow.Time32(0), last, nil, arrow.Time32(1), arrow.Time32(3661), last/2)
	}
	c.add("time us", "time[us]", arrow.Time64(0), arrow.Time64(86_399_999_999), nil, arrow.Time64(1), arrow.Time64(3_661_000_001), arrow.Time64(43_200_000_000))
	c.add("time ns", "time[ns]", arrow.Time64(0), arrow.Time64(86_399_999_999_999), nil, arrow.Time64(1), arrow.Time64(3_661_000_000_001), arrow.Time64(43_200_000_000_000))
	for _, u := range []string{"s", "ms", "us", "ns"} {
		c.add("duration "+u, "duration["+u+"]", arrow.Duration(0), arrow.Duration(-1), nil,
			arrow.Duration(math.MaxInt64), arrow.Duration(math.MinInt64), arrow.Duration(86_400_001))
	}
	for _, digits := range [][2]int{{1, 0}, {4, 4}, {9, 2}, {10, 2}, {18, 0}, {19, 3}, {38, 10}, {39, 0}, {76, 38}} {
		t := mustType(fmt.Sprintf("decimal[%d, %d]", digits[0], digits[1]))
		nines := strings.Repeat("9", digits[0])
		c.add(t.String(), t.String(), decimal(t, "0"), decimal(t, "-1"), nil, decimal(t, nines), decimal(t, "-"+nines), decimal(t, "7"))
	}
	c.add("class", "class[cat, dog, \"a, b\"]", int64(0), int64(2), nil, int64(1), int64(0), int64(0))
	c.add("json", "json", `{"a": [1, null, "ü"]}`, `"text"`, nil, `null`, `[]`, `1.50`)
	return &c.Table
}

// samples returns a few values of each type that no values lie in.
func samples() *Table {
	types := EveryType()
	others := EveryOtherType()
	t := &Table{}
	for _, from := range []*Table{types, others} {
		for f, field := range from.Fields {
			if field.Type.Kind == schema.Image {
				continue
			}
			t.Fields = append(t.Fields, field)
			for i, row := range from.Rows {
				if len(t.Rows) <= i {
					t.Rows = append(t.Rows, nil)
				}
				t.Rows[i] = append(t.Rows[i], row[f])
			}
		}
	}
	return t
}

// within has each type inside another one.
func within(spelling string) *Table {
	c := &columns{Table{Chunk: 3}}
	from := samples()
	for f, field := range from.Fields {
		v := make([]any, len(from.Rows)) // the third is null
		for i := range v {
			v[i] = from.Rows[i][f]
		}
		outer := fmt.Sprintf(spelling, field.Type)
		switch t := mustType(outer); {
		case t.Len > 0:
			c.add(field.Name, outer, []any{v[0], v[1]}, nil, []any{v[2], v[3]}, []any{v[2], v[2]}, []any{v[4], v[5]})
		case t.Kind == schema.List:
			c.add(field.Name, outer, []any{v[0], v[1], v[2]}, []any{}, nil, []any{v[2]}, []any{v[3], v[4]}, []any{v[5]})
		case t.Kind == schema.Map:
			c.add(field.Name, outer, Map{{"a", v[0]}, {"", v[1]}, {"b", v[2]}}, Map{}, nil, Map{{"c", v[3]}}, Map{{"d", v[4]}, {"e", v[5]}})
		default:
			c.add(field.Name, outer, []any{v[0], true}, []any{v[1], nil}, nil, []any{nil, nil}, []any{v[3], false}, []any{v[4], true}, []any{v[5], false})
		}
	}
	return &c.Table
}

// keys has maps of each type that can be a key.
func keys() *Table {
	c := &columns{}
	from := samples()
	for f, field := range from.Fields {
		if field.Type.Kind == schema.JSON {
			continue
		}
		key := func(i int) any { return from.Rows[i][f] }
		c.add(field.Name, fmt.Sprintf("map[%s, list[int8]]", field.Type),
			Map{{key(0), []any{int8(1), nil}}, {key(1), nil}}, Map{}, nil, Map{{key(3), []any{}}})
	}
	return &c.Table
}

// NullLevels has nulls and empty lists at every level that can have them.
func NullLevels() *Table {
	c := &columns{}
	c.add("list", "list[int32]", nil, []any{}, []any{nil}, []any{int32(1), nil, int32(2)}, []any{int32(3)})
	c.add("texts", "list[string]", []any{nil}, []any{""}, nil, []any{}, []any{"a", nil, "bc"})
	c.add("lists", "list[list[int32]]",
		nil, []any{}, []any{nil}, []any{[]any{}}, []any{[]any{nil}},
		[]any{nil, []any{}, []any{int32(1), nil}, []any{nil}, nil, []any{int32(2)}})
	c.add("struct", "struct[a: int32, b: struct[c: string, d: list[bool]]]",
		nil, []any{nil, nil}, []any{int32(1), []any{nil, nil}}, []any{nil, []any{"x", []any{}}},
		[]any{int32(2), []any{nil, []any{true, nil, false}}}, []any{int32(3), nil})
	c.add("structs", "list[struct[name: string, score: float64, tags: list[string]]]",
		[]any{[]any{"a", 0.5, []any{"x", "y"}}, nil, []any{nil, nil, nil}}, nil, []any{}, []any{nil}, []any{nil, nil, []any{"b", math.Copysign(0, -1), []any{}}},
		[]any{[]any{"c", 1.0, []any{nil}}, []any{nil, 2.0, []any{"z", nil, "w"}}})
	c.add("map", "map[string, int64]", Map{}, nil, Map{{"k", nil}}, Map{{"a", int64(1)}, {"b", nil}}, Map{{"", int64(0)}})
	c.add("maps", "map[int32, map[string, list[int8]]]",
		Map{{int32(1), Map{{"a", []any{int8(1), nil}}, {"b", nil}, {"c", []any{}}}}, {int32(2), nil}}, Map{{int32(3), Map{}}}, nil, Map{})
	c.add("fixed", "list[int16, 3]", []any{int16(1), nil, int16(3)}, nil, []any{nil, nil, nil}, []any{int16(-1), int16(-2), int16(-3)})
	c.add("fixed lists", "list[list[int8, 2], 2]",
		[]any{[]any{int8(1), int8(2)}, []any{int8(3), int8(4)}}, nil, []any{nil, []any{int8(5), nil}}, []any{nil, nil})
	c.add("fixed in lists", "list[struct[v: list[float32, 2]]]",
		[]any{[]any{[]any{float32(1), float32(2)}}, []any{nil}, nil}, []any{}, nil)
	return &c.Table
}

// deepest has lists, structs and maps as deep as types go.
func deepest() *Table {
	c := &columns{}
	lists, structs, maps := "int32", "string", "list[bool]"
	deepList, deepStruct, deepMap := any(int32(7)), any("x"), any([]any{true, nil})
	for i := range schema.MaxTypeDepth {
		lists, structs = "list["+lists+"]", "struct[a: "+structs+"]"
		deepList, deepStruct = []any{deepList, nil}, []any{deepStruct}
		if i < schema.MaxTypeDepth-1 {
			maps = "map[string, " + maps + "]"
			deepMap = Map{{"k", nil}, {"l", deepMap}}
		}
	}
	c.add("lists", lists, deepList, nil, []any{}, []any{[]any{}, nil})
	c.add("structs", structs, deepStruct, nil, []any{nil}, []any{[]any{nil}})
	c.add("maps", maps, deepMap, nil, Map{}, Map{{"m", Map{}}})
	return &c.Table
}

// ManyNested returns n rows of lists, structs and maps beside images and text, as
// datasets of preferences have them.
func ManyNested(n int) *Table {
	t := &Table{Fields: []schema.Field{
		nullable("prompt", "string"),
		nullable("images_of", "list[string]"),
		nullable("ranks", "list[int64]"),
		{Name: "image", Type: mustType("image")},
		nullable("votes", "list[struct[user: string, score: float32, at: timestamp[us, tz=UTC]]]"),
		nullable("emb", "list[float32, 8]"),
		nullable("meta", "struct[model: string, steps: int32, cfg: struct[scale: float64, seed: uint64]]"),
		nullable("tags", "map[string, float64]"),
		nullable("price", "decimal[12, 3]"),
		nullable("label", "class[cat, dog, fish]"),
		nullable("boxes", "list[list[float32, 4]]"),
	}}
	every := func(i, n int, v any) any { // null now and then
		if i%n == n-1 {
			return nil
		}
		return v
	}
	for i := range n {
		var names, ranks, votes, emb, boxes []any
		tags := Map{}
		for k := range i % 7 {
			names = append(names, every(i+k, 19, fmt.Sprintf("images/%05d_%d.jpg", i, k)))
			ranks = append(ranks, every(i*k, 23, int64(k*i%11)))
			votes = append(votes, every(i+2*k, 13, []any{every(k, 5, fmt.Sprintf("user-%d", i*k%97)), float32(i%10) / 4, every(i, 4, arrow.Timestamp(1_700_000_000_000_000+int64(i)))}))
			tags = append(tags, [2]any{fmt.Sprintf("tag %d", k), every(i+k, 3, float64(k)/3)})
			boxes = append(boxes, every(i+k, 9, []any{float32(i), float32(k), float32(i) / 3, every(i*k, 31, float32(-1))}))
		}
		for k := range 8 {
			emb = append(emb, float32(math.Sin(float64(8*i+k))))
		}
		t.Rows = append(t.Rows, []any{
			every(i, 17, fmt.Sprintf("a prompt, number %d", i)), every(i, 11, names), every(i, 12, ranks), Noise(30+i%70, uint64(i)),
			every(i, 14, votes), every(i, 15, emb),
			every(i, 10, []any{fmt.Sprintf("model-%d", i%3), every(i, 6, int32(i%50)), every(i, 7, []any{7.5, uint64(i) << 40})}),
			every(i, 16, tags), every(i, 18, decimal128.FromI64(int64(i*997-1000))), every(i, 20, int64(i%3)), every(i, 21, boxes),
		})
	}
	return t
}

// Embeddings returns n rows of vectors that do not compress.
func Embeddings(n, length int) *Table {
	t := &Table{Fields: []schema.Field{nullable("id", "int64"), {Name: "emb", Type: mustType(fmt.Sprintf("list[float32, %d]", length))}, nullable("half", "list[float16]")}}
	for i := range n {
		noise := Noise(4*length, uint64(i))
		var emb, half []any
		for k := range length {
			emb = append(emb, float32(int(noise[4*k])<<8+int(noise[4*k+1]))/65536)
			if k < i%40 {
				half = append(half, float16.New(float32(noise[k])/32))
			}
		}
		t.Rows = append(t.Rows, []any{int64(i), emb, half})
	}
	return t
}

// longList has a record whose lists are longer than any page.
func longList() *Table {
	t := &Table{Fields: []schema.Field{nullable("n", "list[int64]"), nullable("null", "list[bool]"), nullable("texts", "list[list[string]]")}}
	for _, size := range []int{3, 150_000, 0, 2, 1000} {
		n, null, texts := []any{}, []any{}, []any{}
		for k := range size {
			n = append(n, int64(k)*7_919_000_003)
			null = append(null, nil)
			if k%10 == 0 {
				texts = append(texts, []any{})
			} else {
				texts[k/10] = append(texts[k/10].([]any), fmt.Sprintf("text %d", k))
			}
		}
		t.Rows = append(t.Rows, []any{n, null, texts})
	}
	return t
}

// NestedSmall is a table of values in values, two rows of it.
func NestedSmall() *Table {
	c := &columns{}
	c.add("text", "string", "a prompt", nil)
	c.add("list", "list[int32]", []any{int32(1), nil, int32(3)}, []any{})
	c.add("votes", "list[struct[a: string, b: decimal[20, 2]]]",
		[]any{[]any{"x", decimal(mustType("decimal[20, 2]"), "-5")}, nil, []any{nil, nil}}, nil)
	c.add("map", "map[string, list[bool]]", Map{{"k", []any{true, nil}}, {"l", nil}}, Map{{"m", []any{}}})
	c.Fields = append(c.Fields, schema.Field{Name: "image", Type: mustType("image")})
	for i := range c.Rows {
		c.Rows[i] = append(c.Rows[i], Noise(9+i, uint64(i)))
	}
	c.add("images", "list[image]", []any{Noise(5, 1), nil, Noise(2, 2)}, nil)
	c.add("n", "int32", int32(7), nil)
	return &c.Table
}
