package conformance

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/float16"

	"github.com/pickshard/pickshard/schema"
)

// Random returns a table of rows rows of random types and values, the same for the
// same seed.
func Random(seed uint64, rows int) *Table {
	r := &random{rand.New(rand.NewPCG(seed, 1))}
	t := &Table{Chunk: 1 + r.IntN(rows+1)}
	for f := range 1 + r.IntN(8) {
		t.Fields = append(t.Fields, schema.Field{Name: fmt.Sprintf("f%d", f), Type: r.typ(r.IntN(6), false), Nullable: true})
	}
	for range rows {
		var row []any
		for _, f := range t.Fields {
			row = append(row, r.value(f.Type, 2))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

type random struct{ *rand.Rand }

// typ is a type of at most depth levels.
func (r *random) typ(depth int, key bool) schema.Type {
	if depth > 0 && !key {
		elem := r.typ(depth-1, false)
		switch r.IntN(5) {
		case 0, 1:
			return schema.ListOf(elem)
		case 2:
			t := schema.ListOf(elem)
			t.Len = 1 + r.IntN(3)
			return t
		case 3:
			k := r.typ(0, true)
			return schema.Type{Kind: schema.Map, Key: &k, Elem: &elem}
		}
		t := schema.Type{Kind: schema.Struct}
		for i := range 1 + r.IntN(3) {
			t.Members = append(t.Members, schema.Member{Name: fmt.Sprintf("m %d", i), Type: elem})
			elem = r.typ(r.IntN(depth), false)
		}
		return t
	}
	t := schema.Type{Kind: schema.String + schema.Kind(r.IntN(int(schema.JSON-schema.String)+1))}
	switch t.Kind {
	case schema.Time, schema.Duration, schema.Timestamp:
		t.Unit = arrow.TimeUnit(r.IntN(4))
		if t.Kind == schema.Timestamp && r.IntN(2) == 0 {
			t.Zone = []string{"UTC", "Asia/Tokyo", "-03:00"}[r.IntN(3)]
		}
	case schema.Decimal:
		t.Precision = int32(1 + r.IntN(76))
		t.Scale = int32(r.IntN(int(t.Precision) + 1))
	case schema.Class:
		t.Names = []string{"yes", "no", "don't know"}
	case schema.JSON:
		if key {
			return schema.Type{Kind: schema.String}
		}
	}
	return t
}

// value is a value of a type, null one time in 8 where it may be, with lists of
// some most elements.
func (r *random) value(t schema.Type, most int) any {
	if r.IntN(8) == 0 {
		return nil
	}
	return r.present(t, most)
}

func (r *random) present(t schema.Type, most int) any {
	switch t.Kind {
	case schema.List:
		n := t.Len
		if n == 0 {
			n = r.IntN(most + 2)
		}
		list := make([]any, n)
		for i := range list {
			list[i] = r.value(*t.Elem, most)
		}
		return list
	case schema.Map:
		m := Map{}
		for range r.IntN(most + 2) {
			m = append(m, [2]any{r.present(*t.Key, most), r.value(*t.Elem, most)})
		}
		return m
	case schema.Struct:
		var members []any
		for _, m := range t.Members {
			members = append(members, r.value(m.Type, most))
		}
		return members
	}
	return r.plain(t)
}

// plain is a value that no values lie in: often a small one, so that some repeat.
func (r *random) plain(t schema.Type) any {
	bits := r.Uint64() >> r.IntN(64)
	if r.IntN(2) == 0 {
		bits = uint64(int64(r.IntN(5)) - 2)
	}
	switch t.Kind {
	case schema.String, schema.JSON:
		text := []string{"", "a", "größer", "日本", "x\x00y", "👩‍🚀"}[r.IntN(6)]
		if t.Kind == schema.JSON {
			return fmt.Sprintf(`{"n": %d}`, r.IntN(9))
		}
		return text
	case schema.Binary:
		return Noise(r.IntN(9), bits)
	case schema.Bool:
		return bits&1 == 0
	case schema.Int8:
		return int8(bits)
	case schema.Int16:
		return int16(bits)
	case schema.Int32:
		return int32(bits)
	case schema.Int64:
		return int64(bits)
	case schema.Uint8:
		return uint8(bits)
	case schema.Uint16:
		return uint16(bits)
	case schema.Uint32:
		return uint32(bits)
	case schema.Uint64:
		return bits
	}
	return r.odd(t, bits)
}

// odd is a value of the types that are not Go's own.
func (r *random) odd(t schema.Type, bits uint64) any {
	switch t.Kind {
	case schema.Float16:
		if f := float16.FromBits(uint16(bits)); !f.IsNaN() {
			return f
		}
		return float16.New(0.5)
	case schema.Float32:
		return float32(int32(bits)) / 8
	case schema.Float64:
		if f := math.Float64frombits(bits); !math.IsNaN(f) {
			return f
		}
		return -0.25
	case schema.Date:
		return arrow.Date32(int32(bits) % 1_000_000)
	case schema.Timestamp:
		return arrow.Timestamp(int64(bits) % 1_000_000_000_000)
	case schema.Time:
		day := uint64(86_400) * []uint64{1, 1e3, 1e6, 1e9}[t.Unit]
		if t.Unit <= arrow.Millisecond {
			return arrow.Time32(bits % day)
		}
		return arrow.Time64(bits % day)
	case schema.Duration:
		return arrow.Duration(bits)
	case schema.Class:
		return int64(bits % uint64(len(t.Names)))
	}
	// A decimal of as many digits as fit.
	limit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(t.Precision)), nil)
	n := new(big.Int).SetUint64(bits)
	for range r.IntN(4) {
		n.Mul(n, new(big.Int).SetUint64(r.Uint64()|1))
	}
	n.Rem(n, limit)
	if r.IntN(2) == 0 {
		n.Neg(n)
	}
	return decimal(t, n.String())
}
