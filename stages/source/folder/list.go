package folder

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// Glob lists the names of files that match a pattern of package path, sorted
// bytewise: no folders, pipes or devices, but links that lead outside, so that
// opening them says what is wrong. A pattern that leaves the folder is
// pipeline.ErrUnsafePath, one that is malformed path.ErrBadPattern. Folders that
// cannot be read are passed over, as by fs.Glob.
func (f *Folder) Glob(ctx context.Context, pattern string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := checkName(pattern); err != nil {
		return nil, fmt.Errorf("list files %s: %w", pipeline.Printable(pattern), err)
	}
	names, err := fs.Glob(listing{ctx, f}, path.Clean(pattern))
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, fmt.Errorf("list files %s: %w", pipeline.Printable(pattern), err)
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		info, err := f.root.Stat(name)
		return err == nil && !info.Mode().IsRegular()
	})
	slices.Sort(names)
	return names, nil
}

// listing is the folder as fs.Glob walks it. The FS that os.Root offers would
// wait for ever where a named pipe stands in place of a folder.
type listing struct {
	ctx context.Context
	f   *Folder
}

func (l listing) Open(string) (fs.File, error) { return nil, fs.ErrInvalid }

func (l listing) Stat(name string) (fs.FileInfo, error) { return l.f.root.Stat(name) }

func (l listing) ReadDir(name string) ([]fs.DirEntry, error) {
	if err := l.ctx.Err(); err != nil {
		return nil, err
	}
	dir, err := l.f.openDir(name)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	return entries, err
}

// openDir opens a folder for listing; anything else fails.
func (f *Folder) openDir(name string) (*os.File, error) {
	dir, err := f.openDirBeneath(name)
	if err != nil {
		return elsewhere(f, name, err, (*Folder).openDirBeneath)
	}
	return dir, nil
}

// openDirBeneath opens a folder beneath the root.
func (f *Folder) openDirBeneath(name string) (*os.File, error) {
	return inside(f, name, func(name string) (*os.File, error) {
		dir, err := f.root.OpenFile(name, openFlags|onlyDir, 0)
		if err != nil {
			return nil, err
		}
		info, err := dir.Stat()
		if err == nil && !info.IsDir() {
			err = notRegular(info.Mode())
		}
		if err != nil {
			dir.Close()
			return nil, err
		}
		return forListing(dir)
	})
}

// List calls each with the names of the files in a folder, links among them, some at a
// time and in no order. It is pipeline.Lister's.
func (f *Folder) List(ctx context.Context, name string, each func(names []string) error) error {
	if err := checkName(name); err != nil {
		return fmt.Errorf("list folder %s: %w", pipeline.Printable(name), err)
	}
	dir, err := f.openDir(name)
	if err != nil {
		return fmt.Errorf("list folder %s: %w", pipeline.Printable(name), err)
	}
	defer dir.Close()
	var names []string
	for err == nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		var entries []fs.DirEntry
		entries, err = dir.ReadDir(4096)
		names = names[:0]
		for _, e := range entries {
			if t := e.Type(); t.IsRegular() || t&fs.ModeSymlink != 0 {
				names = append(names, e.Name())
			}
		}
		if len(names) > 0 {
			if uerr := each(names); uerr != nil {
				return uerr
			}
		}
	}
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("list folder %s: %w", pipeline.Printable(name), err)
}
