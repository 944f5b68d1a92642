package report

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pickshard/pickshard/pipeline"
)

// mostText is how many characters of a text are shown.
const mostText = 500

// shown is a text as the page shows it: cut, and its control characters visible. Line
// ends and tabs stay.
func shown(text string, most int) string {
	var b strings.Builder
	n := 0
	for i, r := range text {
		if n == most {
			fmt.Fprintf(&b, "… (%s characters in all)", pipeline.Grouped(int64(n+utf8.RuneCountInString(text[i:]))))
			break
		}
		n++
		writeShown(&b, r)
	}
	return b.String()
}

func writeShown(b *strings.Builder, r rune) {
	switch {
	case r == '\n' || r == '\t':
		b.WriteRune(r)
	case r < ' ':
		b.WriteRune('␀' + r) // its picture
	case r == 0x7f:
		b.WriteRune('␡')
	case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r) && !joins(r), unicode.Is(unicode.Co, r), unicode.Is(unicode.Zl, r), unicode.Is(unicode.Zp, r), unassigned(r):
		fmt.Fprintf(b, "⟨U+%04X⟩", r)
	default:
		b.WriteRune(r)
	}
}

// joins says whether a format character belongs into words: those that join emoji and
// letters, which no reader would call control characters.
func joins(r rune) bool { return r == 0x200c || r == 0x200d || r >= 0xe0020 && r <= 0xe007f }

// unassigned are code points that never are characters.
func unassigned(r rune) bool { return r&0xfffe == 0xfffe || r >= 0xfdd0 && r <= 0xfdef }

// plural is a count of things.
func plural(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return pipeline.Grouped(n) + " " + thing + "s"
}

// size is a number of bytes for people, in decimal units.
func size(n int64) string {
	if n < 1000 {
		return plural(n, "byte")
	}
	f := float64(n)
	for _, unit := range []string{"kB", "MB", "GB", "TB"} {
		if f /= 1000; f < 999.5 {
			return significant(f) + " " + unit
		}
	}
	return significant(f/1000) + " PB"
}

// significant spells a number with about three digits that matter.
func significant(f float64) string {
	switch a := max(f, -f); {
	case a >= 99.95 && a < 1e7:
		return pipeline.Grouped(int64(f + copysign(0.5, f)))
	case a >= 9.995 && a < 100:
		return trimmed(fmt.Sprintf("%.1f", f))
	case a >= 0.9995 && a < 10:
		return trimmed(fmt.Sprintf("%.2f", f))
	}
	return fmt.Sprintf("%.3g", f)
}

func copysign(f, sign float64) float64 {
	if sign < 0 {
		return -f
	}
	return f
}

func trimmed(s string) string { return strings.TrimRight(strings.TrimRight(s, "0"), ".") }

// percent is a share of a whole.
func percent(part, whole int64) string {
	switch {
	case whole == 0:
		return "–"
	case part == 0:
		return "0 %"
	case part == whole:
		return "100 %"
	}
	f := 100 * float64(part) / float64(whole)
	switch {
	case f < 0.01:
		return "< 0.01 %"
	case f > 99.99:
		return "> 99.99 %"
	case f < 1 || f > 99:
		return fmt.Sprintf("%.2f %%", f)
	}
	return fmt.Sprintf("%.1f %%", f)
}
