package validate

import (
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"

	"github.com/pickshard/pickshard/pipeline"
)

// What is left to DepthPixels. Of a JPEG, a GIF and a WebP nothing is: whoever has
// walked their codes cannot fail at their pixels.

// maxDecoded bounds what is decoded, in pixels.
const maxDecoded = 64 << 20

// checkPixels decodes an image that is in order outside. One of a format that
// it does not decode, or too large to be decoded, is let through.
func checkPixels(head pipeline.Head, data []byte) *pipeline.Fault {
	if int64(head.Width)*int64(head.Height) > maxDecoded {
		return nil
	}
	if head.Format == pipeline.FormatPNG {
		return checkRows(data)
	}
	return nil
}

// checkRows inflates the image data of a PNG and looks at the filter of each row
// (section 9). Like Pillow it asks for the rows, and for the checksum where that stands
// right behind them; that it is missing, or that there is more, is nothing to Pillow.
func checkRows(data []byte) *pipeline.Fault {
	ihdr, at := data[16:29], pngSignature
	for string(data[at+4:at+8]) != "IDAT" {
		at += pngOverhead + int(binary.BigEndian.Uint32(data[at:]))
	}
	z, err := zlib.NewReader(&idatReader{data: data, pos: at})
	if err != nil {
		return broken("the image data from byte %s on: %v", count(at), err)
	}
	row := make([]byte, rowBytes(ihdr, int64(binary.BigEndian.Uint32(ihdr)))+1)
	for _, pass := range passes(ihdr) {
		p := row[:rowBytes(ihdr, pass.width)+1]
		for y := range pass.height {
			if _, err := io.ReadFull(z, p); err != nil {
				return broken("the image data from byte %s on has %s rows whole, %s are due: %v", count(at), count(y), count(pass.height), err)
			}
			if p[0] > 4 {
				return broken("the image data from byte %s on has a row of filter %d, there is none of that number", count(at), p[0])
			}
		}
	}
	if _, err := z.Read(row[:1]); errors.Is(err, zlib.ErrChecksum) {
		return broken("the image data from byte %s on is not what its checksum (Adler-32) is of", count(at))
	}
	return nil
}

// pass is the size of one of the images that a PNG is made of.
type pass struct{ width, height int64 }

// passes returns the reduced images of an interlaced PNG (section 8.1), or its only
// one.
func passes(ihdr []byte) (all []pass) {
	w, h := int64(binary.BigEndian.Uint32(ihdr)), int64(binary.BigEndian.Uint32(ihdr[4:]))
	if ihdr[12] == 0 {
		return []pass{{w, h}}
	}
	for _, p := range [7][4]int64{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}} {
		width, height := (w-p[0]+p[2]-1)/p[2], (h-p[1]+p[3]-1)/p[3]
		if width > 0 && height > 0 { // one without pixels has no filters either
			all = append(all, pass{width, height})
		}
	}
	return all
}

// rowBytes returns the bytes of a row of so many pixels, without its filter.
func rowBytes(ihdr []byte, width int64) int64 {
	channels := [7]int64{1, 0, 3, 1, 2, 0, 4}[ihdr[9]]
	return (width*channels*int64(ihdr[8]) + 7) / 8
}
