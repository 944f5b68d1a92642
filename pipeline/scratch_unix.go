//go:build linux || darwin

package pipeline

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// canMap says whether files can be seen as memory.
const canMap = true

// mapFile sees a part of a file as memory, until nothing refers to the mapping.
func mapFile(f *os.File, at int64, n int) (*mapping, error) {
	p, err := unix.Mmap(int(f.Fd()), at, n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	m := &mapping{p}
	runtime.AddCleanup(m, func(p []byte) { _ = unix.Munmap(p) }, p)
	return m, nil
}

func (m *mapping) giveBack() { _ = unix.Madvise(m.bytes, unix.MADV_DONTNEED) }
