package read

import (
	"slices"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/pipeline"
)

// Columns are often larger than memory. What is read of them is put aside into a scratch
// file, where the pages of a column would lie compressed: it costs room on a disk, and the
// time of writing it once.

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
// long time tells how much they have used, or gives them back now and then; nil takes
// that, too.
type Aside struct {
	names   []string
	held    int64
	at      int64 // put aside
	scratch *pipeline.Scratch
	used    atomic.Int64
}

// Used counts bytes that were used and are not looked at again soon, so that the file
// does not count as this process' memory.
func (s *Aside) Used(n int) {
	if s == nil || s.at == 0 || s.used.Add(int64(n)) < gaveAside {
		return
	}
	s.used.Store(0)
	s.GiveBack()
}

// GiveBack lets go of the memory that looks at the values have taken.
func (s *Aside) GiveBack() {
	if s != nil {
		s.scratch.GiveBack()
	}
}

// take returns what stands for an array of a column, and how much memory it takes.
func (s *Aside) take(name string, a arrow.Array) (arrow.Array, int64) {
	size := DataBytes(a.Data())
	if !slices.Contains(s.names, name) {
		a.Retain()
		return a, size
	}
	if s.held+size <= heldAside {
		s.held += size
		a.Retain()
		return a, size
	}
	before := s.at
	data := s.move(a.Data())
	defer data.Release()
	return array.MakeFromData(data), max(0, size-(s.at-before))
}

// move puts the large buffers of an array, and of those in it, aside.
func (s *Aside) move(d arrow.ArrayData) arrow.ArrayData {
	if d.DataType().ID() == arrow.DICTIONARY {
		d.Retain()
		return d
	}
	buffers := slices.Clone(d.Buffers())
	for i, b := range buffers {
		if b != nil && b.Len() >= leastAside {
			buffers[i] = memory.NewBufferWithAllocator(s.scratch.Put(b.Bytes()), kept{s.scratch})
			s.at += int64(b.Len())
		}
	}
	children := make([]arrow.ArrayData, len(d.Children()))
	for i, child := range d.Children() {
		children[i] = s.move(child)
	}
	return array.NewData(d.DataType(), d.Len(), buffers, children, d.NullN(), d.Offset())
}

// kept keeps a scratch file for as long as there is a buffer that lies in it.
type kept struct{ scratch *pipeline.Scratch }

func (kept) Allocate(n int) []byte { return make([]byte, n) }
func (kept) Reallocate(n int, old []byte) []byte {
	return append(old[:min(n, len(old)):min(n, len(old))], make([]byte, max(0, n-len(old)))...)
}
func (kept) Free([]byte) {}
