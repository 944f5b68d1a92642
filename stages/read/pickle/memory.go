package pickle

import (
	"math"
	"runtime/debug"
)

// defaultOutput is half of what this process may take of the machine's memory: the
// columns of a table are there while shards are built from them, and the rest has to
// work, too.
func defaultOutput() int64 {
	const unknown = 8 << 30
	n := machineMemory()
	if n <= 0 {
		n = unknown
	}
	if own := debug.SetMemoryLimit(-1); own < math.MaxInt64 { // GOMEMLIMIT
		n = min(n, own)
	}
	return n / 2
}
