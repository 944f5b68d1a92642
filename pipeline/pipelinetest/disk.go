package pipelinetest

import (
	"fmt"
	"io"
	"io/fs"
	"maps"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
)

// Disk is a pipeline.Store in memory that knows what would be left of it if the
// power went now: bytes are sure once their file is synced, names once their
// folder is. Folders themselves are sure at once, as Store promises. Make one
// with NewDisk; it is safe for concurrent use.
type Disk struct {
	mu     sync.Mutex
	names  map[string]*inode // as programs see them
	sure   map[string]*inode // as the platter has them
	dirs   map[string]bool
	locked bool
	// NoLinks makes Publish move the file, as on file systems without hard
	// links.
	NoLinks bool
}

type inode struct {
	data []byte
	sure []byte // data as of the last sync; nil before the first
}

var _ pipeline.Store = (*Disk)(nil)

// NewDisk returns an empty disk.
func NewDisk() *Disk {
	return &Disk{names: map[string]*inode{}, sure: map[string]*inode{}, dirs: map[string]bool{".": true}}
}

// DiskOf returns a disk with these files, whole and sure.
func DiskOf(files map[string]string) *Disk {
	d := NewDisk()
	for name, data := range files {
		d.Write(name, data)
	}
	return d
}

// Crash returns a disk as the power's going may leave it: what is sure, and of
// the rest, name by name and file by file, something that chance picks.
func (d *Disk) Crash(chance *rand.Rand) *Disk {
	d.mu.Lock()
	defer d.mu.Unlock()
	after := NewDisk()
	after.NoLinks = d.NoLinks
	for dir := range d.dirs {
		after.dirs[dir] = true
	}
	left := make(map[*inode]*inode) // two names of one file keep one content
	all := make(map[string]bool)
	for name := range d.names {
		all[name] = true
	}
	for name := range d.sure {
		all[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		n := d.sure[name]
		if chance.IntN(2) == 0 {
			n = d.names[name]
		}
		if n == nil {
			continue
		}
		if left[n] == nil {
			data := n.leftOver(chance)
			left[n] = &inode{data: data, sure: data}
		}
		after.names[name], after.sure[name] = left[n], left[n]
		after.makeDirs(path.Dir(name))
	}
	return after
}

// leftOver is a file's content after a crash: with bytes not synced it may be
// the old, the new, a part of the new, or as long as the new and empty.
func (n *inode) leftOver(chance *rand.Rand) []byte {
	if n.sure != nil && string(n.sure) == string(n.data) {
		return n.sure
	}
	switch chance.IntN(4) {
	case 0:
		return slices.Clone(n.sure)
	case 1:
		return slices.Clone(n.data)
	case 2:
		return slices.Clone(n.data[:chance.IntN(len(n.data)+1)])
	}
	return make([]byte, len(n.data))
}

// Files returns all files by name.
func (d *Disk) Files() map[string]string {
	d.mu.Lock()
	defer d.mu.Unlock()
	files := make(map[string]string, len(d.names))
	for name, n := range d.names {
		files[name] = string(n.data)
	}
	return files
}

// Write puts a file there, whole and sure, whatever stood there before.
func (d *Disk) Write(name, data string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := &inode{data: []byte(data), sure: []byte(data)}
	d.makeDirs(path.Dir(name))
	d.names[name], d.sure[name] = n, n
}

func (d *Disk) makeDirs(dir string) {
	for ; !d.dirs[dir]; dir = path.Dir(dir) {
		d.dirs[dir] = true
	}
}

// Create implements pipeline.Store.
func (d *Disk) Create(name string) (pipeline.StoreFile, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names[name] != nil {
		return nil, fmt.Errorf("create %s: %w", name, fs.ErrExist)
	}
	d.makeDirs(path.Dir(name))
	n := &inode{}
	d.names[name] = n
	return &diskFile{d: d, n: n, name: name}, nil
}

type diskFile struct {
	d    *Disk
	n    *inode
	name string
}

func (f *diskFile) WriteAt(p []byte, offset int64) (int, error) {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	if missing := int(offset) + len(p) - len(f.n.data); missing > 0 {
		f.n.data = append(slices.Clip(f.n.data), make([]byte, missing)...)
	}
	return copy(f.n.data[offset:], p), nil
}

// Reserve implements pipeline.StoreFile: this disk is never full.
func (f *diskFile) Reserve(int64) error { return nil }

func (f *diskFile) Sync() error {
	f.d.mu.Lock()
	defer f.d.mu.Unlock()
	f.n.sure = append([]byte{}, f.n.data...)
	return nil
}

func (f *diskFile) Close() error { return nil }

// Open implements pipeline.Store.
func (d *Disk) Open(name string) (pipeline.ReadFile, error) {
	data, err := d.ReadFile(name, 1<<40)
	if err != nil {
		return nil, err
	}
	return &diskReader{strings.NewReader(string(data))}, nil
}

type diskReader struct{ *strings.Reader }

func (r *diskReader) Close() error { return nil }

// ReadFile implements pipeline.Store.
func (d *Disk) ReadFile(name string, limit int64) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := d.names[name]
	if n == nil {
		return nil, fmt.Errorf("read %s: %w", name, fs.ErrNotExist)
	}
	if int64(len(n.data)) > limit {
		return nil, fmt.Errorf("read %s: %w", name, io.ErrShortBuffer)
	}
	return slices.Clone(n.data), nil
}

