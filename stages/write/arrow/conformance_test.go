package arrow_test

import (
	"slices"
	"testing"

	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

func TestConformance(t *testing.T) {
	(&conformance.Suite{Format: arrow.New(), Cases: slices.Concat(conformance.Cases(), conformance.NestedCases(), conformance.ImageListCases())}).Run(t)
}
