package pickle

import "syscall"

// adviseHuge asks for huge pages under a large new buffer: most of the system
// time of reading is spent on the first touch of small pages. It is advice only;
// where it is not taken nothing else changes.
func adviseHuge(b []byte) {
	const hugePage = 14 // MADV_HUGEPAGE
	if len(b) >= 1<<20 {
		_ = syscall.Madvise(b, hugePage)
	}
}
