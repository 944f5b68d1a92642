package parquet_test

import (
	"testing"

	"github.com/pickshard/pickshard/stages/read/internal/readtest"
	"github.com/pickshard/pickshard/stages/read/parquet"
)

// samples are files that pyarrow wrote: see scripts/judges/make_tables.py.
func samples() readtest.Samples {
	return readtest.Samples{Reader: parquet.New(), Files: "testdata/*.parquet*"}
}

func TestSamples(t *testing.T) { t.Parallel(); samples().Read(t) }

func TestCut(t *testing.T) { t.Parallel(); samples().Cut(t) }

func TestDamage(t *testing.T) { t.Parallel(); samples().Damage(t) }

func FuzzRead(f *testing.F) { samples().Fuzz(f) }
