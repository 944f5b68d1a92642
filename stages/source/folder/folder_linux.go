//go:build linux && (amd64 || arm64)

package folder

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pickshard/pickshard/pipeline"
)

// The fast path. A name is a folder and a base name. The folder is resolved
// beneath the root once and kept as a handle (handles_linux.go); the base name
// is looked up in it without following links (O_NOFOLLOW, AT_SYMLINK_NOFOLLOW),
// which cannot leave it, for it has no slash and is not "..". So a stat is one
// system call, a read is open, fstat, read, close, and the kernel walks one
// component. Base names that are symbolic links are resolved beneath the root by
// openat2. Sandboxes without openat2 leave both to os.Root.

type fastPath struct {
	rootFile *os.File // keeps rootFD open
	rootFD   int
	openat2  bool
	calls    sync.Pool
	handles  handles
}

func (p *fastPath) open(root *os.Root) error {
	file, err := root.Open(".")
	if err != nil {
		return cause(err)
	}
	p.rootFile, p.rootFD = file, int(file.Fd())
	p.calls.New = func() any { return new(call) }
	c := p.calls.New().(*call)
	fd, errno := c.openat2(p.rootFD, ".", unix.O_PATH|unix.O_CLOEXEC)
	if p.openat2 = errno == 0; p.openat2 {
		unix.Close(fd)
	}
	return nil
}

func (p *fastPath) close() {
	p.handles.closeAll()
	p.rootFile.Close()
}

// readFlags: a pipe opens at once, a terminal does not become ours.
const readFlags = unix.O_RDONLY | unix.O_CLOEXEC | unix.O_NONBLOCK | unix.O_NOCTTY

func (f *Folder) readFile(name string, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	if err := checkName(name); err != nil {
		return false, err
	}
	c := f.fast.calls.Get().(*call)
	defer f.fast.calls.Put(c)
	fd, err := f.openFast(c, name)
	if err == errNotFast {
		return false, f.readPortable(name, want, dst)
	}
	if err != nil {
		return false, err
	}
	defer unix.Close(fd) // nothing was written: its error says nothing
	if errno := c.fstat(fd); errno != 0 {
		return false, errno
	}
	if !c.isRegular() {
		return false, notRegular(c.mode())
	}
	if err := sameFile(c.st.Size, c.modTime(), want, len(dst)); err != nil {
		return false, err
	}
	n := c.readCached(fd, dst, currentPosition)
	return n == len(dst), readRest(fd, dst, n)
}

// currentPosition in place of an offset: where the file is, which moves on.
const currentPosition = -1

var _ pipeline.CachedFile = (*openFile)(nil)

// ReadCachedAt is pipeline.CachedFile's.
func (f *openFile) ReadCachedAt(p []byte, offset int64) int {
	if offset < 0 {
		return 0
	}
	c := f.from.fast.calls.Get().(*call)
	defer f.from.fast.calls.Put(c)
	return c.readCached(f.fd, p, offset)
}

// readRest fills dst from byte n of a file, with one read call where the kernel
// does not interrupt it (it returns at most 2 GiB at a time).
func readRest(fd int, dst []byte, n int) error {
	for n < len(dst) {
		m, err := unix.Read(fd, dst[n:])
		switch {
		case err == unix.EINTR:
		case err != nil:
			return err
		case m == 0:
			return cutWhileReading(n, len(dst))
		default:
			n += m
		}
	}
	return nil
}

// openFast opens a file for reading. errNotFast: openPortable must do it.
func (f *Folder) openFast(c *call, name string) (fd int, err error) {
	dirName, base := splitName(name)
	if base == "" {
		return f.openFollowing(c, name, readFlags)
	}
	h, err := f.handle(c, dirName)
	if err != nil {
		return -1, err
	}
	fd, errno := c.openat(h.fd, base, readFlags|unix.O_NOFOLLOW)
	h.release()
	switch errno {
	case 0:
		return fd, nil
	case unix.ELOOP: // a symbolic link
		if len(f.roots) > 0 {
			if root, rest, ok := f.follow(name); ok {
				return root.openFast(c, rest)
			}
		}
		return f.openFollowing(c, name, readFlags)
	case unix.ENXIO, unix.ENODEV: // a socket, a device without a driver
		return -1, errNotFast
	}
	return -1, classify(errno)
}

