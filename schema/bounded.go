package schema

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// ErrNoRoom is what a [Bounded] allocator panics with, which arrow-go's readers make an
// error that wraps it.
var ErrNoRoom = errors.New("the values claim more room than they can need")

// Bounded is an allocator that gives out so many bytes, and then panics: what comes from a
// stranger claims how long it is, and what it unpacks to. It belongs to one goroutine.
type Bounded struct {
	// Left is how many bytes there are to give; what is freed comes back.
	Left int64
}

var _ memory.Allocator = (*Bounded)(nil)

// Allocate implements memory.Allocator.
func (b *Bounded) Allocate(size int) []byte {
	b.take(int64(size))
	return memory.DefaultAllocator.Allocate(size)
}

// Reallocate implements memory.Allocator.
func (b *Bounded) Reallocate(size int, old []byte) []byte {
	if grown := int64(size) - int64(len(old)); grown > 0 {
		b.take(grown)
	}
	return memory.DefaultAllocator.Reallocate(size, old)
}

// Free implements memory.Allocator.
func (b *Bounded) Free(old []byte) { b.Left += int64(len(old)) }

func (b *Bounded) take(size int64) {
	if size < 0 || size > b.Left {
		panic(ErrNoRoom)
	}
	b.Left -= size
}
