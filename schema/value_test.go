package schema

import (
	"math"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// valueCases has, by type, distinct values as Arrow's own JSON.
var valueCases = map[string]string{
	"string":                           `["", "a", "b", null, "ab"]`,
	"binary":                           `["", "AA==", "AAE=", null]`,
	"bool":                             `[true, false, null]`,
	"int8":                             `[-128, 0, 127, null]`,
	"uint64":                           `[0, 18446744073709551615, null]`,
	"float16":                          `[0, 1.5, null]`,
	"float32":                          `[0, 1.5, null]`,
	"float64":                          `[0, -1.5, null]`,
	"date32":                           `["2026-01-31", null]`,
	"timestamp[us]":                    `["2026-01-31 00:00:00.000001", null]`,
	"time[s]":                          `["00:00:01", null]`,
	"time[ns]":                         `["00:00:01.000000001", null]`,
	"duration[ms]":                     `[1, -1, null]`,
	"decimal[10, 2]":                   `["1.00", "-1.00", null]`,
	"decimal[60, 2]":                   `["1.00", "-1.00", null]`,
	"list[int64]":                      `[[], [1], [1, null], [null, 1], null, [1, 2, 3]]`,
	"list[float32, 2]":                 `[[1, 2], [2, 1], null, [null, 1]]`,
	"list[list[string]]":               `[[], [[]], [["a"]], [["a"], []], [null], null]`,
	"struct[a: int64, b: string]":      `[{"a": 1, "b": "x"}, {"a": 1, "b": null}, {"a": null, "b": null}, null]`,
	"map[string, int64]":               `[[], [{"key": "a", "value": 1}], [{"key": "a", "value": null}], null]`,
	"list[struct[a: list[int8]]]":      `[[{"a": [1]}, {"a": []}], [{"a": null}], [null], []]`,
	"struct[a: struct[b: list[bool]]]": `[{"a": {"b": [true]}}, {"a": {"b": null}}, {"a": null}]`,
}

func TestValues(t *testing.T) {
	t.Parallel()
	for name, text := range valueCases {
		typ, err := ParseType(name)
		if err != nil {
			t.Fatal(err)
		}
		a := column(t, typ.Arrow(), text)
		var order []int
		for i := a.Len() - 1; i >= 0; i-- {
			order = append(order, i, i)
		}
		taken, err := Take(typ.Arrow(), len(order), func(k int) (arrow.Array, int) { return a, order[k] })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		slice := array.NewSlice(a, 1, int64(a.Len()))
		seen := make(map[string]int)
		for i := range a.Len() {
			form := string(AppendValue(nil, a, i))
			if j, twice := seen[form]; twice {
				t.Errorf("%s: values %d and %d look alike", name, i, j)
			}
			seen[form] = i
			if i > 0 && string(AppendValue(nil, slice, i-1)) != form {
				t.Errorf("%s: value %d of a slice differs", name, i)
			}
			for k, j := range order {
				if got := ValuesEqual(a, i, taken, k); got != (i == j) {
					t.Errorf("%s: values %d and %d equal: %v", name, i, j, got)
				}
			}
		}
		if whole, parts := ValueBytes(taken, 0, taken.Len()), ValueBytes(taken, 0, 1)+ValueBytes(taken, 1, taken.Len()); parts < whole || parts > whole+64 {
			t.Errorf("%s: %d bytes, in parts %d", name, whole, parts)
		}
	}
}

func TestNaNsAreEqual(t *testing.T) {
	t.Parallel()
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues([]float64{math.NaN(), math.Float64frombits(math.Float64bits(math.NaN()) ^ 1), 0, math.Copysign(0, -1)}, nil)
	a := b.NewArray()
	if !ValuesEqual(a, 0, a, 1) || ValuesEqual(a, 2, a, 3) {
		t.Error("NaNs are equal, zeros of different sign are not")
	}
	if string(AppendValue(nil, a, 0)) == string(AppendValue(nil, a, 1)) {
		t.Error("a digest keeps a NaN's bits")
	}
}
