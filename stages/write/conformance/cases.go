package conformance

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// A Case is a table, the order of its rows in the shard, and a name.
type Case struct {
	Name  string
	Table *Table
	Order []int64 // nil: as the table has them
	Large bool    // needs much memory: left out of short runs
}

// Cases returns the cases that Run goes through; each call makes them again.
func Cases() []Case {
	many := ManyRows(1031)
	many.Chunk = 64
	return []Case{
		{Name: "empty split", Table: &Table{Split: "test", Fields: PickFields()}},
		{Name: "one row", Table: Pick(1)},
		{Name: "several rows", Table: Pick(7)},
		{Name: "nulls", Table: nulls()},
		{Name: "all null columns", Table: allNull()},
		{Name: "plain images", Table: plainImages()},
		{Name: "unicode", Table: unicode()},
		{Name: "every type", Table: EveryType()},
		{Name: "text only", Table: textOnly()},
		{Name: "images only", Table: imagesOnly()},
		{Name: "keyed", Table: keyed()},
		{Name: "long text", Table: longText()},
		{Name: "tiny images", Table: tinyImages()},
		{Name: "sizes", Table: sizes()},
		{Name: "many rows", Table: ManyRows(1031)},
		{Name: "many rows in chunks", Table: many},
		{Name: "shuffled", Table: many, Order: shuffled(1031, 1)},
		{Name: "part", Table: many, Order: shuffled(1031, 2)[:411]},
		{Name: "run inside", Table: many, Order: run(130, 471)},
		{Name: "batches by bytes", Table: bigImages(9, 9<<20), Large: true},
		{Name: "40 MB image", Table: hugeImage(), Large: true},
	}
}

func shuffled(n int, seed uint64) []int64 {
	order := run(0, n)
	r := rand.New(rand.NewPCG(seed, 0))
	r.Shuffle(n, func(i, j int) { order[i], order[j] = order[j], order[i] })
	return order
}

func run(lo, hi int) []int64 {
	var order []int64
	for i := lo; i < hi; i++ {
		order = append(order, int64(i))
	}
	return order
}

// Noise returns n bytes that do not compress and are the same on every call.
func Noise(n int, seed uint64) []byte {
	p := make([]byte, (n+7)&^7)
	r := rand.New(rand.NewPCG(seed, uint64(n)))
	for i := 0; i < len(p); i += 8 {
		v := r.Uint64()
		for j := range 8 {
			p[i+j] = byte(v >> (8 * j))
		}
	}
	return p[:n]
}

// PickFields are fields shaped like Pick-High's: two prompts, three images, two
// scores, in an order that is not the alphabet's.
func PickFields() []schema.Field {
	return []schema.Field{
		{Name: "refine_prompt", Type: schema.Type{Kind: schema.String}, Nullable: true},
		{Name: "easy_prompt", Type: schema.Type{Kind: schema.String}},
		{Name: "refine_image", Type: schema.Type{Kind: schema.Image}},
		{Name: "easy_image_1", Type: schema.Type{Kind: schema.Image}, Nullable: true},
		{Name: "E1", Type: schema.Type{Kind: schema.Float64}, Doc: "score of easy_image_1"},
		{Name: "easy_image_0", Type: schema.Type{Kind: schema.Image}},
		{Name: "rank", Type: schema.Type{Kind: schema.Int32}, Nullable: true},
	}
}

// Pick returns n rows of PickFields with scores that include 0.0 and 1.0 and
// images of some hundred bytes.
func Pick(n int) *Table {
	t := &Table{Fields: PickFields()}
	for i := range n {
		t.Rows = append(t.Rows, []any{
			fmt.Sprintf("a refined prompt, number %d", i), fmt.Sprintf("prompt %d", i),
			Noise(300+i, uint64(3*i)), Noise(90+7*i, uint64(3*i+1)),
			float64(i%5)/2 - 0.5, Noise(512, uint64(3*i+2)), int32(i),
		})
	}
	return t
}

func nulls() *Table {
	t := Pick(23)
	for i, row := range t.Rows {
		for f := range row {
			if (i*7+f*3)%5 == 0 && i > 0 {
				row[f] = nil
			}
		}
	}
	return t
}

