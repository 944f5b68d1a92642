package folder

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// surroundings lays out a folder with an OUTPUT in it, and files beside it that
// must stay as they are.
func surroundings(t *testing.T) (base, output string) {
	t.Helper()
	base = t.TempDir()
	output = filepath.Join(base, "out")
	for _, folder := range []string{output, filepath.Join(base, "beside", "deep"), filepath.Join(output, "parquet")} {
		if err := os.MkdirAll(folder, 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"beside/file", "beside/deep/file", "file"} {
		if err := os.WriteFile(filepath.Join(base, filepath.FromSlash(name)), []byte(name), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return base, output
}

// outside is all that stands around OUTPUT: names, kinds, contents.
func outside(t *testing.T, base string) map[string]string {
	t.Helper()
	all := make(map[string]string)
	err := filepath.WalkDir(base, func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "out":
			return filepath.SkipDir
		case d.Type().IsRegular():
			data, err := os.ReadFile(name)
			all[name] = string(data)
			return err
		}
		all[name] = d.Type().String()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestStoreStaysInside: whatever name an operation is given, and wherever a link
// in OUTPUT leads, nothing outside is read, made, changed or removed.
func TestStoreStaysInside(t *testing.T) {
	t.Parallel()
	base, output := surroundings(t)
	for link, to := range map[string]string{
		"up": "..", "away": "../beside", "absolute": filepath.Join(base, "beside"), "around": "parquet", "to-file": "../file", "to-own": "parquet/own", ".pickshard": "../beside",
		"parquet/up": "../..", "dangling": "../made",
	} {
		if err := os.Symlink(to, filepath.Join(output, filepath.FromSlash(link))); err != nil {
			t.Skipf("NOT TESTED: no symbolic links here: %v", err)
		}
	}
	if err := os.WriteFile(filepath.Join(output, "parquet", "own"), []byte("own"), 0o666); err != nil {
		t.Fatal(err)
	}
	before := outside(t, base)
	s := New(output)
	defer s.Close()
	for _, name := range []string{
		"../file", "../beside/file", "../beside/new", filepath.ToSlash(base) + "/file", "/", "..", "parquet/../../file", "./../file",
		"up/file", "up/new", "away/file", "away/new", "away/deep/new", "absolute/file", "around/own", "around/new", "to-file", "to-own", "dangling", "dangling/new",
		".pickshard/file", ".pickshard/new", "parquet/up/file", "parquet/up/beside/new",
		"", "a\x00b", "parquet/" + strings.Repeat("n", 5000), strings.Repeat("n/", 2500) + "n",
	} {
		for op, do := range map[string]func() error{
			"create":   func() error { return created(s.Create(name)) },
			"open":     func() error { return opened(s.Open(name)) },
			"read":     func() error { _, err := s.ReadFile(name, 100); return err },
			"size":     func() error { _, err := s.Size(name); return err },
			"publish":  func() error { return s.Publish("parquet/own", name) },
			"fetch":    func() error { return s.Publish(name, "parquet/taken") },
			"same":     func() error { _, err := s.Same(name, name); return err },
			"sync":     func() error { return s.SyncDir(name) },
			"lock":     func() error { _, err := s.Lock(); return err },
			"unlinked": func() error { return s.Remove(name) },
		} {
			if err := do(); err == nil && (op != "unlinked" || !gone(output, name)) {
				t.Errorf("%s of %.50q succeeds", op, name)
			}
		}
		if names, err := s.List(name); len(names) > 0 && name != "" {
			t.Errorf("list of %.50q: %q, %v", name, names, err)
		}
	}
	if after := outside(t, base); !maps.Equal(before, after) {
		t.Errorf("outside of OUTPUT was\n%q\nand is\n%q", before, after)
	}
}

// gone says whether nothing stands at a name, for which Remove does nothing.
func gone(output, name string) bool {
	_, err := os.Stat(filepath.Join(output, filepath.FromSlash(name)))
	return errors.Is(err, fs.ErrNotExist)
}

func created(f pipeline.StoreFile, err error) error {
	if err == nil {
		err = f.Close()
	}
	return err
}

func opened(f pipeline.ReadFile, err error) error {
	if err == nil {
		err = f.Close()
	}
	return err
}

// TestStoreThroughLink: OUTPUT itself may be a link that the user gave.
func TestStoreThroughLink(t *testing.T) {
	t.Parallel()
	base := t.TempDir()
	if err := os.Mkdir(filepath.Join(base, "real"), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real", filepath.Join(base, "link")); err != nil {
		t.Skipf("NOT TESTED: no symbolic links here: %v", err)
	}
	for _, folder := range []string{"link", "link/deep/deeper"} {
		s := New(filepath.Join(base, filepath.FromSlash(folder)))
		release, err := s.Lock()
		if err != nil {
			t.Fatal(err)
		}
		if err := created(s.Create("a/b/c")); err != nil {
			t.Error(err)
		}
		if err := errors.Join(s.Publish("a/b/c", "d/e"), s.Remove("a/b/c"), s.Remove("a/b"), release()); err != nil {
			t.Error(err)
		}
		if err := errors.Join(created(s.Create("a/b/c")), s.Close()); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(base, "real", "deep", "deeper", "d", "e")); err != nil {
		t.Error(err)
	}
}

// TestStoreIsNotHeldUp: what is not a file is neither waited for nor removed.
func TestStoreIsNotHeldUp(t *testing.T) {
	t.Parallel()
	_, output := surroundings(t)
	makePipe(t, filepath.Join(output, "pipe"))
	s := New(output)
	defer s.Close()
	done := make(chan error, 1)
	go func() {
		_, err := s.ReadFile("pipe", 10)
		if errors.Is(err, pipeline.ErrNotRegular) {
			err = opened(s.Open("pipe"))
		}
		if errors.Is(err, pipeline.ErrNotRegular) {
			err = s.Remove("pipe")
		}
		done <- err
	}()
	select {
	case err := <-done:
		if !errors.Is(err, pipeline.ErrNotRegular) {
			t.Error(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("it waits for a pipe")
	}
	if _, err := os.Lstat(filepath.Join(output, "pipe")); err != nil {
		t.Error(err)
	}
}
