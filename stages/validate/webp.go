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
// of a lossy stream, and the sizes that are told twice. Bytes after the RIFF
// chunk are not looked at. There are no sums; what else is wrong in a stream
// shows only when its codes are walked: on request, or where there are traces of a
// bad copy (sector.go). Those alone prove nothing: flat images of either kind
// hold runs of many KiB of zeros.
func checkWebP(data []byte, depth Depth, walkers *walkers) *pipeline.Fault {
	size := int64(binary.LittleEndian.Uint32(data[4:]))
	end := 8 + size
	if end > int64(len(data)) {
		return broken("cut after %s of %s bytes", count(len(data)), count(end))
	}
	if end < riffHeader+riffChunk {
		return broken("its header tells a length of %s bytes, no image has", count(end))
	}
	r := riff{data: data[:end], depth: depth, walkers: walkers}
	if fault := r.walk(riffHeader, int(end)); fault != nil {
		return fault
	}
	if r.images == 0 {
		return broken("the file ends at byte %s without image data", count(end))
	}
	if end < int64(len(data)) && convertedLines(data[riffHeader:]) {
		return broken("line ends were converted on the way: all 0a bytes follow a 0d")
	}
	if r.refused == nil {
		return r.exif.check()
	}
	return r.refused
}

// riff is what a walk over the chunks of a WebP knows.
type riff struct {
	data    []byte
	depth   Depth
	walkers *walkers
	canvas  box // of VP8X, none where it has no sides
	frame   box // that the chunks belong to, none outside an animation
	moving  bool
	hasExif bool
	images  int
	behind  int // chunks from the image on, of a file without VP8X
	exif    exifBlock
	refused *pipeline.Fault
}

// box is a size in pixels.
type box struct{ width, height int }

// walk walks the chunks from one byte to another. Frames of an animation hold
// chunks themselves.
func (r *riff) walk(pos, end int) *pipeline.Fault {
	for pos < end {
		rest := r.data[pos:end]
		if r.behind > 1 { // libwebp looks at one chunk behind the image of a file without VP8X
			return nil
		}
		if len(rest) < riffChunk {
			r.refused = undecodable("%s bytes are left over at byte %s, within the RIFF chunk: libwebp and Pillow refuse it", count(len(rest)), count(pos))
			return nil
		}
		typ, size := rest[:4], int64(binary.LittleEndian.Uint32(rest[4:]))
		if !isFourCC(typ) && !(size == 0 && allZero(typ)) {
			return broken("no chunk at byte %s, where one must begin: its type is %q", count(pos), typ)
		}
		if size > int64(len(rest)-riffChunk) {
			return broken("chunk %q at byte %s has %s bytes, %s are left", typ, count(pos), count(size), count(len(rest)-riffChunk))
		}
		if fault := r.chunk(string(typ), pos, pos+riffChunk, pos+riffChunk+int(size)); fault != nil {
			return fault
		}
		if r.canvas == (box{}) && r.images > 0 {
			r.behind++
		}
		if pos += riffChunk + int(size+size&1); pos > end {
			r.refused = undecodable("the chunk that ends at byte %s lacks its padding byte: libwebp and Pillow refuse it", count(end))
		}
	}
	return nil
}

