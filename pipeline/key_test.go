package pipeline

import (
	"fmt"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
)

func TestKeyOfRowNumber(t *testing.T) {
	r := &Records{Split: "train", KeyField: -1}
	for _, row := range []int64{0, 1, 9, 10, 99, 12345678, 99_999_999, 100_000_000, 999_999_999, 1_000_000_000, 12_345_678_901} {
		if got, want := r.Key(row), fmt.Sprintf("train-%09d", row); got != want {
			t.Errorf("row %d: key %q, want %q", row, got, want)
		}
		if got, ok := KeyRow("train", r.Key(row)); !ok || got != row {
			t.Errorf("row %d: its key is taken for row %d, %t", row, got, ok)
		}
	}
	for _, key := range []string{"", "train-", "train-1", "train-0000000001", "train-00000000x", "test-000000001", "train-99999999999999999999", "train-+00000001"} {
		if row, ok := KeyRow("train", key); ok {
			t.Errorf("key %q is taken for row %d", key, row)
		}
	}
}

// A zone's name comes from a pickle: keys must not look for its rules, which the
// machine may lack or have others of.
func TestKeyOfZonedTime(t *testing.T) {
	typ := &arrow.TimestampType{Unit: arrow.Millisecond, TimeZone: "../no such zone"}
	b := array.NewTimestampBuilder(memory.DefaultAllocator, typ)
	b.Append(1577934245006)
	times := arrow.NewChunked(typ, []arrow.Array{b.NewArray()})
	s, err := schema.New([]schema.Field{{Name: "at", Type: schema.Type{Kind: schema.Timestamp, Unit: typ.Unit, Zone: typ.TimeZone}}})
	if err != nil {
		t.Fatal(err)
	}
	r := NewRecords("train", s, 1, []*arrow.Chunked{times}, []Images{nil}, 0)
	if got, want := r.Key(0), "2020-01-02 03:04:05.006Z"; got != want {
		t.Errorf("key %q, want %q", got, want)
	}
}
