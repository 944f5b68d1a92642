//go:build linux || darwin

package read

import (
	"os"
	"runtime"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"golang.org/x/sys/unix"
)

// canMap says whether files can be seen as memory.
const canMap = true

// mapped sees a part of a file as memory, until nothing refers to the buffer.
func mapped(f *os.File, at int64, n int) (*memory.Buffer, error) {
	p, err := unix.Mmap(int(f.Fd()), at, n, unix.PROT_READ, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	b := memory.NewBufferBytes(p)
	runtime.AddCleanup(b, func(p []byte) { _ = unix.Munmap(p) }, p)
	return b, nil
}

// giveBack gives the pages of a mapping back.
func giveBack(p []byte) { _ = unix.Madvise(p, unix.MADV_DONTNEED) }
