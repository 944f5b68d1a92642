package configs_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"github.com/pickshard/pickshard/configs"
)

// FuzzLoad: no text makes the loader panic or run on, errors are bounded, and
// what it accepts has a canonical form that means the same.
func FuzzLoad(f *testing.F) {
	ready, err := os.ReadFile("pick-high.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(ready)
	f.Add([]byte(full))
	f.Add([]byte(minimal))
	files, err := filepath.Glob("testdata/errors/*.txtar")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(a.Files[0].Data)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		begin := time.Now()
		c, err := configs.Parse("fuzz.yaml", text)
		if took := time.Since(begin); took > 5*time.Second {
			t.Fatalf("%d bytes took %v", len(text), took)
		}
		if err != nil {
			if n := len(err.Error()); n == 0 || n > 1<<20 {
				t.Fatalf("message of %d bytes", n)
			}
			return
		}
		once := c.Canonical()
		back, err := configs.Parse("canonical", once)
		if err != nil {
			t.Fatalf("canonical form is refused: %v\n%s", err, once)
		}
		if again := back.Canonical(); !bytes.Equal(once, again) {
			t.Fatalf("canonical form changes:\n%s\n%s", once, again)
		}
		if _, err := c.Schema(); err != nil {
			t.Fatalf("accepted, but its fields make no schema: %v", err)
		}
	})
}