// allNull has columns without any value but the first prompt, as text only, so
// that formats that cannot do without images keep the rows.
func allNull() *Table {
	t := &Table{Chunk: 2}
	for _, k := range []schema.Kind{schema.String, schema.Bool, schema.Int64, schema.Float32, schema.Date, schema.Binary} {
		t.Fields = append(t.Fields, schema.Field{Name: "f" + schema.Type{Kind: k}.String(), Type: schema.Type{Kind: k}, Nullable: true})
	}
	for range 5 {
		t.Rows = append(t.Rows, make([]any, len(t.Fields)))
	}
	return t
}

func unicode() *Table {
	t := &Table{Fields: []schema.Field{
		{Name: "text", Type: schema.Type{Kind: schema.String}},
		{Name: "Image", Type: schema.Type{Kind: schema.Image}},
	}}
	for i, s := range []string{
		"", " ", "Grüße aus Köln", "日本語のプロンプト", "مرحبا بالعالم", "👩‍🚀🏳️‍🌈 e\u0301", "tab\tnew\nline\r\nquote\"back\\slash/",
		"\x00\x01\x1f\x7f", "\u2028\u2029\ufeff\ufffd\U0010ffff", "</script><!--", "null", `{"a":1}`, "'; drop table",
	} {
		t.Rows = append(t.Rows, []any{s, Image{Name: fmt.Sprintf("bilder/größe %d/ñandú 画像 %d.jpg", i, i), Data: Noise(64+i, uint64(i))}})
	}
	return t
}

// EveryType has one field of every type a schema can have, with the extremes
// of each, and a row of nulls.
func EveryType() *Table {
	t := &Table{Chunk: 4}
	add := func(name string, typ schema.Type, values ...any) {
		t.Fields = append(t.Fields, schema.Field{Name: name, Type: typ, Nullable: true})
		for i, v := range values {
			if len(t.Rows) <= i {
				t.Rows = append(t.Rows, nil)
			}
			t.Rows[i] = append(t.Rows[i], v)
		}
	}
	kind := func(k schema.Kind) schema.Type { return schema.Type{Kind: k} }
	add("string", kind(schema.String), "a", "", nil, "ü", "\"", strings.Repeat("x", 300))
	add("binary", kind(schema.Binary), []byte{0, 255}, []byte{}, nil, []byte("abc"), []byte{0}, Noise(100, 5))
	add("bool", kind(schema.Bool), true, false, nil, true, false, true)
	add("int8", kind(schema.Int8), int8(math.MinInt8), int8(math.MaxInt8), nil, int8(0), int8(-1), int8(1))
	add("int16", kind(schema.Int16), int16(math.MinInt16), int16(math.MaxInt16), nil, int16(0), int16(-1), int16(1))
	add("int32", kind(schema.Int32), int32(math.MinInt32), int32(math.MaxInt32), nil, int32(0), int32(-1), int32(1))
	add("int64", kind(schema.Int64), int64(math.MinInt64), int64(math.MaxInt64), nil, int64(0), int64(-1), int64(1<<53+1))
	add("uint8", kind(schema.Uint8), uint8(0), uint8(math.MaxUint8), nil, uint8(1), uint8(2), uint8(127))
	add("uint16", kind(schema.Uint16), uint16(0), uint16(math.MaxUint16), nil, uint16(1), uint16(2), uint16(10))
	add("uint32", kind(schema.Uint32), uint32(0), uint32(math.MaxUint32), nil, uint32(1), uint32(2), uint32(10))
	add("uint64", kind(schema.Uint64), uint64(0), uint64(math.MaxUint64), nil, uint64(1), uint64(1<<63), uint64(10))
	add("float32", kind(schema.Float32), float32(0), float32(math.Copysign(0, -1)), nil, float32(math.MaxFloat32), float32(math.SmallestNonzeroFloat32), float32(math.NaN()))
	add("float64", kind(schema.Float64), 0.0, math.Copysign(0, -1), nil, math.Inf(1), math.Inf(-1), math.NaN())
	add("float64b", kind(schema.Float64), 1.0, -0.1, nil, math.MaxFloat64, math.SmallestNonzeroFloat64, 1e16)
	add("date", kind(schema.Date), arrow.Date32(0), arrow.Date32(-1), nil, arrow.Date32(20_000), arrow.Date32(-100_000), arrow.Date32(2_000_000))
	for u := arrow.Second; u <= arrow.Nanosecond; u++ {
		scale := []int64{1, 1e3, 1e6, 1e9}[u]
		for _, zone := range []string{"", "UTC", "Europe/Berlin", "+05:30"} {
			add(fmt.Sprintf("ts_%s_%d", u, len(t.Fields)), schema.Type{Kind: schema.Timestamp, Unit: u, Zone: zone},
				arrow.Timestamp(0), arrow.Timestamp(-1), nil, arrow.Timestamp(1_790_000_000*scale+scale/3),
				arrow.Timestamp(-9_000_000_000*scale-scale/7), arrow.Timestamp(9_000_000_000*scale))
		}
	}
	add("image", kind(schema.Image), Noise(10, 1), Noise(11, 2), Noise(0, 3), Noise(600, 4), Noise(512, 5), Noise(1, 6))
	return t
}

