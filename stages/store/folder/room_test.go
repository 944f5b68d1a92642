package folder

import (
	"runtime"
	"strings"
	"testing"
)

// TestRoomOfFolder wants the room of the disk that a folder is going to be on.
func TestRoomOfFolder(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("NOT TESTED: the room is not known on " + runtime.GOOS)
	}
	here := t.TempDir()
	is, will := New(here).Room(), New(here+"/a/b/c").Room()
	if is <= 0 || will <= 0 {
		t.Errorf("room is %d and %d", is, will)
	}
	if got := New(here + "/" + strings.Repeat("x", 5000)).Room(); got != -1 {
		t.Errorf("of a name that is too long: %d", got)
	}
}
