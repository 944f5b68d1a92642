package join

import (
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
)

// FuzzTemplate: no panic, and a template that parses spells names of its parts.
func FuzzTemplate(f *testing.F) {
	for _, s := range []string{"img/{folder}/{uid}", "{id:06}", "{{{uid}}}", "{", "}", "{}", "{id:0255d}", "a{uid}b{id}"} {
		f.Add(s)
	}
	cols := columns(map[string]*arrow.Chunked{
		"uid": chunked(f, arrow.BinaryTypes.String, "a/b.jpg", "c"),
		"id":  chunked(f, arrow.PrimitiveTypes.Int64, "-7", "12345678"),
	})
	f.Fuzz(func(t *testing.T, text string) {
		tm, err := ParseTemplate(text, map[string]string{"folder": "train"})
		if err != nil {
			return
		}
		name, err := tm.Bind(cols)
		if err != nil {
			return
		}
		for row := range int64(2) {
			got, ok := name.Append(nil, row, 0)
			if !ok || len(got) == 0 || len(got) > len(text)*maxWidth {
				t.Errorf("%q row %d: %q, %v", text, row, got, ok)
			}
		}
		if !strings.ContainsAny(text, "{}") {
			if got, _ := name.Append(nil, 0, 0); string(got) != text {
				t.Errorf("%q became %q", text, got)
			}
		}
	})
}
