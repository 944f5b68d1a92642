package folder

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// input lays out a folder with a secret beside it and opens it.
func input(t testing.TB) (f *Folder, dir string) {
	t.Helper()
	base := t.TempDir()
	dir = filepath.Join(base, "input")
	write(t, filepath.Join(base, "secret.txt"), "secret")
	write(t, filepath.Join(base, "outside", "x.jpg"), "secret")
	write(t, filepath.Join(dir, "img", "train", "x.jpg"), "picture")
	write(t, filepath.Join(dir, "img", "train", "empty.jpg"), "")
	write(t, filepath.Join(dir, "top.jpg"), "top")
	return reopen(t, dir), dir
}

func reopen(t testing.TB, dir string) *Folder {
	t.Helper()
	f, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func write(t testing.TB, name, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func link(t testing.TB, target, name string) {
	t.Helper()
	if err := os.Symlink(target, name); err != nil {
		t.Skipf("no symbolic links here: %v", err)
	}
}

// read reads by ReadFile, with the size that Stat tells.
func read(f *Folder, name string) (string, error) {
	st, err := f.Stat(context.Background(), name)
	if err != nil {
		return "", err
	}
	dst := make([]byte, st.Size)
	_, err = f.ReadFile(context.Background(), name, st, dst)
	return string(dst), err
}

// ways runs a test on the fast path of this system, without openat2 where there
// is one, and on os.Root alone.
func ways(t *testing.T, f *Folder, test func(t *testing.T, read func(name string) (string, error))) {
	t.Run("fast", func(t *testing.T) { test(t, func(name string) (string, error) { return read(f, name) }) })
	t.Run("sandbox", func(t *testing.T) {
		if !withoutOpenat2(f) {
			t.Skip("NOT TESTED: there is no openat2 here")
		}
		test(t, func(name string) (string, error) { return read(f, name) })
	})
	t.Run("portable", func(t *testing.T) {
		test(t, func(name string) (string, error) {
			st, err := f.statPortable(name)
			if err != nil {
				return "", err
			}
			dst := make([]byte, st.Size)
			err = f.readPortable(name, st, dst)
			return string(dst), err
		})
	})
}

func TestReadInside(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	link(t, "train/x.jpg", filepath.Join(dir, "img", "link.jpg"))
	link(t, "../top.jpg", filepath.Join(dir, "img", "up.jpg"))
	link(t, "img/train", filepath.Join(dir, "dirlink"))
	link(t, filepath.Join(dir, "top.jpg"), filepath.Join(dir, "absolute.jpg"))
	link(t, filepath.Join(dir, "img"), filepath.Join(dir, "absdir"))
	ways(t, f, func(t *testing.T, read func(string) (string, error)) {
		for name, want := range map[string]string{
			"top.jpg": "top", "img/train/x.jpg": "picture", "img/train/empty.jpg": "",
			"./top.jpg": "top", "img//train/x.jpg": "picture", "img/../top.jpg": "top",
			"img/train/../../top.jpg": "top", "img/link.jpg": "picture", "img/up.jpg": "top",
			"dirlink/x.jpg": "picture", "absolute.jpg": "top", "absdir/train/x.jpg": "picture",
		} {
			if got, err := read(name); err != nil || got != want {
				t.Errorf("%s: %q, %v; want %q", name, got, err, want)
			}
		}
	})
}

func TestRefused(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	link(t, "../secret.txt", filepath.Join(dir, "out.jpg"))
	link(t, "../outside", filepath.Join(dir, "outdir"))
	link(t, filepath.Join(filepath.Dir(dir), "secret.txt"), filepath.Join(dir, "absout.jpg"))
	link(t, "../nothing", filepath.Join(dir, "outnothing.jpg"))
	link(t, "loop.jpg", filepath.Join(dir, "loop.jpg"))
	link(t, "nothing", filepath.Join(dir, "dangling.jpg"))
	write(t, filepath.Join(dir, "closed", "x.jpg"), "x")
	write(t, filepath.Join(dir, "closed.jpg"), "x")
	special := makeSpecial(t, dir)
	ways(t, f, func(t *testing.T, read func(string) (string, error)) {
		for name, want := range map[string]error{
			"": pipeline.ErrUnsafePath, "/etc/passwd": pipeline.ErrUnsafePath, "..": pipeline.ErrUnsafePath,
			"../secret.txt": pipeline.ErrUnsafePath, "img/../../secret.txt": pipeline.ErrUnsafePath,
			"img/train/../../../secret.txt": pipeline.ErrUnsafePath, "a\x00.jpg": pipeline.ErrUnsafePath,
			strings.Repeat("x", 256): pipeline.ErrUnsafePath, strings.Repeat("x/", 2100): pipeline.ErrUnsafePath,
			"out.jpg": pipeline.ErrUnsafePath, "outdir/x.jpg": pipeline.ErrUnsafePath,
			"outdir/nothing": pipeline.ErrUnsafePath, "absout.jpg": pipeline.ErrUnsafePath,
			"outnothing.jpg": pipeline.ErrUnsafePath, "outdir/../top.jpg": pipeline.ErrUnsafePath,
			"img": pipeline.ErrNotRegular, ".": pipeline.ErrNotRegular, "img/train/": pipeline.ErrNotRegular,
			"missing.jpg": fs.ErrNotExist, "img/val/x.jpg": fs.ErrNotExist, "top.jpg/x.jpg": fs.ErrNotExist,
			"loop.jpg": fs.ErrNotExist, "dangling.jpg": fs.ErrNotExist, "top.jpg/": fs.ErrNotExist,
		} {
			if got, err := read(name); !errors.Is(err, want) || got != "" {
				t.Errorf("%.60q: %q, %v; want %v", name, got, err, want)
			}
		}
		for _, name := range special {
			if _, err := read(name); !errors.Is(err, pipeline.ErrNotRegular) {
				t.Errorf("%s: %v; want ErrNotRegular", name, err)
			}
		}
	})
}

func TestPermission(t *testing.T) {
	t.Parallel()
	if os.Geteuid() == 0 || runtime.GOOS == "windows" {
		t.Skip("permissions do not bind this user")
	}
	f, dir := input(t)
	if err := os.Chmod(filepath.Join(dir, "top.jpg"), 0); err != nil {
		t.Fatal(err)
	}
	if _, err := read(f, "top.jpg"); !errors.Is(err, fs.ErrPermission) {
		t.Errorf("%v, want ErrPermission", err)
	}
}

func TestChanged(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	ctx, name := context.Background(), "img/train/x.jpg"
	st, err := f.Stat(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, filepath.FromSlash(name))
	info, err := os.Stat(file)
	if err != nil || st.Size != 7 || !st.ModTime.Equal(info.ModTime()) {
		t.Fatalf("Stat = %+v, package os says %v %v", st, info, err)
	}
	for _, size := range []int{0, 6, 8} {
		_, err := f.ReadFile(ctx, name, pipeline.FileStat{Size: int64(size)}, make([]byte, size))
		if !errors.Is(err, pipeline.ErrSourceChanged) || !strings.Contains(err.Error(), "it has 7 bytes, planned were ") {
			t.Errorf("planned with %d bytes: %v", size, err)
		}
	}
	later := st.ModTime.Add(time.Second)
	if err := os.Chtimes(file, later, later); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ReadFile(ctx, name, st, make([]byte, 7)); !errors.Is(err, pipeline.ErrSourceChanged) {
		t.Errorf("of another time: %v", err)
	}
	if _, err := f.ReadFile(ctx, name, pipeline.FileStat{Size: 7}, make([]byte, 7)); err != nil {
		t.Errorf("without a planned time: %v", err)
	}
}

func TestMessages(t *testing.T) {
	t.Parallel()
	f, _ := input(t)
	ctx := context.Background()
	for _, test := range []struct{ name, want string }{
		{"img/train/y.jpg", "read image img/train/y.jpg: no such file or directory"},
		{"../y.jpg", "read image ../y.jpg: the name leaves the input folder by '..'"},
		{"", `read image "": the name is empty`},
		{"a\x1b[31m\x00", `read image "a\x1b[31m\x00": the name has a NUL byte at position 6`},
		{"img", "read image img: not a regular file: it is a folder"},
		{"img/train/x.jpg", "read image img/train/x.jpg: file changed since the plan was made: it has 7 bytes, planned were 1,234"},
	} {
		if runtime.GOOS == "windows" && strings.HasSuffix(test.want, "directory") {
			continue
		}
		if _, err := f.ReadFile(ctx, test.name, pipeline.FileStat{}, make([]byte, 1234)); err == nil || err.Error() != test.want {
			t.Errorf("got  %v\nwant %s", err, test.want)
		}
	}
	if _, err := f.ReadFile(ctx, strings.Repeat("é", 3000), pipeline.FileStat{}, nil); err == nil || len(err.Error()) > 500 {
		t.Errorf("a very long name: %v", err)
	}
}

func TestOpenAndGlob(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	ctx := context.Background()
	write(t, filepath.Join(dir, "img", "b.jpg"), "b")
	write(t, filepath.Join(dir, "img", "sub.jpg", "x"), "a folder of that name")
	makeSpecial(t, dir)
	link(t, "../outside", filepath.Join(dir, "outdir"))

	file, err := f.Open(ctx, "img/train/x.jpg")
	if err != nil {
		t.Fatal(err)
	}
	p := make([]byte, 3)
	if _, err := file.ReadAt(p, 4); err != nil || string(p) != "ure" || file.Stat().Size != 7 {
		t.Errorf("ReadAt = %q, %v, Stat = %+v", p, err, file.Stat())
	}
	if err := file.Close(); err != nil {
		t.Error(err)
	}
	if _, err := f.Open(ctx, "img"); !errors.Is(err, pipeline.ErrNotRegular) {
		t.Errorf("Open of a folder: %v", err)
	}
	for pattern, want := range map[string][]string{
		"*.jpg": {"top.jpg"}, "img/*.jpg": {"img/b.jpg"}, "./img/./b.jpg": {"img/b.jpg"},
		"*/*/x.jpg": {"img/train/x.jpg"}, "outdir/*": nil, "*/x.jpg": nil, "none*": nil,
	} {
		if got, err := f.Glob(ctx, pattern); err != nil || !slices.Equal(got, want) {
			t.Errorf("Glob(%s) = %q, %v; want %q", pattern, got, err, want)
		}
	}
	if _, err := f.Glob(ctx, "../*"); !errors.Is(err, pipeline.ErrUnsafePath) {
		t.Errorf("Glob outside: %v", err)
	}
	if _, err := f.Glob(ctx, "[x"); !errors.Is(err, path.ErrBadPattern) {
		t.Errorf("Glob of a bad pattern: %v", err)
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	f, _ := input(t)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, errStat := f.Stat(ctx, "top.jpg")
	_, errOpen := f.Open(ctx, "top.jpg")
	_, errGlob := f.Glob(ctx, "*")
	_, errRead := f.ReadFile(ctx, "top.jpg", pipeline.FileStat{}, nil)
	for _, err := range []error{errStat, errOpen, errGlob, errRead} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v, want context.Canceled", err)
		}
	}
}

func TestNoFolder(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "none")
	if _, err := Open(name); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "none") {
		t.Errorf("Open: %v", err)
	}
	write(t, name, "a file")
	if _, err := Open(name); err == nil {
		t.Error("Open of a file succeeded")
	}
}

