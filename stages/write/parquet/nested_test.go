package parquet

import (
	"bytes"
	"hash/crc32"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/klauspost/compress/s2"

	"github.com/pickshard/pickshard/schema"
)

// nestedTypes are fields that FuzzNested puts together.
var nestedTypes = []string{
	"list[int32]",
	"list[list[string]]",
	"struct[a: int8, b: list[bool]]",
	"list[struct[a: decimal[20, 2], b: list[float16]]]",
	"map[string, map[int16, string]]",
	"list[list[time[s], 2]]",
}

// chunkOf is a column chunk of one page with that body, and its shape.
func chunkOf(body []byte, values int) ([]byte, chunkShape) {
	packed := s2.EncodeSnappy(nil, body)
	h := pageHeader{typ: pageData, uncompressed: len(body), compressed: len(packed), hasCRC: true, crc: crc32.ChecksumIEEE(packed), values: values}
	chunk := append(h.append(nil), packed...)
	return chunk, chunkShape{codec: codecSnappy, size: int64(len(chunk))}
}

// FuzzNested reads pages whose check sums are right and whose levels and values are
// anything: it must end with an error or with an array that is whole.
func FuzzNested(f *testing.F) {
	for i, spelling := range nestedTypes {
		for _, body := range nestedBodies(f, spelling) {
			f.Add(uint8(i), uint8(3), uint16(5), uint16(len(body)/2), body)
		}
	}
	f.Fuzz(func(t *testing.T, which, rows uint8, values, cut uint16, body []byte) {
		s := newSchema(t, "f:"+nestedTypes[int(which)%len(nestedTypes)])
		leaves, nodes := tree(s)
		field := nestedField{root: nodes[0], dt: s.Field(0).Type.Arrow(), cursors: make([]nestedCursor, len(leaves))}
		first, second := body[:min(int(cut), len(body))], body[min(int(cut), len(body)):]
		for i := range leaves {
			chunk, shape := chunkOf([][]byte{first, second}[i%2], int(values))
			field.cursors[i].r = bytes.NewReader(chunk)
			if err := field.cursors[i].begin(&leaves[i], 0, shape, int(rows)); err != nil {
				t.Fatal(err)
			}
		}
		for left := int(rows); left > 0; left-- {
			a, row, err := field.next(left)
			if err != nil {
				return
			}
			if _, err := schema.AppendJSON(nil, a, row, schema.PythonFloats); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// nestedBodies are bodies of pages of three rows of a type, one for each leaf.
func nestedBodies(t testing.TB, spelling string) [][]byte {
	typ, err := schema.ParseType(spelling)
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewBuilder(memory.DefaultAllocator, typ.Arrow())
	b.AppendNull()
	b.AppendEmptyValue()
	b.AppendNull()
	a := b.NewArray()
	leaves, _ := tree(newSchema(t, "f:"+spelling))
	var bodies [][]byte
	for i := range leaves {
		enc := chunkEncoder{lim: &newFormat(t, Options{}).lim}
		if err := enc.way.enter(&leaves[i], a); err != nil {
			t.Fatal(err)
		}
		if err := enc.values.loadNested(&leaves[i], &enc.way, 0, 3); err != nil {
			t.Fatal(err)
		}
		enc.appendBody(&leaves[i], encodingPlain, piece{hi: len(enc.values.levels), next: enc.values.count()})
		bodies = append(bodies, bytes.Clone(enc.body))
	}
	return bodies
}

// TestLevels compares levels with those of the format's own examples (Dremel, section
// 4; parquet-format: LogicalTypes.md, Lists).
func TestLevels(t *testing.T) {
	t.Parallel()
	typ, err := schema.ParseType("list[list[int32]]")
	if err != nil {
		t.Fatal(err)
	}
	b := array.NewBuilder(memory.DefaultAllocator, typ.Arrow()).(*array.ListBuilder)
	inner := b.ValueBuilder().(*array.ListBuilder)
	number := inner.ValueBuilder().(*array.Int32Builder)
	b.Append(true) // [[1, 2], null, []]
	inner.Append(true)
	number.Append(1)
	number.Append(2)
	inner.AppendNull()
	inner.Append(true)
	b.Append(true) // []
	b.AppendNull() // null
	b.Append(true) // [[null, 3]]
	inner.Append(true)
	number.AppendNull()
	number.Append(3)
	leaves, _ := tree(newSchema(t, "f:list[list[int32]]"))
	whole := b.NewArray()
	for name, a := range map[string]arrow.Array{"whole": whole, "slice": array.NewSlice(whole, 0, 4)} {
		var w way
		var v values
		if err := w.enter(&leaves[0], a); err != nil {
			t.Fatal(err)
		}
		if err := v.loadNested(&leaves[0], &w, 0, 4); err != nil {
			t.Fatal(err)
		}
		if want := []uint8{5, 5, 2, 3, 1, 0, 4, 5}; !bytes.Equal(v.levels, want) {
			t.Errorf("%s: definition levels %v, want %v", name, v.levels, want)
		}
		if want := []uint8{0, 2, 1, 1, 0, 0, 0, 2}; !bytes.Equal(v.reps, want) {
			t.Errorf("%s: repetition levels %v, want %v", name, v.reps, want)
		}
		if want := []uint64{1, 2, 3}; len(v.bits) != 3 || v.bits[0] != want[0] || v.bits[2] != want[2] || v.nulls != 5 {
			t.Errorf("%s: values %v, %d nulls", name, v.bits, v.nulls)
		}
	}
}
