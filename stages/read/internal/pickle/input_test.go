package pickle

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// TestOpenInputOfNoSize: a file of the kernel claims no bytes and has some; a file
// that has none is called empty.
func TestOpenInputOfNoSize(t *testing.T) {
	t.Parallel()
	empty := filepath.Join(t.TempDir(), "empty.pkl")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	in, closer, err := OpenInput(empty)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	_, err = Decode(t.Context(), in, Limits{}, nil)
	if want := (&OffsetError{ErrNotPickle, 0, "the file is empty"}); in.At == nil || !errors.Is(err, ErrNotPickle) || err.Error() != want.Error() {
		t.Errorf("empty: got %v", err)
	}

	const kernel = "/proc/self/stat"
	want, err := os.ReadFile(kernel)
	if err != nil {
		t.Skipf("NOT TESTED: there is no %s", kernel)
	}
	in, closer, err = OpenInput(kernel)
	if err != nil {
		t.Fatal(err)
	}
	defer closer.Close()
	if in.At != nil {
		t.Fatalf("%s: taken for a file of %d bytes", kernel, in.Size)
	}
	got, err := io.ReadAll(in.Stream)
	if err != nil || len(got) == 0 || got[0] != want[0] {
		t.Errorf("%s: got %q, %v", kernel, got, err)
	}
}
