package folder

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
)

// Other folders that names may lead into: by a symbolic link in the folder, or as
// absolute names. Each is a Folder of its own, so that what is opened lies beneath it
// whatever changes meanwhile; finding out which one it is, is all that is done here.

// openRoots opens them, and the store of a Hugging Face cache that the folder is a
// snapshot of.
func (f *Folder) openRoots(names []string) error {
	if f.blobs = blobsOfSnapshot(f.real); f.blobs != "" {
		names = append(names[:len(names):len(names)], f.blobs)
	}
	for _, name := range names {
		root, err := openAlone(name)
		if err != nil {
			return err
		}
		if root.given, err = filepath.Abs(name); err != nil || root.real == "" {
			return errors.Join(fmt.Errorf("open folder %s: its absolute name cannot be told", name), err, root.Close())
		}
		f.roots = append(f.roots, root)
	}
	return nil
}

// blobsOfSnapshot returns the folder that the files of a snapshot in a Hugging Face
// cache are links into: REPO/blobs for REPO/snapshots/REVISION and all in it.
func blobsOfSnapshot(real string) string {
	for dir := real; dir != "" && filepath.Dir(dir) != dir; dir = filepath.Dir(dir) {
		parent := filepath.Dir(dir)
		if filepath.Base(parent) != "snapshots" {
			continue
		}
		blobs := filepath.Join(filepath.Dir(parent), "blobs")
		if info, err := os.Lstat(blobs); err == nil && info.IsDir() {
			return blobs
		}
	}
	return ""
}

// Roots are the folders besides this one that names may lead into, as absolute names:
// those that Open was told, and the blobs of a Hugging Face cache.
func (f *Folder) Roots() []string {
	var names []string
	for _, r := range f.roots {
		names = append(names, r.real)
	}
	return names
}

// Blobs is the folder that files are links into where this one is, or lies in, a
// snapshot of a Hugging Face cache; empty where it is not.
func (f *Folder) Blobs() string { return f.blobs }

// elsewhere does in another root what a name was refused for in this one. It returns
// the first error where the name does not lead into any.
func elsewhere[T any](f *Folder, name string, first error, op func(root *Folder, name string) (T, error)) (T, error) {
	var none T
	if len(f.roots) == 0 || !errors.Is(first, pipeline.ErrUnsafePath) {
		return none, first
	}
	root, rest, ok := f.find(name)
	if !ok {
		return none, first
	}
	return op(root, rest)
}

// find tells which root a name leads into, and its name there.
func (f *Folder) find(name string) (root *Folder, rest string, ok bool) {
	if len(name) > maxName || strings.IndexByte(name, 0) >= 0 {
		return nil, "", false
	}
	target := filepath.FromSlash(name)
	if absolute := filepath.IsAbs(target); !absolute {
		if checkName(name) != nil {
			return nil, "", false
		}
		target = f.real + string(filepath.Separator) + target // not Join: "link/.." is where the link leads
	} else if root, rest, ok = f.beneath(filepath.Clean(target)); ok && !strings.Contains(name, "..") {
		if _, err := root.root.Lstat(rest); err != nil {
			return root, filepath.ToSlash(rest), true // it says what is wrong
		}
	}
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		return nil, "", false
	}
	root, rest, ok = f.beneath(real)
	return root, filepath.ToSlash(rest), ok
}

// beneath tells which root an absolute name lies in.
func (f *Folder) beneath(target string) (root *Folder, rest string, ok bool) {
	for _, r := range append(f.roots[:len(f.roots):len(f.roots)], f) {
		for _, at := range []string{r.real, r.given} {
			if at == "" {
				continue
			}
			if rest, err := filepath.Rel(at, target); err == nil && filepath.IsLocal(rest) {
				return r, rest, true
			}
		}
	}
	return nil, "", false
}

// follow tells where a link leads, for a name whose last part is one: into a root
// besides this folder, or ok is false. It is a short cut past find for the hundreds of
// thousands of links that such inputs are made of; what it gets wrong is refused
// beneath the root.
func (f *Folder) follow(name string) (root *Folder, rest string, ok bool) {
	dirName, base := path.Split(name)
	dir := f.reals.of(f, dirName)
	if dir == "" {
		return nil, "", false
	}
	link, err := os.Readlink(filepath.Join(dir, base))
	if err != nil {
		return nil, "", false
	}
	if filepath.Clean(link) != link { // ".." behind a name is where that leads
		return nil, "", false
	}
	if !filepath.IsAbs(link) {
		link = filepath.Join(dir, link)
	}
	root, rest, ok = f.beneath(link)
	return root, filepath.ToSlash(rest), ok && root != f
}

// reals keeps the real names of folders that links lie in. Its zero value is empty.
type reals struct {
	mu     sync.Mutex
	byName map[string]string
}

const maxReals = 1024

func (r *reals) of(f *Folder, dirName string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if real, ok := r.byName[dirName]; ok {
		return real
	}
	real, err := filepath.EvalSymlinks(f.real + string(filepath.Separator) + filepath.FromSlash(dirName))
	if err != nil {
		real = ""
	}
	if r.byName == nil || len(r.byName) == maxReals {
		r.byName = make(map[string]string)
	}
	r.byName[strings.Clone(dirName)] = real
	return real
}
