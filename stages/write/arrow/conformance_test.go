package arrow_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

func TestConformance(t *testing.T) {
	(&conformance.Suite{Format: arrow.New(), Cases: append(conformance.Cases(), conformance.NestedCases()...)}).Run(t)
}
