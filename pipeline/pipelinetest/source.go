package pipelinetest

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// Source is a pipeline.Source that follows a Script.
type Source struct {
	Under  pipeline.Source
	Script *Script
}

var _ pipeline.Source = (*Source)(nil)

// Stat implements pipeline.Source.
func (s *Source) Stat(ctx context.Context, name string) (pipeline.FileStat, error) {
	return result(s.Script, StepFind, name, func() (pipeline.FileStat, error) { return s.Under.Stat(ctx, name) })
}

// ReadFile implements pipeline.Source. A read that fails in the middle has
// filled half of dst.
func (s *Source) ReadFile(ctx context.Context, name string, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	err = s.Script.do(StepImage, name, func() (err error) {
		cached, err = s.Under.ReadFile(ctx, name, want, dst)
		return err
	}, func() {
		whole := make([]byte, len(dst))
		if _, err := s.Under.ReadFile(ctx, name, want, whole); err == nil {
			copy(dst, whole[:len(whole)/2])
		}
	})
	return cached && err == nil, err
}

// Open implements pipeline.Source.
func (s *Source) Open(ctx context.Context, name string) (pipeline.SourceFile, error) {
	f, err := opened(s.Script, StepTable, name, func() (pipeline.SourceFile, error) { return s.Under.Open(ctx, name) })
	if err != nil {
		return nil, err
	}
	return &sourceFile{SourceFile: f, name: name, script: s.Script}, nil
}

type sourceFile struct {
	pipeline.SourceFile
	name   string
	script *Script
}

func (f *sourceFile) ReadAt(p []byte, offset int64) (int, error) {
	return f.script.readAt(f.SourceFile, f.name, p, offset)
}

// Glob implements pipeline.Source.
func (s *Source) Glob(ctx context.Context, pattern string) ([]string, error) {
	return result(s.Script, StepGlob, pattern, func() ([]string, error) { return s.Under.Glob(ctx, pattern) })
}

// Files is a pipeline.Source in memory. Make one with NewFiles; it is safe for
// concurrent use.
type Files struct {
	mu    sync.Mutex
	files map[string]entry
}

type entry struct {
	data string
	time time.Time
}

var _ pipeline.Source = (*Files)(nil)

// NewFiles returns a source without files.
func NewFiles() *Files { return &Files{files: make(map[string]entry)} }

// Put makes or replaces a file, written at that time.
func (s *Files) Put(name, data string, at time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[name] = entry{data, at}
}

// Remove removes a file.
func (s *Files) Remove(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.files, name)
}

func (s *Files) find(ctx context.Context, name string) (entry, error) {
	if err := ctx.Err(); err != nil {
		return entry{}, err
	}
	if !fs.ValidPath(name) {
		return entry{}, fmt.Errorf("find file %s: %w", name, pipeline.ErrUnsafePath)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	e, ok := s.files[name]
	if !ok {
		return e, fmt.Errorf("find file %s: %w", name, fs.ErrNotExist)
	}
	return e, nil
}

// Stat implements pipeline.Source.
func (s *Files) Stat(ctx context.Context, name string) (pipeline.FileStat, error) {
	e, err := s.find(ctx, name)
	return pipeline.FileStat{Size: int64(len(e.data)), ModTime: e.time}, err
}

// ReadFile implements pipeline.Source.
func (s *Files) ReadFile(ctx context.Context, name string, want pipeline.FileStat, dst []byte) (cached bool, err error) {
	e, err := s.find(ctx, name)
	if err != nil {
		return false, err
	}
	if len(e.data) != len(dst) || !want.WrittenAt(e.time) {
		return false, fmt.Errorf("read image %s: %w", name, pipeline.ErrSourceChanged)
	}
	copy(dst, e.data)
	// Every other file counts as cached, so that readers come and go.
	return len(e.data)%2 == 0, nil
}

// Open implements pipeline.Source.
func (s *Files) Open(ctx context.Context, name string) (pipeline.SourceFile, error) {
	e, err := s.find(ctx, name)
	if err != nil {
		return nil, err
	}
	return &openEntry{strings.NewReader(e.data), e}, nil
}

type openEntry struct {
	*strings.Reader
	e entry
}

func (f *openEntry) Close() error { return nil }
func (f *openEntry) Stat() pipeline.FileStat {
	return pipeline.FileStat{Size: int64(len(f.e.data)), ModTime: f.e.time}
}

// Glob implements pipeline.Source.
func (s *Files) Glob(_ context.Context, pattern string) ([]string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for name := range s.files {
		if ok, err := path.Match(pattern, name); err != nil {
			return nil, err
		} else if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
