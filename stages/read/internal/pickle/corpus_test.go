package pickle

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pickshard/pickshard/stages/read/internal/readtest"
)

// TestCorpusDecodes: every real pickle is decoded, with and without the
// scan, those with globals outside the table, too.
func TestCorpusDecodes(t *testing.T) {
	t.Parallel()
	files, _ := filepath.Glob(filepath.Join(readtest.Pickles(t), "pandas-*", "*.pkl"))
	for _, path := range files {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		scanned, errScan := decodeScanned(t, data)
		if scan, err := ScanInput(t.Context(), inputOf(data), Limits{}); err == nil {
			checkBytes(t, data, Limits{}, scan, scanned, errScan)
		}
		streamed, errStream := Decode(t.Context(), streamOf(data), Limits{}, nil)
		if errScan != nil || errStream != nil {
			t.Errorf("%s: %v, as a stream %v", path, errScan, errStream)
			continue
		}
		if a, b := dump(scanned), dump(streamed); a != b {
			t.Errorf("%s: differs as a stream:\n%s\n%s", path, a, b)
		}
	}
	t.Logf("%d files", len(files))
}
