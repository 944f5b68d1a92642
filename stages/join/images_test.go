package join

import (
	"path"
	"testing"
)

func TestAppendName(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a.png", "x/a.png", "x/y/ä b.png", "x/", "x//", "/", "//", "", "/a", "."} {
		f := NewFiles(nil, &Names{steps: []step{{literal: name}}})
		got, ok := f.AppendName([]byte("before "), 0, 0)
		if want := "before " + path.Base(name); string(got) != want || !ok {
			t.Errorf("%q: got %q, %v, want %q", name, got, ok, want)
		}
	}
	none := NewFiles(nil, &Names{steps: []step{{literal: "half"}, {value: noValues{}}}})
	if got, ok := none.AppendName([]byte("before"), 0, 0); ok || string(got) != "before" {
		t.Errorf("got %q, %v", got, ok)
	}
}
