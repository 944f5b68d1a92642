package pipeline

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Printable spells a name from a stranger's records for a message: quoted where
// it is empty, is not UTF-8, could drive a terminal or look like a line of ours,
// and cut where it is longer than a line or two.
func Printable(name string) string {
	const most = 300
	cut := ""
	if len(name) > most {
		end := most
		// Not within a rune: half of one would have a good name quoted.
		for end > most-utf8.UTFMax+1 && !utf8.RuneStart(name[end]) {
			end--
		}
		cut = fmt.Sprintf("... (%s bytes)", Grouped(int64(len(name))))
		name = name[:end]
	}
	unprintable := func(r rune) bool { return !strconv.IsPrint(r) }
	if name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unprintable) {
		name = strconv.Quote(name)
	}
	return name + cut
}

// Grouped spells a number with commas: 1,234,567.
func Grouped(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
