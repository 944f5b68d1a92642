package pipeline

import (
	"context"
	"sort"
)

// Images are the images that a field's records name, wherever they are: files of
// a folder, members of an archive, bytes in a column. Rows are those of Records; a
// record's images are counted from 0. It is safe for concurrent use.
//
//	record 7 of field "images"          record 7 of field "first"
//	Len        3, true                  1, true
//	AppendFile pics/c/0.png (item 0)    pics/c/0.png
//	AppendName 0.png                    0.png
type Images interface {
	// Len is how many images a row has room for: 1 where the field is one image,
	// the length of its list where it is a list; ok is false where that is null.
	Len(row int64) (n int, ok bool)
	// AppendFile appends the name of what holds an image, relative to INPUT, for
	// people and for digests; ok is false where the record names none.
	AppendFile(dst []byte, row int64, item int) (file []byte, ok bool)
	// AppendName appends what consumers get as the image's path: the base name of
	// its file, as Hugging Face embeds it (datasets: Image.embed_storage); ok is
	// false where it has no name.
	AppendName(dst []byte, row int64, item int) (name []byte, ok bool)
	// Stat tells an image's size and times without reading it; the size is NoImage
	// where the record names none. Its errors are those of Source.Stat.
	Stat(ctx context.Context, row int64, item int) (FileStat, error)
	// Read reads an image into dst, whose length is the size that the plan saw, and
	// keeps no reference to it. Errors and cached are those of Source.ReadFile.
	Read(ctx context.Context, row int64, item int, want FileStat, dst []byte) (cached bool, err error)
}

// NoImage stands in place of a size for an image that a record has no file for.
const NoImage int64 = -1

// An ImageColumn is a field's images in a split, and what the planner has found out
// of them. Each image of the split has a place: its row where the field is one
// image, else the number of images in the rows before it and in front of it.
type ImageColumn struct {
	Images
	// Sizes has the size in bytes of the image at each place, NoImage where there
	// is none.
	Sizes Numbers

	list   bool
	rows   int64
	starts Numbers // of lists: the place of each row's first image, and the end
	places int64
}

// newImageColumn counts a field's images.
func newImageColumn(images Images, list bool, rows int64) *ImageColumn {
	c := &ImageColumn{Images: images, list: list, rows: rows, places: rows}
	if list {
		var starts NumbersBuilder
		c.places = 0
		for row := range rows {
			starts.Append(c.places)
			n, _ := images.Len(row)
			c.places += int64(n)
		}
		starts.Append(c.places)
		c.starts = starts.Numbers()
	}
	c.Sizes = makeNumbers(c.places, NoImage)
	return c
}

// Len is Images.Len, without asking for rows that have one image each.
func (c *ImageColumn) Len(row int64) (n int, ok bool) {
	if !c.list {
		return 1, true
	}
	return c.Images.Len(row)
}

// Count is how many places a row has.
func (c *ImageColumn) Count(row int64) int {
	if !c.list {
		return 1
	}
	return int(c.starts.At(row+1) - c.starts.At(row))
}

// Place is the place of a row's image.
func (c *ImageColumn) Place(row int64, item int) int64 {
	if !c.list {
		return row
	}
	return c.starts.At(row) + int64(item)
}

// Places is how many places there are.
func (c *ImageColumn) Places() int64 { return c.places }

// At finds the row and the number in it of the image at a place.
func (c *ImageColumn) At(place int64) (row int64, item int) {
	if !c.list {
		return place, 0
	}
	row = int64(sort.Search(int(c.rows), func(row int) bool { return c.starts.At(int64(row)+1) > place }))
	return row, int(place - c.starts.At(row))
}

// Size is the size in bytes of a row's image, or NoImage.
func (c *ImageColumn) Size(row int64, item int) int64 { return c.Sizes.At(c.Place(row, item)) }

// Name returns what AppendName appends, empty for an image that is not there.
func (c *ImageColumn) Name(row int64, item int) (string, bool) {
	if c.Size(row, item) == NoImage {
		return "", false
	}
	name, ok := c.AppendName(nil, row, item)
	return string(name), ok
}

// File returns what AppendFile appends.
func (c *ImageColumn) File(row int64, item int) string {
	name, _ := c.AppendFile(nil, row, item)
	return string(name)
}
