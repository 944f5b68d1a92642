package pipeline

import (
	"context"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/schema"
)

// flatFormat has a byte for each row's number, and no more.
type flatFormat struct{ Format }

func (flatFormat) Name() string { return "flat" }

func (flatFormat) NewSizer(*Records, Traits) Sizer { return &flatSizer{} }

type flatSizer struct{ size int64 }

func (s *flatSizer) Add(row int64) int64 { s.size += row; return s.size }
func (s *flatSizer) Reset()              { s.size = 0 }
func (s *flatSizer) Exact() bool         { return true }

func TestCutter(t *testing.T) {
	t.Parallel()
	fields, err := schema.New([]schema.Field{{Name: "x", Type: schema.Type{Kind: schema.Int64}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		spec Spec
		rows []int64 // each as large as its number
		want []int
	}{
		{"no bound", Spec{}, []int64{1, 2, 3}, []int{3}},
		{"no rows", Spec{Shards: 4}, nil, []int{0}},
		{"so many shards", Spec{Shards: 4}, slices.Repeat([]int64{1}, 10), []int{3, 3, 2, 2}},
		{"more shards than rows", Spec{Shards: 4}, []int64{1, 1}, []int{1, 1}},
		{"rows, spread", Spec{ShardRows: 4}, slices.Repeat([]int64{1}, 9), []int{3, 3, 3}},
		{"rows, even", Spec{ShardRows: 3}, slices.Repeat([]int64{1}, 9), []int{3, 3, 3}},
		{"bytes", Spec{ShardBytes: 10}, []int64{5, 5, 5, 5}, []int{2, 2}},
		{"bytes, the last gets its half", Spec{ShardBytes: 4}, slices.Repeat([]int64{1}, 9), []int{4, 3, 2}},
		{"bytes, the last cannot take more", Spec{ShardBytes: 10}, []int64{1, 1, 1, 7, 10}, []int{4, 1}},
		{"a row alone", Spec{ShardBytes: 10}, []int64{1, 12, 1}, []int{1, 1, 1}},
		{"both", Spec{ShardBytes: 4, ShardRows: 3}, []int64{4, 1, 1, 1, 1}, []int{1, 2, 2}},
	} {
		c.spec.Formats = []Format{flatFormat{}}
		r := NewRecords("s", fields, 100, nil, make([]Images, 1), -1)
		rows := RowList(c.rows)
		cut := newCutter(&c.spec, r, rows.Len(), nil)
		if err := cut.addAll(context.Background(), rows); err != nil {
			t.Fatal(err)
		}
		var got []int
		first := int64(0)
		for _, sh := range cut.finish(rows) {
			if sh.First != first {
				t.Errorf("%s: a shard begins at %d, the one before ends at %d", c.name, sh.First, first)
			}
			first += int64(sh.Rows)
			got = append(got, sh.Rows)
			if c.spec.ShardBytes > 0 && sh.Bounds["flat"] > c.spec.ShardBytes && !sh.Oversize {
				t.Errorf("%s: a shard of %d bytes", c.name, sh.Bounds["flat"])
			}
		}
		if !slices.Equal(got, c.want) || first != int64(len(c.rows)) {
			t.Errorf("%s: shards of %d rows, want %d", c.name, got, c.want)
		}
	}
}
