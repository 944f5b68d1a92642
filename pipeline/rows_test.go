package pipeline

import (
	"slices"
	"testing"
)

// list is what All yields, after checking that At and Len agree.
func list(t *testing.T, r Rows) []int64 {
	t.Helper()
	got := make([]int64, 0, r.Len())
	for i, row := range r.All() {
		if r.At(i) != row || i != len(got) {
			t.Fatalf("All yields row %d at %d, At has %d", row, i, r.At(i))
		}
		got = append(got, row)
	}
	if len(got) != r.Len() {
		t.Fatalf("All yields %d of %d rows", len(got), r.Len())
	}
	return got
}

func TestRows(t *testing.T) {
	t.Parallel()
	whole, some := RowRange(3, 5), RowList([]int64{9, 2, 7, 4})
	for _, c := range []struct {
		name string
		rows Rows
		want []int64
	}{
		{"none", Rows{}, []int64{}},
		{"no list", RowList(nil), []int64{}},
		{"range", whole, []int64{3, 4, 5, 6, 7}},
		{"list", some, []int64{9, 2, 7, 4}},
		{"part of a range", whole.Slice(1, 4), []int64{4, 5, 6}},
		{"part of a list", some.Slice(1, 3), []int64{2, 7}},
		{"nothing of a list", some.Slice(2, 2), []int64{}},
		{"nothing dropped", whole.Without(nil), []int64{3, 4, 5, 6, 7}},
		{"dropped from a range", whole.Without(map[int64]bool{3: true, 5: true, 99: true}), []int64{4, 6, 7}},
		{"dropped from a list", some.Without(map[int64]bool{2: true}), []int64{9, 7, 4}},
		{"all dropped", RowRange(0, 1).Without(map[int64]bool{0: true}), []int64{}},
	} {
		if got := list(t, c.rows); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestRowsShuffled(t *testing.T) {
	t.Parallel()
	want := []int64{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}
	got := RowRange(0, 10).shuffled(7)
	shuffle(want, 7)
	if !slices.Equal(list(t, got), want) {
		t.Errorf("%v, shuffle says %v", list(t, got), want)
	}
}
