package pickle

import "unsafe"

// slab hands out large runs of memory from blocks that lie on huge pages: with
// small ones the first touch costs as much as filling them does. T has no
// pointers.
type slab[T any] struct {
	free []T
}

const (
	hugePage  = 2 << 20
	slabBytes = 32 << 20
	slabLeast = 1 << 20 // smaller runs are allocated as usual
)

// take returns n values, all zero. Memory of a block that is not touched is never
// resident.
func (s *slab[T]) take(n int) []T {
	var zero T
	size := int(unsafe.Sizeof(zero))
	if n*size < slabLeast || n*size > slabBytes/2 {
		return make([]T, n)
	}
	if n > len(s.free) {
		block := make([]T, (slabBytes+hugePage)/size)
		at := uintptr(unsafe.Pointer(unsafe.SliceData(block)))
		skip := int(-at&(hugePage-1)) / size
		s.free = block[skip : skip+slabBytes/size]
		adviseHuge(s.free)
	}
	run := s.free[:n:n]
	s.free = s.free[n:]
	return run
}
