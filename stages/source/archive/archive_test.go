package archive

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

// memory is a source of files in memory.
type memory struct {
	mu    sync.Mutex
	files map[string]*memoryFile
	open  int // files that are open
	opens int // calls of Open
}

type memoryFile struct {
	data []byte
	time time.Time
}

func newMemory() *memory { return &memory{files: make(map[string]*memoryFile)} }

func (m *memory) put(name string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.files[name] = &memoryFile{data, time.Unix(1_000_000_000, 5)}
}

func (m *memory) get(name string) (*memoryFile, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if f := m.files[name]; f != nil {
		return f, nil
	}
	for other := range m.files {
		if strings.HasPrefix(other, name+"/") {
			return nil, fmt.Errorf("find file %s: %w", name, pipeline.ErrNotRegular)
		}
	}
	return nil, fmt.Errorf("find file %s: %w", name, fs.ErrNotExist)
}

func (f *memoryFile) stat() pipeline.FileStat {
	return pipeline.FileStat{Size: int64(len(f.data)), ModTime: f.time}
}

func (m *memory) Stat(_ context.Context, name string) (pipeline.FileStat, error) {
	f, err := m.get(name)
	if err != nil {
		return pipeline.FileStat{}, err
	}
	return f.stat(), nil
}

func (m *memory) ReadFile(_ context.Context, name string, _ pipeline.FileStat, dst []byte) (bool, error) {
	f, err := m.get(name)
	if err != nil {
		return false, err
	}
	copy(dst, f.data)
	return true, nil
}

type openMemory struct {
	*bytes.Reader
	stat pipeline.FileStat
	of   *memory
}

func (f *openMemory) Stat() pipeline.FileStat { return f.stat }

func (f *openMemory) Close() error {
	f.of.mu.Lock()
	defer f.of.mu.Unlock()
	f.of.open--
	return nil
}

func (m *memory) Open(_ context.Context, name string) (pipeline.SourceFile, error) {
	f, err := m.get(name)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.open++
	m.opens++
	return &openMemory{bytes.NewReader(f.data), f.stat(), m}, nil
}

