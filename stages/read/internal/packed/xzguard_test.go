package packed

import (
	"bytes"
	"errors"
	"io"
	"testing"
	"testing/iotest"

	"github.com/ulikunitz/xz"
)

var generous = Limits{Base: 32 << 20, Ratio: 100}

func sourceOf(data []byte) Source { return Source{At: bytes.NewReader(data), Size: int64(len(data))} }

// blocks is data as xz in blocks of 100,000 bytes.
func blocks(t *testing.T, data []byte, check byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := xz.WriterConfig{BlockSize: 100_000, CheckSum: check, DictCap: 1 << 16}.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// mixedBytes compresses in parts only, so that all kinds of chunks occur.
func mixedBytes(n int) []byte {
	out := make([]byte, n)
	x := uint32(1)
	for i := range out {
		if x = x*1664525 + 1013904223; i/70_000%2 == 0 {
			out[i] = byte(x >> 24)
		}
	}
	return out
}

// What xz holds comes out whole through the guard, however it is cut into reads.
func TestXZBlocks(t *testing.T) {
	t.Parallel()
	want := mixedBytes(350_001)
	for _, check := range []byte{xz.CRC32, xz.CRC64, xz.SHA256} {
		packed := blocks(t, want, check)
		for name, r := range map[string]io.Reader{
			"whole": bytes.NewReader(packed), "bytes": iotest.OneByteReader(bytes.NewReader(packed)), "halves": iotest.HalfReader(bytes.NewReader(packed)),
		} {
			guard := newXZGuard(r, mostWindow)
			got, err := io.ReadAll(guard)
			if err != nil || !bytes.Equal(got, packed) {
				t.Fatalf("check %d, %s: passed on %d of %d bytes, %v", check, name, len(got), len(packed), err)
			}
			if guard.need != 4 || guard.skip != 0 || len(guard.head) != 0 {
				t.Errorf("check %d, %s: the guard is not behind the stream: %+v", check, name, guard)
			}
		}
		out, kind, err := Open("xz", sourceOf(packed), generous)
		if err != nil || kind != "xz" {
			t.Fatal(kind, err)
		}
		if got, err := io.ReadAll(out); err != nil || !bytes.Equal(got, want) {
			t.Errorf("check %d: %d bytes, %v", check, len(got), err)
		}
	}
}

// Streams behind one another, with padding between them, are one file: `cat a.xz
// b.xz`, and what pxz writes.
func TestXZStreams(t *testing.T) {
	t.Parallel()
	want := mixedBytes(350_001)
	for padding := 0; padding <= 12; padding += 4 {
		var packed []byte
		for _, part := range [][]byte{want[:1], want[1:250_001], nil, want[250_001:]} {
			packed = append(append(packed, blocks(t, part, xz.CRC64)...), make([]byte, padding)...)
		}
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(packed), "bytes": iotest.OneByteReader(bytes.NewReader(packed))} {
			out, _, err := Open("xz", Source{Stream: r}, generous)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(out); err != nil || !bytes.Equal(got, want) {
				t.Errorf("padding %d, %s: %d of %d bytes, %v", padding, name, len(got), len(want), err)
			}
		}
		for _, tail := range []string{"x", "tail", "\x00", "\x00\x00\x00\x00\x00"} {
			out, _, err := Open("xz", sourceOf(append(bytes.Clone(packed), tail...)), generous)
			if err == nil {
				_, err = io.ReadAll(out)
			}
			if err == nil {
				t.Errorf("padding %d: %q behind the last stream is taken", padding, tail)
			}
		}
	}
}

// The dictionary that a block asks for is bounded in every block, not only in the
// first, and in every stream.
func TestXZDictionaries(t *testing.T) {
	t.Parallel()
	packed := append(blocks(t, make([]byte, 250_000), xz.CRC32), blocks(t, make([]byte, 250_000), xz.CRC32)...)
	filter := []byte{0x21, 0x01}
	first := bytes.Index(packed, filter)
	last := bytes.LastIndex(packed, filter)
	if first == last {
		t.Fatal("one block only")
	}
	for _, at := range []int{first, last} {
		data := bytes.Clone(packed)
		data[at+2] = 40 // 4 GiB
		out, _, err := Open("xz", sourceOf(data), generous)
		if err == nil {
			_, err = io.ReadAll(out)
		}
		if !errors.As(err, new(*LimitError)) {
			t.Errorf("filter at %d: %v", at, err)
		}
	}
}