// isFourCC: four printable characters, or the XMP chunk as some programs write it.
func isFourCC(p []byte) bool {
	if string(p) == "XMP\x00" {
		return true
	}
	for _, c := range p {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// chunk looks at the chunk at a byte, whose body lies between two others.
func (r *riff) chunk(typ string, at, from, to int) *pipeline.Fault {
	body := r.data[from:to]
	switch typ {
	case "VP8X":
		if len(body) < vp8xPayload {
			return broken("chunk VP8X at byte %s has %s bytes", count(at), count(len(body)))
		}
		r.moving, r.hasExif = body[0]&2 != 0, body[0]&8 != 0
		r.canvas = box{uint24(body[4:]) + 1, uint24(body[7:]) + 1}
	case "VP8 ":
		size, fault := checkVP8(body, at)
		if fault != nil {
			return fault
		}
		return r.image(size, at, from, to, func(w *walker) string { return w.lossy.walk(body, size) })
	case "VP8L":
		size, fault := checkVP8L(body, at)
		if fault != nil {
			return fault
		}
		return r.image(size, at, from, to, func(w *walker) string {
			return w.lossless.walk(body[vp8lHeader:], size.width, size.height)
		})
	case "ALPH":
		return r.alpha(body, at, from, to)
	case "ANMF":
		if len(body) < anmfHeader || r.frame != (box{}) {
			return broken("chunk ANMF at byte %s has %s bytes, or lies within another", count(at), count(len(body)))
		}
		r.frame = box{uint24(body[6:]) + 1, uint24(body[9:]) + 1}
		if x, y := 2*uint24(body), 2*uint24(body[3:]); x+r.frame.width > r.canvas.width || y+r.frame.height > r.canvas.height {
			return broken("the frame at byte %s reaches over the edge of the image", count(at))
		}
		fault := r.walk(from+anmfHeader, to)
		r.frame = box{}
		return fault
	case "EXIF":
		if r.hasExif && r.exif.n == 0 { // libwebp passes over one that was not announced
			r.exif.add(body)
		}
	}
	return nil
}

// alpha looks at the transparency of a lossy image (section 2.7.1.2): its bytes, or
// a lossless stream without a header.
func (r *riff) alpha(body []byte, at, from, to int) *pipeline.Fault {
	size := r.canvas
	if r.moving {
		size = r.frame
	}
	if len(body) == 0 || size == (box{}) {
		return nil
	}
	switch method := body[0] & 3; {
	case method == 0 && len(body)-1 < size.width*size.height:
		return broken("chunk ALPH at byte %s has %s bytes, %d x %d are due", count(at), count(len(body)-1), size.width, size.height)
	case method == 1:
		return r.stream(at, from, to, func(w *walker) string {
			return w.lossless.walk(body[1:], size.width, size.height)
		})
	}
	return nil
}

// image looks at a stream whose header tells a size.
func (r *riff) image(size box, at, from, to int, walk func(*walker) string) *pipeline.Fault {
	r.images++
	want := r.frame
	if want == (box{}) && !r.moving {
		want = r.canvas
	}
	if want != (box{}) && size != want {
		return broken("the image at byte %s is of %d x %d pixels, its container says %d x %d", count(at), size.width, size.height, want.width, want.height)
	}
	return r.stream(at, from, to, walk)
}

// stream walks the codes of a stream, if those of all are to be walked, or there are
// traces of a bad copy in this one.
func (r *riff) stream(at, from, to int, walk func(*walker) string) *pipeline.Fault {
	trace := findTrace(r.data, from, to)
	if trace.isProof(r.data) {
		return broken("%s", trace.describe(r.data))
	}
	if r.depth < DepthCodes && !trace.found() {
		return nil
	}
	w := r.walkers.take()
	defer r.walkers.put(w)
	switch wrong := walk(w); {
	case wrong == "" || wrong == notWalked:
		return nil
	case trace.found():
		return broken("%s (the image at byte %s: %s)", trace.describe(r.data), count(at), wrong)
	default:
		return broken("the image at byte %s does not come out even: %s", count(at), wrong)
	}
}

func uint24(p []byte) int { return int(p[0]) | int(p[1])<<8 | int(p[2])<<16 }

// checkVP8 looks at the frame header: a key frame that is shown, whose first
// partition lies within the chunk.
func checkVP8(body []byte, pos int) (size box, fault *pipeline.Fault) {
	if len(body) < vp8Header || body[3] != 0x9d || body[4] != 0x01 || body[5] != 0x2a || body[0]&1 != 0 || body[0]>>1&7 > 3 || body[0]&0x10 == 0 {
		return size, broken("chunk VP8 at byte %s does not begin with a key frame", count(pos))
	}
	first := uint24(body) >> 5
	if first == 0 || first > len(body)-vp8Header {
		return size, broken("chunk VP8 at byte %s has a first partition of %s bytes, %s are left", count(pos), count(first), count(len(body)-vp8Header))
	}
	return box{int(binary.LittleEndian.Uint16(body[6:]) & 0x3fff), int(binary.LittleEndian.Uint16(body[8:]) & 0x3fff)}, nil
}

// checkVP8L looks at the header of a lossless stream.
func checkVP8L(body []byte, pos int) (size box, fault *pipeline.Fault) {
	if len(body) < vp8lHeader || body[0] != 0x2f || body[4]>>5 != 0 {
		return size, broken("chunk VP8L at byte %s does not begin as one", count(pos))
	}
	bits := binary.LittleEndian.Uint32(body[1:])
	return box{int(bits&0x3fff) + 1, int(bits>>14&0x3fff) + 1}, nil
}
