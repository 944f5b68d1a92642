package mds_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/mds"
)

// FuzzReader reads any bytes as a shard of every type.
func FuzzReader(f *testing.F) {
	conformance.Fuzz(f, mds.New(), conformance.EveryType(), nil, []int64{1}, []int64{})
}

// FuzzReaderOfNested is FuzzReader for values that lie in values.
func FuzzReaderOfNested(f *testing.F) {
	conformance.Fuzz(f, mds.New(), conformance.NullLevels(), nil, []int64{1})
}

// FuzzReaderOfLists is FuzzReader for lists of images.
func FuzzReaderOfLists(f *testing.F) {
	conformance.Fuzz(f, mds.New(), conformance.WholeLists(), nil, []int64{1})
}
