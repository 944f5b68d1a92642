package folder

import (
	"errors"
	"io/fs"
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// TestFolderFileWrites: with and without the scheduler's knowledge the same bytes
// arrive, a write of nothing writes nothing, and a file that is open for reading only says so.
func TestFolderFileWrites(t *testing.T) {
	t.Parallel()
	for _, cached := range []bool{false, true} {
		store := New(t.TempDir())
		created, err := store.Create("shard")
		if err != nil {
			t.Fatal(err)
		}
		f := created.(*file)
		f.cached = cached
		for _, piece := range []struct {
			offset int64
			text   string
		}{{6, "world"}, {0, "hello "}, {11, ""}} {
			if n, err := f.WriteAt([]byte(piece.text), piece.offset); n != len(piece.text) || err != nil {
				t.Errorf("cached %v: %d, %v", cached, n, err)
			}
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(f.name); string(got) != "hello world" {
			t.Errorf("cached %v: %q, %v", cached, got, err)
		}
		f.f, err = os.Open(f.name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.WriteAt([]byte("x"), 0)
		if storeErr := new(pipeline.StoreError); !errors.As(err, &storeErr) {
			t.Errorf("cached %v: %v", cached, err)
		}
		f.f.Close()
	}
}

// TestReserve: what does not fit is told before it is written, and what fits is
// as long as it was said to be.
func TestReserve(t *testing.T) {
	t.Parallel()
	f, err := New(t.TempDir()).Create("shard")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	err = f.Reserve(1 << 55)
	if err == nil {
		t.Skip("SKIPPED: the file system of the temporary folder reserves nothing: Reserve was NOT tested")
	}
	if !errors.Is(err, syscall.ENOSPC) && !errors.Is(err, syscall.EFBIG) || !strings.HasPrefix(err.Error(), "reserve 36,028,797,018,963,968 bytes for ") {
		t.Error(err)
	}
	if err := f.Reserve(1 << 20); err != nil {
		t.Fatal(err)
	}
	if info, err := f.(*file).f.Stat(); err != nil || info.Size() != 1<<20 {
		t.Errorf("%d bytes, %v", info.Size(), err)
	}
}

// TestPublishOnNFS: where the answer to a link that was made got lost, a client asks
// once more and hears that the name is taken. The two names are one file then, and that is
// success; another file of the same bytes is not.
func TestPublishOnNFS(t *testing.T) {
	t.Parallel()
	store := New(t.TempDir())
	for _, name := range []string{"a", "b"} {
		f, err := store.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.WriteAt([]byte("same"), 0); err != nil {
			t.Fatal(err)
		}
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := store.Publish("a", "final"); err != nil {
			t.Errorf("a link that is there: %v", err)
		}
	}
	if err := store.Publish("b", "final"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("another file at the name: %v", err)
	}
}
