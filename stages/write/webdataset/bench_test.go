package webdataset_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/write/conformance"
	"github.com/pickshard/pickshard/stages/write/webdataset"
)

func BenchmarkFormat(b *testing.B) { conformance.Benchmark(b, webdataset.New()) }
