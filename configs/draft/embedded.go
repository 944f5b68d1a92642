package draft

import (
	"context"
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/stages/join"
	"github.com/pickshard/pickshard/stages/validate"
)

// allocator is that of copies of sampled rows.
var allocator = memory.DefaultAllocator

// embedded says what field a heavy column is, as its first rows show: nil where it holds
// no images.
func embedded(ctx context.Context, t *table, c *column) *fieldLine {
	if c.data == nil || c.data.Len() == 0 {
		return nil
	}
	if f := asBytes(ctx, c); f != nil {
		return f
	}
	return asPixels(ctx, t, c)
}

// asBytes is the field of a column of image files.
func asBytes(ctx context.Context, c *column) *fieldLine {
	images, err := join.NewBytes(c.name, c.data, nil)
	if err != nil {
		return nil
	}
	checker := validate.NewChecker(validate.Options{Formats: validate.Formats()})
	var formats []string
	seen, good, named := 0, 0, 0
	for row := range int64(c.data.Len()) {
		n, _ := images.Len(row)
		for item := range min(n, sampledItems) {
			stat, err := images.Stat(ctx, row, item)
			if err != nil || stat.Size < 0 {
				continue
			}
			data := make([]byte, stat.Size)
			if _, err := images.Read(ctx, row, item, stat, data); err != nil {
				continue
			}
			seen++
			if head, fault := checker.CheckImage(data); fault == nil {
				good++
				formats = unique(append(formats, head.Format))
			}
			if _, ok := images.AppendName(nil, row, item); ok {
				named++
			}
		}
	}
	if seen == 0 || good*10 < seen*9 {
		return nil
	}
	f := &fieldLine{name: c.name, typ: "image", image: true, column: c.name, formats: formats, keys: []keyValue{{"bytes", scalar(c.name)}}}
	if images.Lists() {
		f.typ = "list[image]"
	}
	f.why = fmt.Sprintf("image files in the column: %d of the first %d looked at are whole", good, seen)
	return f
}

// asPixels is the field of a column of arrays of brightness.
func asPixels(ctx context.Context, t *table, c *column) *fieldLine {
	shape, why := pixelShape(t, c)
	if why == "" {
		return nil
	}
	pixels, err := join.NewPixels(c.name, c.data, shape, nil)
	if err != nil {
		return nil
	}
	for row := range int64(c.data.Len()) {
		if _, err := pixels.Stat(ctx, row, 0); err != nil {
			return nil
		}
	}
	f := &fieldLine{name: c.name, typ: "image", image: true, column: c.name, keys: []keyValue{{"pixels", scalar(c.name)}}, why: why}
	if shape != nil {
		f.keys = append(f.keys, keyValue{"shape", strings.ReplaceAll(fmt.Sprint(shape), " ", ", ")})
	}
	return f
}

// pixelShape says how the numbers of a column lie as pixels, and why; why is empty where
// they are none.
func pixelShape(t *table, c *column) (shape []int, why string) {
	lengths, dt, same := dimensions(c.data)
	bytesAlone := dt.ID() == arrow.UINT8
	channels := func(n int) bool { return n == 1 || n == 3 || n == 4 }
	switch {
	case !arrow.IsInteger(dt.ID()):
		return nil, ""
	case len(lengths) == 3:
		h, w, ch := lengths[0], lengths[1], lengths[2]
		if channels(h) && !channels(ch) {
			h, w, ch = w, ch, h
		}
		if channels(ch) && (bytesAlone && h > 1 && w > 1 || h >= 8 && w >= 8) {
			return nil, fmt.Sprintf("arrays of pixels, %d x %d x %d in the first record", lengths[0], lengths[1], lengths[2])
		}
	case len(lengths) == 2 && same && bytesAlone && lengths[0] >= 8 && lengths[1] >= 8:
		return nil, fmt.Sprintf("arrays of brightness, %d x %d in all records looked at", lengths[0], lengths[1])
	case len(lengths) == 1 && same && bytesAlone:
		return flatShape(t, c, lengths[0])
	}
	return nil, ""
}

// dimensions are the lengths of nested lists in the first row, and whether those of the
// other rows are the same.
func dimensions(data *arrow.Chunked) (lengths []int, dt arrow.DataType, same bool) {
	dt = data.DataType()
	for {
		l, ok := dt.(arrow.ListLikeType)
		if !ok {
			break
		}
		dt = l.Elem()
	}
	same = true
	for _, chunk := range data.Chunks() {
		for row := range chunk.Len() {
			var own []int
			a, i := chunk, row
			for {
				l, ok := a.(array.ListLike)
				if !ok || a.IsNull(i) {
					break
				}
				from, to := l.ValueOffsets(i)
				own = append(own, int(to-from))
				if from == to {
					break
				}
				a, i = l.ListValues(), int(from)
			}
			if lengths == nil {
				lengths = own
			}
			same = same && fmt.Sprint(own) == fmt.Sprint(lengths)
		}
	}
	return lengths, dt, same
}

// flatShape says how rows of n bytes lie: squares of one channel, or of three, a channel
// after the other or pixel by pixel, whichever makes neighbours more alike.
func flatShape(t *table, c *column, n int) ([]int, string) {
	side := 1
	for side*side < n {
		side++
	}
	if side*side == n && side >= 8 {
		return []int{side, side}, fmt.Sprintf("rows of %d bytes: %d x %d pixels of brightness", n, side, side)
	}
	side = 1
	for 3*side*side < n {
		side++
	}
	if 3*side*side != n || side < 8 {
		return nil, ""
	}
	planar, mixed := roughness(c.data, 1), roughness(c.data, 3)
	switch {
	case planar*5 < mixed*4:
		return []int{3, side, side}, fmt.Sprintf("rows of %d bytes: three channels of %d x %d, one after the other, as neighbours are alike", n, side, side)
	case mixed*5 < planar*4:
		return []int{side, side, 3}, fmt.Sprintf("rows of %d bytes: %d x %d pixels of three channels, as neighbours are alike", n, side, side)
	case n == 3072 && (t.find("fine_labels") != nil || t.find("labels") != nil):
		return []int{3, side, side}, "rows of 3,072 bytes beside labels, as CIFAR's: three channels of 32 x 32, one after the other"
	}
	return nil, ""
}

// roughness is the mean difference of values that are n apart.
func roughness(data *arrow.Chunked, n int) int {
	sum, count := 0, 1
	for _, chunk := range data.Chunks() {
		l, ok := chunk.(array.ListLike)
		if !ok {
			return 0
		}
		values, ok := l.ListValues().(*array.Uint8)
		if !ok {
			return 0
		}
		for row := range chunk.Len() {
			if chunk.IsNull(row) {
				continue
			}
			from, to := l.ValueOffsets(row)
			all := values.Uint8Values()[from:to]
			for i := n; i < len(all); i++ {
				sum += abs(int(all[i]) - int(all[i-n]))
				count++
			}
		}
	}
	return sum * 100 / count
}

func abs(n int) int { return max(n, -n) }
