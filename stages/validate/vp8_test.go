package validate

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"golang.org/x/image/vp8"
)

// lossyStream returns a lossy stream and its size.
func lossyStream(t testing.TB, name string) (body []byte, size box) {
	t.Helper()
	data := read(t, name)
	body = data[bytes.Index(data, []byte("VP8 "))+8:]
	size, fault := checkVP8(body, 0)
	if fault != nil {
		t.Fatal(*fault)
	}
	return body[:len(body)&^1], size
}

// compareLossy walks a stream and has it decoded by another: what is walked to its
// end can be decoded.
func compareLossy(t *testing.T, z *vp8Walk, body []byte) (walked bool) {
	t.Helper()
	size, fault := checkVP8(body, 0)
	if fault != nil || size.width*size.height > 1<<20 || size.width*size.height == 0 {
		return false
	}
	if z.walk(body, size) != "" {
		return false
	}
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(body), len(body))
	_, err := d.DecodeFrameHeader()
	if err == nil {
		_, err = d.DecodeFrame()
	}
	if err != nil {
		t.Errorf("walked, but: %v", err)
	}
	return true
}

func TestLossy(t *testing.T) {
	t.Parallel()
	body, _ := lossyStream(t, "lossy.webp")
	z := new(vp8Walk)
	if !compareLossy(t, z, body) {
		t.Fatal("the image is not walked to its end")
	}
	rng := rand.New(rand.NewPCG(1, 2))
	flipped, lost := 0, 0
	for range 200 {
		at := rng.IntN(len(body)-200) + 100
		damaged := bytes.Clone(body)
		damaged[at] ^= 1 << rng.IntN(8)
		if compareLossy(t, z, damaged) {
			flipped++
		}
		if compareLossy(t, z, append(bytes.Clone(body[:at]), body[at+20:]...)) {
			lost++
		}
	}
	t.Logf("of 200 with a bit flipped %d pass, of 200 with bytes lost %d", flipped, lost)
	if flipped > 60 || lost > 20 {
		t.Errorf("of 200 with a bit flipped %d pass, of 200 with bytes lost %d", flipped, lost)
	}
}

// FuzzLossy: no panic, no unbounded time, and the word of another decoder.
func FuzzLossy(f *testing.F) {
	for _, name := range []string{"lossy.webp", "alpha.webp", "animated.webp"} {
		body, _ := lossyStream(f, name)
		f.Add(body)
		f.Add(body[:len(body)/2])
	}
	z := new(vp8Walk)
	f.Fuzz(func(t *testing.T, data []byte) { compareLossy(t, z, data) })
}

func BenchmarkLossy(b *testing.B) {
	body, size := lossyStream(b, "lossy.webp")
	z := new(vp8Walk)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if wrong := z.walk(body, size); wrong != "" {
			b.Fatal(wrong)
		}
	}
}
