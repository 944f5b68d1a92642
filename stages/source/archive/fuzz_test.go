package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"io"
	"testing"
)

// readAll reads every file of an archive in both ways; it returns those that can be.
func readAll(t *testing.T, data []byte) map[string][]byte {
	files := newMemory()
	files.put("x", data)
	s := New(files)
	names, err := s.Glob(t.Context(), "x!/*")
	if err != nil {
		return nil
	}
	deep, err := s.Glob(t.Context(), "x!/*/*")
	if err != nil {
		t.Fatalf("listed once, and then: %v", err)
	}
	got := make(map[string][]byte)
	for _, name := range append(names, deep...) {
		one, err := read(s, name)
		two, errOpen := readOpen(s, name)
		if err == nil && errOpen == nil && !bytes.Equal(one, two) {
			t.Fatalf("%q: other bytes by ReadFile than by Open", name)
		}
		if err == nil {
			got[name[len("x!/"):]] = one
		}
		s.Suggest(t.Context(), name+"x")
	}
	s.Close()
	if files.open != 0 {
		t.Fatalf("%d files are still open", files.open)
	}
	return got
}

// FuzzZip: no panic, and what is read is what archive/zip reads.
func FuzzZip(f *testing.F) {
	small := []testMember{{"a.png", content(50, 1)}, {"d/b.png", content(90, 2)}, {"é", nil}}
	f.Add(zipOf(f, small, alternating))
	data, _, end := two(f)
	f.Add(data)
	f.Add(end64(data, end, 2, uint64(end), 0))
	f.Add(append([]byte("prefix"), zipOf(f, small, alternating)...))
	f.Fuzz(func(t *testing.T, data []byte) {
		got := readAll(t, data)
		r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		theirs := make(map[string][]byte)
		for _, m := range r.File {
			delete(theirs, m.Name) // of two with a name the last one counts
			in, err := m.Open()
			if err != nil {
				continue
			}
			if want, err := io.ReadAll(io.LimitReader(in, 1<<20)); err == nil && len(want) < 1<<20 {
				theirs[m.Name] = want
			}
			in.Close()
		}
		for name, data := range got {
			if want, ok := theirs[name]; ok && !bytes.Equal(data, want) {
				t.Errorf("%q: %d bytes, archive/zip reads others (%d)", name, len(data), len(want))
			}
		}
	})
}

// FuzzTar: no panic, and what is read is what archive/tar reads, plain and compressed.
func FuzzTar(f *testing.F) {
	small := []testMember{{"a.png", content(50, 1)}, {"d/b.png", content(90, 2)}, {"é", nil}}
	for _, format := range []tar.Format{tar.FormatUSTAR, tar.FormatGNU, tar.FormatPAX} {
		if format != tar.FormatUSTAR {
			f.Add(tarOf(f, small, format))
		}
		f.Add(tarOf(f, small[:2], format))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		got := readAll(t, data)
		for name, want := range readAll(t, gzipOf(t, flate.BestSpeed, data)) {
			if have, ok := got[name]; ok && !bytes.Equal(have, want) {
				t.Errorf("%q: other bytes in a .tar.gz", name)
			}
		}
		r := tar.NewReader(bytes.NewReader(data))
		theirs := make(map[string][]byte)
		for {
			h, err := r.Next()
			if err != nil {
				break
			}
			delete(theirs, h.Name)
			if want, err := io.ReadAll(io.LimitReader(r, 1<<20)); err == nil && h.Typeflag == tar.TypeReg {
				theirs[h.Name] = want
			}
		}
		for name, data := range got {
			if want, ok := theirs[name]; ok && !bytes.Equal(data, want) {
				t.Errorf("%q: %d bytes, archive/tar reads others (%d)", name, len(data), len(want))
			}
		}
	})
}

// FuzzGzip: no panic, whatever is compressed and however it is damaged.
func FuzzGzip(f *testing.F) {
	small := tarOf(f, []testMember{{"a.png", content(50, 1)}, {"d/b.png", content(90, 2)}}, tar.FormatUSTAR)
	f.Add(gzipOf(f, 6, small))
	f.Add(gzipOf(f, 0, small[:100], small[100:]))
	f.Fuzz(func(t *testing.T, data []byte) { readAll(t, data) })
}
