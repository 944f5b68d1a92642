package archive

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/source/archive/internal/inflate"
)

// separator stands between an archive's name and its member's.
const separator = "!/"

// A Source is a pipeline.Source whose names may lead into archives; all others are
// those of the source that it is laid over. Where a folder's name ends in "!", the
// name means what it always did. It is safe for concurrent use.
//
// A member's time is that of its archive, moved by less than a second by what tells
// the member from others (its place, its sum, the archive's size), so that an archive
// that was replaced with its time kept is noticed.
//
// Errors name the archive and the member, as in "read image a.zip!/x.jpg: ...", and
// satisfy errors.Is for fs.ErrNotExist, pipeline.ErrUnsafePath, pipeline.ErrNotRegular
// or pipeline.ErrSourceChanged where that is the reason.
type Source struct {
	files pipeline.Source
	shelf *shelf
	pool  sync.Pool // of *buffers
	names listings  // for Suggest
}

var _ pipeline.Source = (*Source)(nil)

// buffers is what reading a member takes.
type buffers struct {
	header  [512]byte
	decoder inflate.Decoder
}

// New lays a source of archives over one of files. The caller closes it, and the
// other one after it.
func New(files pipeline.Source) *Source {
	s := &Source{files: files, shelf: newShelf(files)}
	s.pool.New = func() any { return new(buffers) }
	return s
}

// Close closes the archives that are open. No other call may be under way or follow;
// files that Open returned stay open.
func (s *Source) Close() error {
	s.shelf.close()
	return nil
}

// Stat tells the size of a file or a member, and its time.
func (s *Source) Stat(ctx context.Context, name string) (pipeline.FileStat, error) {
	if !strings.Contains(name, separator) {
		return s.files.Stat(ctx, name)
	}
	m, err := s.find(ctx, name)
	if err == errPlain {
		return s.files.Stat(ctx, name)
	}
	if err != nil {
		return pipeline.FileStat{}, fmt.Errorf("find file %s: %w", pipeline.Printable(name), err)
	}
	return m.stat(), nil
}

// ReadFile reads a whole file or member into dst, whose length is the size that was
// planned with; see pipeline.Source.
func (s *Source) ReadFile(ctx context.Context, name string, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	if !strings.Contains(name, separator) {
		return s.files.ReadFile(ctx, name, want, dst)
	}
	m, err := s.find(ctx, name)
	if err == errPlain {
		return s.files.ReadFile(ctx, name, want, dst)
	}
	if err == nil {
		cached, err = s.read(ctx, m, want, dst)
	}
	if err != nil {
		err = fmt.Errorf("read image %s: %w", pipeline.Printable(name), err)
		if m.archive != nil && isFault(err) {
			err = &pipeline.CauseError{Err: err, Cause: "damaged members of " + pipeline.Printable(m.archive.name)}
		}
		return false, err
	}
	return cached, nil
}

func (s *Source) read(ctx context.Context, m found, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	stat := m.stat()
	if stat.Size != int64(len(dst)) {
		return false, fmt.Errorf("%w: it has %s bytes, planned were %s", pipeline.ErrSourceChanged, pipeline.Grouped(stat.Size), pipeline.Grouped(int64(len(dst))))
	}
	if !want.WrittenAt(stat.ModTime) {
		return false, fmt.Errorf("%w: its archive was written at %s or made again since", pipeline.ErrSourceChanged, m.archive.stat.ModTime.UTC().Format(time.RFC3339Nano))
	}
	h, err := s.shelf.open(ctx, m.archive)
	if err != nil {
		return false, err
	}
	defer s.shelf.release(h)
	b := s.pool.Get().(*buffers)
	defer s.pool.Put(b)
	return m.archive.contents.body.read(b, h.file, m.member, dst)
}

// found is a member that can be read.
type found struct {
	archive *archive
	member  uint32
}

func (m found) stat() pipeline.FileStat {
	size, _ := m.archive.contents.size(m.member)
	stat := m.archive.stat
	stat.ModTime = stat.ModTime.Add(time.Duration(m.archive.contents.mixed(m.member, stat.Size)))
	stat.Size = size
	return stat
}

// errPlain: the name leads into no archive.
var errPlain = errors.New("no archive in the name")

// find finds the member that a name leads to.
func (s *Source) find(ctx context.Context, name string) (found, error) {
	if ctx.Err() != nil {
		return found{}, context.Cause(ctx)
	}
	a, member, err := s.archive(ctx, name)
	if err != nil {
		return found{}, err
	}
	i, err := a.contents.find(member)
	if err != nil && strings.Contains(member, separator) && errors.Is(err, fs.ErrNotExist) {
		err = damaged("archives within archives are not read: unpack %s", pipeline.Printable(a.name))
	}
	return found{a, i}, err
}

