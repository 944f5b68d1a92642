package validate

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"github.com/pickshard/pickshard/pipeline"
)

// Bounds of Pillow (PngImagePlugin): what a compressed text or profile may
// inflate to, and what all texts of an image may have.
const (
	pillowText     = 1 << 20
	pillowAllTexts = 64 << 20
	// maxInflated bounds our own work where Pillow has no bound: of profiles an
	// image has one.
	maxInflated = 128 << 20
)

// pngRefused finds what Pillow does not open in a PNG that is intact. The order
// of its steps is that of Pillow: chunks are read to IEND, of an animation to the
// second frame.
type pngRefused struct {
	inflaters     *inflaters
	width, height uint32
	colour        byte
	texts         int   // characters of all texts
	inflated      int64 // bytes that were inflated to look
	image         bool
	moving        bool // more than one frame
	done          bool // Pillow reads no further
	frames        uint32
	sequence      int64 // the next number of a frame, section 11.3.5
	exif          exifBlock
	hasExif       bool
	rawExif       []byte // of the text "Raw profile type exif"
}

func (r *pngRefused) add(typ uint32, body []byte, at int) *pipeline.Fault {
	if r.done {
		return nil
	}
	if typ == pngIHDR {
		r.width, r.height = binary.BigEndian.Uint32(body), binary.BigEndian.Uint32(body[4:])
		r.colour = body[9]
		return nil
	}
	if need := r.need(typ); len(body) < need {
		return undecodable("chunk %s at byte %s has %s bytes, it must have %d", chunkName(typ), count(at), count(len(body)), need)
	}
	switch typ {
	case pngIDAT:
		if !r.image { // a still image in front of the frames counts as one
			r.image, r.moving = true, r.frames > 1 || r.frames == 1 && r.sequence == 0
		}
	case pngTEXt:
		key, text, _ := bytes.Cut(body, []byte{0})
		return r.addText(string(key), text, len(text), at)
	case pngZTXt:
		return r.addCompressed(body, at)
	case pngITXt:
		return r.addInternational(body, at)
	case pngICCP:
		return r.addProfile(body, at)
	case pngEXIf:
		r.exif, r.hasExif = exifBlock{}, true
		r.exif.add(body)
	case pngACTL:
		if n := binary.BigEndian.Uint32(body); r.frames == 0 && n > 0 && n <= 1<<31 {
			r.frames = n
		} else {
			r.frames = 0
		}
	case pngFCTL:
		return r.addFrame(body, at)
	case pngFDAT:
		if r.sequence == 0 {
			return undecodable("the animation has data at byte %s without the head of a frame", count(at))
		}
		return r.next(binary.BigEndian.Uint32(body), at)
	}
	return nil
}

// need returns how many bytes Pillow reads of a chunk.
func (r *pngRefused) need(typ uint32) int {
	switch typ {
	case pngTRNS:
		switch {
		case r.colour == 2:
			return 6
		case r.colour == 0:
			return 2
		}
	case pngGAMA, pngFDAT:
		return 4
	case pngCHRM:
		return 32
	case pngSRGB:
		return 1
	case pngPHYS:
		return 9
	case pngACTL:
		return 8
	case pngFCTL:
		return 26
	}
	return 0
}

// addFrame looks at the head of a frame of an animation.
func (r *pngRefused) addFrame(body []byte, at int) *pipeline.Fault {
	if r.moving {
		r.done = true // Pillow reads the first frame
		return nil
	}
	if fault := r.next(binary.BigEndian.Uint32(body), at); fault != nil {
		return fault
	}
	var box [4]uint64
	for i := range box {
		box[i] = uint64(binary.BigEndian.Uint32(body[4+4*i:]))
	}
	if box[0]+box[2] > uint64(r.width) || box[1]+box[3] > uint64(r.height) {
		return undecodable("the frame at byte %s reaches over the edge of the image", count(at))
	}
	return nil
}

// next sees that a frame's number is the one after the last.
func (r *pngRefused) next(number uint32, at int) *pipeline.Fault {
	if int64(number) != r.sequence {
		return undecodable("the frames of the animation are not in order: number %d at byte %s, %d is due", number, count(at), r.sequence)
	}
	r.sequence++
	return nil
}

// addText counts a text, and keeps what stands for Exif.
func (r *pngRefused) addText(key string, text []byte, characters, at int) *pipeline.Fault {
	if key == "" {
		return nil
	}
	switch key {
	case "exif":
		r.exif, r.hasExif = exifBlock{}, true
		r.exif.add(text)
	case "Raw profile type exif":
		r.rawExif = text
	}
	if r.texts += characters; r.texts > pillowAllTexts {
		return undecodable("its texts have more than %s characters at byte %s, the limit of Pillow", count(pillowAllTexts), count(at))
	}
	return nil
}

