package report

import (
	"bytes"
	"encoding/binary"
	"image"
)

// orientation is how a JPEG's Exif block says that it is to be turned: 1 to 8, where 1 is
// as it is (Exif 2.32, 4.6.4 A). It is 1 where nothing says so.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		marker, n := data[at+1], int(binary.BigEndian.Uint16(data[at+2:]))
		if marker == 0xda || n < 2 || at+2+n > len(data) {
			break
		}
		if body := data[at+4 : at+2+n]; marker == 0xe1 && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
			return tiffOrientation(body[6:])
		}
		at += 2 + n
	}
	return 1
}

func tiffOrientation(p []byte) int {
	if len(p) < 8 {
		return 1
	}
	var order binary.ByteOrder = binary.LittleEndian
	if p[0] == 'M' {
		order = binary.BigEndian
	}
	at := int64(order.Uint32(p[4:]))
	if at+2 > int64(len(p)) {
		return 1
	}
	entries := p[at+2:]
	for range order.Uint16(p[at:]) {
		if len(entries) < 12 {
			break
		}
		const tagOrientation, short = 0x0112, 3
		if order.Uint16(entries) == tagOrientation && order.Uint16(entries[2:]) == short {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
			return 1
		}
		entries = entries[12:]
	}
	return 1
}

// turn turns and mirrors a picture as an orientation says.
func turn(m *image.RGBA, o int) *image.RGBA {
	w, h := m.Rect.Dx(), m.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sx, sy := x, y
			if o >= 5 {
				sx, sy = y, x
			}
			switch o {
			case 2, 3, 7, 8:
				sx = w - 1 - sx
			}
			switch o {
			case 3, 4, 6, 7:
				sy = h - 1 - sy
			}
			copy(out.Pix[out.PixOffset(x, y):][:4], m.Pix[m.PixOffset(sx, sy):][:4])
		}
	}
	return out
}