func (f *Folder) stat(name string) (pipeline.FileStat, error) {
	if err := checkName(name); err != nil {
		return pipeline.FileStat{}, err
	}
	c := f.fast.calls.Get().(*call)
	defer f.fast.calls.Put(c)
	err := f.statFast(c, name)
	if err == errNotFast {
		return f.statPortable(name)
	}
	if err != nil {
		return pipeline.FileStat{}, err
	}
	if !c.isRegular() {
		return pipeline.FileStat{}, notRegular(c.mode())
	}
	return pipeline.FileStat{Size: c.st.Size, ModTime: c.modTime(), Changed: time.Unix(c.st.Ctim.Sec, c.st.Ctim.Nsec)}, nil
}

// statFast leaves what it found in c.st.
func (f *Folder) statFast(c *call, name string) error {
	dirName, base := splitName(name)
	if base != "" {
		h, err := f.handle(c, dirName)
		if err != nil {
			return err
		}
		errno := c.fstatat(h.fd, base)
		h.release()
		if errno != 0 {
			return classify(errno)
		}
		if c.st.Mode&unix.S_IFMT != unix.S_IFLNK {
			return nil
		}
		if len(f.roots) > 0 {
			if root, rest, ok := f.follow(name); ok {
				return root.statFast(c, rest)
			}
		}
	}
	fd, err := f.openFollowing(c, name, unix.O_PATH|unix.O_CLOEXEC)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	if errno := c.fstat(fd); errno != 0 {
		return errno
	}
	return nil
}

// openFollowing opens a name beneath the root, following symbolic links that
// stay there; absolute ones too (see inside).
func (f *Folder) openFollowing(c *call, name string, flags int) (fd int, err error) {
	if !f.fast.openat2 {
		return -1, errNotFast
	}
	fd, errno := c.openat2(f.fast.rootFD, name, flags)
	if errno == unix.EXDEV {
		resolved, ok := f.resolve(name)
		if !ok {
			return -1, leavesByLink()
		}
		fd, errno = c.openat2(f.fast.rootFD, resolved, flags)
	}
	switch errno {
	case 0:
		return fd, nil
	case unix.EXDEV:
		return -1, leavesByLink()
	case unix.EAGAIN, unix.ENXIO, unix.ENODEV:
		return -1, errNotFast
	}
	return -1, classify(errno)
}

// handle returns the handle of a folder, for the caller to release.
func (f *Folder) handle(c *call, dirName string) (*handle, error) {
	if h := f.fast.handles.find(dirName); h != nil {
		return h, nil
	}
	if !f.fast.openat2 {
		file, err := f.openDir(dirName)
		if err != nil {
			return nil, err
		}
		return f.fast.handles.add(dirName, int(file.Fd()), file), nil
	}
	open := func(f *Folder, name string) (int, error) {
		return f.openFollowing(c, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC)
	}
	fd, err := open(f, dirName)
	if err != nil {
		fd, err = elsewhere(f, dirName, err, open)
	}
	if err != nil {
		return nil, err
	}
	return f.fast.handles.add(dirName, fd, nil), nil
}

// splitName cuts a name into its folder and its last component; base is empty
// where that is none that a folder holds (a trailing slash, "." or "..").
func splitName(name string) (dirName, base string) {
	dirName, base = ".", name
	for i := len(name) - 1; i >= 0; i-- {
		if name[i] == '/' {
			dirName, base = name[:i], name[i+1:]
			break
		}
	}
	if base == "." || base == ".." {
		base = ""
	}
	return dirName, base
}

func (c *call) isRegular() bool { return c.st.Mode&unix.S_IFMT == unix.S_IFREG }

func (c *call) modTime() time.Time { return time.Unix(c.st.Mtim.Sec, c.st.Mtim.Nsec) }

// mode returns the kind of file as package fs writes it.
func (c *call) mode() os.FileMode {
	switch c.st.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		return 0
	case unix.S_IFDIR:
		return os.ModeDir
	case unix.S_IFIFO:
		return os.ModeNamedPipe
	case unix.S_IFSOCK:
		return os.ModeSocket
	case unix.S_IFBLK, unix.S_IFCHR:
		return os.ModeDevice
	}
	return os.ModeIrregular
}