// TestManyFolders uses more folders than handles are kept, from several
// goroutines; the race detector and the descriptors' count judge.
func TestManyFolders(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	names := make([]string, 300)
	for i := range names {
		d := string(rune('a'+i%26)) + strings.Repeat("z", i/26)
		names[i] = "many/" + d + "/x.jpg"
		write(t, filepath.Join(dir, "many", d, "x.jpg"), d)
	}
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 2000 {
				name := names[(i*(2*g+1)+g)%len(names)]
				if got, err := read(f, name); err != nil || got != path.Base(path.Dir(name)) {
					t.Errorf("%s: %q, %v", name, got, err)
				}
			}
		})
	}
	wg.Wait()
	checkHandles(t, f)
}

func TestSuggest(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	for _, name := range []string{"Photo.JPG", "caf\u00e9.png", "both.webp", "both.gif", "한.png", "a b.png"} {
		write(t, filepath.Join(dir, "img", "Val", name), "x")
	}
	for name, want := range map[string]string{
		"img/Val/photo.jpg":                        "img/Val/Photo.JPG",
		"img/val/photo.jpg":                        "img/Val/Photo.JPG",
		"img/Val/cafe\u0301.png":                   "img/Val/caf\u00e9.png",
		"img/Val/\u1112\u1161\u11ab.png":           "img/Val/한.png",
		"img/Val/both.jpg":                         "img/Val/both.gif",
		"img/Val/Photo":                            "img/Val/Photo.JPG",
		"img/Val/a%20b.png":                        "img/Val/a b.png",
		"img/val":                                  "img/Val",
		`img\train\x.jpg`:                          "img/train/x.jpg",
		`C:\Users\ann\img\Train\X.jpg`:             "img/train/x.jpg",
		filepath.ToSlash(dir) + "/img/train/x.jpg": "img/train/x.jpg", // INPUT's own path
		"input/img/train/x.jpg":                    "img/train/x.jpg",
		"img/Val/other.jpg":                        "",
		"img/train/x.jpg":                          "", // not missing
		"none/y.jpg":                               "",
		"../secret.TXT":                            "",
		"../img":                                   "img",
		"":                                         "",
	} {
		got, ok := f.Suggest(t.Context(), name)
		if got != want || ok != (want != "") {
			t.Errorf("Suggest(%q) = %q, %v, want %q", name, got, ok, want)
		}
	}
}

func TestReadIntoTheMiddle(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	write(t, filepath.Join(dir, "large.png"), string(content))
	buf := make([]byte, len(content)+200)
	if _, err := f.ReadFile(context.Background(), "large.png", pipeline.FileStat{}, buf[100:len(buf)-100]); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(buf[100:len(buf)-100], content) || buf[99] != 0 || buf[len(buf)-100] != 0 {
		t.Error("other bytes than the file's")
	}
}
