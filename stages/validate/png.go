package validate

import (
	"bytes"
	"cmp"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

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
func checkPNG(data []byte, inflaters *inflaters) *pipeline.Fault {
	var seen pngChunks
	refused := pngRefused{inflaters: inflaters}
	var first *pipeline.Fault
	for pos := pngSignature; ; {
		rest := data[pos:]
		if len(rest) < pngOverhead {
			if seen.image && bytes.HasPrefix([]byte("\x00\x00\x00\x00IEND\xaeB\x60\x82"), rest) {
				return checkUnendedPNG(data, &seen)
			}
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
		if fault := refused.add(typ, body, pos); fault != nil && first == nil {
			first = fault
		}
		if typ == pngIEND {
			return cmp.Or(first, refused.finish())
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
	pngTEXt = 't'<<24 | 'E'<<16 | 'X'<<8 | 't'
	pngZTXt = 'z'<<24 | 'T'<<16 | 'X'<<8 | 't'
	pngITXt = 'i'<<24 | 'T'<<16 | 'X'<<8 | 't'
	pngICCP = 'i'<<24 | 'C'<<16 | 'C'<<8 | 'P'
	pngEXIf = 'e'<<24 | 'X'<<16 | 'I'<<8 | 'f'
	pngACTL = 'a'<<24 | 'c'<<16 | 'T'<<8 | 'L'
	pngFCTL = 'f'<<24 | 'c'<<16 | 'T'<<8 | 'L'
	pngFDAT = 'f'<<24 | 'd'<<16 | 'A'<<8 | 'T'
	pngTRNS = 't'<<24 | 'R'<<16 | 'N'<<8 | 'S'
	pngGAMA = 'g'<<24 | 'A'<<16 | 'M'<<8 | 'A'
	pngCHRM = 'c'<<24 | 'H'<<16 | 'R'<<8 | 'M'
	pngSRGB = 's'<<24 | 'R'<<16 | 'G'<<8 | 'B'
	pngPHYS = 'p'<<24 | 'H'<<16 | 'Y'<<8 | 's'
)

// pngChunks remembers which chunks came, to see that they come in order.
type pngChunks struct {
	header, palette, image bool
	ended                  bool // another chunk followed the image data
	indexed                bool // pixels are indexes into the palette
	imageBytes             int64
	stream                 [3]byte // the first bytes of the image data
	streamKnown            int
	ihdr                   []byte
	imageAt                int // the first chunk of image data
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
		s.header, s.ihdr = true, body
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
		if !s.image {
			s.image, s.imageAt = true, pos
		}
		s.streamKnown += copy(s.stream[s.streamKnown:], body)
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
		if what := notZlib(s.stream); what != "" {
			return broken("the image data from byte %s on is not a zlib stream: %s", count(s.imageAt), what)
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

// notZlib says why a zlib stream cannot begin with these bytes (RFC 1950 section
// 2.2, RFC 1951 section 3.2.3), "" when it can.
func notZlib(p [3]byte) string {
	switch {
	case p[0]&15 != 8:
		return fmt.Sprintf("its method is %d", p[0]&15)
	case p[0]>>4 > 7:
		return fmt.Sprintf("its window is 2^%d", p[0]>>4+8)
	case (int(p[0])<<8|int(p[1]))%31 != 0:
		return fmt.Sprintf("the check of its header %02x %02x is wrong", p[0], p[1])
	case p[1]&0x20 != 0:
		return "it needs a dictionary"
	case p[2]>>1&3 == 3:
		return "its first block is of no kind"
	}
	return ""
}

// checkUnendedPNG judges a file that ends where IEND should stand, or within it:
// the image is whole when its stream is. It is inflated for that, to a counter.
func checkUnendedPNG(data []byte, seen *pngChunks) *pipeline.Fault {
	z, err := zlib.NewReader(&idatReader{data: data, pos: seen.imageAt})
	if err == nil {
		_, err = io.CopyN(io.Discard, z, scanlines(seen.ihdr))
	}
	if err != nil {
		return cut(data, len(data)+pngOverhead, "the image data is not whole: %v", err)
	}
	return unended("all data of the image is there, the end mark IEND at byte %s is not", count(len(data)))
}

// scanlines returns how many bytes the image data of a header inflates to
// (section 7.2).
func scanlines(ihdr []byte) (n int64) {
	for _, p := range passes(ihdr) {
		n += p.height * (rowBytes(ihdr, p.width) + 1)
	}
	return n
}

// idatReader reads the bodies of the IDAT chunks from one on, which checkPNG has
// walked.
type idatReader struct {
	data []byte
	pos  int
	body []byte
}

func (r *idatReader) Read(p []byte) (int, error) {
	for len(r.body) == 0 {
		if len(r.data)-r.pos < pngOverhead || string(r.data[r.pos+4:r.pos+8]) != "IDAT" {
			return 0, io.ErrUnexpectedEOF
		}
		n := int(binary.BigEndian.Uint32(r.data[r.pos:]))
		r.body = r.data[r.pos+8 : r.pos+8+n]
		r.pos += pngOverhead + n
	}
	n := copy(p, r.body)
	r.body = r.body[n:]
	return n, nil
}
