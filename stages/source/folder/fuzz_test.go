package folder

import (
	"context"
	"errors"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// FuzzFolderNames: whatever the name, nothing outside the root is read. Outside
// there is nothing but files that hold "secret".
func FuzzFolderNames(f *testing.F) {
	folder, dir := input(f)
	link(f, "../secret.txt", filepath.Join(dir, "out.jpg"))
	link(f, "../outside", filepath.Join(dir, "outdir"))
	link(f, "..", filepath.Join(dir, "img", "up"))
	link(f, "/", filepath.Join(dir, "slash"))
	link(f, filepath.Dir(dir), filepath.Join(dir, "abs"))
	link(f, dir, filepath.Join(dir, "self"))
	link(f, "img/train/x.jpg", filepath.Join(dir, "in.jpg"))
	for _, s := range []string{
		"top.jpg", "img/train/x.jpg", "../secret.txt", "out.jpg", "outdir/x.jpg", "img/up/top.jpg", "img/up/../secret.txt",
		"slash/etc/passwd", "abs/secret.txt", "abs/input/top.jpg", "self/self/top.jpg", "in.jpg", "self/../secret.txt",
		"", ".", "/", "//", "a\x00b", "img/../../secret.txt", "img//train/./x.jpg", "outdir/../input/top.jpg", "top.jpg/",
		"slash/proc/self/root/etc/passwd", "slash/dev/stdin", "self/self.", "self/OUT.jpg", "abs/Secret.txt", "abS/input",
	} {
		f.Add(s)
	}
	contents := []string{"picture", "top", ""}
	f.Fuzz(func(t *testing.T, name string) {
		for way, read := range map[string]func(string) (string, error){
			"fast": func(name string) (string, error) { return read(folder, name) },
			"portable": func(name string) (string, error) {
				st, err := folder.statPortable(name)
				if err != nil {
					return "", err
				}
				dst := make([]byte, st.Size)
				err = folder.readPortable(name, st, dst)
				return string(dst), err
			},
			"open": func(name string) (string, error) {
				file, err := folder.Open(context.Background(), name)
				if err != nil {
					return "", err
				}
				defer file.Close()
				dst := make([]byte, file.Stat().Size)
				_, err = file.ReadAt(dst, 0)
				return string(dst), err
			},
		} {
			got, err := read(name)
			if err == nil && !slices.Contains(contents, got) {
				t.Fatalf("%s: %q opens %q, which is outside", way, name, got)
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, pipeline.ErrUnsafePath) &&
				!errors.Is(err, pipeline.ErrNotRegular) && !errors.Is(err, fs.ErrPermission) {
				t.Errorf("%s: %q: an error of no known kind: %v", way, name, err)
			}
		}
		if near, ok := folder.Suggest(t.Context(), name); ok {
			// Either it leads inside, or it is a link that leads outside, but
			// stands in a folder inside.
			if _, err := inside(folder, near, folder.root.Stat); err == nil {
				return
			}
			dir, err := folder.openDir(path.Join(".", path.Dir(near)))
			if err != nil {
				t.Fatalf("Suggest(%q) = %q: %v", name, near, err)
			}
			dir.Close()
		}
	})
}