// Publish implements pipeline.Store.
func (d *Disk) Publish(from, to string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.names[from] == nil:
		return fmt.Errorf("publish %s: %w", to, fs.ErrNotExist)
	case d.names[to] != nil:
		return fmt.Errorf("publish %s: %w", to, fs.ErrExist)
	}
	d.makeDirs(path.Dir(to))
	d.names[to] = d.names[from]
	if d.NoLinks {
		delete(d.names, from)
	}
	return nil
}

// Same implements pipeline.Store.
func (d *Disk) Same(a, b string) (bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names[a] == nil || d.names[b] == nil {
		return false, fmt.Errorf("stat %s, %s: %w", a, b, fs.ErrNotExist)
	}
	return d.names[a] == d.names[b], nil
}

// Remove implements pipeline.Store.
func (d *Disk) Remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dirs[name] {
		for other := range d.names {
			if strings.HasPrefix(other, name+"/") {
				return fmt.Errorf("remove %s: folder is not empty", name)
			}
		}
		delete(d.dirs, name)
		return nil
	}
	delete(d.names, name)
	return nil
}

// SyncDir implements pipeline.Store.
func (d *Disk) SyncDir(dir string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.sure {
		if d.names[name] == nil && (path.Dir(name) == dir || d.gone(name, dir)) {
			delete(d.sure, name)
		}
	}
	for name, n := range d.names {
		if path.Dir(name) == dir {
			d.sure[name] = n
		}
	}
	return nil
}

// gone says whether the folder directly in dir that name lies under is removed.
func (d *Disk) gone(name, dir string) bool {
	for up := path.Dir(name); up != "."; up = path.Dir(up) {
		if path.Dir(up) == dir {
			return !d.dirs[up]
		}
	}
	return false
}

// List implements pipeline.Store.
func (d *Disk) List(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var names []string
	for name := range d.names {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	for name := range d.dirs {
		if name != "." && path.Dir(name) == dir {
			names = append(names, path.Base(name)+"/")
		}
	}
	slices.Sort(names)
	return names, nil
}

// Size implements pipeline.Store.
func (d *Disk) Size(name string) (int64, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.names[name] == nil {
		return 0, fmt.Errorf("stat %s: %w", name, fs.ErrNotExist)
	}
	return int64(len(d.names[name].data)), nil
}

// Lock implements pipeline.Store. The lock's file is like any other, so that a
// sweep of the work folder meets it.
func (d *Disk) Lock() (func() error, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked {
		return nil, pipeline.ErrOutputBusy
	}
	d.locked = true
	d.makeDirs(path.Dir(pipeline.LockName))
	if d.names[pipeline.LockName] == nil {
		d.names[pipeline.LockName] = &inode{}
	}
	return func() error {
		d.mu.Lock()
		defer d.mu.Unlock()
		d.locked = false
		return nil
	}, nil
}

// Restart ends the process that holds the lock.
func (d *Disk) Restart() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.locked = false
}
