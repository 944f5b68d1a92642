//go:build unix

package folder

import (
	"syscall"
	"testing"
)

func makePipe(t *testing.T, name string) {
	t.Helper()
	if err := syscall.Mkfifo(name, 0o666); err != nil {
		t.Skipf("NOT TESTED: no named pipes here: %v", err)
	}
}
