package litdata_test

import (
	"slices"
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/litdata"
)

func TestConformance(t *testing.T) {
	cases := slices.Concat(conformance.Cases(), conformance.NestedCases(), conformance.ImageListCases(), []conformance.Case{
		{Name: "mixed formats", Table: conformance.MixedFormats()}, {Name: "mixed lists", Table: conformance.MixedLists()},
		{Name: "other types", Table: conformance.EveryOtherType()}, {Name: "whole lists", Table: conformance.WholeLists()},
	})
	(&conformance.Suite{Format: litdata.New(), NamesElsewhere: true, Cases: cases}).Run(t)
}

func BenchmarkFormat(b *testing.B) { conformance.Benchmark(b, litdata.New()) }
