package folder

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// rooted lays out a folder whose links and names lead into a listed root, another
// root by a link of its own, and to what is not listed.
func rooted(t testing.TB) (f *Folder, base string) {
	t.Helper()
	base, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir, disk := filepath.Join(base, "input"), filepath.Join(base, "disk", "images")
	write(t, filepath.Join(base, "secret.txt"), "secret")
	write(t, filepath.Join(base, "disk", "secret.jpg"), "secret")
	write(t, filepath.Join(dir, "here.jpg"), "here")
	write(t, filepath.Join(dir, "deep", "er", "y.jpg"), "y")
	write(t, filepath.Join(disk, "a", "x.jpg"), "picture")
	write(t, filepath.Join(base, "far", "z.jpg"), "far")
	link(t, filepath.Join(disk, "a", "x.jpg"), filepath.Join(dir, "abs.jpg"))
	link(t, "../disk/images/a/x.jpg", filepath.Join(dir, "rel.jpg"))
	link(t, "../../../disk/images/a/x.jpg", filepath.Join(dir, "deep", "er", "rel.jpg"))
	link(t, "../disk/images", filepath.Join(dir, "images"))
	link(t, "deep", filepath.Join(dir, "shallow"))
	link(t, "rel.jpg", filepath.Join(dir, "twice.jpg"))
	link(t, "../secret.txt", filepath.Join(dir, "out.jpg"))
	link(t, "../disk/images/../secret.jpg", filepath.Join(dir, "dots.jpg"))
	link(t, "../disk/images/none.jpg", filepath.Join(dir, "dangling.jpg"))
	link(t, "../secret.jpg", filepath.Join(disk, "out.jpg"))
	link(t, filepath.Join(base, "input", "here.jpg"), filepath.Join(disk, "back.jpg"))
	link(t, filepath.Join(base, "far", "z.jpg"), filepath.Join(disk, "far.jpg"))
	link(t, disk, filepath.Join(base, "mount"))
	f, err = Open(dir, filepath.Join(base, "mount"), filepath.Join(base, "far"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f, base
}

func TestRoots(t *testing.T) {
	t.Parallel()
	f, base := rooted(t)
	slash := filepath.ToSlash(base)
	check := func(t *testing.T) {
		for name, want := range map[string]string{
			"here.jpg": "here", "abs.jpg": "picture", "rel.jpg": "picture", "deep/er/rel.jpg": "picture", "shallow/er/rel.jpg": "picture",
			"images/a/x.jpg": "picture", "images/./a/../a/x.jpg": "picture", "twice.jpg": "picture", "images/back.jpg": "here", "images/far.jpg": "far",
			slash + "/disk/images/a/x.jpg": "picture", slash + "/mount/a/x.jpg": "picture", slash + "/far/z.jpg": "far",
			slash + "/input/here.jpg": "here", slash + "/mount/back.jpg": "here",
		} {
			for range 2 {
				if got, err := read(f, name); err != nil || got != want {
					t.Errorf("%s: %q, %v; want %q", name, got, err, want)
				}
			}
			file, err := f.Open(t.Context(), name)
			if err != nil || file.Stat().Size != int64(len(want)) {
				t.Errorf("open %s: %v", name, err)
				continue
			}
			file.Close()
		}
		for name, want := range map[string]error{
			"out.jpg": pipeline.ErrUnsafePath, "dots.jpg": pipeline.ErrUnsafePath, "images/out.jpg": pipeline.ErrUnsafePath,
			"images/../secret.jpg": pipeline.ErrUnsafePath, "../secret.txt": pipeline.ErrUnsafePath, "../disk/images/a/x.jpg": pipeline.ErrUnsafePath,
			slash + "/secret.txt": pipeline.ErrUnsafePath, slash + "/mount/../secret.txt": pipeline.ErrUnsafePath, slash + "/mount/out.jpg": pipeline.ErrUnsafePath,
			slash + "/disk/secret.jpg": pipeline.ErrUnsafePath, slash + "/mount": pipeline.ErrNotRegular, "/": pipeline.ErrUnsafePath,
			"dangling.jpg": fs.ErrNotExist, "images/none.jpg": fs.ErrNotExist, slash + "/mount/none.jpg": fs.ErrNotExist, slash + "/mount/a/x.jpg/y": fs.ErrNotExist,
			slash + "/mount/a\x00": pipeline.ErrUnsafePath, "here.jpg/x": fs.ErrNotExist,
		} {
			if got, err := read(f, name); !errors.Is(err, want) {
				t.Errorf("%s: %q, %v; want %v", name, got, err, want)
			}
		}
	}
	t.Run("fast", check)
	names, err := f.Glob(t.Context(), "images/*/*.jpg")
	if err != nil || !slices.Equal(names, []string{"images/a/x.jpg"}) {
		t.Errorf("Glob: %q, %v", names, err)
	}
	if near, ok := f.Suggest(t.Context(), "images/A/X.png"); !ok || near != "images/a/x.jpg" {
		t.Errorf("Suggest: %q, %v", near, ok)
	}
	if !slices.Equal(f.Roots(), []string{filepath.Join(base, "disk", "images"), filepath.Join(base, "far")}) {
		t.Errorf("Roots: %q", f.Roots())
	}
	t.Run("sandbox", func(t *testing.T) {
		if !withoutOpenat2(f) {
			t.Skip("NOT TESTED: there is no openat2 here")
		}
		for _, r := range f.roots {
			withoutOpenat2(r)
		}
		check(t)
	})
	if _, err := Open(filepath.Join(base, "input"), filepath.Join(base, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a root that is missing: %v", err)
	}
}

// TestSnapshot reads a Hugging Face cache, as huggingface_hub lays it out.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	repo := filepath.Join(t.TempDir(), "datasets--someone--pictures")
	snapshot := filepath.Join(repo, "snapshots", "0123abcd")
	write(t, filepath.Join(repo, "blobs", "aaaa"), "picture")
	write(t, filepath.Join(repo, "blobs", "bbbb"), "records")
	write(t, filepath.Join(repo, "refs", "main"), "0123abcd")
	if err := os.MkdirAll(filepath.Join(snapshot, "img", "train"), 0o755); err != nil {
		t.Fatal(err)
	}
	link(t, "../../blobs/bbbb", filepath.Join(snapshot, "train.pkl"))
	link(t, "../../../../blobs/aaaa", filepath.Join(snapshot, "img", "train", "x.jpg"))
	link(t, "../../refs/main", filepath.Join(snapshot, "ref"))
	link(t, snapshot, filepath.Join(repo, "link"))
	for input, names := range map[string][2]string{
		snapshot:                       {"img/train/x.jpg", "train.pkl"},
		filepath.Join(repo, "link"):    {"img/train/x.jpg", "train.pkl"},
		filepath.Join(snapshot, "img"): {"train/x.jpg", "train/../train/x.jpg"},
	} {
		f := reopen(t, input)
		if len(f.Roots()) != 1 || f.Roots()[0] != f.Blobs() || filepath.Base(f.Blobs()) != "blobs" {
			t.Fatalf("%s: roots %q, blobs %q", input, f.Roots(), f.Blobs())
		}
		for _, name := range names {
			if got, err := read(f, name); err != nil || got != "picture" && got != "records" {
				t.Errorf("%s of %s: %q, %v", name, input, got, err)
			}
		}
	}
	f := reopen(t, snapshot)
	if _, err := read(f, "ref"); !errors.Is(err, pipeline.ErrUnsafePath) {
		t.Errorf("a link into no blob: %v", err)
	}
	if names, err := f.Glob(t.Context(), "*.pkl"); err != nil || !slices.Equal(names, []string{"train.pkl"}) {
		t.Errorf("Glob: %q, %v", names, err)
	}
}

// FuzzRootNames: whatever the name, nothing outside the folder and its roots is read.
// Outside there is nothing but files that hold "secret".
func FuzzRootNames(f *testing.F) {
	folder, base := rooted(f)
	slash := filepath.ToSlash(base)
	for _, s := range []string{
		"here.jpg", "abs.jpg", "images/a/x.jpg", "images/../secret.jpg", "images/out.jpg", "/mount/a/x.jpg", "/mount/../secret.txt",
		"/mount/far.jpg", "/disk/images/../secret.jpg", "/input/../secret.txt", "twice.jpg", "/", "", "shallow/er/rel.jpg", "images/back.jpg/..",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, name := range []string{name, slash + name} {
			if got, err := read(folder, name); err == nil && got == "secret" {
				t.Fatalf("%q is read", name)
			}
			file, err := folder.Open(t.Context(), name)
			if err != nil {
				continue
			}
			dst := make([]byte, 6)
			if n, _ := file.ReadAt(dst, 0); string(dst[:n]) == "secret" {
				t.Fatalf("%q is opened", name)
			}
			file.Close()
		}
	})
}
