// Package hostmemory tells how much memory a process may take, for bounds that nobody set:
// the machine's, or that of its container. It never changes anything and never tells
// more of the machine, so no output depends on it.
package hostmemory

import (
	"math"
	"runtime/debug"
)

// Half is half of what this process may take, in bytes: what the columns of a
// table may have, which are there while shards are built from them.
func Half() int64 {
	const unknown = 8 << 30
	n := memory()
	if n <= 0 {
		n = unknown
	}
	if own := debug.SetMemoryLimit(-1); own < math.MaxInt64 { // GOMEMLIMIT
		n = min(n, own)
	}
	return n / 2
}
