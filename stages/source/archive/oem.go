package archive

import (
	"strings"
	"unicode/utf8"
)

// A zip's name that is not said to be UTF-8 is in the code page of the IBM PC
// (APPNOTE 4.4.4), and Python's zipfile reads it so. Many programs write UTF-8 all the
// same. So such a name is found both ways.

// oemHigh are the upper 128 characters of code page 437.
const oemHigh = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0"

var oemRunes = []rune(oemHigh)

// toOEM spells a name in code page 437; ok is false where it has no letter for one.
func toOEM(name string) (oem string, ok bool) {
	var b strings.Builder
	for _, r := range name {
		if r < utf8.RuneSelf {
			b.WriteByte(byte(r))
			continue
		}
		i := strings.IndexRune(oemHigh, r)
		if i < 0 || r == utf8.RuneError {
			return "", false
		}
		b.WriteByte(byte(128 + utf8.RuneCountInString(oemHigh[:i])))
	}
	return b.String(), true
}

// fromOEM spells a name that is not said to be UTF-8: as it is where it is UTF-8 all
// the same, else as code page 437.
func fromOEM(name string) string {
	if utf8.ValidString(name) {
		return name
	}
	var b strings.Builder
	for i := range len(name) {
		if c := name[i]; c < utf8.RuneSelf {
			b.WriteByte(c)
		} else {
			b.WriteRune(oemRunes[c-128])
		}
	}
	return b.String()
}
