package webdataset_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

func TestConformance(t *testing.T) { conformance.Run(t, webdataset.New()) }
