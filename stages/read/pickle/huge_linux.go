package pickle

import (
	"syscall"
	"unsafe"
)

// adviseHuge asks for huge pages under a large new buffer. It is advice only;
// where it is not taken nothing else changes.
func adviseHuge[T any](b []T) {
	const advice = 14 // MADV_HUGEPAGE
	var zero T
	if size := len(b) * int(unsafe.Sizeof(zero)); size >= hugePage {
		_ = syscall.Madvise(unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(b))), size), advice)
	}
}
