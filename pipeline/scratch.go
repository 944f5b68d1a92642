package pipeline

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// A Scratch holds bytes that are looked at from time to time in a file without a name,
// seen through a mapping: they take room on a disk, and memory while they are looked at.
// The zero value holds nothing. It is safe for concurrent use.
//
// What Put returns is valid as long as the Scratch is reachable.
type Scratch struct {
	mu     sync.Mutex
	file   *os.File
	maps   []*mapping
	free   []byte // of the last mapping
	filled int64  // bytes in file
	failed bool   // there is no room for a file: all is held
}

// mapping is a part of the file.
type mapping struct{ bytes []byte }

// mappedBytes is how much of the file is mapped at a time.
const mappedBytes = 64 << 20

// Put takes bytes and returns what stands for them. Where there is no disk to put them
// on they are held.
func (s *Scratch) Put(p []byte) []byte {
	if len(p) == 0 {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.failed {
		if q, err := s.put(p); err == nil {
			return q
		}
		s.failed = true
	}
	return append([]byte(nil), p...)
}

func (s *Scratch) put(p []byte) ([]byte, error) {
	if len(p) > len(s.free) {
		if err := s.more(len(p)); err != nil {
			return nil, err
		}
	}
	// Through the file, not through the mapping: a full disk is an error there.
	if _, err := s.file.WriteAt(p, s.filled); err != nil {
		return nil, err
	}
	q := s.free[:len(p):len(p)]
	n := min((len(p)+63)&^63, len(s.free))
	s.free, s.filled = s.free[n:], s.filled+int64(n)
	return q, nil
}

// more maps room for at least so many bytes behind what is filled.
func (s *Scratch) more(least int) error {
	if !canMap {
		return errors.ErrUnsupported
	}
	if s.file == nil {
		file, err := os.CreateTemp(scratchFolder(), "pickshard-scratch-")
		if err != nil {
			return fmt.Errorf("make a scratch file: %w", err)
		}
		if err := os.Remove(file.Name()); err != nil { // it goes when it is let go
			return errors.Join(err, file.Close())
		}
		s.file = file
	}
	page := int64(os.Getpagesize())
	s.filled = (s.filled + page - 1) / page * page
	m, err := mapFile(s.file, s.filled, max(least, mappedBytes))
	if err != nil {
		return err
	}
	s.maps, s.free = append(s.maps, m), m.bytes
	return nil
}

// GiveBack lets go of the memory that looks at the bytes have taken; they come again by
// themselves.
func (s *Scratch) GiveBack() {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range s.maps {
		m.giveBack()
	}
}

// scratchFolder is the folder for files that are larger than memory. /tmp, where $TMPDIR
// says nothing else, often is memory.
func scratchFolder() string {
	const disk = "/var/tmp"
	if dir := os.TempDir(); dir != "/tmp" {
		return dir
	}
	if info, err := os.Stat(disk); err == nil && info.IsDir() {
		return disk
	}
	return os.TempDir()
}