// archive finds the archive that a name leads into: the first part of it before a
// separator that is a file. errPlain: none is.
func (s *Source) archive(ctx context.Context, name string) (a *archive, member string, err error) {
	missing := ""
	for at := 0; ; {
		n := strings.Index(name[at:], separator)
		if n < 0 {
			break
		}
		at += n
		file := name[:at]
		stat, err := s.files.Stat(ctx, file)
		switch {
		case err == nil:
			a, err := s.shelf.get(ctx, file, stat)
			return a, name[at+len(separator):], err
		case errors.Is(err, fs.ErrNotExist):
			if missing == "" {
				missing = file
			}
		case !errors.Is(err, pipeline.ErrNotRegular):
			return nil, "", err
		}
		at += len(separator)
	}
	if missing == "" {
		return nil, "", errPlain // folders whose names end in "!"
	}
	if _, err := s.files.Stat(ctx, name); !errors.Is(err, fs.ErrNotExist) {
		return nil, "", errPlain
	}
	return nil, "", &pipeline.CauseError{Err: &refusal{fs.ErrNotExist, "no such file: there is no archive " + pipeline.Printable(missing)}}
}

// Open opens a file or a member for reading at offsets.
func (s *Source) Open(ctx context.Context, name string) (pipeline.SourceFile, error) {
	if !strings.Contains(name, separator) {
		return s.files.Open(ctx, name)
	}
	m, err := s.find(ctx, name)
	if err == errPlain {
		return s.files.Open(ctx, name)
	}
	var file *memberFile
	if err == nil {
		file, err = s.openMember(ctx, m)
	}
	if err != nil {
		return nil, fmt.Errorf("open file %s: %w", pipeline.Printable(name), err)
	}
	return file, nil
}

// memberFile is a member that is open.
type memberFile struct {
	io.ReaderAt
	stat  pipeline.FileStat
	close func()
}

func (f *memberFile) Stat() pipeline.FileStat { return f.stat }

func (f *memberFile) Close() error {
	f.close()
	return nil
}

func (s *Source) openMember(ctx context.Context, m found) (*memberFile, error) {
	h, err := s.shelf.open(ctx, m.archive)
	if err != nil {
		return nil, err
	}
	b := s.pool.Get().(*buffers)
	defer s.pool.Put(b)
	at, err := m.archive.contents.body.open(ctx, b, h.file, m.member, s.shelf.streams)
	if err != nil {
		s.shelf.release(h)
		return nil, err
	}
	return &memberFile{at, m.stat(), sync.OnceFunc(func() { s.shelf.release(h) })}, nil
}

// Glob lists the names that match a pattern of package path, sorted bytewise. In the
// part behind a separator it matches members: "*.zip!/*.png".
func (s *Source) Glob(ctx context.Context, pattern string) ([]string, error) {
	outer, inner, ok := strings.Cut(pattern, separator)
	if !ok {
		return s.files.Glob(ctx, pattern)
	}
	if names, err := s.files.Glob(ctx, pattern); err != nil || len(names) > 0 {
		return names, err
	}
	archives, err := s.files.Glob(ctx, outer)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, file := range archives {
		stat, err := s.files.Stat(ctx, file)
		if err != nil {
			return nil, err
		}
		a, err := s.shelf.get(ctx, file, stat)
		if err != nil {
			return nil, fmt.Errorf("list files %s: %w", pipeline.Printable(pattern), err)
		}
		if _, err := path.Match(inner, ""); err != nil {
			return nil, fmt.Errorf("list files %s: %w", pipeline.Printable(pattern), err)
		}
		a.contents.list(func(name string) bool {
			if ok, _ := path.Match(inner, name); ok {
				names = append(names, file+separator+name)
			}
			return true
		})
	}
	slices.Sort(names)
	return names, nil
}

// List lists a folder, or the members of an archive whose name has the "!" of separator
// behind it. It is pipeline.Lister's.
func (s *Source) List(ctx context.Context, folder string, each func(names []string) error) error {
	if file, ok := strings.CutSuffix(folder, "!"); ok {
		if names, err := s.Members(ctx, file); err == nil {
			return each(names)
		} else if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, pipeline.ErrNotRegular) {
			return err
		}
	}
	lister, can := s.files.(pipeline.Lister)
	if !can {
		return errors.New("the input cannot be listed")
	}
	return lister.List(ctx, folder, each)
}

// Members lists the names of an archive's members that are files, in its order, each
// once. It fails where the file is not an archive that can be read.
func (s *Source) Members(ctx context.Context, name string) ([]string, error) {
	stat, err := s.files.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	a, err := s.shelf.get(ctx, name, stat)
	if err != nil {
		return nil, err
	}
	var names []string
	a.contents.list(func(name string) bool {
		names = append(names, name)
		return true
	})
	return names, nil
}
