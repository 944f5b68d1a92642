package pipeline

// Image formats a Checker can name.
const (
	FormatJPEG = "jpeg"
	FormatPNG  = "png"
	FormatGIF  = "gif"
	FormatWebP = "webp"
	FormatAVIF = "avif"
	FormatBMP  = "bmp"
	FormatTIFF = "tiff"
)

// Head is what an image's first bytes tell.
type Head struct {
	Format        string // FormatJPEG, ...
	Width, Height int    // in pixels
}

// A Checker looks at an image's bytes without decoding its pixels: known
// format, sane size, intact by structure. It must not keep or change data, is
// safe for concurrent use, and answers any bytes without panicking. A nil
// fault means that the image may be written.
type Checker interface {
	CheckImage(data []byte) (Head, *Fault)
}

// A Fault is a broken rule without the record it was found in.
type Fault struct {
	Rule   string // RuleFormat, RuleIntact, ...
	Detail string // what was found, for people
	// Cause is what was found without what differs from image to image, of a small
	// number of words, so that faults can be counted by it; it may be empty.
	Cause string
}

// The free bytes that stand before and after an image in its buffer, for what
// a format wraps around it: a tar header and padding, a Parquet page header.
const (
	RoomBefore = 1024
	RoomAfter  = 4096
)

// Image is one image's bytes in a buffer that has room around them. It belongs
// to the goroutine that builds the sample; a writer may use it, and overwrite
// the room, until WriteImage returns.
type Image struct {
	buf []byte // RoomBefore + size + RoomAfter
	// CRC is the CRC-32C of Bytes.
	CRC  uint32
	Head Head
}

// NewImage lays an image of size bytes over buf, which must hold at least
// RoomBefore + size + RoomAfter bytes. The bytes are the caller's to fill.
func NewImage(buf []byte, size int) *Image {
	return &Image{buf: buf[:RoomBefore+size+RoomAfter]}
}

// Bytes returns the image.
func (m *Image) Bytes() []byte { return m.buf[RoomBefore : len(m.buf)-RoomAfter] }

// Before returns the n bytes in front of the image, to be filled; n is at most
// RoomBefore.
func (m *Image) Before(n int) []byte { return m.buf[RoomBefore-n : RoomBefore] }

// After returns the n bytes behind the image, to be filled; n is at most
// RoomAfter.
func (m *Image) After(n int) []byte {
	end := len(m.buf) - RoomAfter
	return m.buf[end : end+n]
}

// frame returns before + image + after as one slice.
func (m *Image) frame(before, after int) []byte {
	return m.buf[RoomBefore-before : len(m.buf)-RoomAfter+after]
}
