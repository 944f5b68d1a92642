package arrow_test

import (
	"testing"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

// FuzzReader: any bytes give records or an error, never a panic. Every value of
// every record is looked at.
func FuzzReader(f *testing.F) {
	types := conformance.EveryType()
	f.Add(write(f, types, nil).Bytes())
	f.Add(write(f, types, []int64{1}).Bytes())
	f.Add(write(f, types, []int64{2}).Bytes())
	f.Add(write(f, types, []int64{}).Bytes())
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) { drain(t, data, types) })
}

// FuzzReaderOfPick is FuzzReader for a short file of text, images and nulls.
func FuzzReaderOfPick(f *testing.F) {
	table := conformance.Pick(3)
	table.Fields = append([]schema.Field{{Name: "flag", Type: schema.Type{Kind: schema.Bool}}}, table.Fields[:3]...)
	for i, row := range table.Rows {
		table.Rows[i] = []any{i == 1, row[0], row[1], row[2].([]byte)[:10]}
	}
	table.Rows[1][1], table.Rows[2][3], table.Rows[2][0] = nil, nil, nil
	f.Add(write(f, table, nil).Bytes())
	f.Add(write(f, table, []int64{2, 1}).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) { drain(t, data, table) })
}

func drain(t *testing.T, data []byte, table *conformance.Table) {
	err := conformance.DrainSafely(arrow.New(), conformance.NewFile(data), table)
	if err == nil || conformance.IsPanic(err) {
		t.Fatal(err)
	}
}
