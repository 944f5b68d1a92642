//go:build unix

package pandas

import (
	"syscall"
	"testing"
	"time"
)

// cpuTime is what this process has used of processors: other processes on the same
// machine do not count.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
