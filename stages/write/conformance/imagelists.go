package conformance

import (
	"fmt"

	"github.com/pickshard/pickshard/schema"
)

// ImageListCases returns tables with lists of images.
func ImageListCases() []Case {
	many := manyLists(331)
	many.Chunk = 50
	return []Case{
		{Name: "lists of images", Table: imageLists()},
		{Name: "many lists of images", Table: many},
		{Name: "lists of images shuffled", Table: many, Order: shuffled(331, 6)},
		{Name: "long lists of images", Table: longImageLists()},
		{Name: "nulls among tiny images", Table: everySecond(5000)},
	}
}

// imageListFields are a list of images beside a single image and a text.
func imageListFields() []schema.Field {
	return []schema.Field{
		nullable("images", "list[image]"), nullable("text", "string"), {Name: "first", Type: mustType("image"), Nullable: true}, nullable("more", "list[image]"),
	}
}

// imageLists has lists of images with nulls and without any, names that are the
// same, and images of no bytes.
func imageLists() *Table {
	t := &Table{Fields: imageListFields()}
	image := func(size int) any { return Noise(size, uint64(size)) }
	t.Rows = [][]any{
		{[]any{image(30), image(0), image(700)}, "three", image(20), []any{}},
		{[]any{}, "none", nil, []any{image(5)}},
		{nil, nil, image(33), nil},
		{[]any{nil}, "a null", nil, []any{nil, nil}},
		{[]any{nil, image(9), nil, image(40_000), image(1)}, "large", image(50_000), []any{image(12)}},
		{[]any{Image{Name: "a/größe.jpg", Data: Noise(7, 7)}, Image{Name: "b/größe.jpg", Data: Noise(8, 8)}}, "names", image(2), []any{image(40_001)}},
		{[]any{image(3)}, "one", nil, nil},
	}
	return t
}

// manyLists returns n rows of up to nine images, as rankings have them.
func manyLists(n int) *Table {
	t := &Table{Fields: append(imageListFields(), nullable("ranks", "list[int64]"))}
	for i := range n {
		var images, more, ranks []any
		for k := range i % 10 {
			size := 100 + (i*k*37)%2000
			if (i+k)%29 == 0 {
				size = 33_000
			}
			if (i*k)%17 == 1 {
				images = append(images, nil)
			} else {
				images = append(images, Noise(size, uint64(10*i+k)))
			}
			ranks = append(ranks, int64(k))
		}
		for k := range (i / 7) % 4 {
			more = append(more, Noise(10+k, uint64(i)))
		}
		row := []any{images, fmt.Sprintf("prompt %d", i), Noise(50+i, uint64(i)), more, ranks}
		if i%13 == 5 {
			row[0], row[3] = nil, nil
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// longImageLists has lists whose lengths alone are longer than the room in front of an
// image.
func longImageLists() *Table {
	t := &Table{Fields: []schema.Field{nullable("images", "list[image]")}}
	for i, n := range []int{2, 9000, 0, 3000, 3000, 1} {
		images := []any{}
		for k := range n {
			if k%2 == i%2 {
				images = append(images, Noise(k%5, uint64(k)))
			} else {
				images = append(images, nil)
			}
		}
		t.Rows = append(t.Rows, []any{images})
	}
	return t
}

// everySecond has tiny images in every second row.
func everySecond(n int) *Table {
	t := &Table{Fields: []schema.Field{{Name: "image", Type: mustType("image"), Nullable: true}, nullable("n", "int32")}}
	for i := range n {
		row := []any{nil, int32(i)}
		if i%2 == 1 {
			row[0] = Noise(8, uint64(i))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// WholeLists is a short table of lists of images, none of them null.
func WholeLists() *Table {
	return &Table{
		Fields: []schema.Field{{Name: "images", Type: schema.ListOf(schema.Type{Kind: schema.Image})}, {Name: "n", Type: schema.Type{Kind: schema.Int64}}},
		Rows:   [][]any{{[]any{Noise(9, 1), Noise(4, 2)}, int64(2)}, {[]any{}, int64(0)}, {[]any{Noise(3, 3)}, int64(1)}},
	}
}
