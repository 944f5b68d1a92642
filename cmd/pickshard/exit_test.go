package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// TestStoreErrorIsOneLine wants file and reason alone of what the system did not
// let us do in OUTPUT, whatever layers it came through, and what to do.
func TestStoreErrorIsOneLine(t *testing.T) {
	t.Parallel()
	for reason, hint := range map[error]string{
		syscall.ENOSPC: "make room", syscall.EROFS: "on a disk that can be written",
		fs.ErrPermission: "choose another OUTPUT", syscall.ENOTDIR: "OUTPUT must be a folder",
	} {
		failed := &pipeline.StoreError{Verb: "write", Path: "out/x.arrow", Err: reason}
		err := fmt.Errorf("build shard train-00000-of-00001: %w", errors.Join(fmt.Errorf("write image of train row 5 to arrow: %w", failed), errors.New("remove it: no")))
		var b strings.Builder
		printError(&b, err)
		if want := "pickshard: error: write out/x.arrow: " + reason.Error() + "\n"; b.String() != want {
			t.Errorf("got %q, want %q", b.String(), want)
		}
		if got := hintFor(err); !strings.Contains(got, hint) {
			t.Errorf("hint for %v is %q, want %q", reason, got, hint)
		}
	}
}

// TestNoRoom wants sizes as people read them.
func TestNoRoom(t *testing.T) {
	t.Parallel()
	err := pipeline.WithHint(&pipeline.NoRoomError{Needs: 6_812_345_678, Free: 312_000_000}, "make room")
	var b strings.Builder
	printError(&b, err)
	if want := "pickshard: error: OUTPUT needs 6.8 GB at the least, 312 MB are free there\n"; b.String() != want {
		t.Errorf("got %q, want %q", b.String(), want)
	}
	if got := newFailure(err, hintFor(err), exitFailed); got.Kind != failedOutput || got.Hint != "make room" {
		t.Errorf("%+v", got)
	}
}
