package join

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
)

func TestCondition(t *testing.T) {
	t.Parallel()
	yes, no := true, false
	str, f64 := arrow.BinaryTypes.String, arrow.PrimitiveTypes.Float64
	for _, c := range []struct {
		cond Condition
		col  *arrow.Chunked
		want []int64 // nil: an error
	}{
		{Condition{In: []any{"a", "c"}}, chunked(t, str, "a", "b", "c", nil), []int64{0, 2}},
		{Condition{In: []any{int64(1), 2.5}}, chunked(t, f64, "1", "2.5", "2", nil), []int64{0, 1}},
		{Condition{In: []any{1.0}}, chunked(t, arrow.PrimitiveTypes.Int8, "1", "2"), []int64{0}},
		{Condition{In: []any{uint64(math.MaxUint64)}}, chunked(t, arrow.PrimitiveTypes.Uint64, "18446744073709551615", "0"), []int64{0}},
		{Condition{In: []any{}}, chunked(t, str, "a"), []int64{}},
		{Condition{Min: int64(0)}, chunked(t, f64, "-0.5", "0", "3", "NaN", nil), []int64{1, 2}},
		{Condition{Min: 0.5, Max: int64(2)}, chunked(t, arrow.PrimitiveTypes.Int64, "0", "1", "2", "3"), []int64{1, 2}},
		{Condition{Max: "2024-06-01"}, chunked(t, arrow.FixedWidthTypes.Date32, "2024-05-31", "2024-06-02"), []int64{0}},
		{Condition{Present: &yes}, chunked(t, str, "a", "", nil), []int64{0}},
		{Condition{Present: &no}, chunked(t, str, "a", "", nil), []int64{1, 2}},
		{Condition{In: []any{true}}, chunked(t, arrow.FixedWidthTypes.Boolean, "true", "false"), []int64{0}},
		{Condition{In: []any{"1"}}, chunked(t, f64, "1"), nil},
		{Condition{Min: "x"}, chunked(t, f64, "1"), nil},
		{Condition{Max: int64(1)}, chunked(t, str, "1"), nil},
		{Condition{In: []any{int64(1)}}, chunked(t, arrow.ListOf(f64), "[1]"), nil},
	} {
		holds, err := c.cond.Bind(c.col)
		if (err != nil) != (c.want == nil) {
			t.Errorf("%+v of %s: %v", c.cond, c.col.DataType(), err)
		}
		if err != nil {
			continue
		}
		got := []int64{}
		for row := range int64(c.col.Len()) {
			if holds(row) {
				got = append(got, row)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%+v of %s: rows %d, want %d", c.cond, c.col.DataType(), got, c.want)
		}
	}
}

func rowList(r pipeline.Rows) []int64 {
	list := []int64{}
	for _, row := range r.All() {
		list = append(list, row)
	}
	return list
}

func TestByColumn(t *testing.T) {
	t.Parallel()
	cols := columns(map[string]*arrow.Chunked{"fold": chunked(t, arrow.BinaryTypes.String, "test", "b", "train", nil, "a", "train")})
	p := ByColumn{"fold"}
	names, err := p.Names(6, cols)
	if err != nil || !slices.Equal(names, []string{"train", "test", "a", "b"}) {
		t.Errorf("%q, %v", names, err)
	}
	for split, want := range map[string][]int64{"train": {2, 5}, "a": {4}, "none": {}} {
		rows, err := p.Rows(split, 6, cols)
		if err != nil || !slices.Equal(rowList(rows), want) {
			t.Errorf("%s: %d, %v", split, rowList(rows), err)
		}
	}
	if _, err := (ByColumn{"x"}).Rows("a", 6, cols); err == nil {
		t.Error("a column that is not there")
	}
}

// TestByRatio: shares are about kept, no group straddles, appended rows move nobody.
func TestByRatio(t *testing.T) {
	t.Parallel()
	var groups []any
	for i := range 20_000 {
		groups = append(groups, fmt.Sprint(i/4))
	}
	cols := columns(map[string]*arrow.Chunked{"g": chunked(t, arrow.BinaryTypes.String, groups...)})
	p := ByRatio{Shares: []Share{{"train", 0.9}, {"validation", 0.05}, {"test", 0.05}}, Seed: 7, Group: "g"}
	of := make(map[int64]string)
	for _, s := range p.Shares {
		rows, err := p.Rows(s.Split, 20_000, cols)
		if err != nil {
			t.Fatal(err)
		}
		if part := float64(rows.Len()) / 20_000; math.Abs(part-s.Part) > 0.02 {
			t.Errorf("%s gets %.3f", s.Split, part)
		}
		for _, row := range rows.All() {
			if of[row] != "" {
				t.Fatalf("row %d is in two splits", row)
			}
			of[row] = s.Split
		}
		fewer, err := p.Rows(s.Split, 10_000, cols)
		if err != nil || !slices.Equal(rowList(fewer), rowList(rows)[:fewer.Len()]) {
			t.Errorf("%s: rows that are appended move others", s.Split)
		}
	}
	for row := range int64(20_000) {
		if of[row] == "" || of[row] != of[row/4*4] {
			t.Fatalf("row %d is in %q, its group in %q", row, of[row], of[row/4*4])
		}
	}
}

func TestSample(t *testing.T) {
	t.Parallel()
	rows := pipeline.RowRange(0, 1000)
	few, more := rowList(Sample(rows, 10)), rowList(Sample(rows, 50))
	if len(few) != 10 || len(more) != 50 || !slices.IsSorted(more) {
		t.Fatalf("%d, %d", len(few), len(more))
	}
	for _, row := range few {
		if !slices.Contains(more, row) {
			t.Errorf("row %d is in the smaller sample alone", row)
		}
	}
	if n := Sample(rows, 5000).Len(); n != 1000 {
		t.Errorf("%d rows", n)
	}
	if got := rowList(First(rows, 3)); !slices.Equal(got, []int64{0, 1, 2}) {
		t.Errorf("%d", got)
	}
}
