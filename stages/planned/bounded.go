package planned

import (
	"encoding/binary"
	"errors"

	"github.com/apache/arrow-go/v18/arrow/memory"
)

// errTooLong: a message says that it is longer than the bytes that there are.
var errTooLong = errors.New("it is longer than its line in the index says")

// fits checks that the metadata of a message lies in data: arrow-go makes room for what
// the first bytes say.
func fits(data []byte) error {
	const continuation = 0xffffffff
	if len(data) < 8 || binary.LittleEndian.Uint32(data) != continuation || binary.LittleEndian.Uint32(data[4:]) > uint32(min(len(data)-8, 1<<30)) {
		return errTooLong
	}
	return nil
}

// bounded is an allocator that gives out so many bytes, and then panics: a batch claims
// how long its body is, and what compressed buffers unpack to.
type bounded struct{ left int }

var _ memory.Allocator = (*bounded)(nil)

// Allocate implements memory.Allocator.
func (b *bounded) Allocate(size int) []byte {
	if size < 0 || size > b.left {
		panic(errTooLong)
	}
	b.left -= size
	return memory.DefaultAllocator.Allocate(size)
}

// Reallocate implements memory.Allocator.
func (b *bounded) Reallocate(size int, old []byte) []byte {
	if grown := size - len(old); grown > 0 {
		if grown > b.left {
			panic(errTooLong)
		}
		b.left -= grown
	}
	return memory.DefaultAllocator.Reallocate(size, old)
}

// Free implements memory.Allocator.
func (b *bounded) Free(old []byte) { b.left += len(old) }
