package configs_test

import (
	"path/filepath"
	"testing"

	"github.com/pickshard/pickshard/configs"
)

// TestExamples: each example is a config by itself, and comes back from its canonical
// form as it was.
func TestExamples(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	for _, file := range files {
		c, err := configs.Load(file)
		if err != nil {
			t.Error(err)
			continue
		}
		again, err := configs.Parse(file, c.Canonical())
		if err != nil {
			t.Errorf("%s: the canonical form %s: %v", file, c.Canonical(), err)
		} else if string(again.Canonical()) != string(c.Canonical()) {
			t.Errorf("%s: %s comes back as %s", file, c.Canonical(), again.Canonical())
		}
	}
}
