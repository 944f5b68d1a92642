package read

import (
	"fmt"
	"os"
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// Columns of images are often larger than memory. What is read of them is put aside into
// a file without a name, where the pages of a column would lie compressed, and seen
// through a mapping: it costs room on a disk, and the time of writing it once.

const (
	// heldAside is how much of such columns is held in memory first.
	heldAside = 16 << 20
	// leastAside is the smallest buffer that is put aside.
	leastAside = 64 << 10
	// gaveAside is after how many bytes that were used the mapping's pages are given
	// back: they come again by themselves.
	gaveAside = 32 << 20
)

// Aside holds what was put aside of a result's columns. Who looks at the values for a
// long time tells how much they have used; nil takes that, too.
type Aside struct {
	names   []string
	held    int64
	at      int64 // in file
	file    *os.File
	buffers []*memory.Buffer // keeps the mappings
	used    atomic.Int64
}

// Used counts bytes that were used and are not looked at again soon, so that the file
// does not count as this process' memory.
func (s *Aside) Used(n int) {
	if s == nil || len(s.buffers) == 0 || s.used.Add(int64(n)) < gaveAside {
		return
	}
	s.used.Store(0)
	for _, b := range s.buffers {
		giveBack(b.Bytes())
	}
}

// take returns what stands for an array of a column, and how much memory it takes.
func (s *Aside) take(name string, a arrow.Array) (arrow.Array, int64, error) {
	size := DataBytes(a.Data())
	if !canMap || !slices.Contains(s.names, name) {
		a.Retain()
		return a, size, nil
	}
	if s.held+size <= heldAside {
		s.held += size
		a.Retain()
		return a, size, nil
	}
	before := s.at
	data, err := s.move(a.Data())
	if err != nil {
		return nil, 0, fmt.Errorf("put aside column %q: %w", name, err)
	}
	defer data.Release()
	return array.MakeFromData(data), max(0, size-(s.at-before)), nil
}

// move puts the large buffers of an array, and of those in it, aside.
func (s *Aside) move(d arrow.ArrayData) (_ arrow.ArrayData, err error) {
	if d.DataType().ID() == arrow.DICTIONARY {
		d.Retain()
		return d, nil
	}
	buffers := slices.Clone(d.Buffers())
	for i, b := range buffers {
		if b != nil && b.Len() >= leastAside {
			if buffers[i], err = s.write(b.Bytes()); err != nil {
				return nil, err
			}
		}
	}
	children := make([]arrow.ArrayData, len(d.Children()))
	for i, child := range d.Children() {
		if children[i], err = s.move(child); err != nil {
			return nil, err
		}
	}
	return array.NewData(d.DataType(), d.Len(), buffers, children, d.NullN(), d.Offset()), nil
}

// write puts bytes into the file and returns them as they are seen there.
func (s *Aside) write(p []byte) (*memory.Buffer, error) {
	if s.file == nil {
		var err error
		if s.file, err = os.CreateTemp(scratch(), "pickshard-aside-"); err != nil {
			return nil, err
		}
		if err := os.Remove(s.file.Name()); err != nil { // it goes when it is let go
			return nil, err
		}
	}
	if _, err := s.file.WriteAt(p, s.at); err != nil {
		return nil, err
	}
	b, err := mapped(s.file, s.at, len(p))
	if err != nil {
		return nil, err
	}
	s.buffers = append(s.buffers, b)
	page := int64(os.Getpagesize())
	s.at += (int64(len(p)) + page - 1) / page * page
	return b, nil
}

// done closes the file: the mappings keep what is in it.
func (s *Aside) done() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}

// scratch is the folder for files that are larger than memory. /tmp, where $TMPDIR says
// nothing else, often is memory.
func scratch() string {
	const disk = "/var/tmp"
	if dir := os.TempDir(); dir != "/tmp" {
		return dir
	}
	if info, err := os.Stat(disk); err == nil && info.IsDir() {
		return disk
	}
	return os.TempDir()
}
