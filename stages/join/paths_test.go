package join

import (
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

func TestPaths(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		strip      string
		separators Separators
		value      string
		want       string
	}{
		{`C:\Users\someone\data`, SeparatorsWindows, `C:\Users\someone\data\img\1.png`, "img/1.png"},
		{`C:\Users\someone\data\`, SeparatorsWindows, `c:/users/SOMEONE/data//img\1.png`, "img/1.png"},
		{`C:/Users/someone/data`, SeparatorsWindows, `C:\Users\someone\database\1.png`, "C:/Users/someone/database/1.png"},
		{`C:\Users\someone\data`, SeparatorsWindows, `D:\other\1.png`, "D:/other/1.png"},
		{`\\host\share`, SeparatorsWindows, `\\HOST\share\1.png`, "1.png"},
		{"", SeparatorsWindows, `a\b.png`, "a/b.png"},
		{"/mnt/ann/data/", "", "/mnt/ann/data/img/1.png", "img/1.png"},
		{"/mnt/ann/data", SeparatorsUnix, "/mnt/Ann/data/img/1.png", "/mnt/Ann/data/img/1.png"},
		{"/mnt/ann/data", "", `/mnt/ann/data/a\b.png`, `a\b.png`},
		{"/mnt/ann/data", "", "/mnt/ann/data", ""},
		{"/", "", "/img/1.png", "img/1.png"},
		{"/", "", "img/1.png", "img/1.png"},
		{"data", "", "data/1.png", "1.png"},
		{"", "", `/a\b.png`, `/a\b.png`},
	} {
		p, err := NewPaths(c.strip, c.separators)
		if err != nil {
			t.Fatal(err)
		}
		tm, err := ParseTemplate("img/{name}", nil)
		if err != nil {
			t.Fatal(err)
		}
		names, err := tm.Bind(columns(map[string]*arrow.Chunked{"name": chunked(t, arrow.BinaryTypes.String, c.value)}))
		if err != nil {
			t.Fatal(err)
		}
		got, ok := names.From(p).Append([]byte("kept:"), 0, 0)
		if !ok || string(got) != "kept:img/"+c.want {
			t.Errorf("%q without %q (%s): %q, %v", c.value, c.strip, c.separators, got, ok)
		}
	}
	if _, err := NewPaths("x", "dos"); err == nil {
		t.Error("separators that are none")
	}
}
