package csv

import "testing"

func TestBlanksSeparate(t *testing.T) {
	for text, want := range map[string]bool{
		"image_id class_id path\n1 0 a/b.jpg\n2 1 c.jpg\n": true,
		"a dog runs\na cat sits\n":                         false, // prose
		"image_id class_id path\n1 0\n":                    false,
		"a b\n":                                            false,
		"1 2\n3 4\n":                                       false, // no header
	} {
		if got := blanks([]byte(text), true); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
