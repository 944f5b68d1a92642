package folder

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// TestList: files and links are told, folders are not; what leads out or is not there is
// an error.
func TestList(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	link(t, "x.jpg", filepath.Join(dir, "img", "train", "link.jpg"))
	if err := os.Mkdir(filepath.Join(dir, "img", "train", "deeper"), 0o700); err != nil {
		t.Fatal(err)
	}
	list := func(name string) (all []string, err error) {
		err = f.List(context.Background(), name, func(names []string) error {
			all = append(all, names...)
			return nil
		})
		slices.Sort(all)
		return all, err
	}
	if got, err := list("img/train"); err != nil || !slices.Equal(got, []string{"empty.jpg", "link.jpg", "x.jpg"}) {
		t.Errorf("listed %q, %v", got, err)
	}
	if _, err := list("../outside"); !errors.Is(err, pipeline.ErrUnsafePath) {
		t.Errorf("a folder outside: %v", err)
	}
	if _, err := list("img/other"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no such folder: %v", err)
	}
}
