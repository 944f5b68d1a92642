package arrow_test

import (
	"path/filepath"
	"testing"

	"github.com/pickshard/pickshard/stages/read/arrow"
	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

// samples are files that pyarrow wrote: see scripts/judges/make_tables.py.
func samples() readtest.Samples {
	return readtest.Samples{Reader: arrow.New(), Files: "testdata/*.arrow*", EndsWell: endsWell}
}

func TestSamples(t *testing.T) { t.Parallel(); samples().Read(t) }

func TestCut(t *testing.T) { t.Parallel(); samples().Cut(t) }

func TestDamage(t *testing.T) { t.Parallel(); samples().Damage(t) }

func FuzzRead(f *testing.F) { samples().Fuzz(f) }

// endsWell says whether a file that ends early may be read: a stream may end between
// messages, with the rows so far (Columnar.rst, IPC Streaming Format).
func endsWell(name string, rows int) bool {
	return filepath.Ext(name) == ".arrows" && (rows == 0 || rows == 3)
}
