package conformance

import (
	"fmt"

	"github.com/pickshard/pickshard/schema"
)

// Picture returns n bytes that begin as a format's files do: "jpeg", "png", "gif" or
// "webp".
func Picture(format string, n int, seed uint64) []byte {
	magic := map[string]string{"jpeg": "\xff\xd8\xff\xe0", "png": "\x89PNG\r\n\x1a\n", "gif": "GIF89a", "webp": "RIFF\x00\x00\x00\x00WEBP"}[format]
	p := Noise(max(n, len(magic)), seed)
	copy(p, magic)
	return p
}

// MixedFormats has images whose bytes are of other formats than their names say.
func MixedFormats() *Table {
	t := &Table{Fields: []schema.Field{{Name: "n", Type: schema.Type{Kind: schema.Int64}}, nullable("image", "image"), nullable("other", "image")}}
	for i, format := range []string{"jpeg", "png", "gif", "webp", "jpeg"} {
		name := fmt.Sprintf("pics/%d.%s", i, []string{"jpg", "JPG", "png"}[i%3])
		t.Rows = append(t.Rows, []any{int64(i), Image{Name: name, Data: Picture(format, 50+i, uint64(i))}, Picture("png", 600, uint64(i))})
	}
	t.Rows[3][2], t.Rows[4][1] = nil, nil
	return t
}

// MixedLists has lists of images of several formats, null and empty lists, and nulls
// in them.
func MixedLists() *Table {
	t := &Table{Fields: []schema.Field{nullable("text", "string"), nullable("images", "list[image]"), nullable("b", "image"), nullable("a", "list[image]")}}
	var twelve []any
	for i := range 12 {
		twelve = append(twelve, Picture([]string{"jpeg", "png", "webp"}[i%3], 400+i, uint64(i)))
	}
	t.Rows = [][]any{
		{"four", []any{Noise(10, 1), Noise(600, 2), nil, Noise(0, 3)}, Noise(70, 4), []any{Image{Name: "x/größe.jpg", Data: Picture("png", 90, 5)}}},
		{"none", []any{}, nil, []any{}},
		{nil, nil, nil, nil},
		{"nulls", []any{nil, nil}, Noise(3, 6), []any{nil}},
		{"twelve", twelve, Noise(5000, 7), []any{nil, Noise(512, 8), nil}},
	}
	return t
}

// plainImages are images that are written as their bytes alone.
func plainImages() *Table {
	plain := schema.Type{Kind: schema.Image, Plain: true}
	t := &Table{Fields: []schema.Field{
		{Name: "jpg_0", Type: plain}, {Name: "caption", Type: schema.Type{Kind: schema.String}},
		{Name: "jpg_1", Type: plain, Nullable: true}, {Name: "image", Type: schema.Type{Kind: schema.Image}},
	}}
	for i := range 40 {
		row := []any{Noise(20+i, uint64(i)), string(rune('a' + i%26)), Noise(700-i, uint64(50+i)), Noise(11, uint64(100+i))}
		if i%3 == 1 {
			row[2] = nil
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}
