package join

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// fromJSON builds a column of one chunk from Arrow's own JSON.
func fromJSON(t testing.TB, dt arrow.DataType, text string) *arrow.Chunked {
	t.Helper()
	a, _, err := array.FromJSON(memory.DefaultAllocator, dt, bytes.NewReader([]byte(text)))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return arrow.NewChunked(dt, []arrow.Array{a})
}

func TestBytes(t *testing.T) {
	t.Parallel()
	st := arrow.StructOf(arrow.Field{Name: "bytes", Type: arrow.BinaryTypes.Binary, Nullable: true}, arrow.Field{Name: "path", Type: arrow.BinaryTypes.String, Nullable: true})
	for _, c := range []struct {
		dt   arrow.DataType
		text string
		want []string // "BYTES NAME" of each image of each row, rows apart by |
	}{
		{arrow.BinaryTypes.Binary, `["YWE=", null, ""]`, []string{"aa", "|", "|", ""}},
		{arrow.BinaryTypes.LargeBinary, `["YWE="]`, []string{"aa"}},
		{st, `[{"bytes": "YQ==", "path": "x/y.png"}, {"bytes": "Yg==", "path": null}, null, {"bytes": null, "path": "z"}]`,
			[]string{"a y.png", "|", "b", "|", "|"}},
		{arrow.ListOf(st), `[[{"bytes": "YQ==", "path": "p"}, {"bytes": "Yg==", "path": "q"}], [], null, [null]]`, []string{"a p", "b q", "|", "|", "|"}},
	} {
		col := fromJSON(t, c.dt, c.text)
		b, err := NewBytes("pics", col, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for row := range int64(col.Len()) {
			if row > 0 {
				got = append(got, "|")
			}
			n, _ := b.Len(row)
			for item := range n {
				stat, err := b.Stat(t.Context(), row, item)
				if err != nil || stat.Size < 0 {
					continue
				}
				dst := make([]byte, stat.Size)
				if _, err := b.Read(t.Context(), row, item, stat, dst); err != nil {
					t.Fatal(err)
				}
				text := string(dst)
				if name, ok := b.AppendName(nil, row, item); ok {
					text += " " + string(name)
				}
				if file, ok := b.AppendFile(nil, row, item); !ok || len(file) == 0 {
					t.Errorf("row %d, image %d stands nowhere", row, item)
				}
				got = append(got, text)
			}
		}
		if len(got) != len(c.want) {
			t.Errorf("%s: got %q, want %q", c.dt, got, c.want)
			continue
		}
		for i := range got {
			if got[i] != c.want[i] {
				t.Errorf("%s: got %q, want %q", c.dt, got, c.want)
			}
		}
	}
	if _, err := NewBytes("pics", fromJSON(t, arrow.BinaryTypes.String, `["a"]`), nil); err == nil {
		t.Error("text is taken for images")
	}
}

func TestPixels(t *testing.T) {
	t.Parallel()
	u8 := arrow.PrimitiveTypes.Uint8
	for _, c := range []struct {
		dt    arrow.DataType
		text  string
		shape []int
		size  image.Point // zero: an error
		first color.NRGBA
	}{
		{arrow.ListOf(arrow.ListOf(u8)), `[[[1, 2, 3], [4, 5, 6]]]`, nil, image.Pt(3, 2), color.NRGBA{1, 1, 1, 255}},
		{arrow.ListOf(arrow.ListOf(arrow.ListOf(u8))), `[[[[1, 2, 3]], [[4, 5, 6]]]]`, nil, image.Pt(1, 2), color.NRGBA{1, 2, 3, 255}},
		{arrow.ListOf(u8), `[[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]]`, []int{3, 2, 2}, image.Pt(2, 2), color.NRGBA{1, 5, 9, 255}},
		{arrow.ListOf(u8), `[[1, 2, 3, 128]]`, []int{1, 1, 4}, image.Pt(1, 1), color.NRGBA{1, 2, 3, 128}},
		{arrow.ListOf(arrow.PrimitiveTypes.Int64), `[[0, 255]]`, []int{1, 2}, image.Pt(2, 1), color.NRGBA{0, 0, 0, 255}},
		{arrow.BinaryTypes.Binary, `["AQID"]`, []int{1, 1, 3}, image.Pt(1, 1), color.NRGBA{1, 2, 3, 255}},
		{arrow.ListOf(arrow.PrimitiveTypes.Int64), `[[0, 256]]`, []int{1, 2}, image.Point{}, color.NRGBA{}},
		{arrow.ListOf(arrow.PrimitiveTypes.Int64), `[[0, -1]]`, []int{1, 2}, image.Point{}, color.NRGBA{}},
		{arrow.ListOf(u8), `[[1, 2, 3]]`, []int{2, 2}, image.Point{}, color.NRGBA{}},
		{arrow.ListOf(u8), `[[1, 2, 3, 4]]`, []int{2, 2, 5}, image.Point{}, color.NRGBA{}},
		{arrow.ListOf(arrow.ListOf(u8)), `[[[1, 2], [3]]]`, nil, image.Point{}, color.NRGBA{}},
		{arrow.ListOf(arrow.ListOf(u8)), `[[]]`, nil, image.Point{}, color.NRGBA{}},
		{arrow.ListOf(arrow.ListOf(u8)), `[[[1, null]]]`, nil, image.Point{}, color.NRGBA{}},
	} {
		p, err := NewPixels("px", fromJSON(t, c.dt, c.text), c.shape, nil)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		stat, err := p.Stat(t.Context(), 0, 0)
		if c.size == (image.Point{}) {
			if err == nil {
				t.Errorf("%s of shape %v: no error", c.text, c.shape)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		data := make([]byte, stat.Size)
		if _, err := p.Read(t.Context(), 0, 0, stat, data); err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(data))
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		if m.Bounds().Size() != c.size || color.NRGBAModel.Convert(m.At(0, 0)) != c.first {
			t.Errorf("%s: %v, %v", c.text, m.Bounds(), m.At(0, 0))
		}
	}
	for _, dt := range []arrow.DataType{arrow.ListOf(arrow.PrimitiveTypes.Float32), arrow.ListOf(u8), arrow.BinaryTypes.String} {
		if _, err := NewPixels("px", fromJSON(t, dt, `[]`), nil, nil); err == nil {
			t.Errorf("%s without a shape is taken for pixels", dt)
		}
	}
}

// TestPNG encodes random and smooth pixels of every layout and decodes them again.
func TestPNG(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	var e pngEncoder
	for range 300 {
		w, h, ch := 1+r.IntN(70), 1+r.IntN(70), []int{1, 3, 4}[r.IntN(3)]
		flat := make([]byte, w*h*ch)
		smooth := r.IntN(2) == 0
		for i := range flat {
			if flat[i] = byte(r.Uint32()); smooth {
				flat[i] = byte(i / 7)
			}
		}
		b, err := bitmapOf([]int{h, w, ch}, len(flat))
		if err != nil {
			t.Fatal(err)
		}
		m, err := png.Decode(bytes.NewReader(e.encode(b, flat)))
		if err != nil {
			t.Fatal(err)
		}
		for y := range h {
			for x := range w {
				p := flat[(y*w+x)*ch:]
				want := color.NRGBA{p[0], p[0], p[0], 255}
				if ch >= 3 {
					want = color.NRGBA{p[0], p[1], p[2], 255}
				}
				if ch == 4 {
					want.A = p[3]
				}
				if got := color.NRGBAModel.Convert(m.At(x, y)).(color.NRGBA); got != want && want.A != 0 {
					t.Fatalf("%dx%dx%d: pixel %d,%d is %v, want %v", w, h, ch, x, y, got, want)
				}
			}
		}
	}
}

// FuzzPixels: whatever lies in a column, there is an image or an error.
func FuzzPixels(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4}, 2, 2, 1)
	f.Add([]byte{}, 0, -1, 1<<30)
	f.Fuzz(func(t *testing.T, flat []byte, a, b, c int) {
		m, err := bitmapOf([]int{a, b, c}, len(flat))
		if err != nil {
			return
		}
		var e pngEncoder
		if _, err := png.Decode(bytes.NewReader(e.encode(m, flat))); err != nil {
			t.Fatal(err)
		}
	})
}
