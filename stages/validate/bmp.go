package validate

import (
	"encoding/binary"

	"github.com/pickshard/pickshard/pipeline"
)

// The names are those of Microsoft's BITMAPFILEHEADER and BITMAPINFOHEADER.

const (
	bmpFileHeader = 14
	bmpCoreHeader = 12 // BITMAPCOREHEADER, of OS/2
)

// bitmap is what the headers of a BMP tell.
type bitmap struct {
	width, height int
	depth         int // bits a pixel
	compression   uint32
	offset, size  int64     // of the pixels; size may be 0
	colours       uint32    // of the palette, 0 for as many as the depth allows
	masks         [4]uint32 // of red, green, blue and alpha in a pixel
}

func readBitmap(data []byte) (b bitmap, fault *pipeline.Fault) {
	if len(data) < bmpFileHeader+bmpCoreHeader {
		return b, broken("cut after %s bytes, within the header", count(len(data)))
	}
	le := binary.LittleEndian
	b.offset = int64(le.Uint32(data[10:]))
	header := le.Uint32(data[14:])
	p := data[bmpFileHeader:]
	switch {
	case header == bmpCoreHeader:
		b.width, b.height = int(le.Uint16(p[4:])), int(le.Uint16(p[6:]))
		b.depth = int(le.Uint16(p[10:]))
		return b, nil
	case header != 40 && header != 52 && header != 56 && header != 64 && header != 108 && header != 124:
		return b, broken("its header has %s bytes, no BMP has", count(header))
	case len(p) < int(header):
		return b, broken("cut after %s bytes, within the header", count(len(data)))
	}
	b.width, b.height = int(int32(le.Uint32(p[4:]))), int(int32(le.Uint32(p[8:])))
	if b.height < 0 { // from the top down
		b.height = -b.height
	}
	b.depth, b.compression = int(le.Uint16(p[14:])), le.Uint32(p[16:])
	b.size, b.colours = int64(le.Uint32(p[20:])), le.Uint32(p[32:])
	for i := range b.masks {
		// Behind the oldest header stand the masks of the colours alone.
		if at := 40 + 4*i; len(p) >= at+4 && (i < 3 || header >= 56) {
			b.masks[i] = le.Uint32(p[at:])
		}
	}
	return b, nil
}

func headBMP(data []byte) (pipeline.Head, *pipeline.Fault) {
	b, fault := readBitmap(data)
	return pipeline.Head{Format: pipeline.FormatBMP, Width: b.width, Height: b.height}, fault
}

// checkBMP compares the length of the file with that of its rows. There are no
// sums: nothing else of it can be checked.
func checkBMP(data []byte) *pipeline.Fault {
	b, fault := readBitmap(data)
	if fault != nil {
		return fault
	}
	const rows, rle8, rle4, fields = 0, 1, 2, 3
	switch b.depth {
	case 1, 4, 8, 16, 24, 32:
	default:
		return undecodable("a BMP of %d bits a pixel: Pillow takes 1, 4, 8, 16, 24 and 32", b.depth)
	}
	if b.depth <= 8 && b.colours > 256 {
		return undecodable("a BMP whose palette has %s colours: Pillow takes at most 256", count(b.colours))
	}
	if b.compression == fields && !b.pillowMasks() {
		return undecodable("a BMP whose pixels of %d bits have the masks %x: Pillow does not take them", b.depth, b.masks)
	}
	switch b.compression {
	case rows, fields:
		stride := (int64(b.width)*int64(b.depth) + 31) / 32 * 4
		last := (int64(b.width)*int64(b.depth) + 7) / 8
		if need := b.offset + stride*int64(b.height-1) + last; need > int64(len(data)) {
			return cut(data, need, "%s rows of %s bytes from byte %s on", count(b.height), count(stride), count(b.offset))
		}
	case rle8, rle4:
		if need := b.offset + max(b.size, 2); need > int64(len(data)) {
			return cut(data, need, "compressed rows from byte %s on", count(b.offset))
		}
	default:
		return undecodable("a BMP of compression %d: Pillow does not take it", b.compression)
	}
	return nil
}

// pillowMasks says whether Pillow knows how the colours lie in a pixel
// (BmpImagePlugin, SUPPORTED).
func (b *bitmap) pillowMasks() bool {
	colours := [3]uint32(b.masks[:3])
	switch b.depth {
	case 16:
		return colours == [3]uint32{0xf800, 0x7e0, 0x1f} || colours == [3]uint32{0x7c00, 0x3e0, 0x1f}
	case 24:
		return colours == [3]uint32{0xff0000, 0xff00, 0xff}
	case 32:
		switch b.masks {
		case [4]uint32{0xff0000, 0xff00, 0xff, 0}, [4]uint32{0xff000000, 0xff0000, 0xff00, 0}, [4]uint32{0xff000000, 0xff00, 0xff, 0},
			[4]uint32{0xff000000, 0xff0000, 0xff00, 0xff}, [4]uint32{0xff, 0xff00, 0xff0000, 0xff000000},
			[4]uint32{0xff0000, 0xff00, 0xff, 0xff000000}, [4]uint32{0xff000000, 0xff00, 0xff, 0xff0000}, [4]uint32{}:
			return true
		}
	}
	return false
}
