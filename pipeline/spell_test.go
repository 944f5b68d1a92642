package pipeline

import (
	"strings"
	"testing"
)

func TestPrintable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, want string }{
		{"", `""`},
		{"img/0 1.png", "img/0 1.png"},
		{"写真/夕暮れ é.jpg", "写真/夕暮れ é.jpg"},
		{"a\x1b[31m\n", `"a\x1b[31m\n"`},
		{"a\u202e.jpg", `"a\u202e.jpg"`}, // turns what follows around
		{"a\xff.jpg", `"a\xff.jpg"`},     // Latin-1, not UTF-8
		{"a\xc2\x9b31m", `"a\u009b31m"`}, // a control sequence in one rune
		{"\xe5\x86", `"\xe5\x86"`},       // half a rune
		{"a\ufffd.jpg", "a\ufffd.jpg"},   // the sign for a broken rune is a rune itself
		{`say "cheese".jpg`, `say "cheese".jpg`},
		{strings.Repeat("n", 300), strings.Repeat("n", 300)},
		{strings.Repeat("n", 1301), strings.Repeat("n", 300) + "... (1,301 bytes)"},
		{"n" + strings.Repeat("写", 100), "n" + strings.Repeat("写", 99) + "... (301 bytes)"},
		{strings.Repeat("n", 299) + "\xff\xff", `"` + strings.Repeat("n", 299) + `\xff"... (301 bytes)`},
		{strings.Repeat("\x80", 400), `"` + strings.Repeat(`\x80`, 297) + `"... (400 bytes)`},
	} {
		if got := Printable(c.name); got != c.want {
			t.Errorf("Printable(%q) = %s, want %s", c.name, got, c.want)
		}
	}
}

// A violation names its file once, also where its detail names it as Printable spells it.
func TestViolationNamesItsFileOnce(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"img/0.png", "a\xff.png", strings.Repeat("n", 400)} {
		v := Violation{Split: "train", Row: 3, Rule: RuleMissing, Field: "image", File: file, Detail: "no file " + Printable(file)}
		if got, want := v.String(), "train row 3, field image: image.missing: no file "+Printable(file); got != want {
			t.Errorf("with the name in the detail: %s, want %s", got, want)
		}
		v.Detail = "there is none"
		if got, want := v.String(), "train row 3, field image: image.missing: there is none ("+Printable(file)+")"; got != want {
			t.Errorf("without it: %s, want %s", got, want)
		}
	}
	v := Violation{Split: "train", Row: 3, Rule: RuleType, Detail: "a value is not of its field's type"}
	if got, want := v.String(), "train row 3: type: a value is not of its field's type"; got != want {
		t.Errorf("without a file: %s, want %s", got, want)
	}
}

func TestGrouped(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567", -100: "-100", -1000: "-1,000"} {
		if got := Grouped(n); got != want {
			t.Errorf("Grouped(%d) = %s, want %s", n, got, want)
		}
	}
}
