//go:build linux && (amd64 || arm64)

package folder

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pickshard/pickshard/pipeline"
)

// makeSpecial makes what is not a file, and returns the names.
func makeSpecial(t *testing.T, dir string) []string {
	t.Helper()
	if err := unix.Mkfifo(filepath.Join(dir, "pipe.jpg"), 0o644); err != nil {
		t.Fatal(err)
	}
	names := []string{"pipe.jpg"}
	if l, err := net.Listen("unix", filepath.Join(dir, "sock.jpg")); err == nil {
		t.Cleanup(func() { l.Close() })
		names = append(names, "sock.jpg")
	}
	link(t, "pipe.jpg", filepath.Join(dir, "pipelink.jpg"))
	names = append(names, "pipelink.jpg")
	if err := unix.Mknod(filepath.Join(dir, "null.jpg"), unix.S_IFCHR|0o666, int(unix.Mkdev(1, 3))); err == nil {
		names = append(names, "null.jpg")
	} else {
		t.Logf("devices are not tested: %v", err)
	}
	return names
}

// withoutOpenat2 makes a folder work as in a sandbox that refuses openat2.
func withoutOpenat2(f *Folder) bool {
	f.fast.handles.closeAll()
	had := f.fast.openat2
	f.fast.openat2 = false
	return had
}

// checkHandles counts the descriptors of folders that are open.
func checkHandles(t *testing.T, f *Folder) {
	t.Helper()
	hs := &f.fast.handles
	hs.mu.Lock()
	defer hs.mu.Unlock()
	if len(hs.byName) > maxHandles {
		t.Errorf("%d folders are kept open", len(hs.byName))
	}
	n := 0
	for h := hs.newest; h != nil; {
		if n++; h.users.Load() != 1 || hs.byName[h.name] != h {
			t.Errorf("handle %s: %d users", h.name, h.users.Load()-1)
		}
		if h = h.next; h == hs.newest {
			break
		}
	}
	if n != len(hs.byName) {
		t.Errorf("%d in the ring, %d in the map", n, len(hs.byName))
	}
	// Those that were dropped must be closed.
	open := 0
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Skip(err)
	}
	for _, e := range entries {
		if target, err := os.Readlink("/proc/self/fd/" + e.Name()); err == nil && strings.HasPrefix(target, filepath.Join(f.real, "many")) {
			open++
		}
	}
	if open > maxHandles {
		t.Errorf("%d descriptors of folders are open, %d handles are kept", open, n)
	}
}

// TestCutWhileReading: the file ends before the size that was seen of it.
func TestCutWhileReading(t *testing.T) {
	t.Parallel()
	_, dir := input(t)
	file, err := os.Open(filepath.Join(dir, "top.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	err = readRest(int(file.Fd()), make([]byte, 1234), 0)
	if !errors.Is(err, pipeline.ErrSourceChanged) || !strings.HasSuffix(err.Error(), "it was cut while it was read, after 3 of 1,234 bytes") {
		t.Error(err)
	}
}

// TestSwapped: a name that becomes a link to the outside and back, as fast as
// can be, never gives what is outside.
func TestSwapped(t *testing.T) {
	t.Parallel()
	f, dir := input(t)
	link(t, "../../../secret.txt", filepath.Join(dir, "img", "train", "bad.jpg"))
	link(t, "../../outside", filepath.Join(dir, "img", "bad"))
	write(t, filepath.Join(dir, "img", "good", "x.jpg"), "picture")
	at := func(name string) string { return filepath.Join(dir, "img", name) }
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range 1500 {
			for _, p := range [][2]string{{at("train/x.jpg"), at("train/bad.jpg")}, {at("good"), at("bad")}} {
				if err := unix.Renameat2(unix.AT_FDCWD, p[0], unix.AT_FDCWD, p[1], unix.RENAME_EXCHANGE); err != nil {
					t.Error(err)
					return
				}
			}
		}
	}()
	for {
		for _, name := range []string{"img/train/x.jpg", "img/good/x.jpg", "img/bad/x.jpg", "img/good/../train/x.jpg"} {
			f.fast.handles.closeAll()
			if got, err := read(f, name); err == nil && got != "picture" {
				t.Fatalf("%s: %q", name, got)
			} else if err != nil && !errors.Is(err, pipeline.ErrUnsafePath) && !errors.Is(err, pipeline.ErrSourceChanged) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		select {
		case <-done:
			return
		default:
		}
	}
}
