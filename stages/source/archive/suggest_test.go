package archive

import "testing"

func TestSuggest(t *testing.T) {
	t.Parallel()
	files := newMemory()
	all := []testMember{{"img/Photo.JPG", []byte("x")}, {"img/a b.png", []byte("x")}, {"deep/er/only.png", []byte("x")}, {"deep/two.png", []byte("x")}, {"two.png", []byte("x")}}
	for name, data := range archives(t, all) {
		files.put(name, data)
	}
	s := New(files)
	defer s.Close()
	for archive := range archives(t, nil) {
		for name, want := range map[string]string{
			"img/photo.jpg": "img/Photo.JPG", "img/photo.png": "img/Photo.JPG", "img/a%20b.png": "img/a b.png", `img\a b.png`: "img/a b.png",
			`C:\data\img\photo.jpg`: "img/Photo.JPG", "only.png": "deep/er/only.png", "x/only.png": "deep/er/only.png", "x/two.png": "two.png",
			"other.png": "", "": "",
		} {
			got, ok := s.Suggest(t.Context(), archive+"!/"+name)
			if ok != (want != "") || ok && got != archive+"!/"+want {
				t.Errorf("%s: Suggest(%q) = %q, %v, want %q", archive, name, got, ok, want)
			}
		}
	}
	if _, ok := s.Suggest(t.Context(), "none.zip!/x"); ok {
		t.Error("of a source that suggests nothing")
	}
}
