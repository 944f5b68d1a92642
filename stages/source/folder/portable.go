package folder

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/pickshard/pickshard/pipeline"
)

// What every system can do, by os.Root. On Linux it serves files that are read
// once and the rare names that the fast path gives up on.

// openPortable opens a regular file. Opening a named pipe or a device does not
// wait for its other end (openFlags).
func (f *Folder) openPortable(name string) (*os.File, pipeline.FileStat, error) {
	if err := checkName(name); err != nil {
		return nil, pipeline.FileStat{}, err
	}
	// Looked at before it is opened: opening a device can act on it.
	if _, err := f.statPortable(name); err != nil {
		return nil, pipeline.FileStat{}, err
	}
	file, err := inside(f, name, func(name string) (*os.File, error) {
		return f.root.OpenFile(name, openFlags, 0)
	})
	if err != nil {
		return nil, pipeline.FileStat{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(info.Mode())
	}
	if err != nil {
		file.Close()
		return nil, pipeline.FileStat{}, cause(err)
	}
	return file, pipeline.FileStat{Size: info.Size(), ModTime: info.ModTime()}, nil
}

func (f *Folder) statPortable(name string) (pipeline.FileStat, error) {
	if err := checkName(name); err != nil {
		return pipeline.FileStat{}, err
	}
	info, err := inside(f, name, f.root.Stat)
	if err != nil {
		return pipeline.FileStat{}, err
	}
	if !info.Mode().IsRegular() {
		return pipeline.FileStat{}, notRegular(info.Mode())
	}
	return pipeline.FileStat{Size: info.Size(), ModTime: info.ModTime()}, nil
}

func (f *Folder) readPortable(name string, want pipeline.FileStat, dst []byte) error {
	file, st, err := f.openPortable(name)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := sameFile(st.Size, st.ModTime, want, len(dst)); err != nil {
		return err
	}
	n, err := io.ReadFull(file, dst)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		return cutWhileReading(n, len(dst))
	}
	return cause(err)
}

// inside runs an operation of os.Root. os.Root refuses absolute symbolic links
// even where they lead back inside, so a name it refuses is resolved here and
// tried once more under its resolved name: still by os.Root, so nothing that
// changes in between can lead outside.
func inside[T any](f *Folder, name string, op func(string) (T, error)) (T, error) {
	v, err := op(name)
	if err == nil {
		return v, nil
	}
	if err = classify(err); !errors.Is(err, pipeline.ErrUnsafePath) {
		return v, err
	}
	resolved, ok := f.resolve(name)
	if !ok {
		return v, err
	}
	if v, err = op(resolved); err != nil {
		return v, classify(err)
	}
	return v, nil
}

// resolve follows all symbolic links of a name and returns the name relative to
// the root of what they lead to; ok is false when that is outside, or nothing.
func (f *Folder) resolve(name string) (resolved string, ok bool) {
	if f.real == "" {
		return "", false
	}
	// Not filepath.Join: "link/.." is the parent of where the link leads.
	target, err := filepath.EvalSymlinks(f.real + string(filepath.Separator) + filepath.FromSlash(name))
	if err != nil {
		return "", false
	}
	rel, err := filepath.Rel(f.real, target)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	return rel, true
}

// realPath returns the absolute name of a folder without symbolic links, or ""
// when it cannot be told: then absolute links inside it are refused.
func realPath(name string) string {
	abs, err := filepath.Abs(name)
	if err != nil {
		return ""
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return ""
	}
	return real
}

// classify gives an error of the system the meaning that callers ask for.
func classify(err error) error {
	err = cause(err)
	switch {
	case errors.Is(err, pipeline.ErrUnsafePath), errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		return err
	case errors.Is(err, syscall.ENOTDIR):
		return &noFile{"a part of the name is a file, not a folder"}
	case errors.Is(err, syscall.ELOOP):
		return &noFile{"its symbolic links lead in a circle"}
	case errors.Is(err, syscall.ENAMETOOLONG):
		return &unsafeName{"the name is longer than the file system takes"}
	case errors.Is(err, syscall.EINVAL):
		return &unsafeName{"the file system takes no such name"}
	case isEscape(err):
		return leavesByLink()
	}
	return err
}

// isEscape recognises how os.Root says that a name leaves it. The error has no
// exported name; a test here notices when its text changes.
func isEscape(err error) bool { return strings.Contains(err.Error(), "path escapes from parent") }

// A noFile error says why there cannot be a file of a name.
type noFile struct{ reason string }

func (e *noFile) Error() string { return "no such file: " + e.reason }
func (e *noFile) Unwrap() error { return fs.ErrNotExist }
