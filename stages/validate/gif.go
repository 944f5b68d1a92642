package validate

import (
	"bytes"
	"encoding/binary"

	"github.com/pickshard/pickshard/pipeline"
)

// Sections are those of the GIF89a specification (CompuServe, 1990).

const gifHeader = 13 // header and logical screen descriptor (sections 17, 18)

func headGIF(data []byte) (pipeline.Head, *pipeline.Fault) {
	head := pipeline.Head{Format: pipeline.FormatGIF}
	if len(data) < gifHeader {
		return head, broken("cut after %s bytes, within the header", count(len(data)))
	}
	head.Width = int(binary.LittleEndian.Uint16(data[6:]))
	head.Height = int(binary.LittleEndian.Uint16(data[8:]))
	return head, nil
}

// checkGIF walks the blocks to the trailer (section 27). There are no sums, but
// data comes in blocks of at most 255 bytes that each tell their length, so
// whatever is longer and not what it was breaks the chain. Bytes after the
// trailer are not looked at.
func checkGIF(data []byte) *pipeline.Fault {
	pos := gifHeader + colourTable(data[10])
	images := 0
	for {
		if pos >= len(data) {
			return cut(data, pos+1, "no trailer ends it")
		}
		begin := pos
		switch data[pos] {
		case 0x3b: // trailer
			if images == 0 {
				return broken("the file ends at byte %s without an image", count(pos))
			}
			return nil
		case 0x21: // extension: label, then data
			pos += 2
		case 0x2c: // image descriptor, colour table, size of a code, then data
			if len(data)-pos < 11 {
				return cut(data, pos+11, "an image begins at byte %s", count(pos))
			}
			pos += 10 + colourTable(data[pos+9])
			if pos < len(data) && (data[pos] < 1 || data[pos] > 11) {
				return broken("the image at byte %s has codes of %d bits, no GIF has", count(begin), data[pos])
			}
			pos++
			images++
		default:
			return broken("no block at byte %s, where one must begin: found 0x%02x", count(pos), data[pos])
		}
		for n := -1; n != 0; {
			if pos >= len(data) {
				return cut(data, pos+1, "the data of the block at byte %s", count(begin))
			}
			n = int(data[pos])
			pos += 1 + n
		}
	}
}

// colourTable returns the size in bytes of the table that follows a packed
// field (sections 18, 20).
func colourTable(packed byte) int {
	if packed&0x80 == 0 {
		return 0
	}
	return 3 << (packed&7 + 1)
}

// allZero says whether p holds nothing but zeros.
func allZero(p []byte) bool { return len(bytes.TrimLeft(p, "\x00")) == 0 }
