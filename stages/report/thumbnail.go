package report

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"

	"golang.org/x/image/webp"
)

// thumbnailSide is the longest side of a thumbnail in pixels, and quality that of its JPEG.
const (
	thumbnailSide = 160
	quality       = 75
)

// Bounds on what is decoded for a thumbnail. What is larger is shown by its size alone.
const (
	mostPixels = 1 << 24 // 4096 × 4096
	MostBytes  = 64 << 20
	// mostScans bounds the scans of a JPEG, each of which may go over all of it.
	mostScans = 100
)

// A Thumbnail is a small picture of an image, or why there is none.
type Thumbnail struct {
	Format        string // "jpeg", ...; empty where it is not known
	Width, Height int    // of the image as it is seen, 0 where they are not known
	// Image is the picture, nil where there is none: then Why says so for people.
	Image *image.RGBA
	Why   string
}

// format tells an image's format by its first bytes, and its decoder where there is one.
type format struct {
	name   string
	magic  string // ? is any byte
	config func(io.Reader) (image.Config, error)
	decode func(io.Reader) (image.Image, error)
}

var formats = []format{
	{"jpeg", "\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"png", "\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"gif", "GIF8?a", gif.DecodeConfig, gif.Decode},
	{"webp", "RIFF????WEBPVP8", webp.DecodeConfig, webp.Decode},
	{"avif", "????ftypavi?", nil, nil},
	{"bmp", "BM", nil, nil},
	{"tiff", "II*\x00", nil, nil},
	{"tiff", "MM\x00*", nil, nil},
}

func formatOf(head []byte) *format {
	for i := range formats {
		f := &formats[i]
		fits := len(head) >= len(f.magic)
		for k := 0; fits && k < len(f.magic); k++ {
			fits = f.magic[k] == '?' || f.magic[k] == head[k]
		}
		if fits {
			return f
		}
	}
	return nil
}

// ReadHead tells an image's format, width and height, as far as its first bytes do.
func ReadHead(r io.ReadSeeker) (name string, width, height int) {
	const enough = 1 << 20 // for profiles in front of what tells the size
	var magic [16]byte
	n, _ := io.ReadFull(r, magic[:])
	f := formatOf(magic[:n])
	if f == nil {
		return "", 0, 0
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil || f.config == nil {
		return f.name, 0, 0
	}
	c, err := f.config(io.LimitReader(r, enough))
	if err != nil {
		return f.name, 0, 0
	}
	return f.name, c.Width, c.Height
}

// NewThumbnail makes the thumbnail of an image, no side longer than side. It never fails:
// where there is no picture, it says why.
func NewThumbnail(data []byte, side int) Thumbnail {
	f, t, ok := examine(data)
	if !ok {
		return t
	}
	return f.thumbnail(data, t, side)
}

// examine looks at an image's head. ok says whether it may be decoded.
func examine(data []byte) (f *format, t Thumbnail, ok bool) {
	if f = formatOf(data); f == nil {
		return nil, Thumbnail{Why: "no picture: not an image that is known here"}, false
	}
	t.Format = f.name
	if f.config == nil {
		t.Why = "no picture: " + f.name + " is not decoded here"
		return f, t, false
	}
	c, err := f.config(bytes.NewReader(data))
	if err != nil {
		t.Why = "no picture: " + plainError(err)
		return f, t, false
	}
	t.Width, t.Height = c.Width, c.Height
	if err := tooMuch(f.name, data, c); err != nil {
		t.Why = "no picture: " + err.Error()
		return f, t, false
	}
	return f, t, true
}

// thumbnail decodes an image that examine lets pass.
func (f *format) thumbnail(data []byte, t Thumbnail, side int) Thumbnail {
	m, err := f.decode(bytes.NewReader(data))
	if err != nil {
		t.Why = "no picture: " + plainError(err)
		return t
	}
	if m.Bounds().Empty() {
		t.Why = "no picture: no pixels"
		return t
	}
	switch m := m.(type) {
	case *image.YCbCr:
		if f.name == "webp" {
			widen(m)
		}
	case *image.NYCbCrA:
		widen(&m.YCbCr)
	}
	t.Image = shrink(m, side)
	if f.name == "jpeg" {
		if o := orientation(data); o > 1 {
			t.Image = turn(t.Image, o)
			if o >= 5 {
				t.Width, t.Height = t.Height, t.Width
			}
		}
	}
	return t
}

// widen makes light and colours, which lossy WebP keeps in a part of a byte's range (16 to
// 235 and 16 to 240, ITU-R BT.601, as libwebp reads it), those of a JPEG, as image.YCbCr has them.
func widen(m *image.YCbCr) {
	var light, colour [256]uint8
	for i := range 256 {
		light[i] = uint8(min(max(int(math.Round(float64(i-16)*255/219)), 0), 255))
		colour[i] = uint8(min(max(int(math.Round(float64(i-128)*255/224))+128, 0), 255))
	}
	for i, v := range m.Y {
		m.Y[i] = light[v]
	}
	for _, plane := range [][]uint8{m.Cb, m.Cr} {
		for i, v := range plane {
			plane[i] = colour[v]
		}
	}
}

func plainError(err error) string {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return "the image is cut"
	}
	return shown(err.Error(), 100)
}

