package join

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// batchesOf gives a table of columns as batches of that many rows.
func batchesOf(size int64, names []string, cols ...*arrow.Chunked) func(each func(arrow.RecordBatch) error) error {
	fields := make([]arrow.Field, len(names))
	columns := make([]arrow.Column, len(names))
	for i, name := range names {
		fields[i] = arrow.Field{Name: name, Type: cols[i].DataType(), Nullable: true}
		columns[i] = *arrow.NewColumn(fields[i], cols[i])
	}
	table := array.NewTable(arrow.NewSchema(fields, nil), columns, int64(cols[0].Len()))
	return func(each func(arrow.RecordBatch) error) error {
		r := array.NewTableReader(table, size)
		defer r.Release()
		for r.Next() {
			if err := each(r.RecordBatch()); err != nil {
				return err
			}
		}
		return nil
	}
}

// spelled is a column's values as text, "-" for null.
func spelled(c *arrow.Chunked) string {
	var out []string
	for _, a := range c.Chunks() {
		for i := range a.Len() {
			if a.IsNull(i) {
				out = append(out, "-")
			} else {
				out = append(out, a.ValueStr(i))
			}
		}
	}
	return strings.Join(out, " ")
}

func TestJoin(t *testing.T) {
	t.Parallel()
	str, i64, f64 := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Int64, arrow.PrimitiveTypes.Float64
	left := columns(map[string]*arrow.Chunked{
		"id":   chunked(t, i64, "1", "2", "|", "1", nil, "9"),
		"name": chunked(t, str, "a", "b", "a", "|", "c", nil),
		"real": chunked(t, f64, "1", "2", "1", "0.5", "9"),
	})
	side := func(repeats Repeats, left, right string) *Side {
		return &Side{Left: strings.Fields(left), Right: strings.Fields(right), Fields: []string{"v"}, Repeats: repeats}
	}
	for _, c := range []struct {
		side *Side
		key  []*arrow.Chunked
		v    *arrow.Chunked
		want string // starts with ! for an error
	}{
		{side(0, "id", "k"), []*arrow.Chunked{chunked(t, i64, "2", "1", "7")}, chunked(t, str, "two", "one", "seven"), "one two one - -"},
		{side(0, "id", "k"), []*arrow.Chunked{chunked(t, f64, "2", "1", "7")}, chunked(t, i64, "20", nil, "70"), "- 20 - - -"},
		{side(0, "real", "k"), []*arrow.Chunked{chunked(t, i64, "9", "2", nil)}, chunked(t, i64, "90", "20", "0"), "- 20 - - 90"},
		{side(0, "name", "k"), []*arrow.Chunked{chunked(t, str, "c", "a", "|", nil)}, chunked(t, arrow.ListOf(i64), "[1]", "[]", "[2]"), "[] - [] [1] -"},
		{side(0, "id name", "k j"), []*arrow.Chunked{chunked(t, i64, "1", "1"), chunked(t, str, "b", "a")}, chunked(t, str, "x", "y"), "y - y - -"},
		{side(0, "id", "k"), []*arrow.Chunked{chunked(t, i64, "1", "7", "7", "1")}, chunked(t, str, "a", "b", "c", "d"), `!row 3 has a key that another row has: k "1"`},
		{side(RepeatsFirst, "id", "k"), []*arrow.Chunked{chunked(t, i64, "1", "2", "2")}, chunked(t, str, "a", "b", "c"), "a b a - -"},
		{side(0, "id", "k"), []*arrow.Chunked{chunked(t, str, "1")}, chunked(t, str, "a"), "!another kind of value"},
		{side(0, "id", "k"), []*arrow.Chunked{chunked(t, arrow.FixedWidthTypes.Boolean, "true")}, chunked(t, str, "a"), "!cannot be a key"},
		{side(0, "none", "k"), []*arrow.Chunked{chunked(t, str, "1")}, chunked(t, str, "a"), "!the records have no column none"},
		{side(0, "id", "x"), []*arrow.Chunked{chunked(t, str, "1")}, chunked(t, str, "a"), "!the side table has no column x"},
	} {
		names := append(append([]string{}, []string{"k", "j"}[:len(c.key)]...), "v")
		j, err := c.side.Join(5, left, batchesOf(2, names, append(c.key, c.v)...))
		if wrong, ok := strings.CutPrefix(c.want, "!"); ok {
			if err == nil || !strings.Contains(err.Error(), wrong) {
				t.Errorf("got %v, want %q", err, wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%q: %v", c.want, err)
			continue
		}
		if got := spelled(j.Columns[0]); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
}

// TestJoinMany joins more rows than fit into one block with a map's help.
func TestJoinMany(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	const rows, side = 90_000, 120_000
	lb, kb := array.NewInt64Builder(memory.DefaultAllocator), array.NewInt64Builder(memory.DefaultAllocator)
	vb := array.NewStringBuilder(memory.DefaultAllocator)
	for range rows {
		lb.Append(int64(r.IntN(200_000)))
	}
	want := make(map[int64]string)
	for i, k := range r.Perm(200_000)[:side] {
		kb.Append(int64(k))
		want[int64(k)] = fmt.Sprint("v", i)
		vb.Append(want[int64(k)])
	}
	one := func(b array.Builder, dt arrow.DataType) *arrow.Chunked {
		return arrow.NewChunked(dt, []arrow.Array{b.NewArray()})
	}
	left := one(lb, arrow.PrimitiveTypes.Int64)
	j, err := (&Side{Left: []string{"k"}, Right: []string{"k"}, Fields: []string{"v"}}).Join(rows,
		columns(map[string]*arrow.Chunked{"k": left}),
		batchesOf(1000, []string{"k", "v"}, one(kb, arrow.PrimitiveTypes.Int64), one(vb, arrow.BinaryTypes.String)))
	if err != nil {
		t.Fatal(err)
	}
	row := int64(0)
	for _, a := range j.Columns[0].Chunks() {
		for i := range a.Len() {
			k := left.Chunk(0).(*array.Int64).Value(int(row))
			got := ""
			if a.IsValid(i) {
				got = a.(*array.String).Value(i)
			}
			if got != want[k] || j.Matched(row) != (want[k] != "") {
				t.Fatalf("row %d, key %d: %q, want %q", row, k, got, want[k])
			}
			row++
		}
	}
}

// TestJoinIsTooLarge: what does not fit is refused with what it would take.
func TestJoinIsTooLarge(t *testing.T) {
	t.Parallel()
	const rows = 40_000
	keys := array.NewInt64Builder(memory.DefaultAllocator)
	texts := array.NewStringBuilder(memory.DefaultAllocator)
	for i := range rows {
		keys.Append(int64(i))
		texts.Append(strings.Repeat("x", 100))
	}
	key := arrow.NewChunked(arrow.PrimitiveTypes.Int64, []arrow.Array{keys.NewArray()})
	text := arrow.NewChunked(arrow.BinaryTypes.String, []arrow.Array{texts.NewArray()})
	for most, want := range map[int64]string{
		1_000_000: "the keys of 40,000 records take 1,120,000 bytes, the limit is 1,000,000 bytes",
		2_000_000: "what 32,768 records get, up to row 32,767 of the table, takes 3,407,872 bytes, the limit is 2,000,000 bytes",
		9_000_000: "",
	} {
		side := &Side{Left: []string{"k"}, Right: []string{"k"}, Fields: []string{"v"}, MaxBytes: most}
		_, err := side.Join(rows, columns(map[string]*arrow.Chunked{"k": key}), batchesOf(1000, []string{"k", "v"}, key, text))
		if got := fmt.Sprint(err); err == nil && want != "" || err != nil && got != want {
			t.Errorf("%d bytes: %v, want %q", most, err, want)
		}
	}
}
