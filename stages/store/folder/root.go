package folder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"sync"
	"syscall"

	"github.com/pickshard/pickshard/pipeline"
)

// ErrLinked: a symbolic link stands where OUTPUT must have a folder or a file of
// its own.
var ErrLinked = fmt.Errorf("%w: it is a symbolic link, and none is followed inside OUTPUT", pipeline.ErrNotRegular)

// errNoName: a name that leads out of OUTPUT, or that no file there can have.
var errNoName = errors.New("not the name of a file in OUTPUT")

// root is the handle of OUTPUT, which itself may be a link that the user
// gave. Names come from files that may be a stranger's: os.Root sees to it that
// none leads out, whatever changes underneath, and real that no link inside is
// followed. The folder need not exist yet.
type root struct {
	folder string
	mu     sync.Mutex
	root   *os.Root        // nil until it is needed
	real   map[string]bool // folders that were found to be no links
}

// open returns the handle; fs.ErrNotExist where there is no OUTPUT yet.
func (o *root) open() (*os.Root, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.opened()
}

// opened is open for who holds mu.
func (o *root) opened() (*os.Root, error) {
	if o.root != nil {
		return o.root, nil
	}
	root, err := os.OpenRoot(o.folder)
	if err != nil {
		return nil, err
	}
	o.root, o.real = root, map[string]bool{".": true}
	return root, nil
}

// make makes OUTPUT itself.
func (o *root) make() error {
	if _, err := o.open(); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(o.folder, 0o777); err != nil {
		return err
	}
	_, err := o.open()
	return err
}

// above returns the handle for an operation on a name, all of whose folders are
// OUTPUT's own; what stands at the name itself is the operation's to judge.
func (o *root) above(name string) (*os.Root, error) {
	if len(name) > pipeline.MaxNameBytes {
		return nil, fmt.Errorf("%w: it has %d bytes", errNoName, len(name))
	}
	return o.within(path.Dir(name))
}

// within returns the handle for an operation in a folder that is OUTPUT's own.
func (o *root) within(folder string) (*os.Root, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	root, err := o.opened()
	if err != nil {
		return nil, err
	}
	if !fs.ValidPath(folder) || len(folder) > pipeline.MaxNameBytes {
		return nil, errNoName
	}
	return root, o.checkReal(folder)
}

// checkReal checks that a folder and all above it are not links. A link that
// takes its place later leads no further than OUTPUT.
func (o *root) checkReal(folder string) error {
	if o.real[folder] {
		return nil
	}
	if err := o.checkReal(path.Dir(folder)); err != nil {
		return err
	}
	info, err := o.root.Lstat(folder)
	switch {
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return ErrLinked
	case !info.IsDir():
		return syscall.ENOTDIR
	}
	o.real[folder] = true
	return nil
}

// forget makes every folder be looked at again.
func (o *root) forget() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.real = map[string]bool{".": true}
}

func (o *root) close() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.root == nil {
		return nil
	}
	err := o.root.Close()
	o.root = nil
	return err
}

// regular says whether a file may be read, published or removed.
func regular(info fs.FileInfo) error {
	switch {
	case info.Mode().IsRegular():
		return nil
	case info.Mode()&fs.ModeSymlink != 0:
		return ErrLinked
	}
	return pipeline.ErrNotRegular
}

// statRegular finds a regular file without following links.
func (o *root) statRegular(name string) (fs.FileInfo, error) {
	root, err := o.above(name)
	if err != nil {
		return nil, err
	}
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	return info, regular(info)
}

// openRegular opens a regular file for reading. It is looked at first, as opening
// a pipe waits and opening a device can act on it.
func (o *root) openRegular(name string) (*os.File, fs.FileInfo, error) {
	if _, err := o.statRegular(name); err != nil {
		return nil, nil, err
	}
	root, err := o.above(name)
	if err != nil {
		return nil, nil, err
	}
	f, err := root.OpenFile(name, readFlags, 0)
	if err != nil {
		return nil, nil, err
	}
	info, err := f.Stat()
	if err == nil {
		err = regular(info)
	}
	if err != nil {
		return nil, nil, errors.Join(err, f.Close())
	}
	return f, info, nil
}
