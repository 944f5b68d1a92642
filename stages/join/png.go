package join

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"

	"github.com/klauspost/compress/zlib"
)

// bitmap says how the numbers of an image lie: pixel (x, y) has its channel c at
// y*row + x*pixel + c*channel.
type bitmap struct {
	width, height, channels int
	row, pixel, channel     int
}

// maxSide is the greatest width or height of a PNG made of pixels.
const maxSide = 1 << 16

// bitmapOf finds out how n numbers of that shape lie: [height, width], [height, width,
// channels], or [channels, height, width] where the first is 1, 3 or 4 and the last is
// not.
func bitmapOf(shape []int, n int) (bitmap, error) {
	size := 1
	for _, s := range shape {
		if s < 1 || s > maxSide {
			return bitmap{}, fmt.Errorf("pixels of shape %v: each length is 1 to %d", shape, maxSide)
		}
		if size *= s; size > n {
			break
		}
	}
	if size != n {
		return bitmap{}, fmt.Errorf("%d pixel values do not fit shape %v", n, shape)
	}
	isChannels := func(c int) bool { return c == 1 || c == 3 || c == 4 }
	switch {
	case len(shape) == 2:
		return bitmap{width: shape[1], height: shape[0], channels: 1, row: shape[1], pixel: 1}, nil
	case len(shape) == 3 && isChannels(shape[2]):
		return bitmap{width: shape[1], height: shape[0], channels: shape[2], row: shape[1] * shape[2], pixel: shape[2], channel: 1}, nil
	case len(shape) == 3 && isChannels(shape[0]):
		return bitmap{width: shape[2], height: shape[1], channels: shape[0], row: shape[2], pixel: 1, channel: shape[1] * shape[2]}, nil
	}
	return bitmap{}, fmt.Errorf("pixels of shape %v: an image is [height, width], [height, width, channels] or [channels, height, width] with 1, 3 or 4 channels", shape)
}

// pngEncoder makes PNGs in room that it uses again. Its bytes follow from the pixels
// and from the pinned version of the compressor alone.
type pngEncoder struct {
	out  bytes.Buffer
	zip  *zlib.Writer
	line [2][]byte // of pixels, this and the one above
	best []byte    // the filtered line
	try  []byte
}

const pngSignature = "\x89PNG\r\n\x1a\n"

// encode returns the PNG (PNG specification, third edition) of gray, RGB or RGBA
// pixels of 8 bits. It is valid until the next call.
func (e *pngEncoder) encode(b bitmap, pixels []byte) []byte {
	e.out.Reset()
	e.out.WriteString(pngSignature)
	header := binary.BigEndian.AppendUint32(nil, uint32(b.width))
	header = binary.BigEndian.AppendUint32(header, uint32(b.height))
	header = append(header, 8, map[int]byte{1: 0, 3: 2, 4: 6}[b.channels], 0, 0, 0)
	e.chunk("IHDR", func() { e.out.Write(header) })
	e.chunk("IDAT", func() { e.writeLines(b, pixels) })
	e.chunk("IEND", func() {})
	return e.out.Bytes()
}

// chunk writes a chunk around what write writes.
func (e *pngEncoder) chunk(name string, write func()) {
	start := e.out.Len()
	e.out.WriteString("\x00\x00\x00\x00" + name)
	write()
	data := e.out.Bytes()[start:]
	binary.BigEndian.PutUint32(data, uint32(len(data)-8))
	e.out.Write(binary.BigEndian.AppendUint32(nil, crc32.ChecksumIEEE(data[4:])))
}

// writeLines compresses the lines. A bytes.Buffer takes all, so no write fails.
func (e *pngEncoder) writeLines(b bitmap, pixels []byte) {
	if e.zip == nil {
		e.zip, _ = zlib.NewWriterLevel(&e.out, 6) // a level that there is
	} else {
		e.zip.Reset(&e.out)
	}
	n := b.width * b.channels
	for k := range e.line {
		e.line[k] = append(e.line[k][:0], make([]byte, n)...)
	}
	for y := range b.height {
		line, above := e.line[y&1], e.line[1-y&1]
		for x := range b.width {
			for c := range b.channels {
				line[x*b.channels+c] = pixels[y*b.row+x*b.pixel+c*b.channel]
			}
		}
		_, _ = e.zip.Write(e.filter(line, above, b.channels))
	}
	_ = e.zip.Close()
}

// filter returns the line in the filter whose bytes, taken as signed, are the smallest
// in sum: the specification's advice (section 12.7).
func (e *pngEncoder) filter(line, above []byte, channels int) []byte {
	least := -1
	for kind := range byte(5) {
		e.try = append(e.try[:0], kind)
		sum := 0
		for i, v := range line {
			var left, corner byte
			if i >= channels {
				left, corner = line[i-channels], above[i-channels]
			}
			v -= predict(kind, left, above[i], corner)
			sum += min(int(v), 256-int(v))
			e.try = append(e.try, v)
		}
		if least < 0 || sum < least {
			least = sum
			e.best, e.try = e.try, e.best
		}
	}
	return e.best
}

// predict is a filter's guess of a byte (section 9.2).
func predict(kind, left, above, corner byte) byte {
	switch kind {
	case 1:
		return left
	case 2:
		return above
	case 3:
		return byte((int(left) + int(above)) / 2)
	case 4:
		p := int(left) + int(above) - int(corner)
		a, b, c := abs(p-int(left)), abs(p-int(above)), abs(p-int(corner))
		if a <= b && a <= c {
			return left
		} else if b <= c {
			return above
		}
		return corner
	}
	return 0
}

func abs(n int) int { return max(n, -n) }
