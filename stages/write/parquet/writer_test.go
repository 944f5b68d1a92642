package parquet

import (
	"bytes"
	"math"
	"math/rand/v2"
	"testing"

	pq "github.com/parquet-go/parquet-go"

	"github.com/pickshard/pickshard/pipeline"
)

// judge reads a file with parquet-go and compares every value.
func judge(t *testing.T, d *dataset, s *pipeline.Shard, file []byte) *pq.File {
	t.Helper()
	f, err := pq.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatalf("parquet-go: %v", err)
	}
	if f.NumRows() != int64(s.Len()) {
		t.Fatalf("parquet-go counts %d rows, want %d", f.NumRows(), s.Len())
	}
	leaves := newTable(d.schema).leaves
	base := 0
	for _, g := range f.RowGroups() {
		if len(g.ColumnChunks()) != len(leaves) {
			t.Fatalf("parquet-go sees %d columns, want %d", len(g.ColumnChunks()), len(leaves))
		}
		for c, chunk := range g.ColumnChunks() {
			i := base
			pages := chunk.Pages()
			for {
				p, err := pages.ReadPage()
				if p == nil || err != nil {
					break
				}
				values := make([]pq.Value, p.NumValues())
				n, _ := p.Values().ReadValues(values)
				for _, v := range values[:n] {
					compareValue(t, d, s, &leaves[c], i, v)
					i++
				}
				pq.Release(p)
			}
			_ = pages.Close()
			if i-base != int(g.NumRows()) {
				t.Fatalf("parquet-go reads %d values of column %d, want %d", i-base, c, g.NumRows())
			}
		}
		base += int(g.NumRows())
	}
	return f
}

func compareValue(t *testing.T, d *dataset, s *pipeline.Shard, l *leaf, i int, got pq.Value) {
	t.Helper()
	want := d.values[l.field][s.Order.At(i)]
	if want != nil && l.part == partImagePath {
		name, _ := s.Images[l.field].Name(s.Order.At(i), 0)
		want = name
	}
	equal := false
	switch want := want.(type) {
	case nil:
		equal = got.IsNull() && got.DefinitionLevel() == 0
	case string:
		equal = !got.IsNull() && string(got.ByteArray()) == want
	case []byte:
		equal = !got.IsNull() && bytes.Equal(got.ByteArray(), want)
	case bool:
		equal = !got.IsNull() && got.Boolean() == want
	case int8:
		equal = !got.IsNull() && got.Int32() == int32(want)
	case int16:
		equal = !got.IsNull() && got.Int32() == int32(want)
	case int32:
		equal = !got.IsNull() && got.Int32() == want
	case int64:
		equal = !got.IsNull() && got.Int64() == want*l.scale
	case uint8:
		equal = !got.IsNull() && got.Int32() == int32(want)
	case uint16:
		equal = !got.IsNull() && got.Int32() == int32(want)
	case uint32:
		equal = !got.IsNull() && uint32(got.Int32()) == want
	case uint64:
		equal = !got.IsNull() && uint64(got.Int64()) == want
	case float32:
		equal = !got.IsNull() && math.Float32bits(got.Float()) == math.Float32bits(want)
	case float64:
		equal = !got.IsNull() && math.Float64bits(got.Double()) == math.Float64bits(want)
	}
	if !equal {
		t.Fatalf("record %d, field %s: parquet-go reads %.80v, want %.80v", i, l.name, got, want)
	}
}

// bound returns what the Sizer says of the shard.
func bound(f *Format, s *pipeline.Shard) (n int64) {
	sizer := f.NewSizer(s.Records, nil)
	sizer.Reset()
	for _, row := range s.Order.All() {
		n = sizer.Add(row)
	}
	return n
}

func TestRandomShards(t *testing.T) {
	seeds := uint64(120)
	if testing.Short() {
		seeds = 20
	}
	for seed := range seeds {
		r := rand.New(rand.NewPCG(seed, 1))
		types := append([]string(nil), allTypes...)
		r.Shuffle(len(types), func(i, j int) { types[i], types[j] = types[j], types[i] })
		s := newSchema(t, types[:1+r.IntN(len(types))]...)
		d := randomDataset(t, r, s, []int{0, 1, 2, r.IntN(100), r.IntN(700)}[r.IntN(5)])
		f := newFormat(t, Options{})
		if r.IntN(4) > 0 {
			tight(f, r)
		}
		shard := d.shard(t)
		if r.IntN(2) == 0 {
			list := make([]int64, shard.Len())
			for i, k := range r.Perm(len(list)) {
				list[i] = shard.Order.At(k)
			}
			shard.Order = pipeline.RowList(list)
		}
		file := d.write(t, f, shard, nil)
		if again := d.write(t, f, shard, r); !bytes.Equal(file, again) {
			t.Fatalf("seed %d: another order of images gives another file", seed)
		}
		judge(t, d, shard, file)
		readBack(t, d, shard, file)
		if n := bound(f, shard); shard.Len() > 0 && n < int64(len(file)) {
			t.Fatalf("seed %d: file of %d bytes, bound %d", seed, len(file), n)
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}