func textOnly() *Table {
	t := &Table{Chunk: 3, Fields: []schema.Field{
		{Name: "text", Type: schema.Type{Kind: schema.String}},
		{Name: "n", Type: schema.Type{Kind: schema.Uint16}},
	}}
	for i := range 20 {
		t.Rows = append(t.Rows, []any{strings.Repeat("ab", i), uint16(i)})
	}
	return t
}

func imagesOnly() *Table {
	t := &Table{Fields: []schema.Field{
		{Name: "b", Type: schema.Type{Kind: schema.Image}},
		{Name: "a", Type: schema.Type{Kind: schema.Image}},
	}}
	for i := range 5 {
		t.Rows = append(t.Rows, []any{Noise(100*i+1, uint64(i)), Noise(512*i, uint64(i+50))})
	}
	return t
}

func keyed() *Table {
	t := Pick(9)
	t.Key = "easy_prompt"
	for i, row := range t.Rows {
		row[1] = fmt.Sprintf("id-%x_%d", i*7919, 9-i)
	}
	return t
}

func longText() *Table {
	t := Pick(6)
	for i, row := range t.Rows {
		row[0] = strings.Repeat("läng", 700*i) // around and beyond the room after an image
	}
	return t
}

// tinyImages has images of 0 to 20 bytes.
func tinyImages() *Table {
	t := Pick(150)
	for i, row := range t.Rows {
		for _, f := range []int{2, 3, 5} {
			row[f] = Noise((i+f)%21, uint64(i*8+f))
		}
	}
	return t
}

// sizes has images just below, at and above the sizes at which formats change
// their mind.
func sizes() *Table {
	t := &Table{Fields: []schema.Field{
		{Name: "image", Type: schema.Type{Kind: schema.Image}},
		{Name: "n", Type: schema.Type{Kind: schema.Int64}},
	}}
	for _, at := range []int{512, 1 << 10, 1 << 12, 1 << 13, 1 << 14, 1 << 15, 1 << 16, 1 << 20} {
		for _, d := range []int{-9, -8, -1, 0, 1, 7} {
			t.Rows = append(t.Rows, []any{Noise(at+d, uint64(at+d)), int64(at + d)})
		}
	}
	return t
}

// ManyRows returns n rows of PickFields with small images, null ranks and
// prompts now and then, for several batches or row groups.
func ManyRows(n int) *Table {
	t := Pick(n)
	for i, row := range t.Rows {
		row[2], row[3], row[5] = Noise(20+i%50, uint64(i)), Noise(i%9, uint64(i+n)), Noise(300+i%700, uint64(i+2*n))
		if i%11 == 3 {
			row[0] = nil
		}
		if i%300 > 150 {
			row[6] = nil
		}
	}
	return t
}

func bigImages(n, size int) *Table {
	t := Pick(n)
	for i, row := range t.Rows {
		row[2] = Noise(size+i, uint64(i))
	}
	return t
}

func hugeImage() *Table {
	t := Pick(4)
	t.Rows[1][2] = bytes.Repeat(Noise(1000, 77), 40_000)
	t.Rows[1][5] = bytes.Repeat(Noise(999, 78), 40_000)
	return t
}
