package validate

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"

	"golang.org/x/image/vp8"

	"github.com/pickshard/pickshard/pipeline"
)

// What is left to DepthPixels. Of a JPEG, a GIF and a lossless WebP nothing is:
// whoever has walked their codes cannot fail at their pixels.

// maxDecoded bounds what is decoded, in pixels.
const maxDecoded = 64 << 20

// checkPixels decodes an image that is in order outside. One of a format that
// it does not decode, or too large to be decoded, is let through.
func checkPixels(head pipeline.Head, data []byte) *pipeline.Fault {
	if int64(head.Width)*int64(head.Height) > maxDecoded {
		return nil
	}
	switch head.Format {
	case pipeline.FormatPNG:
		return checkRows(data)
	case pipeline.FormatWebP:
		return decodeWebP(data[riffHeader : 8+binary.LittleEndian.Uint32(data[4:])])
	}
	return nil
}

// checkRows inflates the image data of a PNG and looks at the filter of each row
// (section 9). Like Pillow it asks for the rows and no more.
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

// decodeWebP decodes the images in chunks that checkWebP has walked.
func decodeWebP(chunks []byte) *pipeline.Fault {
	for len(chunks) >= riffChunk {
		size := int(binary.LittleEndian.Uint32(chunks[4:]))
		body := chunks[riffChunk : riffChunk+size]
		var fault *pipeline.Fault
		switch string(chunks[:4]) {
		case "ANMF":
			fault = decodeWebP(body[anmfHeader:])
		case "VP8 ":
			fault = decodeVP8(body)
		}
		if fault != nil {
			return fault
		}
		chunks = chunks[min(len(chunks), riffChunk+size+size&1):]
	}
	return nil
}

// spare is how many bytes at the end of a lossy stream a decoder can be without:
// the coder writes out what it holds, in whole bytes.
const spare = 8

// decodeVP8 decodes a lossy stream twice, with its last bytes and without. Its
// arithmetic coder takes any bits for pixels, so damage in the middle of
// it is no error; but from there on other pixels are read than were written, and
// they take another number of bytes. Too few are an error by themselves, and a
// stream that does well without its end has too many.
func decodeVP8(body []byte) *pipeline.Fault {
	if err := guard(func() error { return vp8Frame(body) }); err != nil {
		return broken("its pixels cannot be decoded: %v", err)
	}
	if len(body) < vp8Header+4*spare {
		return nil
	}
	if err := guard(func() error { return vp8Frame(body[:len(body)-spare]) }); err == nil {
		return broken("its pixels are all decoded before the end of their data: something is damaged or too much")
	}
	return nil
}

func vp8Frame(body []byte) error {
	d := vp8.NewDecoder()
	d.Init(bytes.NewReader(body), len(body))
	if _, err := d.DecodeFrameHeader(); err != nil {
		return err
	}
	_, err := d.DecodeFrame()
	return err
}

// guard turns a panic of a decoder that is not ours into an error: images are not
// to be trusted.
func guard(decode func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("decode: %v", p)
		}
	}()
	return decode()
}
