package validate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/vp8l"
)

// compareLossless walks a stream and decodes it; what is walked to its end can be
// decoded, and the other way round but for bytes left over.
func compareLossless(t *testing.T, z *vp8lWalk, body []byte) (walked bool) {
	t.Helper()
	size, fault := checkVP8L(body, 0)
	if fault != nil || size.width*size.height > 1<<20 {
		return false
	}
	wrong := z.walk(body[vp8lHeader:], size.width, size.height)
	err := decodeLossless(body)
	// Of codes that take no bits it asks for some all the same; libwebp does not.
	if wrong == "" && err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("walked, but: %v", err)
	}
	return wrong == ""
}

// decodeLossless has a stream decoded by another, which panics at some.
func decodeLossless(body []byte) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	_, err = vp8l.Decode(bytes.NewReader(body))
	return err
}

func losslessStream(t testing.TB) []byte {
	data := read(t, "lossless.webp")
	at := bytes.Index(data, []byte("VP8L"))
	return data[at+8:]
}

func TestLossless(t *testing.T) {
	t.Parallel()
	body := losslessStream(t)
	z := new(vp8lWalk)
	if !compareLossless(t, z, body) {
		t.Fatal(z.wrong)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	flipped, lost := 0, 0
	for range 200 {
		at := rng.IntN(len(body)-200) + 150
		damaged := bytes.Clone(body)
		damaged[at] ^= 1 << rng.IntN(8)
		if compareLossless(t, z, damaged) {
			flipped++
		}
		if compareLossless(t, z, append(bytes.Clone(body[:at]), body[at+20:]...)) {
			lost++
		}
	}
	t.Logf("of 200 with a bit flipped %d pass, of 200 with bytes lost %d", flipped, lost)
	if lost > 0 { // codes of noise are in step again soon after a flipped bit
		t.Errorf("%d of 200 pass that lost bytes", lost)
	}
}

// FuzzLossless: no panic, no unbounded time, and the word of another decoder.
func FuzzLossless(f *testing.F) {
	body := losslessStream(f)
	f.Add(body)
	f.Add(body[:200])
	f.Add([]byte{0x2f, 0x3f, 0xc0, 0xf, 0, 7, 0x10, 0x11, 0x11, 0x88, 0x88})
	z := new(vp8lWalk)
	f.Fuzz(func(t *testing.T, data []byte) { compareLossless(t, z, data) })
}

func BenchmarkLossless(b *testing.B) {
	body := losslessStream(b)
	size, _ := checkVP8L(body, 0)
	z := new(vp8lWalk)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if wrong := z.walk(body[vp8lHeader:], size.width, size.height); wrong != "" {
			b.Fatal(wrong)
		}
	}
}
