package validate

import (
	"bytes"

	"github.com/pickshard/pickshard/pipeline"
)

// exifBlock is the beginning of an image's Exif data, which is a TIFF file
// without pictures (CIPA DC-008 section 4.5). The Image feature of the library
// datasets asks every image for its orientation, and Pillow raises where the
// block is not a TIFF; what is wrong behind its header it forgives.
type exifBlock struct {
	head [32]byte
	n    int // bytes of head in use
	// resolution is set where the image tells it without Exif.
	resolution bool
}

// add appends bytes of the block.
func (x *exifBlock) add(p []byte) { x.n += copy(x.head[x.n:], p) }

// check says why the block cannot be read, nil when it can, or there is none.
func (x *exifBlock) check() *pipeline.Fault {
	head := x.head[:x.n]
	for range 2 { // Pillow takes it away as often
		head = bytes.TrimPrefix(head, []byte("Exif\x00\x00"))
	}
	if len(head) == 0 {
		return nil
	}
	if len(head) >= 8 {
		switch string(head[:4]) {
		case "II*\x00", "MM\x00*", "II\x00*", "MM*\x00":
			return nil
		}
	}
	return undecodable("its Exif block begins with %q: Pillow cannot read the orientation and raises", string(head[:min(len(head), 8)]))
}
