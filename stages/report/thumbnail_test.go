package report

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"
)

// gradient is red from left to right and green from top to bottom.
func gradient(w, h int) *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			m.SetNRGBA(x, y, color.NRGBA{uint8(255 * x / max(w-1, 1)), uint8(255 * y / max(h-1, 1)), 60, 255})
		}
	}
	return m
}

func encoded(t *testing.T, format string, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	err := error(nil)
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: 95})
	case "png":
		err = png.Encode(&b, m)
	case "gif":
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func near(t *testing.T, what string, got, want color.RGBA, most int) {
	t.Helper()
	for _, d := range []int{int(got.R) - int(want.R), int(got.G) - int(want.G), int(got.B) - int(want.B)} {
		if max(d, -d) > most {
			t.Errorf("%s is %v, want %v", what, got, want)
			return
		}
	}
}

func TestThumbnailOfEachFormat(t *testing.T) {
	t.Parallel()
	for format, most := range map[string]int{"jpeg": 6, "png": 2, "gif": 60} {
		for _, size := range [][2]int{{800, 400}, {301, 1000}, {90, 60}, {1, 5000}, {161, 161}} {
			th := NewThumbnail(encoded(t, format, gradient(size[0], size[1])), thumbnailSide)
			if th.Image == nil || th.Format != format || th.Width != size[0] || th.Height != size[1] {
				t.Errorf("%s of %v: %+v", format, size, th)
				continue
			}
			b := th.Image.Bounds()
			if b.Dx() > thumbnailSide || b.Dy() > thumbnailSide || max(b.Dx(), b.Dy()) != min(max(size[0], size[1]), thumbnailSide) {
				t.Errorf("%s of %v: a thumbnail of %v", format, size, b)
			}
			if size[0] < 90 {
				continue
			}
			near(t, format+": top left", th.Image.RGBAAt(0, 0), color.RGBA{2, 2, 60, 255}, most+4)
			near(t, format+": bottom right", th.Image.RGBAAt(b.Dx()-1, b.Dy()-1), color.RGBA{253, 253, 60, 255}, most+4)
			near(t, format+": middle", th.Image.RGBAAt(b.Dx()/2, b.Dy()/2), color.RGBA{128, 128, 60, 255}, most+4)
		}
	}
}

// Each pixel is the mean of those it stands for: no stripe is lost.
func TestShrinkTakesMeans(t *testing.T) {
	t.Parallel()
	m := image.NewGray(image.Rect(3, 5, 3+640, 5+640)) // bounds need not begin at zero
	for y := 5; y < 645; y++ {
		for x := 3; x < 643; x++ {
			m.SetGray(x, y, color.Gray{uint8(255 * (x % 2))})
		}
	}
	out := shrink(m, thumbnailSide)
	for i := 0; i < len(out.Pix); i += 4 {
		if v := out.Pix[i]; v != 128 {
			t.Fatalf("pixel %d is %d, not the mean 128", i/4, v)
		}
	}
	clear := image.NewNRGBA(image.Rect(0, 0, 10, 10)) // transparent
	if got := shrink(clear, thumbnailSide).RGBAAt(5, 5); got != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("what is transparent is shown as %v", got)
	}
}

// exif puts a block that tells an orientation into a JPEG.
func exif(data []byte, order binary.AppendByteOrder, o uint16) []byte {
	mark := "II"
	if order == binary.AppendByteOrder(binary.BigEndian) {
		mark = "MM"
	}
	b := append([]byte("Exif\x00\x00"), mark...)
	b = order.AppendUint16(b, 42)
	b = order.AppendUint32(b, 8)
	b = order.AppendUint16(b, 1)
	b = order.AppendUint16(order.AppendUint16(b, 0x0112), 3)
	b = order.AppendUint16(order.AppendUint16(order.AppendUint32(b, 1), o), 0)
	segment := binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(b)+2))
	return append(append(append(bytes.Clone(data[:2]), segment...), b...), data[2:]...)
}

