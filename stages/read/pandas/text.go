package pandas

import (
	"bytes"
	"unicode/utf8"
)

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// appendLatin1 appends bytes as the text they are in Latin-1: the rule for
// Python 2 strings.
func appendLatin1(dst, b []byte) []byte {
	for _, c := range b {
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

// replaceInvalid returns b with U+FFFD in place of what is not UTF-8; each lone
// surrogate, three bytes in Python's "surrogatepass", becomes one.
func replaceInvalid(b []byte) []byte {
	if utf8.Valid(b) {
		return b
	}
	out := make([]byte, 0, len(b))
	for len(b) > 0 {
		if len(b) >= 3 && b[0] == 0xed && b[1] >= 0xa0 && b[1] < 0xc0 && b[2]&0xc0 == 0x80 {
			out = append(out, "\uFFFD"...)
			b = b[3:]
			continue
		}
		r, n := utf8.DecodeRune(b)
		out = utf8.AppendRune(out, r)
		b = b[n:]
	}
	return out
}

// trimZeros cuts the padding of a fixed-width numpy string.
func trimZeros(b []byte) []byte { return bytes.TrimRight(b, "\x00") }

// utf32 decodes a fixed-width numpy unicode item. Code points that are no
// characters make it bad, as lone surrogates do.
func utf32(dt dtype, b []byte) (text []byte, bad bool) {
	bo := order(dt)
	for len(b) >= 4 && bo.Uint32(b[len(b)-4:]) == 0 {
		b = b[:len(b)-4]
	}
	text = make([]byte, 0, len(b)/4)
	for ; len(b) >= 4; b = b[4:] {
		c := bo.Uint32(b)
		if c > utf8.MaxRune || c >= 0xd800 && c < 0xe000 {
			bad = true
			text = append(text, 0xed, 0xa0, 0x80)
			continue
		}
		text = utf8.AppendRune(text, rune(c))
	}
	return text, bad
}
