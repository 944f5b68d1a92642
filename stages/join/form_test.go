package join

import (
	"context"
	"path"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
)

// bound binds a template to a column v of texts.
func bound(t *testing.T, template string, values ...any) (*Template, *Names) {
	t.Helper()
	tmpl, err := ParseTemplate(template, nil)
	if err != nil {
		t.Fatal(err)
	}
	names, err := tmpl.Bind(columns(map[string]*arrow.Chunked{"v": chunked(t, arrow.BinaryTypes.String, values...)}))
	if err != nil {
		t.Fatal(err)
	}
	return tmpl, names
}

// spells checks the names of the rows.
func spells(t *testing.T, names *Names, template string, want []string) {
	t.Helper()
	for row, want := range want {
		got, ok := names.Append([]byte("kept "), int64(row), 0)
		if !ok {
			got = []byte("kept none")
		}
		if string(got) != "kept "+want {
			t.Errorf("%s, row %d: %q, want %q", template, row, got, want)
		}
	}
}

func TestForms(t *testing.T) {
	t.Parallel()
	for template, want := range map[string][]string{
		"i/{v:name}":     {"i/cat.v2.jpg", "i/dog.png", "i/.hidden", "i/é", "i/a"},
		"i/{v:stem}.jpg": {"i/cat.v2.jpg", "i/dog.jpg", "i/.hidden.jpg", "i/é.jpg", "i/a.jpg"},
		"{v:.1}/x":       {"h/x", "b/x", "./x", "é/x", "a/x"},
	} {
		_, names := bound(t, template, "https://example.org/a/cat.v2.jpg?w=64#x", "b/dog.png", ".hidden", "é", "a/")
		spells(t, names, template, want)
	}
}

// globbed is a source that knows names alone.
type globbed struct {
	pipeline.Source
	names []string
}

func (g globbed) Glob(_ context.Context, pattern string) ([]string, error) {
	var out []string
	for _, n := range g.names {
		ok, err := path.Match(pattern, n)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, n)
		}
	}
	return out, nil
}

func TestStars(t *testing.T) {
	t.Parallel()
	source := globbed{names: []string{
		"img/d.JPG", "img/e.jpg", "img/e.png", "img/part_1/a.jpg", "img/part_1/twice.jpg", "img/part_2/b.jpg", "img/part_2/deep/c.jpg", "img/part_2/twice.jpg",
		"[x]/1/a.jpg",
	}}
	for template, want := range map[string][]string{
		"img/*/{v}.jpg":   {"img/part_1/a.jpg", "img/part_2/b.jpg", "img/*/c.jpg", "img/*/twice.jpg", "img/*/d.jpg", "img/*/e.jpg"},
		"img/*/*/{v}.jpg": {"img/*/*/a.jpg", "img/*/*/b.jpg", "img/part_2/deep/c.jpg", "img/*/*/twice.jpg", "img/*/*/d.jpg", "img/*/*/e.jpg"},
		"img/{v}.*":       {"img/a.*", "img/b.*", "img/c.*", "img/twice.*", "img/d.JPG", "img/e.*"},
		"[x]/*/{v}.jpg":   {"[x]/1/a.jpg", "[x]/*/b.jpg"},
	} {
		tmpl, names := bound(t, template, "a", "b", "c", "twice", "d", "e")
		found, err := tmpl.Find(t.Context(), source)
		if err != nil || !tmpl.Stars() {
			t.Fatal(template, err)
		}
		spells(t, names.In(found), template, want)
	}
	if tmpl, _ := bound(t, "img/{v}.jpg", "a"); tmpl.Stars() {
		t.Error("stars where there are none")
	}
}
