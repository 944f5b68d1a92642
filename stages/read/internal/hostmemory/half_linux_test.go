package hostmemory

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestGroupMemory: the least bound on the way to the root holds.
func TestGroupMemory(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write := func(folder, text string) {
		if err := errors.Join(os.MkdirAll(filepath.Join(root, folder), 0o700),
			os.WriteFile(filepath.Join(root, folder, "memory.max"), []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	write("a/b", "max\n")
	write("a", "3000\n")
	write("c", "10000\n")
	for folder, want := range map[string]int64{"/a/b": 3000, "/a": 3000, "/c": 5000, "/": 5000, "/none": 5000, "/../a": 3000} {
		if got := groupMemory(root, folder, "memory.max", 5000); got != want {
			t.Errorf("%s: %d, want %d", folder, got, want)
		}
	}
}
