package validate

import (
	"bytes"
	"encoding/binary"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// Modes as Pillow names them, and two that it has no name of its own for.
var (
	knownModes = []string{"1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "RGB;16", "animated"}
	// oddModes are those that code which expects RGB stumbles over even after
	// convert("RGB"): inks that come out inverted, bits that are cut, frames that are
	// not looked at.
	oddModes = []string{"CMYK", "I;16", "RGB;16", "animated"}
)

// modeOf is an image's mode; the image is in order as far as its structure goes.
// Where the mode is not known it is RGB.
func modeOf(data []byte, h pipeline.Head) string {
	switch h.Format {
	case pipeline.FormatPNG:
		return modePNG(data)
	case pipeline.FormatJPEG:
		return modeJPEG(data)
	case pipeline.FormatGIF:
		return "P"
	case pipeline.FormatWebP:
		return modeWebP(data)
	}
	return "RGB"
}

// modePNG reads IHDR (PNG section 11.2.2): bit depth at 24, colour type at 25.
func modePNG(data []byte) string {
	if len(data) < 33 {
		return "RGB"
	}
	if _, ok := chunkPNG(data, "acTL"); ok {
		return "animated"
	}
	depth, colour := data[24], data[25]
	switch {
	case colour == 3:
		return "P"
	case colour == 0 && depth == 1:
		return "1"
	case colour == 0 && depth == 16:
		return "I;16"
	case depth == 16:
		return "RGB;16"
	case colour == 0:
		return "L"
	case colour == 4:
		return "LA"
	case colour == 6:
		return "RGBA"
	}
	return "RGB"
}

// chunkPNG finds a chunk in front of the first IDAT.
func chunkPNG(data []byte, kind string) (body []byte, ok bool) {
	for at := 8; at+12 <= len(data); {
		n := int(binary.BigEndian.Uint32(data[at:]))
		name := string(data[at+4 : at+8])
		if n < 0 || n > len(data)-at-12 || name == "IDAT" && kind != "IDAT" {
			return nil, false
		}
		if name == kind {
			return data[at+8 : at+8+n], true
		}
		at += 12 + n
	}
	return nil, false
}

// segmentsJPEG calls each for the segments in front of the first scan, and returns
// where the scan's coded bytes begin.
func segmentsJPEG(data []byte, each func(marker byte, body []byte)) (scan int, ok bool) {
	for at := 2; at+4 <= len(data); {
		if data[at] != 0xff {
			at++ // what strays between segments
			continue
		}
		marker := data[at+1]
		if marker == 0xff {
			at++
			continue
		}
		if marker == 0x01 || marker >= 0xd0 && marker <= 0xd8 || marker == 0 {
			at += 2
			continue
		}
		n := int(binary.BigEndian.Uint16(data[at+2:]))
		if n < 2 || at+2+n > len(data) {
			return 0, false
		}
		if marker == 0xda {
			return at + 2 + n, true
		}
		each(marker, data[at+4:at+2+n])
		at += 2 + n
	}
	return 0, false
}

// modeJPEG counts the components of the frame (T.81 section B.2.2).
func modeJPEG(data []byte) string {
	components := byte(3)
	segmentsJPEG(data, func(marker byte, body []byte) {
		if marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc && len(body) > 5 {
			components = body[5]
		}
	})
	switch components {
	case 1:
		return "L"
	case 4:
		return "CMYK"
	}
	return "RGB"
}

// modeWebP reads the flags of VP8X, or the alpha bit of VP8L.
func modeWebP(data []byte) string {
	if len(data) < 30 {
		return "RGB"
	}
	switch string(data[12:16]) {
	case "VP8X":
		switch flags := data[20]; {
		case flags&0x02 != 0:
			return "animated"
		case flags&0x10 != 0:
			return "RGBA"
		}
	case "VP8L":
		if data[24]&0x10 != 0 {
			return "RGBA"
		}
	}
	return "RGB"
}

// chunkWebP finds a chunk of a WebP.
func chunkWebP(data []byte, kinds ...string) (body []byte, ok bool) {
	for at := 12; at+8 <= len(data); {
		n := int(binary.LittleEndian.Uint32(data[at+4:]))
		if n < 0 || n > len(data)-at-8 {
			return nil, false
		}
		if slices.Contains(kinds, string(data[at:at+4])) {
			return data[at+8 : at+8+n], true
		}
		at += 8 + n + n&1
	}
	return nil, false
}

// orientationOf is the orientation that Exif tells, 0 where it tells none.
func orientationOf(data []byte, h pipeline.Head) int {
	var exif []byte
	switch h.Format {
	case pipeline.FormatJPEG:
		segmentsJPEG(data, func(marker byte, body []byte) {
			if marker == 0xe1 && exif == nil && bytes.HasPrefix(body, []byte("Exif\x00\x00")) {
				exif = body[6:]
			}
		})
	case pipeline.FormatPNG:
		exif, _ = chunkPNG(data, "eXIf")
	case pipeline.FormatWebP:
		exif, _ = chunkWebP(data, "EXIF")
		exif = bytes.TrimPrefix(exif, []byte("Exif\x00\x00"))
	}
	return orientation(exif)
}

// orientation finds tag 0x112 in the first directory of a TIFF structure.
func orientation(exif []byte) int {
	if len(exif) < 8 {
		return 0
	}
	order := binary.ByteOrder(binary.BigEndian)
	if exif[0] == 'I' {
		order = binary.LittleEndian
	}
	at := int(order.Uint32(exif[4:]))
	if at < 8 || at > len(exif)-2 {
		return 0
	}
	n := int(order.Uint16(exif[at:]))
	for i := range n {
		entry := at + 2 + 12*i
		if entry+12 > len(exif) {
			return 0
		}
		if order.Uint16(exif[entry:]) == 0x112 && order.Uint16(exif[entry+2:]) == 3 {
			return int(order.Uint16(exif[entry+8:]))
		}
	}
	return 0
}

// codedBytes is how many bytes of an image are its coded pixels, and up to how many
// those of an image of its size and of one colour can be: measured on flat pictures of
// all modes and encoder settings, with room to spare.
func codedBytes(data []byte, h pipeline.Head) (n, most int, ok bool) {
	pixels := h.Width * h.Height
	switch h.Format {
	case pipeline.FormatPNG:
		for at := 8; at+12 <= len(data); {
			size := int(binary.BigEndian.Uint32(data[at:]))
			if size < 0 || size > len(data)-at-12 {
				return 0, 0, false
			}
			if string(data[at+4:at+8]) == "IDAT" {
				n += size
			}
			at += 12 + size
		}
		return n, 128 + pixels/50, true
	case pipeline.FormatJPEG:
		scan, ok := segmentsJPEG(data, func(byte, []byte) {})
		return len(data) - scan, 512 + pixels/50, ok
	case pipeline.FormatWebP:
		body, ok := chunkWebP(data, "VP8 ", "VP8L")
		return len(body), 128 + pixels/280, ok
	}
	return 0, 0, false
}
