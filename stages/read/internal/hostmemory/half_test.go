package hostmemory

import (
	"runtime/debug"
	"testing"
)

// TestHalf: a bound that somebody set counts, and there always is one. Not
// parallel: it sets the bound of this process.
func TestHalf(t *testing.T) {
	machine := Half()
	if machine < 64<<20 || machine > 1<<50 {
		t.Errorf("half of this machine's memory is %d bytes", machine)
	}
	before := debug.SetMemoryLimit(100 << 20)
	defer debug.SetMemoryLimit(before)
	if got := Half(); got != 50<<20 {
		t.Errorf("half of 100 MiB is %d bytes", got)
	}
}
