package arrow_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/write/arrow"
	"github.com/pickshard/pickshard/stages/write/conformance"
)

func BenchmarkFormat(b *testing.B) { conformance.Benchmark(b, arrow.New()) }
