package packed

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// FuzzOpen: whatever a file claims, it yields no more than its bytes may, and nothing
// panics.
func FuzzOpen(f *testing.F) {
	text := bytes.Repeat([]byte("text "), 100)
	for _, pack := range []func(io.Writer) (io.WriteCloser, error){
		func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil },
		func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) },
		func(w io.Writer) (io.WriteCloser, error) { return xz.WriterConfig{DictCap: 1 << 16}.NewWriter(w) },
	} {
		for _, inside := range [][]byte{text, tarOf(text)} {
			var b bytes.Buffer
			w, err := pack(&b)
			if err == nil {
				_, err = w.Write(inside)
			}
			if err == nil {
				err = w.Close()
			}
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b.Bytes())
		}
	}
	f.Add(tarOf(text))
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	if w, err := z.Create("x"); err != nil {
		f.Fatal(err)
	} else if _, err := w.Write(text); err != nil {
		f.Fatal(err)
	}
	if err := z.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	limits := Limits{Base: 1 << 20, Ratio: 100}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, s := range []Source{{At: bytes.NewReader(data), Size: int64(len(data))}, {Stream: bytes.NewReader(data)}} {
			kind := Kind(data)
			if kind == "" {
				return
			}
			r, _, err := Open(kind, s, limits)
			if err != nil {
				continue
			}
			if n, _ := io.Copy(io.Discard, r); n > limits.most(int64(len(data))) {
				t.Fatalf("%d bytes of %s give %d", len(data), kind, n)
			}
		}
	})
}

// tarOf is a tar of one member.
func tarOf(content []byte) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "x", Typeflag: tar.TypeReg, Mode: 0o600, Size: int64(len(content)), Format: tar.FormatPAX}); err != nil {
		panic(err)
	}
	_, _ = w.Write(content)
	_ = w.Close()
	return b.Bytes()
}
