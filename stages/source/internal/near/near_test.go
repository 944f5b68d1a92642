package near

import (
	"fmt"
	"slices"
	"testing"
)

func TestLike(t *testing.T) {
	t.Parallel()
	n := New()
	for _, name := range []string{
		"Photo.JPG", "photo.PNG", "caf\u00e9.png", "both.webp", "both.gif", "한.png", "a b.jpg", "50%25 off.png", "trail.png ",
		"plain%20space.png", "STRASSE.png", "ΣΑΣ.png", ".hidden", "dir/one.png", "dir/two.png", "other/two.png",
	} {
		n.Add(name)
	}
	n.Sort()
	for name, want := range map[string]string{
		"photo.jpg": "Photo.JPG", "PHOTO.png": "photo.PNG", "cafe\u0301.png": "caf\u00e9.png", "CAFE\u0301.PNG": "caf\u00e9.png",
		"both.jpg": "both.gif", "both": "both.gif", "\u1112\u1161\u11ab.png": "한.png", "a%20b.jpg": "a b.jpg", " a b.jpg": "a b.jpg",
		"50% off.png": "50%25 off.png", "trail.png": "trail.png ", "plain space.png": "plain%20space.png", "σας.png": "ΣΑΣ.png",
		"straße.png": "", "photo.jpeg": "Photo.JPG", "x.jpg": "", "": "", ".png": "", ".hiddeN": ".hidden", "DIR/one.jpg": "dir/one.png",
		"%zz.jpg": "", "%": "", "both.gif": "both.webp",
	} {
		if got, ok := n.Like(name); got != want || ok != (want != "") {
			t.Errorf("Like(%q) = %q, %v, want %q", name, got, ok, want)
		}
	}
	for name, want := range map[string]string{"x/One.png": "dir/one.png", "two.png": "", "three.png": ""} {
		if got, ok := n.Elsewhere(name); got != want || ok != (want != "") {
			t.Errorf("Elsewhere(%q) = %q, %v, want %q", name, got, ok, want)
		}
	}
	if !n.Has("Photo.JPG") || n.Has("photo.jpg") || n.Has("") || n.Len() != 16 {
		t.Error("Has")
	}
}

func TestSpellings(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"a.png":           {"a.png"},
		"x/a.png":         {"x/a.png", "a.png"},
		`C:\data\x\a.png`: {`C:\data\x\a.png`, "C:/data/x/a.png", "data/x/a.png", "x/a.png", "a.png"},
		`d:a.png`:         {`d:a.png`, "a.png"},
		"/disk//x/a.png":  {"/disk//x/a.png", "disk//x/a.png", "x/a.png", "a.png"},
		`\\host\s\a.png`:  {`\\host\s\a.png`, "//host/s/a.png", "host/s/a.png", "s/a.png", "a.png"},
		"":                {""},
		"/":               {"/"},
	} {
		if got := Spellings(name); !slices.Equal(got, want) {
			t.Errorf("Spellings(%q) = %q, want %q", name, got, want)
		}
	}
}

// FuzzNames: no panic, and what is found is there and is not what was asked for.
func FuzzNames(f *testing.F) {
	f.Add("Photo.JPG", "photo.jpg")
	f.Add("a%2", "a%20\xff")
	f.Add("é/\u0301", "e\u0301/")
	f.Fuzz(func(t *testing.T, have, want string) {
		n := New()
		n.Add(have)
		n.Sort()
		if !n.Has(have) {
			t.Fatalf("%q is not there", have)
		}
		for _, s := range Spellings(want) {
			if got, ok := n.Like(s); ok && (got != have || got == s) {
				t.Fatalf("Like(%q) = %q", s, got)
			}
			if got, ok := n.Elsewhere(s); ok && got != have {
				t.Fatalf("Elsewhere(%q) = %q", s, got)
			}
		}
	})
}

func BenchmarkLike(b *testing.B) {
	n := New()
	for i := range 1_000_000 {
		n.Add(fmt.Sprintf("IMG_%08d.JPG", i))
	}
	n.Sort()
	i := 0
	for b.Loop() {
		if _, ok := n.Like(fmt.Sprintf("img_%08d.jpg", i%1_000_000)); !ok {
			b.Fatal("not found")
		}
		i++
	}
}
