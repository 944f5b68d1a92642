package parquet_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/parquet"
)

func TestConformance(t *testing.T) {
	f, err := parquet.New(parquet.Options{Nanoseconds: true}) // the suite has every type
	if err != nil {
		t.Fatal(err)
	}
	conformance.Run(t, f)
}

func TestNestedConformance(t *testing.T) {
	f, err := parquet.New(parquet.Options{Nanoseconds: true})
	if err != nil {
		t.Fatal(err)
	}
	(&conformance.Suite{Format: f, Cases: append(conformance.NestedCases(), conformance.ImageListCases()...), Small: conformance.NestedSmall()}).Run(t)
}
