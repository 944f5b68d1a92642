package pipeline

import (
	"context"
	"io"
	"time"
)

// A Source is where a dataset's files are read from: a folder today, an
// archive or an object store later. Names are slash-separated and relative to
// the source's root; they may come from a stranger's records, so a Source must
// refuse any name that leaves its root (ErrUnsafePath). Implementations are
// safe for concurrent use.
type Source interface {
	// Stat tells a regular file's size and time. It fails with an error that
	// is fs.ErrNotExist, ErrUnsafePath or ErrNotRegular where that is the reason.
	Stat(ctx context.Context, name string) (FileStat, error)
	// ReadFile reads the whole file into dst, whose length is the size that
	// the plan saw. A file of another size, or of another time when want has
	// one (FileStat.WrittenAt), is ErrSourceChanged. It keeps no reference to dst. cached says that
	// memory held all of it: several such reads at once gain nothing, where
	// several that wait do.
	ReadFile(ctx context.Context, name string, want FileStat, dst []byte) (cached bool, err error)
	// Open opens a file for reading at offsets, for records and metadata. The
	// caller closes it.
	Open(ctx context.Context, name string) (SourceFile, error)
	// Glob lists the names that match a pattern of package path, sorted.
	Glob(ctx context.Context, pattern string) ([]string, error)
}

// A Suggester is a Source that knows its files' names: asked for one that it does
// not have or refuses (fs.ErrNotExist, ErrUnsafePath), it tells of one that may
// have been meant. The answer is for people, never a name to read instead. It is
// the same whenever it is asked, and cheap enough to be asked for every missing
// file.
type Suggester interface {
	Suggest(ctx context.Context, name string) (near string, ok bool)
}

// A Lister is a Source that can tell what its folders hold.
type Lister interface {
	// List calls each with the names of the files in a folder, links among them, some at
	// a time and in no order; the slice is valid during the call. An archive is a folder
	// by its name and the "!" behind it, and names in it are those of its members.
	List(ctx context.Context, folder string, each func(names []string) error) error
}

// SourceFile is an open file of a Source.
type SourceFile interface {
	io.ReaderAt
	io.Closer
	Stat() FileStat
}

// A CachedFile is a SourceFile that can read without waiting for a device.
type CachedFile interface {
	SourceFile
	// ReadCachedAt reads what memory holds of the bytes that p asks for, from their
	// beginning on, and returns how many; it says nothing of what is wrong with a file.
	ReadCachedAt(p []byte, offset int64) (n int)
}

// FileStat is what a plan remembers of a file to notice that it changed.
type FileStat struct {
	Size    int64
	ModTime time.Time // never part of any output
	// Changed is when the file or what is known of it changed last (ctime),
	// zero where the source does not tell. Nobody can set it, so it tells of a
	// file that was replaced with its old time kept. Copying or linking the
	// input moves it: it is a reason to look again, never to refuse.
	Changed time.Time
}

// Stamp is a time as a plan keeps it: nanoseconds since 1970 in 64 bits, which
// turn over outside of the years 1678 to 2262. Broken clocks and archives give
// such times to files, so stamps may be compared for being the same alone.
func Stamp(t time.Time) int64 { return t.Unix()*int64(time.Second) + int64(t.Nanosecond()) }

// plannedStat is what a Source is told of an image that was planned with.
func plannedStat(size, stamp int64) FileStat {
	return FileStat{Size: size, ModTime: time.Unix(0, stamp)}
}

// WrittenAt says whether a file that was written at t has the time that was
// planned with, as far as a Stamp tells; true where none was.
func (s FileStat) WrittenAt(t time.Time) bool {
	return s.ModTime.IsZero() || Stamp(s.ModTime) == Stamp(t)
}
