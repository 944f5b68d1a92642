package join

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
)

func TestListing(t *testing.T) {
	t.Parallel()
	source := globbed{names: []string{"test/cat/1.jpg", "train/a+b/x_y_3.jpg", "train/cat/0001.jpg", "train/cat/0001.png", "train/cat/deep/2.jpg", "train/é/{0}.jpg"}}
	for pattern, want := range map[string]string{
		"train/{label}/{name}.jpg": "path train/a+b/x_y_3.jpg train/cat/0001.jpg train/é/{0}.jpg label a+b cat é name x_y_3 0001 {0}",
		"train/*/{a}_{b}.jpg":      "path train/a+b/x_y_3.jpg a x_y b 3",
		"{split}/cat/{n}.*":        "path test/cat/1.jpg train/cat/0001.jpg train/cat/0001.png split test train train n 1 0001 0001",
		"none/{x}":                 "path x",
	} {
		l, err := ParseListing(pattern)
		if err != nil {
			t.Fatal(err)
		}
		found, err := l.Read(t.Context(), source)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range int(found.Table.NumCols()) {
			c := found.Table.Column(i)
			got = append(got, c.Name())
			for _, chunk := range c.Data().Chunks() {
				for k := range chunk.Len() {
					got = append(got, chunk.(*array.String).Value(k))
				}
			}
		}
		if text := strings.Join(got, " "); text != want {
			t.Errorf("%s: %s\nwant %s", pattern, text, want)
		}
	}
	for pattern, want := range map[string]string{
		"a/{x:04}.jpg": "has no format", "{path}.jpg": "is the whole name", "{x}/{x}.jpg": "stands twice", "{": "'{' without '}'",
	} {
		if _, err := ParseListing(pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}
