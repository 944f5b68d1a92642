package pipeline

import (
	"fmt"
	"testing"
)

func TestKeyOfRowNumber(t *testing.T) {
	r := &Records{Split: "train", KeyField: -1}
	for _, row := range []int64{0, 1, 9, 10, 99, 12345678, 99_999_999, 100_000_000, 999_999_999, 1_000_000_000, 12_345_678_901} {
		if got, want := r.Key(row), fmt.Sprintf("train-%09d", row); got != want {
			t.Errorf("row %d: key %q, want %q", row, got, want)
		}
	}
}
