package validate

import (
	"encoding/binary"

	"github.com/pickshard/pickshard/pipeline"
)

// The container is described in RFC 9649 section 2, the heads of its streams in
// RFC 6386 section 9.1 (VP8) and RFC 9649 section 3.4 (VP8L).

const (
	riffHeader  = 12 // "RIFF", size, "WEBP"
	riffChunk   = 8  // type and size
	vp8Header   = 10
	vp8lHeader  = 5
	vp8xPayload = 10
	anmfHeader  = 16
)

func headWebP(data []byte) (pipeline.Head, *pipeline.Fault) {
	head := pipeline.Head{Format: pipeline.FormatWebP}
	const short = "cut after %s bytes, within the header"
	if len(data) < riffHeader+riffChunk {
		return head, broken(short, count(len(data)))
	}
	p := data[riffHeader+riffChunk:]
	switch string(data[12:16]) {
	case "VP8 ":
		if len(p) < vp8Header {
			return head, broken(short, count(len(data)))
		}
		head.Width = int(binary.LittleEndian.Uint16(p[6:]) & 0x3fff)
		head.Height = int(binary.LittleEndian.Uint16(p[8:]) & 0x3fff)
	case "VP8L":
		if len(p) < vp8lHeader {
			return head, broken(short, count(len(data)))
		}
		bits := binary.LittleEndian.Uint32(p[1:])
		head.Width = int(bits&0x3fff) + 1
		head.Height = int(bits>>14&0x3fff) + 1
	case "VP8X":
		if len(p) < vp8xPayload {
			return head, broken(short, count(len(data)))
		}
		head.Width = int(binary.LittleEndian.Uint32(p[3:])>>8) + 1
		head.Height = int(binary.LittleEndian.Uint32(p[6:])>>8) + 1
	default:
		return head, broken("the first chunk is %q, it must be VP8, VP8L or VP8X", data[12:16])
	}
	return head, nil
}

// checkWebP compares the lengths: of the file, its chunks, and the partitions
// of a lossy stream. Bytes after the RIFF chunk are not looked at. There are no
// sums; what else is wrong in a stream shows only when it is decoded. Zeros are
// no suspicion here: flat images of either kind hold runs of many KiB, and the
// arithmetic decoder of a lossy one takes any bits for an image.
func checkWebP(data []byte) *pipeline.Fault {
	size := int64(binary.LittleEndian.Uint32(data[4:]))
	end := 8 + size
	if end > int64(len(data)) {
		return broken("cut after %s of %s bytes", count(len(data)), count(end))
	}
	if end < riffHeader+riffChunk {
		return broken("its header tells a length of %s bytes, no image has", count(end))
	}
	images, fault := walkRIFF(data[:end], riffHeader, true)
	if fault != nil {
		return fault
	}
	if images == 0 {
		return broken("the file ends at byte %s without image data", count(end))
	}
	return nil
}

// walkRIFF walks the chunks of data from pos on and counts the images in them.
// Frames of an animation hold chunks themselves.
func walkRIFF(data []byte, pos int, frames bool) (images int, fault *pipeline.Fault) {
	for pos < len(data) {
		rest := data[pos:]
		if len(rest) < riffChunk {
			if allZero(rest) {
				break // padding
			}
			return 0, broken("no chunk at byte %s, where one must begin: only %s bytes are left", count(pos), count(len(rest)))
		}
		typ, size := rest[:4], int64(binary.LittleEndian.Uint32(rest[4:]))
		for _, c := range typ {
			if c < ' ' || c > '~' {
				return 0, broken("no chunk at byte %s, where one must begin: its type is %q", count(pos), typ)
			}
		}
		if size > int64(len(rest)-riffChunk) {
			return 0, broken("chunk %q at byte %s has %s bytes, %s are left", typ, count(pos), count(size), count(len(rest)-riffChunk))
		}
		body := rest[riffChunk : riffChunk+size]
		switch {
		case string(typ) == "VP8 ":
			fault = checkVP8(body, pos)
			images++
		case string(typ) == "VP8L":
			if len(body) < vp8lHeader || body[0] != 0x2f {
				fault = broken("chunk VP8L at byte %s does not begin as one", count(pos))
			}
			images++
		case string(typ) == "ANMF" && frames:
			if len(body) < anmfHeader {
				return 0, broken("chunk ANMF at byte %s has %s bytes", count(pos), count(size))
			}
			var n int
			n, fault = walkRIFF(data[:pos+riffChunk+len(body)], pos+riffChunk+anmfHeader, false)
			images += n
		}
		if fault != nil {
			return 0, fault
		}
		pos += riffChunk + int(size+size&1)
	}
	return images, nil
}

// checkVP8 looks at the frame header: a key frame whose first partition lies
// within the chunk.
func checkVP8(body []byte, pos int) *pipeline.Fault {
	if len(body) < vp8Header || body[3] != 0x9d || body[4] != 0x01 || body[5] != 0x2a || body[0]&1 != 0 {
		return broken("chunk VP8 at byte %s does not begin with a key frame", count(pos))
	}
	first := int(body[0])>>5 | int(body[1])<<3 | int(body[2])<<11
	if first == 0 || first > len(body)-vp8Header {
		return broken("chunk VP8 at byte %s has a first partition of %s bytes, %s are left", count(pos), count(first), count(len(body)-vp8Header))
	}
	return nil
}
