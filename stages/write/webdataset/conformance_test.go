package webdataset_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

func TestConformance(t *testing.T) {
	(&conformance.Suite{Format: webdataset.New(), Cases: append(conformance.Cases(), conformance.NestedCases()...)}).Run(t)
}
