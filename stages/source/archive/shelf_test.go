package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// TestShelf: with room for two open archives and few lists, members of twenty are read
// side by side in any order; what is open and kept stays within bounds.
func TestShelf(t *testing.T) {
	t.Parallel()
	files := newMemory()
	const archives, each = 20, 30
	for i := range archives {
		var all []testMember
		for k := range each {
			all = append(all, testMember{fmt.Sprintf("%d.png", k), content(500+k, i*each+k)})
		}
		files.put(fmt.Sprintf("%d.zip", i), zipOf(t, all, alternating))
		files.put(fmt.Sprintf("%d.tgz", i), gzipOf(t, 6, tarOf(t, all, tar.FormatUSTAR)))
	}
	s := New(files)
	s.shelf.maxOpen, s.shelf.maxBytes = 2, 60_000
	s.shelf.streams.most = 100_000
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(uint64(g), 1))
			for range 400 {
				i, k := r.IntN(archives), r.IntN(each)
				name := fmt.Sprintf("%d.%s!/%d.png", i, [...]string{"zip", "tgz"}[r.IntN(2)], k)
				if got, err := read(s, name); err != nil || !bytes.Equal(got, content(500+k, i*each+k)) {
					t.Errorf("%s: %v, or other bytes", name, err)
					return
				}
			}
		})
	}
	wg.Wait()
	s.shelf.mu.Lock()
	if n := s.shelf.opened.Len(); n > 2 || files.open != n {
		t.Errorf("%d archives on the shelf are open, of %d", n, files.open)
	}
	if s.shelf.bytes > 60_000 || s.shelf.used.Len() != len(s.shelf.byName) || s.shelf.used.Len() < 2 {
		t.Errorf("%d bytes of %d lists are kept", s.shelf.bytes, s.shelf.used.Len())
	}
	s.shelf.mu.Unlock()
	if c := s.shelf.streams; c.bytes > c.most || len(c.byKey) != c.used.Len() {
		t.Errorf("%d bytes are decoded, %d and %d segments", c.bytes, len(c.byKey), c.used.Len())
	}
	s.Close()
	if files.open != 0 {
		t.Errorf("%d archives are still open", files.open)
	}
}

// TestSegments reads a stream of several segments from any place, more than one of them
// at once, and decodes each once where they are read in order.
func TestSegments(t *testing.T) {
	t.Parallel()
	all := members(24, 300_000)
	whole := tarOf(t, all, tar.FormatGNU)
	files := newMemory()
	files.put("x.tgz", gzipOf(t, 6, whole[:3_000_001], whole[3_000_001:]))
	s := New(files)
	defer s.Close()
	for _, m := range all {
		if got, err := read(s, "x.tgz!/"+m.name); err != nil || !bytes.Equal(got, m.data) {
			t.Fatalf("%s: %v", m.name, err)
		}
	}
	a, _, err := s.archive(t.Context(), "x.tgz!/x")
	if err != nil {
		t.Fatal(err)
	}
	stream := a.contents.body.(tarBody).stream
	if n := len(stream.points); n < 4 || stream.size != int64(len(whole)) {
		t.Fatalf("%d points in %d bytes of %d", n, stream.size, len(whole))
	}
	r := streamReader{stream, newSegments(), bytes.NewReader(files.files["x.tgz"].data)}
	rng := rand.New(rand.NewPCG(3, 4))
	for range 15 {
		from := rng.IntN(len(whole))
		p := make([]byte, rng.IntN(3_000_000))
		n, err := r.ReadAt(p, int64(from))
		if want := min(len(p), len(whole)-from); n != want || (n < len(p)) != (err != nil) || !bytes.Equal(p[:n], whole[from:from+n]) {
			t.Fatalf("%d bytes from %d on: %d, %v", len(p), from, n, err)
		}
	}
	// An archive that is changed under its list.
	changed := bytes.Clone(files.files["x.tgz"].data)
	changed[len(changed)/2] ^= 1
	r = streamReader{stream, newSegments(), bytes.NewReader(changed)}
	if _, err := r.ReadAt(make([]byte, len(whole)), 0); err == nil {
		t.Error("a changed archive is read")
	}
}

// TestOnce: an archive is listed once however many ask for it at a time, one that is
// damaged too, and whoever is interrupted does not spoil it for others.
func TestOnce(t *testing.T) {
	t.Parallel()
	files := newMemory()
	files.put("x.zip", zipOf(t, members(50, 10), func(int) uint16 { return zip.Store }))
	files.put("bad.zip", []byte("bad"))
	s := New(files)
	defer s.Close()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Stat(cancelled, "x.zip!/img/00/000000.png"); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	before := files.opens
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := s.Stat(t.Context(), "x.zip!/img/00/000000.png"); err != nil {
				t.Error(err)
			}
			if _, err := s.Stat(t.Context(), "bad.zip!/x"); err == nil {
				t.Error("a damaged archive is listed")
			}
		})
	}
	wg.Wait()
	if n := files.opens - before; n != 2 {
		t.Errorf("two archives were opened %d times", n)
	}
	if _, err := s.ReadFile(cancelled, "x.zip!/img/00/000000.png", pipeline.FileStat{}, make([]byte, 10)); !errors.Is(err, context.Canceled) {
		t.Errorf("a read that is interrupted: %v", err)
	}
}
