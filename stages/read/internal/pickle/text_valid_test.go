package pickle

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestValidText compares validText with utf8.Valid on text of all widths, whole
// and with a byte that was changed.
func TestValidText(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	alphabets := []string{"abc xyz", "aé", "éüßñ", "aé中", "中文字", "a😀é", "\u007f\u0080\u07ff\u0800"}
	for range 200_000 {
		runes := []rune(alphabets[rnd.IntN(len(alphabets))])
		var s strings.Builder
		for range rnd.IntN(70) {
			s.WriteRune(runes[rnd.IntN(len(runes))])
		}
		b := []byte(s.String())
		if n := len(b); n > 0 && rnd.IntN(2) == 0 {
			b[rnd.IntN(n)] = byte(rnd.IntN(256))
			b = b[rnd.IntN(n):]
		}
		if got, want := validText(b), utf8.Valid(b); got != want {
			t.Fatalf("validText(%q) = %v", b, got)
		}
	}
}

// FuzzValidText does the same with any bytes.
func FuzzValidText(f *testing.F) {
	f.Add([]byte("caf\xc3\xa9 caf\xc3\xa9 caf\xc3"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if got, want := validText(b), utf8.Valid(b); got != want {
			t.Errorf("validText(%q) = %v", b, got)
		}
	})
}