func (m *memory) Glob(_ context.Context, pattern string) (names []string, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for name := range m.files {
		if ok, err := path.Match(pattern, name); err != nil {
			return nil, err
		} else if ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// content is something of a size that no other has, half of which can be compressed.
func content(size, seed int) []byte {
	data := make([]byte, size)
	var key [32]byte
	binary.LittleEndian.PutUint64(key[:], uint64(seed))
	rand.NewChaCha8(key).Read(data) // never an error
	for i := range data {
		if i%2000 >= 1000 {
			data[i] = byte(i / 100)
		}
	}
	return data
}

type testMember struct {
	name string
	data []byte
}

// members are n of them, in folders.
func members(n, size int) (out []testMember) {
	for i := range n {
		out = append(out, testMember{fmt.Sprintf("img/%02d/%06d.png", i%7, i), content(size+i, i)})
	}
	return out
}

func zipOf(t testing.TB, all []testMember, method func(i int) uint16) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i, m := range all {
		f, err := w.CreateHeader(&zip.FileHeader{Name: m.name, Method: method(i)})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarOf(t testing.TB, all []testMember, format tar.Format) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, m := range all {
		if err := w.WriteHeader(&tar.Header{Name: m.name, Size: int64(len(m.data)), Mode: 0o644, Format: format}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(m.data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func gzipOf(t testing.TB, level int, parts ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	for i, part := range parts {
		w, err := gzip.NewWriterLevel(&b, level)
		if err != nil {
			t.Fatal(err)
		}
		w.Name, w.Comment = strings.Repeat("name", i), strings.Repeat("c", i)
		w.Extra = make([]byte, 3*i)
		if _, err := w.Write(part); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// read reads a member as a conversion does: Stat, then ReadFile.
func read(s *Source, name string) ([]byte, error) {
	ctx := context.Background()
	stat, err := s.Stat(ctx, name)
	if err != nil {
		return nil, err
	}
	// What an archive says of itself is believed no further than here.
	if stat.Size > 64<<20 {
		return nil, fmt.Errorf("%d bytes are too many", stat.Size)
	}
	dst := make([]byte, stat.Size)
	_, err = s.ReadFile(ctx, name, stat, dst)
	return dst, err
}

// readOpen reads a member as a table: Open, then at offsets.
func readOpen(s *Source, name string) ([]byte, error) {
	f, err := s.Open(context.Background(), name)
	if err != nil {
		return nil, err
	}
	size := f.Stat().Size
	if size > 64<<20 {
		return nil, errors.Join(fmt.Errorf("%d bytes are too many", size), f.Close())
	}
	dst := make([]byte, size)
	half := size / 2
	_, err = f.ReadAt(dst[half:], half)
	if err == nil || err == io.EOF {
		_, err = f.ReadAt(dst[:half], 0)
	}
	if err == io.EOF {
		err = nil
	}
	return dst, errors.Join(err, f.Close())
}

func alternating(i int) uint16 { return [...]uint16{zip.Store, zip.Deflate}[i%2] }

// archives are the same members in archives of all kinds.
func archives(t testing.TB, all []testMember) map[string][]byte {
	long := tarOf(t, all, tar.FormatPAX)
	cut := len(long) / 2
	return map[string][]byte{
		"stored.zip":   zipOf(t, all, func(int) uint16 { return zip.Store }),
		"mixed.zip":    zipOf(t, all, alternating),
		"self.exe":     append(content(12345, 1), zipOf(t, all, alternating)...),
		"gnu.tar":      tarOf(t, all, tar.FormatGNU),
		"pax.tar":      long,
		"fast.tar.gz":  gzipOf(t, flate.BestSpeed, long),
		"two.tgz":      gzipOf(t, 9, long[:cut], long[cut:]),
		"stored.tgz":   gzipOf(t, 0, long),
		"huffman.tgz":  gzipOf(t, flate.HuffmanOnly, long),
		"no extension": gzipOf(t, 6, long),
	}
}

func TestMembers(t *testing.T) {
	t.Parallel()
	all := members(100, 6_000)
	all = append(all, testMember{"empty.png", nil}, testMember{"bär/名前 1.png", content(100, 1)},
		testMember{strings.Repeat("long/", 60) + "x.png", content(70_000, 3)}, testMember{"large.bin", content(2<<20, 4)})
	files := newMemory()
	for name, data := range archives(t, all) {
		files.put("in/"+name, data)
	}
	s := New(files)
	defer s.Close()
	for name := range archives(t, nil) {
		t.Run(name, func(t *testing.T) {
			for i := range all {
				m := all[(i*7)%len(all)]
				got, err := read(s, "in/"+name+"!/"+m.name)
				if err != nil || !bytes.Equal(got, m.data) {
					t.Fatalf("%s: %v, %d bytes of %d", m.name, err, len(got), len(m.data))
				}
			}
			for _, m := range all[len(all)-5:] {
				got, err := readOpen(s, "in/"+name+"!/./"+m.name)
				if err != nil || !bytes.Equal(got, m.data) {
					t.Fatalf("open %s: %v, %d bytes of %d", m.name, err, len(got), len(m.data))
				}
			}
			names, err := s.Glob(t.Context(), "in/"+name+"!/img/03/00000*.png")
			if want := []string{"in/" + name + "!/img/03/000003.png"}; err != nil || !slices.Equal(names, want) {
				t.Errorf("Glob: %q, %v", names, err)
			}
		})
	}
	names, err := s.Glob(t.Context(), "in/*.zip!/empty.*")
	if want := []string{"in/mixed.zip!/empty.png", "in/stored.zip!/empty.png"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("Glob over archives: %q, %v", names, err)
	}
	s.Close()
	if files.open != 0 {
		t.Errorf("%d archives are still open", files.open)
	}
}
