package readtest

import (
	"archive/zip"
	"bytes"
	_ "embed"
	"os"
	"testing"
)

// pickles are those that testdata/make_pickles.py makes.
//
//go:embed testdata/pickles.zip
var pickles []byte

// Pickles unpacks some 900 real pickles and returns their folder: of each version of
// pandas one, pandas-X, with files KIND.pPROTOCOL.pkl and truth.json, which says what
// pandas itself reads from each.
func Pickles(t testing.TB) string {
	t.Helper()
	files, err := zip.NewReader(bytes.NewReader(pickles), int64(len(pickles)))
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.CopyFS(folder, files); err != nil {
		t.Fatal(err)
	}
	return folder
}
