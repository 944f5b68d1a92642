package inflate

import (
	"bytes"
	"compress/flate"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"testing/iotest"
)

// texts are contents of all kinds: text, noise, zeros, a picture's mixture.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 150_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 150_000)
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 12)
	}
	words := []byte{}
	for len(words) < 200_000 {
		words = append(words, [...]string{"shard ", "record ", "image ", "the ", "of\n", "0123456789"}[r.IntN(6)]...)
		words = append(words, byte('a'+r.IntN(26)))
	}
	mixed := bytes.Join([][]byte{words[:100_000], noise[:100_000], make([]byte, 100_000), skewed[:100_000], words}, nil)
	return map[string][]byte{"empty": nil, "one": {7}, "zeros": make([]byte, 200_000), "noise": noise, "skewed": skewed, "words": words, "mixed": mixed}
}

func deflate(t testing.TB, data []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
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

// whole decodes a stream with the room given, from the first byte to End.
func whole(src io.Reader, room int) ([]byte, error) {
	var d Decoder
	if err := d.Reset(src, 0); err != nil {
		return nil, err
	}
	out, pos := make([]byte, room), 0
	for {
		n, stop, err := d.Decode(out, 0, pos)
		pos = n
		switch {
		case err != nil:
			return out[:pos], err
		case stop == End:
			return out[:pos], nil
		case stop == Full:
			return out[:pos], io.ErrShortBuffer
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for name, data := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
			packed := deflate(t, data, level)
			got, err := whole(bytes.NewReader(packed), len(data))
			if err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s at level %d: %v, %d of %d bytes", name, level, err, len(got), len(data))
			}
			if got, err = whole(iotest.HalfReader(bytes.NewReader(packed)), len(data)+1000); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%s at level %d, with room: %v", name, level, err)
			}
			if len(data) > 0 {
				if got, err = whole(bytes.NewReader(packed), len(data)-1); err != io.ErrShortBuffer || !bytes.Equal(got, data[:len(data)-1]) {
					t.Errorf("%s at level %d, without room: %v", name, level, err)
				}
			}
			for _, n := range []int{0, 1, len(packed) / 2, len(packed) - 1} {
				if _, err = whole(bytes.NewReader(packed[:n]), len(data)); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("%s at level %d, cut to %d of %d bytes: %v", name, level, n, len(packed), err)
				}
			}
		}
	}
}

// TestBlocks begins again at every block, with the window that was before it, and
// with room that runs out anywhere.
func TestBlocks(t *testing.T) {
	t.Parallel()
	for name, data := range texts() {
		for _, level := range []int{0, 1, 9} {
			packed := deflate(t, data, level)
			var d, again Decoder
			if err := d.Reset(bytes.NewReader(packed), 0); err != nil {
				t.Fatal(err)
			}
			out, pos := make([]byte, len(data)), 0
			for {
				n, stop, err := d.Decode(out[:min(len(data), pos+5000)], 0, pos)
				if err != nil {
					t.Fatalf("%s at level %d: %v", name, level, err)
				}
				pos = n
				if stop == End {
					break
				}
				if stop != Block {
					continue
				}
				bit := d.Bit()
				if err := again.Reset(bytes.NewReader(packed[bit/8:]), uint(bit%8)); err != nil {
					t.Fatalf("%s at level %d, bit %d: %v", name, level, bit, err)
				}
				low := max(0, pos-Window)
				part := make([]byte, min(len(data), pos+500)-low)
				copy(part, data[low:pos])
				at := pos - low
				for stop = Block; stop == Block && err == nil; {
					at, stop, err = again.Decode(part, 0, at)
				}
				if err != nil || !bytes.Equal(part[:at], data[low:low+at]) || stop == Full && at != len(part) {
					t.Fatalf("%s at level %d, from bit %d: %v after %d bytes", name, level, bit, err, at)
				}
			}
			if !bytes.Equal(out[:pos], data) {
				t.Errorf("%s at level %d: other bytes", name, level)
			}
		}
	}
}

func TestStreamAfterStream(t *testing.T) {
	t.Parallel()
	packed := append(append(deflate(t, []byte("first"), 6), "tail"...), deflate(t, []byte("second"), 6)...)
	var d Decoder
	if err := d.Reset(bytes.NewReader(packed), 0); err != nil {
		t.Fatal(err)
	}
	out := make([]byte, 100)
	n, stop, err := d.Decode(out, 0, 0)
	if err == nil && stop == Block {
		n, stop, err = d.Decode(out, 0, n)
	}
	if err != nil || stop != End || string(out[:n]) != "first" {
		t.Fatalf("%q, %v, %v", out[:n], stop, err)
	}
	for _, want := range []byte("tail") {
		if b, err := d.ReadByte(); err != nil || b != want {
			t.Fatalf("%q, %v, want %q", b, err, want)
		}
	}
	d.Begin()
	for stop = Block; stop == Block && err == nil; {
		n, stop, err = d.Decode(out, n, n)
	}
	if err != nil || string(out[:n]) != "firstsecond" {
		t.Fatalf("%q, %v", out[:n], err)
	}
	if _, err := d.ReadByte(); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
}

// FuzzDecode compares with compress/flate: the same bytes, and an error where it has
// one.
func FuzzDecode(f *testing.F) {
	for _, data := range texts() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 9} {
			f.Add(deflate(f, data[:min(len(data), 20_000)], level))
		}
	}
	f.Add([]byte{0x05, 0xe0, 0x03})
	f.Add([]byte{0xed, 0xfd, 0x01, 0x01})
	f.Fuzz(func(t *testing.T, packed []byte) {
		const most = 1 << 20
		want, wantErr := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(packed)), most+1))
		got, err := whole(bytes.NewReader(packed), min(len(want), most))
		if len(want) > most {
			if err != io.ErrShortBuffer || !bytes.Equal(got, want[:most]) {
				t.Fatalf("%v after %d bytes", err, len(got))
			}
			return
		}
		if (err == nil) != (wantErr == nil) || err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%v after %d bytes; compress/flate: %v after %d", err, len(got), wantErr, len(want))
		}
	})
}