// addCompressed: keyword, 0, method, data (section 11.3.3.3).
func (r *pngRefused) addCompressed(body []byte, at int) *pipeline.Fault {
	key, rest, _ := bytes.Cut(body, []byte{0})
	if len(rest) == 0 {
		return nil
	}
	if rest[0] != 0 {
		return undecodable("the text at byte %s is compressed by an unknown method %d", count(at), rest[0])
	}
	text, whole, fault := r.inflate(rest[1:], at)
	if fault != nil {
		return fault
	}
	if !whole {
		text = nil
	}
	return r.addText(string(key), text, len(text), at)
}

// addInternational: keyword, 0, whether it is compressed, method, language, 0,
// keyword, 0, text (section 11.3.3.4).
func (r *pngRefused) addInternational(body []byte, at int) *pipeline.Fault {
	key, rest, ok := bytes.Cut(body, []byte{0})
	if !ok || len(rest) < 2 {
		return nil
	}
	compressed, method := rest[0] != 0, rest[1]
	parts := bytes.SplitN(rest[2:], []byte{0}, 3)
	if len(parts) < 3 {
		return nil
	}
	text := parts[2]
	if compressed {
		if method != 0 {
			return nil
		}
		inflated, whole, fault := r.inflate(text, at)
		if fault != nil {
			return fault
		}
		if !whole {
			return nil
		}
		text = inflated
	}
	if !utf8.Valid(text) || !utf8.Valid(parts[0]) || !utf8.Valid(parts[1]) {
		return nil // Pillow passes over it
	}
	return r.addText(string(key), text, utf8.RuneCount(text), at)
}

// addProfile: name, 0, method, data (section 11.3.2.3).
func (r *pngRefused) addProfile(body []byte, at int) *pipeline.Fault {
	i := bytes.IndexByte(body, 0) + 1
	if i >= len(body) {
		return undecodable("the colour profile at byte %s has no data", count(at))
	}
	if body[i] != 0 {
		return undecodable("the colour profile at byte %s is compressed by an unknown method %d", count(at), body[i])
	}
	data := body[i+1:]
	if len(data)*maxRatio < pillowText {
		return nil
	}
	z := r.inflaters.take()
	defer r.inflaters.put(z)
	n, _ := z.size(data, pillowText+1)
	return r.checkInflated(n, "colour profile", at)
}

// maxRatio is the most that deflate makes of a byte.
const maxRatio = 1032

// inflate returns what a text inflates to, and whether it is undamaged: Pillow
// passes over one that is not.
func (r *pngRefused) inflate(data []byte, at int) (text []byte, whole bool, fault *pipeline.Fault) {
	z := r.inflaters.take()
	defer r.inflaters.put(z)
	text, whole = z.text(data, pillowText+1)
	return text, whole, r.checkInflated(int64(len(text)), "text", at)
}

func (r *pngRefused) checkInflated(n int64, what string, at int) *pipeline.Fault {
	r.inflated += n
	switch {
	case n > pillowText:
		return undecodable("the %s at byte %s inflates to more than %s bytes, the limit of Pillow", what, count(at), count(pillowText))
	case r.inflated > maxInflated:
		return undecodable("its texts and profiles inflate to more than %s bytes at byte %s", count(maxInflated), count(at))
	}
	return nil
}

// finish judges what Pillow reads last.
func (r *pngRefused) finish() *pipeline.Fault {
	if r.hasExif {
		return r.exif.check()
	}
	if r.rawExif == nil {
		return nil
	}
	lines := strings.SplitN(string(r.rawExif), "\n", 4)
	if len(lines) < 4 {
		return nil
	}
	block, ok := fromHex(strings.ReplaceAll(lines[3], "\n", ""))
	if !ok {
		return undecodable("its text %q is not hexadecimal: Pillow raises when it is asked for the orientation", "Raw profile type exif")
	}
	r.exif.add(block)
	return r.exif.check()
}

// fromHex reads hexadecimal digits as Python's bytes.fromhex does: spaces may
// stand between bytes. Of the bytes it returns what an exifBlock needs.
func fromHex(s string) (head []byte, ok bool) {
	for i := 0; i < len(s); {
		if strings.IndexByte(" \t\n\r\v\f", s[i]) >= 0 {
			i++
			continue
		}
		if i+1 >= len(s) || hexDigit(s[i]) < 0 || hexDigit(s[i+1]) < 0 {
			return nil, false
		}
		if len(head) < len(exifBlock{}.head) {
			head = append(head, byte(hexDigit(s[i])<<4|hexDigit(s[i+1])))
		}
		i += 2
	}
	return head, true
}

func hexDigit(c byte) int { return strings.IndexByte("0123456789abcdef", lower(c)) }

func lower(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}

func chunkName(typ uint32) string { return string(binary.BigEndian.AppendUint32(nil, typ)) }
