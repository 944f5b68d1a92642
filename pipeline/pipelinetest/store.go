package pipelinetest

import (
	"errors"

	"github.com/pickshard/pickshard/pipeline"
)

// Store is a pipeline.Store that follows a Script.
type Store struct {
	Under  pipeline.Store
	Script *Script
}

var _ pipeline.Store = (*Store)(nil)

// Create implements pipeline.Store; the file's operations follow the script too.
func (s *Store) Create(name string) (pipeline.StoreFile, error) {
	f, err := opened(s.Script, StepCreate, name, func() (pipeline.StoreFile, error) { return s.Under.Create(name) })
	if err != nil {
		return nil, err
	}
	return &file{under: f, name: name, script: s.Script}, nil
}

type file struct {
	under  pipeline.StoreFile
	name   string
	script *Script
}

func (f *file) WriteAt(p []byte, offset int64) (n int, err error) {
	err = f.script.do(StepWrite, f.name, func() (err error) {
		n, err = f.under.WriteAt(p, offset)
		return err
	}, func() { n, _ = f.under.WriteAt(p[:len(p)/2], offset) })
	return n, err
}

// Reserve is not in the script: it changes nothing that a reader sees.
func (f *file) Reserve(size int64) error { return f.under.Reserve(size) }

func (f *file) Sync() error {
	return f.script.do(StepSync, f.name, f.under.Sync, nil)
}

// Close lets go of the file even where it fails, as close(2) does.
func (f *file) Close() error {
	return f.script.do(StepClose, f.name, f.under.Close, func() { f.under.Close() })
}

// Open implements pipeline.Store.
func (s *Store) Open(name string) (pipeline.ReadFile, error) {
	f, err := opened(s.Script, StepOpen, name, func() (pipeline.ReadFile, error) { return s.Under.Open(name) })
	if err != nil {
		return nil, err
	}
	return &reader{ReadFile: f, name: name, script: s.Script}, nil
}

type reader struct {
	pipeline.ReadFile
	name   string
	script *Script
}

func (r *reader) ReadAt(p []byte, offset int64) (int, error) {
	return r.script.readAt(r.ReadFile, r.name, p, offset)
}

// ReadFile implements pipeline.Store.
func (s *Store) ReadFile(name string, limit int64) ([]byte, error) {
	return result(s.Script, StepRead, name, func() ([]byte, error) { return s.Under.ReadFile(name, limit) })
}

// Publish implements pipeline.Store.
func (s *Store) Publish(from, to string) error {
	return s.Script.do(StepPublish, to, func() error { return s.Under.Publish(from, to) }, nil)
}

// Same implements pipeline.Store.
func (s *Store) Same(a, b string) (bool, error) {
	return result(s.Script, StepSame, b, func() (bool, error) { return s.Under.Same(a, b) })
}

// Remove implements pipeline.Store.
func (s *Store) Remove(name string) error {
	return s.Script.do(StepRemove, name, func() error { return s.Under.Remove(name) }, nil)
}

// SyncDir implements pipeline.Store.
func (s *Store) SyncDir(name string) error {
	return s.Script.do(StepSyncDir, name, func() error { return s.Under.SyncDir(name) }, nil)
}

// List implements pipeline.Store.
func (s *Store) List(name string) ([]string, error) {
	return result(s.Script, StepList, name, func() ([]string, error) { return s.Under.List(name) })
}

// Size implements pipeline.Store.
func (s *Store) Size(name string) (int64, error) {
	return result(s.Script, StepSize, name, func() (int64, error) { return s.Under.Size(name) })
}

// Lock implements pipeline.Store.
func (s *Store) Lock() (func() error, error) {
	var release func() error
	err := s.Script.do(StepLock, pipeline.LockName, func() (err error) {
		release, err = s.Under.Lock()
		return err
	}, nil)
	if err != nil {
		if release != nil {
			err = errors.Join(err, release())
		}
		return nil, err
	}
	return func() error { return s.Script.do(StepUnlock, pipeline.LockName, release, nil) }, nil
}
