package join

import "testing"

func TestMemberExtension(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"a.jpg": "jpg", "a.JPEG": "jpg", "d.x/a.b.Png": "png", "a.webp": "webp", "a.gif": "gif",
		"a": "", "a.": "", "": "", "a.jpg.exe": "", "jpg": "", "a.tar.gz": "", "d.png/a": "",
	} {
		if got := MemberExtension(name); got != want {
			t.Errorf("MemberExtension(%q) = %q, want %q", name, got, want)
		}
	}
}
