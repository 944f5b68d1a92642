package validate

import (
	"encoding/binary"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// The boxes are described in ISO/IEC 14496-12 (base media file format), 23008-12
// (image items) and the specification of AVIF.

// isAVIF says whether the brands of an ISO base media file have AVIF among them.
func isAVIF(data []byte) bool {
	return slices.ContainsFunc(brands(data), func(b string) bool { return b == "avif" || b == "avis" })
}

// brands returns what the file's first box says that it is compatible with, the
// major brand first, nil where it is no such file.
func brands(data []byte) (all []string) {
	if len(data) < 12 || string(data[4:8]) != "ftyp" {
		return nil
	}
	all = append(all, string(data[8:12]))
	end := min(int64(binary.BigEndian.Uint32(data)), int64(len(data)), 256)
	for pos := int64(16); pos+4 <= end; pos += 4 {
		all = append(all, string(data[pos:pos+4]))
	}
	return all
}

// isoBox is a box: its type, and what it holds.
type isoBox struct {
	typ  string
	body []byte
}

// nextBox splits the first box from others; ok is false where none is whole.
func nextBox(data []byte) (b isoBox, rest []byte, ok bool) {
	if len(data) < 8 {
		return b, nil, false
	}
	size, head := uint64(binary.BigEndian.Uint32(data)), uint64(8)
	switch size {
	case 0: // to the end
		size = uint64(len(data))
	case 1:
		if len(data) < 16 {
			return b, nil, false
		}
		size, head = binary.BigEndian.Uint64(data[8:]), 16
	}
	if size < head || size > uint64(len(data)) {
		return b, nil, false
	}
	return isoBox{string(data[4:8]), data[head:size]}, data[size:], true
}

// findBox returns the body of the first box of a type.
func findBox(data []byte, typ string) (body []byte, ok bool) {
	for {
		b, rest, more := nextBox(data)
		if !more {
			return nil, false
		}
		if b.typ == typ {
			return b.body, true
		}
		data = rest
	}
}

// headAVIF reads the size of the primary item.
func headAVIF(data []byte) (pipeline.Head, *pipeline.Fault) {
	head := pipeline.Head{Format: pipeline.FormatAVIF}
	meta, ok := findBox(data, "meta")
	if !ok || len(meta) < 4 {
		return head, broken("no whole box %q says what is in the file of %s bytes", "meta", count(len(data)))
	}
	meta = meta[4:] // version and flags
	properties, _ := findBox(meta, "iprp")
	all, _ := findBox(properties, "ipco")
	uses, _ := findBox(properties, "ipma")
	primary, _ := findBox(meta, "pitm")
	for i := 1; ; i++ {
		b, rest, more := nextBox(all)
		if !more {
			return head, broken("the box %q tells no size of the primary image", "meta")
		}
		if b.typ == "ispe" && len(b.body) >= 12 && usesProperty(uses, primary, i) {
			head.Width = int(binary.BigEndian.Uint32(b.body[4:]) & (1<<31 - 1))
			head.Height = int(binary.BigEndian.Uint32(b.body[8:]) & (1<<31 - 1))
			return head, nil
		}
		all = rest
	}
}

// usesProperty says whether the primary item has the property of a number
// (ItemPropertyAssociation, 23008-12 section 9.3.2).
func usesProperty(uses, primary []byte, number int) bool {
	if len(uses) < 8 || len(primary) < 6 {
		return false
	}
	item := uint32(binary.BigEndian.Uint16(primary[4:]))
	if primary[0] > 0 && len(primary) >= 8 {
		item = binary.BigEndian.Uint32(primary[4:])
	}
	idSize, wide := 2, uses[3]&1 == 1
	if uses[0] > 0 {
		idSize = 4
	}
	p := uses[8:]
	for n := binary.BigEndian.Uint32(uses[4:]); n > 0 && len(p) > idSize; n-- {
		id := uint32(binary.BigEndian.Uint16(p))
		if idSize == 4 {
			id = binary.BigEndian.Uint32(p)
		}
		entries := int(p[idSize])
		p = p[idSize+1:]
		for ; entries > 0; entries-- {
			size := 1
			if wide {
				size = 2
			}
			if len(p) < size {
				return false
			}
			index := int(p[0] & 0x7f)
			if wide {
				index = int(binary.BigEndian.Uint16(p) & 0x7fff)
			}
			if id == item && index == number {
				return true
			}
			p = p[size:]
		}
	}
	return false
}

// checkAVIF walks the boxes of the file: each must lie within it, and one must
// hold coded data. There are no sums.
func checkAVIF(data []byte) *pipeline.Fault {
	media := false
	for rest := data; len(rest) > 0; {
		b, after, ok := nextBox(rest)
		if !ok {
			pos := len(data) - len(rest)
			if len(rest) < 8 {
				return cut(data, pos+8, "a box begins at byte %s", count(pos))
			}
			return cut(data, int64(pos)+int64(binary.BigEndian.Uint32(rest)), "box %q begins at byte %s", rest[4:8], count(pos))
		}
		media = media || b.typ == "mdat" && len(b.body) > 0
		rest = after
	}
	if meta, _ := findBox(data, "meta"); !media && len(meta) > 4 {
		_, media = findBox(meta[4:], "idat")
	}
	if !media {
		return broken("the file ends at byte %s without image data", count(len(data)))
	}
	return nil
}
