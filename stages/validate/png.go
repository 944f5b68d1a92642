package validate

import (
	"encoding/binary"
	"hash/crc32"

	"github.com/pickshard/pickshard/pipeline"
)

// Sections are those of the PNG specification, third edition (W3C).

const (
	pngSignature = 8
	pngOverhead  = 12        // length, type and CRC of a chunk
	pngHeader    = 8 + 25    // signature and IHDR
	pngMaxLength = 1<<31 - 1 // section 5.3
)

// headPNG reads IHDR, which must come first (section 11.2.1).
func headPNG(data []byte) (pipeline.Head, *pipeline.Fault) {
	head := pipeline.Head{Format: pipeline.FormatPNG}
	if len(data) < pngHeader {
		return head, broken("cut after %s bytes, within the header", count(len(data)))
	}
	if string(data[12:16]) != "IHDR" {
		return head, broken("the first chunk is %q, it must be IHDR", data[12:16])
	}
	if n := binary.BigEndian.Uint32(data[8:]); n != 13 {
		return head, broken("chunk IHDR has %s bytes, it must have 13", count(n))
	}
	head.Width = int(min(binary.BigEndian.Uint32(data[16:]), pngMaxLength))
	head.Height = int(min(binary.BigEndian.Uint32(data[20:]), pngMaxLength))
	return head, nil
}

// checkPNG walks the chunks to IEND and compares each one's CRC-32 (section
// 5.5), which covers all of the file but signature, lengths and the sums
// themselves, and a wrong length leads to a wrong sum. Order is as section 5.6
// has it where decoders depend on it. Bytes after IEND are not looked at: the
// image is whole, and viewers and Pillow read it.
func checkPNG(data []byte) *pipeline.Fault {
	var seen pngChunks
	for pos := pngSignature; ; {
		rest := data[pos:]
		if len(rest) < pngOverhead {
			return cut(data, pos+pngOverhead, "a chunk begins at byte %s", count(pos))
		}
		length := binary.BigEndian.Uint32(rest)
		typ := binary.BigEndian.Uint32(rest[4:])
		if !isChunkType(rest[4:8]) {
			return broken("no chunk at byte %s, where one must begin: its type is %q", count(pos), rest[4:8])
		}
		if length > pngMaxLength {
			return broken("chunk %s at byte %s has an impossible length of %s bytes", rest[4:8], count(pos), count(length))
		}
		end := int64(pos) + pngOverhead + int64(length)
		if end > int64(len(data)) {
			return cut(data, end, "chunk %s at byte %s has %s bytes", rest[4:8], count(pos), count(length))
		}
		body := rest[8 : 8+length]
		// The sum covers type and body.
		if want, got := binary.BigEndian.Uint32(rest[8+length:]), crc32.ChecksumIEEE(rest[4:8+length]); got != want {
			return broken("damaged between byte %s and %s: chunk %s has the CRC %08x, its bytes give %08x",
				count(pos), count(end), rest[4:8], want, got)
		}
		if fault := seen.add(typ, body, pos); fault != nil {
			return fault
		}
		if typ == pngIEND {
			return nil
		}
		pos = int(end)
	}
}

// Chunk types as big-endian numbers.
const (
	pngIHDR = 'I'<<24 | 'H'<<16 | 'D'<<8 | 'R'
	pngPLTE = 'P'<<24 | 'L'<<16 | 'T'<<8 | 'E'
	pngIDAT = 'I'<<24 | 'D'<<16 | 'A'<<8 | 'T'
	pngIEND = 'I'<<24 | 'E'<<16 | 'N'<<8 | 'D'
)

// pngChunks remembers which chunks came, to see that they come in order.
type pngChunks struct {
	header, palette, image bool
	ended                  bool // another chunk followed the image data
	indexed                bool // pixels are indexes into the palette
	imageBytes             int64
}

func (s *pngChunks) add(typ uint32, body []byte, pos int) *pipeline.Fault {
	if s.image && typ != pngIDAT {
		s.ended = true
	}
	switch typ {
	case pngIHDR:
		if s.header {
			return broken("a second IHDR chunk at byte %s", count(pos))
		}
		s.header = true
		return s.checkHeader(body)
	case pngPLTE:
		if len(body)%3 != 0 || len(body) == 0 || len(body) > 3*256 {
			return broken("chunk PLTE at byte %s has %s bytes, no palette has", count(pos), count(len(body)))
		}
		s.palette = true
	case pngIDAT:
		if s.ended {
			return broken("chunk IDAT at byte %s stands apart from the image data before it", count(pos))
		}
		if s.indexed && !s.palette {
			return broken("the image data at byte %s needs a palette, there is none before it", count(pos))
		}
		s.image = true
		s.imageBytes += int64(len(body))
	case pngIEND:
		if !s.image {
			return broken("the file ends at byte %s without image data", count(pos))
		}
		if len(body) != 0 {
			return broken("chunk IEND at byte %s has %s bytes, it must have none", count(pos), count(len(body)))
		}
		// A zlib stream has a header of 2 bytes, a block and a sum of 4.
		if s.imageBytes < 8 {
			return broken("the image data has only %s bytes", count(s.imageBytes))
		}
	}
	return nil
}

// checkHeader looks at the fields of IHDR that decoders refuse (section 11.2.1,
// table 12).
func (s *pngChunks) checkHeader(body []byte) *pipeline.Fault {
	depth, colour := body[8], body[9]
	var depths string
	switch colour {
	case 0:
		depths = "\x01\x02\x04\x08\x10"
	case 3:
		depths = "\x01\x02\x04\x08"
		s.indexed = true
	case 2, 4, 6:
		depths = "\x08\x10"
	}
	for i := range len(depths) {
		if depths[i] == depth && body[10] == 0 && body[11] == 0 && body[12] <= 1 {
			return nil
		}
	}
	return broken("chunk IHDR tells what no PNG has: bit depth %d, colour type %d, compression %d, filter %d, interlace %d",
		depth, colour, body[10], body[11], body[12])
}

// isChunkType: four ASCII letters (section 5.3).
func isChunkType(p []byte) bool {
	for _, c := range p {
		if c|0x20 < 'a' || c|0x20 > 'z' {
			return false
		}
	}
	return true
}
