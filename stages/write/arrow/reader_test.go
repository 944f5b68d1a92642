package arrow_test

import (
	"bytes"
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

// nestedTable is a short file of lists, structs, maps and lists of one length, with
// nulls at each level.
func nestedTable() *conformance.Table {
	all := conformance.NullLevels()
	table := &conformance.Table{Rows: make([][]any, 2)}
	for f, field := range all.Fields {
		switch field.Name {
		case "structs", "map", "fixed", "fixed_in_lists":
			table.Fields = append(table.Fields, field)
			for i := range table.Rows {
				table.Rows[i] = append(table.Rows[i], all.Rows[i][f])
			}
		}
	}
	return table
}

// FuzzReaderOfNested is FuzzReader for values that lie in values.
func FuzzReaderOfNested(f *testing.F) {
	table := nestedTable()
	f.Add(write(f, table, nil).Bytes())
	f.Add(write(f, table, []int64{1}).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) { drain(t, data, table) })
}

// listsTable is a short file of lists of images, null, empty and with nulls.
func listsTable() *conformance.Table {
	return &conformance.Table{
		Fields: []schema.Field{{Name: "images", Type: schema.ListOf(schema.Type{Kind: schema.Image}), Nullable: true}},
		Rows:   [][]any{{[]any{conformance.Noise(9, 1), nil, conformance.Noise(0, 2)}}, {nil}, {[]any{}}, {[]any{conformance.Noise(3, 3)}}},
	}
}

// FuzzReaderOfLists is FuzzReader for lists of images.
func FuzzReaderOfLists(f *testing.F) {
	table := listsTable()
	f.Add(write(f, table, nil).Bytes())
	f.Add(write(f, table, []int64{1, 3}).Bytes())
	f.Fuzz(func(t *testing.T, data []byte) { drain(t, data, table) })
}

// TestFlippedBits flips each bit of the batch's message and body: the reader says what
// is wrong, or gives other values.
func TestFlippedBits(t *testing.T) {
	for name, table := range map[string]*conformance.Table{"nested": nestedTable(), "lists of images": listsTable()} {
		w := &conformance.Writing{Format: arrow.New(), Table: table, Shard: table.Shard(nil)}
		whole := w.MustWrite(t, conformance.InOrder).Bytes()
		if err := w.Compare(conformance.NewFile(whole)); err != nil {
			t.Fatal(err)
		}
		schema := len(write(t, table, []int64{}).Bytes()) - 8
		for i := schema; i < len(whole); i++ {
			for bit := range 8 {
				if conformance.Brief() && (i+bit)%8 != 0 {
					continue
				}
				damaged := bytes.Clone(whole)
				damaged[i] ^= 1 << bit
				drain(t, damaged, table)
				if err := w.Compare(conformance.NewFile(damaged)); err == nil {
					t.Errorf("%s: bit %d of byte %d of %d flipped, and nobody notices", name, bit, i, len(whole))
				}
			}
		}
	}
}
