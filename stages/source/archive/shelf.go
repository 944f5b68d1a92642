package archive

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
)

// What a shelf keeps at most. Two thousand zips of a thousand members each
// (DiffusionDB) take 150 MB of lists.
const (
	maxOpen  = 128
	maxLists = 512 << 20
)

// A shelf keeps the archives that were used last: the lists of their members, and
// fewer of them open. One whose list was let go is listed again when it is asked for.
type shelf struct {
	files    pipeline.Source
	streams  *segments
	mu       sync.Mutex
	byName   map[string]*archive
	used     *list.List // of *archive, the one used last in front
	opened   *list.List // of *handle, the one used last in front
	bytes    int64      // of the lists
	maxOpen  int
	maxBytes int64
}

func newShelf(files pipeline.Source) *shelf {
	return &shelf{
		files: files, streams: newSegments(), byName: make(map[string]*archive),
		used: list.New(), opened: list.New(), maxOpen: maxOpen, maxBytes: maxLists,
	}
}

// archive is one on the shelf. stat and contents do not change once ready is closed.
type archive struct {
	name     string
	stat     pipeline.FileStat
	ready    chan struct{}
	contents *contents
	err      error

	// Of the shelf's mutex:
	place  *list.Element // in used
	handle *handle
	bytes  int64
}

// handle is an open archive.
type handle struct {
	file  pipeline.SourceFile
	of    *archive
	place *list.Element // in opened; nil: to be closed by its last user
	users int
}

// get returns an archive whose members are known. stat is what its file is now.
func (s *shelf) get(ctx context.Context, name string, stat pipeline.FileStat) (*archive, error) {
	for {
		s.mu.Lock()
		a := s.byName[name]
		if a != nil && !sameArchive(a.stat, stat) {
			s.drop(a)
			a = nil
		}
		if a == nil {
			a = &archive{name: name, stat: stat, ready: make(chan struct{})}
			s.byName[name], a.place = a, s.used.PushFront(a)
			s.mu.Unlock()
			s.load(ctx, a)
			return a, a.err
		}
		s.used.MoveToFront(a.place)
		s.mu.Unlock()
		select {
		case <-a.ready:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		// Whoever listed it may have been interrupted: that is not our end.
		if a.err == nil || isFault(a.err) || ctx.Err() != nil || !interrupted(a.err) {
			return a, a.err
		}
	}
}

func interrupted(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// load lists an archive's members.
func (s *shelf) load(ctx context.Context, a *archive) {
	defer close(a.ready)
	h, err := s.open(ctx, a)
	if err == nil {
		a.contents, err = readContents(ctx, h.file, a.stat.Size, s.streams)
		s.release(h)
	}
	if err != nil {
		a.err = &pipeline.CauseError{Err: fmt.Errorf("list archive %s: %w", pipeline.Printable(a.name), err)}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case a.err != nil && !isFault(a.err):
		s.drop(a) // it may go well the next time
		return
	case a.contents != nil:
		a.bytes = a.contents.index.bytes() + a.contents.body.bytes()
	default:
		a.bytes = 1 << 10
	}
	if a.place != nil {
		s.bytes += a.bytes
	}
	for s.bytes > s.maxBytes && s.used.Len() > 1 {
		s.drop(s.used.Back().Value.(*archive))
	}
}

// open returns an archive's handle, counted as used.
func (s *shelf) open(ctx context.Context, a *archive) (*handle, error) {
	s.mu.Lock()
	if h := a.handle; h != nil {
		h.users++
		s.opened.MoveToFront(h.place)
		s.mu.Unlock()
		return h, nil
	}
	s.mu.Unlock()
	file, err := s.files.Open(ctx, a.name)
	if err != nil {
		return nil, err
	}
	h := &handle{file: file, of: a, users: 1}
	if now := file.Stat(); now.Size != a.stat.Size || !now.ModTime.Equal(a.stat.ModTime) {
		return nil, errors.Join(fmt.Errorf("archive %s: %w", pipeline.Printable(a.name), pipeline.ErrSourceChanged), file.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.handle != nil || a.place == nil { // another was first, or a was let go: for this use alone
		return h, nil
	}
	a.handle, h.place = h, s.opened.PushFront(h)
	for s.opened.Len() > s.maxOpen {
		s.retire(s.opened.Back().Value.(*handle))
	}
	return h, nil
}

// release ends one use of a handle.
func (s *shelf) release(h *handle) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.users--; h.users == 0 && h.place == nil {
		h.file.Close() // nothing was written: its error says nothing
	}
}

// retire takes a handle off the shelf; it is closed once nobody uses it.
func (s *shelf) retire(h *handle) {
	s.opened.Remove(h.place)
	h.place, h.of.handle = nil, nil
	if h.users == 0 {
		h.file.Close()
	}
}

// drop takes an archive off the shelf. Who reads from it goes on.
func (s *shelf) drop(a *archive) {
	if a.place == nil {
		return
	}
	s.used.Remove(a.place)
	a.place = nil
	delete(s.byName, a.name)
	s.bytes -= a.bytes
	if a.handle != nil {
		s.retire(a.handle)
	}
}

func (s *shelf) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.used.Len() > 0 {
		s.drop(s.used.Front().Value.(*archive))
	}
}
