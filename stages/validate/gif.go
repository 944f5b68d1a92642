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
	if box := firstImage(data); box != nil {
		right, bottom := edges(box)
		head.Width, head.Height = max(head.Width, right), max(head.Height, bottom)
	}
	return head, nil
}

// firstImage returns the image descriptor that comes first, behind extensions,
// nil for none. Decoders enlarge the screen where that image is larger.
func firstImage(data []byte) []byte {
	for pos := gifHeader + colourTable(data[10]); len(data)-pos >= 10; {
		switch data[pos] {
		case 0x2c:
			return data[pos : pos+10]
		case 0x21:
			pos += 2
		default:
			return nil
		}
		for n := -1; n != 0 && pos < len(data); pos += 1 + n {
			n = int(data[pos])
		}
	}
	return nil
}

// edges returns where an image reaches to on the screen (section 20).
func edges(box []byte) (right, bottom int) {
	left, top := binary.LittleEndian.Uint16(box[1:]), binary.LittleEndian.Uint16(box[3:])
	return int(left) + int(binary.LittleEndian.Uint16(box[5:])), int(top) + int(binary.LittleEndian.Uint16(box[7:]))
}

// checkGIF walks the blocks to the trailer (section 27). There are no sums, but
// data comes in blocks of at most 255 bytes that each tell their length, so
// whatever is longer and not what it was breaks the chain. Bytes after the
// trailer are not looked at.
func checkGIF(data []byte, depth Depth, walkers *walkers) *pipeline.Fault {
	codes := func(begin, codes int) *pipeline.Fault {
		w := walkers.take()
		defer walkers.put(w)
		box := data[begin : begin+10]
		pixels := int64(binary.LittleEndian.Uint16(box[5:])) * int64(binary.LittleEndian.Uint16(box[7:]))
		if wrong := w.lzw.walk(data, codes, pixels); wrong != "" {
			return broken("the image at byte %s does not come out even: %s", count(begin), wrong)
		}
		return nil
	}
	blocks := func(int, int) *pipeline.Fault { return nil }
	if depth >= DepthCodes {
		blocks = codes
	}
	fault := walkGIF(data, blocks)
	if fault != nil && fault.Rule == pipeline.RuleIntact {
		return fault
	}
	switch trace := findTrace(data, gifHeader, len(data)); {
	case trace.isProof(data):
		return broken("%s", trace.describe(data))
	case trace.found() && depth < DepthCodes:
		if wrong := walkGIF(data, codes); wrong != nil && wrong.Rule == pipeline.RuleIntact {
			return broken("%s (%s)", trace.describe(data), wrong.Detail)
		}
	}
	return fault
}

// walkGIF walks the blocks, and hands each image to see: where it begins, and
// where the first block of its codes.
func walkGIF(data []byte, see func(begin, codes int) *pipeline.Fault) *pipeline.Fault {
	pos := gifHeader + colourTable(data[10])
	images := 0
	for {
		if pos >= len(data) {
			if images > 0 && pos == len(data) {
				return unended("all data of the image is there, the trailer 3b at byte %s is not", count(pos))
			}
			return cut(data, pos+1, "no trailer ends it")
		}
		begin, codes := pos, 0
		// There are encoders that write an empty block too many.
		if images > 0 && data[pos] == 0 && (pos+1 == len(data) || data[pos+1] == 0x3b) {
			pos++
			continue
		}
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
			codes = pos
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
		if codes > 0 {
			if fault := see(begin, codes); fault != nil {
				return fault
			}
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
