package folder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// Folder is a pipeline.Source over a local folder. Names are slash-separated
// and relative to it. Symbolic links are followed as long as they stay inside;
// the folder itself may be one. It is safe for concurrent use.
//
// Names may lead out of it into the roots that Open was told: by a symbolic link, or
// where a name is an absolute one. Where the folder is, or lies in, a snapshot of a
// Hugging Face cache (REPO/snapshots/REVISION), whose files are links into REPO/blobs,
// that is such a root without being told.
//
// Errors name the file, as in "read image train/x.jpg: ...", and satisfy
// errors.Is for fs.ErrNotExist, fs.ErrPermission, pipeline.ErrUnsafePath,
// pipeline.ErrNotRegular or pipeline.ErrSourceChanged where that is the reason.
type Folder struct {
	root *os.Root
	real string // absolute, without symbolic links; empty when unknown
	fast fastPath

	roots []*Folder // others that names may lead into
	given string    // of a root: its absolute name as it was told
	blobs string    // see Blobs
	reals reals

	listings listings
}

var (
	_ pipeline.Source    = (*Folder)(nil)
	_ pipeline.Suggester = (*Folder)(nil)
	_ pipeline.Lister    = (*Folder)(nil)
)

// Open opens a folder to read from, and roots: other folders that names may lead
// into. The caller closes it.
func Open(name string, roots ...string) (*Folder, error) {
	f, err := openAlone(name)
	if err != nil {
		return nil, err
	}
	if err := f.openRoots(roots); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func openAlone(name string) (*Folder, error) {
	root, err := os.OpenRoot(name)
	if err != nil {
		var named *fs.PathError
		if errors.As(err, &named) {
			err = named.Err
		}
		return nil, fmt.Errorf("open input folder %s: %w", name, err)
	}
	f := &Folder{root: root, real: realPath(name)}
	if err := f.fast.open(root); err != nil {
		root.Close()
		return nil, fmt.Errorf("open input folder %s: %w", name, err)
	}
	return f, nil
}

// Close releases the folder's handles. No other call may be under way or
// follow; files that Open returned stay open.
func (f *Folder) Close() error {
	f.fast.close()
	errs := []error{f.root.Close()}
	for _, r := range f.roots {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// Stat tells a regular file's size in bytes and its time, without opening it.
func (f *Folder) Stat(ctx context.Context, name string) (pipeline.FileStat, error) {
	if err := ctx.Err(); err != nil {
		return pipeline.FileStat{}, err
	}
	st, err := f.stat(name)
	if err != nil {
		st, err = elsewhere(f, name, err, (*Folder).stat)
	}
	if err != nil {
		return st, fmt.Errorf("find file %s: %w", pipeline.Printable(name), err)
	}
	return st, nil
}

// ReadFile reads the whole file into dst, whose length is the size that was
// planned with. A file of another size, one that is cut while it is read, and,
// where want.ModTime is set, one of another time is pipeline.ErrSourceChanged.
// It keeps no reference to dst; what dst holds after an error is undefined.
// cached says that the page cache held all of it; only Linux tells.
func (f *Folder) ReadFile(ctx context.Context, name string, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if cached, err = f.readFile(name, want, dst); err != nil {
		cached, err = elsewhere(f, name, err, func(root *Folder, name string) (bool, error) { return root.readFile(name, want, dst) })
	}
	if err != nil {
		return false, fmt.Errorf("read image %s: %w", pipeline.Printable(name), err)
	}
	return cached, nil
}

// Open opens a regular file for reading at offsets. The caller closes it.
func (f *Folder) Open(ctx context.Context, name string) (pipeline.SourceFile, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	file, err := f.open(name)
	if err != nil {
		file, err = elsewhere(f, name, err, (*Folder).open)
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", pipeline.Printable(name), err)
	}
	return file, nil
}

func (f *Folder) open(name string) (*openFile, error) {
	file, st, err := f.openPortable(name)
	if err != nil {
		return nil, err
	}
	return &openFile{File: file, stat: st, fd: int(file.Fd()), from: f}, nil
}

// openFile is a file that Open returned, with what was known of it then.
type openFile struct {
	*os.File
	stat pipeline.FileStat
	fd   int
	from *Folder
}

func (f *openFile) Stat() pipeline.FileStat { return f.stat }

// sameFile compares what a file is with what was planned with.
func sameFile(size int64, modTime time.Time, want pipeline.FileStat, planned int) error {
	if size != int64(planned) {
		return fmt.Errorf("%w: it has %s bytes, planned were %s", pipeline.ErrSourceChanged, pipeline.Grouped(size), pipeline.Grouped(int64(planned)))
	}
	if !want.WrittenAt(modTime) {
		return fmt.Errorf("%w: it was written at %s, planned was %s (both have %s bytes)", pipeline.ErrSourceChanged,
			modTime.UTC().Format(time.RFC3339Nano), plannedTime(modTime, want).UTC().Format(time.RFC3339Nano), pipeline.Grouped(size))
	}
	return nil
}

// plannedTime is, of the times that have the planned stamp, the one next to now.
func plannedTime(now time.Time, want pipeline.FileStat) time.Time {
	return now.Add(time.Duration(pipeline.Stamp(want.ModTime) - pipeline.Stamp(now)))
}

// cutWhileReading is the error for a file that ended before the size that its
// open handle told a moment earlier.
func cutWhileReading(got, planned int) error {
	return fmt.Errorf("%w: it was cut while it was read, after %s of %s bytes", pipeline.ErrSourceChanged, pipeline.Grouped(int64(got)), pipeline.Grouped(int64(planned)))
}
