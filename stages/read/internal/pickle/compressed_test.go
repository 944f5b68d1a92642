package pickle

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

const small = "\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00]\x94(K\x01K\x02\x8c\x03abc\x94e."

// packings returns data packed by each format that Go can write.
func packings(t testing.TB, data []byte) map[string][]byte {
	t.Helper()
	out := map[string][]byte{"": data}
	pack := func(kind string, data []byte, open func(io.Writer) io.WriteCloser) {
		var b bytes.Buffer
		w := open(&b)
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		out[kind] = b.Bytes()
	}
	gz := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	xzw := func(w io.Writer) io.WriteCloser { x, _ := xz.NewWriter(w); return x }
	zst := func(w io.Writer) io.WriteCloser { z, _ := zstd.NewWriter(w); return z }
	pack("gzip", data, gz)
	pack("xz", data, xzw)
	pack("zstd", data, zst)
	out["tar"] = tarOf(t, data)
	pack("tar+gzip", out["tar"], gz)
	pack("tar+xz", out["tar"], xzw)
	pack("tar+zstd", out["tar"], zst)
	out["zip"] = zipOf(t, map[string][]byte{"x.pkl": data})
	return out
}

func tarOf(t testing.TB, files ...[]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := w.WriteHeader(&tar.Header{Name: "x.pkl", Size: int64(len(f)), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(f); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipOf(t testing.TB, files map[string][]byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestUnpack(t *testing.T) {
	t.Parallel()
	all := packings(t, []byte(small))
	for kind, data := range all {
		for _, in := range []Input{inputOf(data), streamOf(data)} {
			out, got, err := Unpack(in, Limits{})
			if err != nil || got != kind {
				t.Errorf("%s: unpacked as %q, %v", kind, got, err)
				continue
			}
			d, err := Decode(t.Context(), out, Limits{}, nil)
			if err != nil || dump(d) != `[1, 2, "abc"]` {
				t.Errorf("%s: %v", kind, err)
			}
		}
	}
}

func TestUnpackRefuses(t *testing.T) {
	t.Parallel()
	two := zipOf(t, map[string][]byte{"a.pkl": []byte(small), "b.pkl": []byte(small)})
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	for range 200 {
		_, _ = z.Write(bytes.Repeat([]byte("]"), 1<<20))
	}
	_ = z.Close()
	tests := []struct {
		name string
		data []byte
		want error
	}{
		{"zip of two", two, ErrForeign},
		{"zip of none", zipOf(t, nil), ErrForeign},
		{"tar of two", tarOf(t, []byte(small), []byte(small)), ErrForeign},
		{"npz", zipOf(t, map[string][]byte{"arr_0.npy": nil}), ErrForeign},
		{"torch zip", zipOf(t, map[string][]byte{"archive/data.pkl": nil}), ErrForeign},
		{"npy", []byte("\x93NUMPY\x01\x00v\x00"), ErrForeign},
		{"parquet", []byte("PAR1...."), ErrForeign},
		{"gzip bomb", bomb.Bytes(), ErrLimit},
		{"zip bomb", zipOf(t, map[string][]byte{"x.pkl": bytes.Repeat([]byte("]"), 48<<20)}), ErrLimit},
		{"zstd window of 2 TiB", []byte("\x28\xb5\x2f\xfd\x00\xf8\x01\x00\x00"), ErrLimit},
		{"zip with a password", encryptedZip(t), ErrForeign},
		{"cut gzip", packings(t, []byte(small))["gzip"][:20], ErrTruncated},
		{"tar of a link", linkTar(t), nil},
	}
	for _, tt := range tests {
		out, _, err := Unpack(inputOf(tt.data), Limits{})
		if err == nil {
			_, err = Decode(t.Context(), out, Limits{}, nil)
		}
		if err == nil || tt.want != nil && !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
}

// encryptedZip has the flag of an encrypted member set.
func encryptedZip(t testing.TB) []byte {
	t.Helper()
	data := zipOf(t, map[string][]byte{"x.pkl": []byte(small)})
	at := bytes.Index(data, []byte("PK\x01\x02")) // its entry in the directory
	data[at+8] |= 1
	return data
}

func linkTar(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	if err := w.WriteHeader(&tar.Header{Name: "x.pkl", Linkname: "/etc/passwd", Typeflag: tar.TypeSymlink}); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	return b.Bytes()
}
