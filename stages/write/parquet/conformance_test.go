package parquet_test

import (
	"slices"
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/parquet"
)

func TestConformance(t *testing.T) {
	f, err := parquet.New(parquet.Options{}) // the suite has every type
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, f)
}

func TestNestedConformance(t *testing.T) {
	for name, options := range map[string]parquet.Options{
		"usual":            {},
		"small row groups": {RowGroupBytes: 5000, RowGroupRows: 13},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := parquet.New(options)
			if err != nil {
				t.Fatal(err)
			}
			(&conformance.Suite{Format: f, Cases: slices.Concat(conformance.NestedCases(), conformance.ImageListCases()), Small: conformance.NestedSmall()}).Run(t)
		})
	}
}

func TestContentPagesConformance(t *testing.T) {
	f, err := parquet.New(parquet.Options{ContentPages: true})
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, f)
	(&conformance.Suite{Format: f, Cases: slices.Concat(conformance.NestedCases(), conformance.ImageListCases()), Small: conformance.NestedSmall()}).Run(t)
}