func TestOrientation(t *testing.T) {
	t.Parallel()
	m := image.NewRGBA(image.Rect(0, 0, 64, 32))
	draw.Draw(m, m.Rect, image.NewUniform(color.Black), image.Point{}, draw.Src)
	draw.Draw(m, image.Rect(0, 0, 32, 16), image.NewUniform(color.White), image.Point{}, draw.Src) // top left
	data := encoded(t, "jpeg", m)
	// Where the white corner is, as the eight values say: left or right, top or bottom.
	for o, corner := range []string{1: "tl", 2: "tr", 3: "br", 4: "bl", 5: "tl", 6: "tr", 7: "br", 8: "bl"} {
		if o == 0 {
			continue
		}
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			th := NewThumbnail(exif(data, order, uint16(o)), thumbnailSide)
			b := th.Image.Bounds()
			if wide := o < 5; wide != (b.Dx() == 64) || wide != (th.Width == 64) {
				t.Errorf("orientation %d: %v, told %d × %d", o, b, th.Width, th.Height)
			}
			x, y := b.Dx()/4, b.Dy()/4
			if corner[1] == 'r' {
				x = b.Dx() * 3 / 4
			}
			if corner[0] == 'b' {
				y = b.Dy() * 3 / 4
			}
			near(t, "the corner", th.Image.RGBAAt(x, y), color.RGBA{255, 255, 255, 255}, 20)
			near(t, "the other corner", th.Image.RGBAAt(b.Dx()-1-x, b.Dy()-1-y), color.RGBA{0, 0, 0, 255}, 20)
		}
	}
	if o := orientation(exif(data, binary.BigEndian, 99)); o != 1 {
		t.Errorf("orientation 99 is %d", o)
	}
}

// hugePNG is a PNG whose head promises so many pixels.
func hugePNG(w, h uint32) []byte {
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32([]byte("IHDR"), w), h)
	head = append(head, 8, 2, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), 13)
	return binary.BigEndian.AppendUint32(append(out, head...), crc32.ChecksumIEEE(head))
}

// What is not decoded says why, and costs nothing.
func TestThumbnailsThatAreNone(t *testing.T) {
	t.Parallel()
	whole := encoded(t, "jpeg", gradient(300, 300))
	webp := []byte("RIFF\x28\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x0f\x00\x00\x0f\x00\x00VP8 \x0a\x00\x00\x00\x10\x00\x00\x9d\x01\x2a\xff\x3f\xff\x3f")
	for name, c := range map[string]struct {
		data []byte
		why  string
	}{
		"nothing":   {nil, "not an image"},
		"page":      {[]byte("<html><script>alert(1)</script>"), "not an image"},
		"cut":       {whole[:len(whole)/2], "no picture: "},
		"cut early": {whole[:30], "the image is cut"},
		"huge":      {hugePNG(60000, 60000), "60000 × 60000 pixels are too many"},
		"webp":      {webp, "16383 × 16383 pixels are too many"},
		"scans":     {append(bytes.Clone(whole), bytes.Repeat([]byte{0xff, 0xda}, 200)...), "too many scans"},
		"avif":      {[]byte("\x00\x00\x00\x1cftypavif\x00\x00\x00\x00"), "avif is not decoded here"},
	} {
		th := NewThumbnail(c.data, thumbnailSide)
		if th.Image != nil || !strings.Contains(th.Why, c.why) {
			t.Errorf("%s: %q, want %q", name, th.Why, c.why)
		}
	}
}

func TestReadHead(t *testing.T) {
	t.Parallel()
	for _, format := range []string{"jpeg", "png", "gif"} {
		name, w, h := ReadHead(bytes.NewReader(encoded(t, format, gradient(321, 123))))
		if name != format || w != 321 || h != 123 {
			t.Errorf("%s: %s of %d × %d", format, name, w, h)
		}
	}
	if name, w, h := ReadHead(strings.NewReader("x")); name != "" || w != 0 || h != 0 {
		t.Errorf("a text is a %s of %d × %d", name, w, h)
	}
}

func FuzzThumbnail(f *testing.F) {
	small := gradient(20, 10)
	var b bytes.Buffer
	for range 1 {
		_ = png.Encode(&b, small)
		f.Add(bytes.Clone(b.Bytes()))
		b.Reset()
		_ = jpeg.Encode(&b, small, nil)
		f.Add(bytes.Clone(b.Bytes()))
		f.Add(exif(b.Bytes(), binary.LittleEndian, 6))
		b.Reset()
		_ = gif.Encode(&b, small, nil)
		f.Add(bytes.Clone(b.Bytes()))
	}
	f.Add(hugePNG(1<<30, 1<<30))
	f.Add([]byte("RIFF\x1a\x00\x00\x00WEBPVP8L\x0d\x00\x00\x00\x2f\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		th := NewThumbnail(data, 32)
		if (th.Image == nil) == (th.Why == "") {
			t.Fatalf("a picture: %t, why there is none: %q", th.Image != nil, th.Why)
		}
		if th.Image != nil {
			if b := th.Image.Bounds(); b.Dx() > 32 || b.Dy() > 32 || b.Empty() {
				t.Fatalf("a thumbnail of %v", b)
			}
			if _, err := encode(th.Image); err != nil {
				t.Fatal(err)
			}
		}
		ReadHead(bytes.NewReader(data))
	})
}