// tooMuch says why an image is not decoded: every number is looked at before.
func tooMuch(format string, data []byte, c image.Config) error {
	w, h := int64(c.Width), int64(c.Height)
	if format == "webp" { // the canvas in front may be smaller than what is decoded
		fw, fh := webpFrame(data)
		w, h = max(w, fw), max(h, fh)
	}
	switch {
	case len(data) > MostBytes:
		return fmt.Errorf("%s are too many to decode for a thumbnail", size(int64(len(data))))
	case w <= 0 || h <= 0:
		return errors.New("no width or no height")
	case w*h > mostPixels:
		return fmt.Errorf("%d × %d pixels are too many to decode for a thumbnail", w, h)
	case format == "jpeg" && bytes.Count(data, []byte{0xff, 0xda}) > mostScans:
		return errors.New("too many scans to decode for a thumbnail")
	}
	return nil
}

// webpFrame is the largest size that a chunk of pixels in a WebP tells.
func webpFrame(data []byte) (width, height int64) {
	for at := 12; at+8 <= len(data); {
		n := int(binary.LittleEndian.Uint32(data[at+4:]))
		body := data[at+8:]
		switch id := string(data[at : at+4]); {
		case id == "VP8 " && len(body) >= 10:
			width = max(width, int64(binary.LittleEndian.Uint16(body[6:])&0x3fff))
			height = max(height, int64(binary.LittleEndian.Uint16(body[8:])&0x3fff))
		case id == "VP8L" && len(body) >= 5:
			bits := binary.LittleEndian.Uint32(body[1:])
			width, height = max(width, int64(bits&0x3fff)+1), max(height, int64(bits>>14&0x3fff)+1)
		}
		if n < 0 || n > len(body) {
			break
		}
		at += 8 + n + n&1
	}
	return width, height
}

// shrink scales an image down so that no side is longer than side: each pixel is the
// mean of those that it stands for, on white where they are transparent. What is small
// enough keeps its size.
func shrink(m image.Image, side int) *image.RGBA {
	b := m.Bounds()
	w, h := b.Dx(), b.Dy()
	dw, dh := w, h
	if long := max(w, h); long > side {
		dw, dh = max(1, w*side/long), max(1, h*side/long)
	}
	out := image.NewRGBA(image.Rect(0, 0, dw, dh))
	line := image.NewRGBA(image.Rect(0, 0, w, 1))
	white := image.NewUniform(color.White)
	opaque := false
	if o, ok := m.(interface{ Opaque() bool }); ok {
		opaque = o.Opaque()
	}
	sums := make([]uint32, 3*dw)
	counts := make([]uint32, dw) // of columns in each
	for x := range w {
		counts[x*dw/w]++
	}
	rows := uint32(0)
	for y := range h {
		if opaque {
			draw.Draw(line, line.Rect, m, image.Pt(b.Min.X, b.Min.Y+y), draw.Src)
		} else {
			draw.Draw(line, line.Rect, white, image.Point{}, draw.Src)
			draw.Draw(line, line.Rect, m, image.Pt(b.Min.X, b.Min.Y+y), draw.Over)
		}
		addLine(sums, counts, line.Pix)
		rows++
		if at := y * dh / h; y == h-1 || (y+1)*dh/h != at {
			putLine(out.Pix[at*out.Stride:], sums, counts, rows)
			clear(sums)
			rows = 0
		}
	}
	return out
}

// addLine adds a line of pixels to the sums of the columns.
func addLine(sums, counts []uint32, line []uint8) {
	for x, n := range counts {
		var r, g, b uint32
		for ; n > 0; n-- {
			r, g, b = r+uint32(line[0]), g+uint32(line[1]), b+uint32(line[2])
			line = line[4:]
		}
		s := sums[3*x : 3*x+3]
		s[0], s[1], s[2] = s[0]+r, s[1]+g, s[2]+b
	}
}

func putLine(out []uint8, sums, counts []uint32, rows uint32) {
	for x, n := range counts {
		n *= rows
		p := out[4*x : 4*x+4]
		for k := range 3 {
			p[k] = uint8((sums[3*x+k] + n/2) / n)
		}
		p[3] = 0xff
	}
}

// encode writes a thumbnail as JPEG.
func encode(m *image.RGBA) ([]byte, error) {
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fmt.Errorf("encode thumbnail: %w", err)
	}
	return b.Bytes(), nil
}

// SmallPicture is an image's thumbnail as a file by itself, a JPEG of no side longer than
// 160 pixels; nil where it has none.
func SmallPicture(data []byte) ([]byte, error) {
	if len(data) > MostBytes {
		return nil, nil
	}
	t := NewThumbnail(data, thumbnailSide)
	if t.Image == nil {
		return nil, nil
	}
	return encode(t.Image)
}
