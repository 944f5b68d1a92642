package validate

import (
	"encoding/binary"
	"fmt"
)

// lzw walks the codes of a GIF image (GIF89a appendix F) without writing a
// pixel: of each code it knows only how many pixels it stands for.
type lzw struct {
	bits bitstream
	// pixels that a code stands for
	pixels [1 << lzwMaxBits]uint32
}

const lzwMaxBits = 12

// walk takes the data blocks from a byte on, of an image of so many pixels, and
// returns what is wrong with them. The size of the first codes is the byte in
// front of them.
func (z *lzw) walk(data []byte, pos int, pixels int64) (wrong string) {
	first := int(data[pos-1])
	z.bits.fillBlocks(data, pos)
	clearCode := 1 << first
	end := clearCode + 1
	for i := range clearCode {
		z.pixels[i] = 1
	}
	width, next, last := first+1, end+1, -1
	at, done := 0, int64(0)
	for at+width <= z.bits.end {
		word := binary.LittleEndian.Uint64(z.bits.buf[at>>3:])
		code := int(word>>(at&7)) & (1<<width - 1)
		at += width
		switch {
		case code == clearCode:
			width, next, last = first+1, end+1, -1
			continue
		case code == end:
			return z.finish(at, done, pixels)
		case code > next || code == next && (last < 0 || next >= 1<<lzwMaxBits) || last < 0 && code > end:
			return fmt.Sprintf("a code that its table has not, after %s of %s pixels", count(done), count(pixels))
		}
		if last >= 0 && next < 1<<lzwMaxBits {
			z.pixels[next] = z.pixels[last] + 1
			if next++; next == 1<<width && width < lzwMaxBits {
				width++
			}
		}
		done += int64(z.pixels[code])
		last = code
		if done >= pixels {
			return z.finish(at, done, pixels)
		}
	}
	return z.finish(at, done, pixels)
}

// lzwRest is how many bytes may follow the last pixel: the end code, and what
// encoders fill their blocks with.
const lzwRest = 8

func (z *lzw) finish(at int, done, pixels int64) string {
	if done < pixels {
		return fmt.Sprintf("its codes are of %s pixels, it has %s", count(done), count(pixels))
	}
	if rest := (z.bits.end - at) / 8; rest > lzwRest {
		return fmt.Sprintf("%s bytes follow its last pixel", count(rest))
	}
	return ""
}

// fillBlocks takes the data of GIF's blocks from a byte on; checkGIF has walked
// them.
func (b *bitstream) fillBlocks(data []byte, pos int) {
	buf := b.buf[:0]
	for pos < len(data) && data[pos] != 0 {
		n := int(data[pos])
		buf = append(buf, data[pos+1:min(pos+1+n, len(data))]...)
		pos += 1 + n
	}
	b.end, b.pos = len(buf)*8, 0
	b.buf = append(buf, 0, 0, 0, 0, 0, 0, 0, 0)
}
