package validate

import (
	"encoding/binary"
	"slices"

	"github.com/pickshard/pickshard/pipeline"
)

// Sections are those of TIFF 6.0; BigTIFF is as libtiff writes it.

// Tags of a directory (section 8 and 15).
const (
	tiffWidth       = 256
	tiffHeight      = 257
	tiffCompression = 259
	tiffStrips      = 273
	tiffStripSizes  = 279
	tiffTiles       = 324
	tiffTileSizes   = 325
	tiffSamples     = 277
	tiffSampleKind  = 339
)

// maxDirectories bounds the walk over the pages of a file.
const maxDirectories = 1_000

// tiff reads the numbers of a TIFF file.
type tiff struct {
	data  []byte
	order binary.ByteOrder
	big   bool // BigTIFF
}

// entry is a field of a directory: count values of size bytes, at a byte.
type entry struct {
	size, count, at int64
}

// directory is what is read of a page.
type directory struct {
	width, height, compression int64
	samples, kind              int64 // a pixel; of numbers, 3 for floating point
	offsets, sizes             entry // of strips or tiles
	next                       int64
}

func openTIFF(data []byte) (t tiff, first int64, fault *pipeline.Fault) {
	if len(data) < 16 {
		return t, 0, broken("cut after %s bytes, within the header", count(len(data)))
	}
	t = tiff{data: data, order: binary.LittleEndian}
	if data[0] == 'M' {
		t.order = binary.BigEndian
	}
	if t.big = t.order.Uint16(data[2:]) == 43; t.big {
		return t, t.number(8, 8), nil
	}
	return t, t.number(4, 4), nil
}

// number reads an unsigned integer of 1, 2, 4 or 8 bytes; one that does not lie in
// the file, or is too large for any place in it, is -1.
func (t *tiff) number(at, size int64) int64 {
	if at < 0 || at > int64(len(t.data))-size {
		return -1
	}
	p := t.data[at:]
	switch size {
	case 1:
		return int64(p[0])
	case 2:
		return int64(t.order.Uint16(p))
	case 4:
		return int64(t.order.Uint32(p))
	}
	if n := t.order.Uint64(p); n < 1<<62 {
		return int64(n)
	}
	return -1
}

// directory reads the directory at a byte.
func (t *tiff) directory(at int64) (d directory, fault *pipeline.Fault) {
	n, from, width, counts := t.number(at, 2), at+2, int64(12), int64(4)
	if t.big {
		n, from, width, counts = t.number(at, 8), at+8, 20, 8
	}
	if n < 0 || n > 1<<16 || from+n*width+counts > int64(len(t.data)) {
		return d, cut(t.data, max(at, 0)+2, "a directory of %s fields begins at byte %s", count(n), count(at))
	}
	for i := range n {
		p := from + i*width
		typ := t.number(p+2, 2)
		e := entry{size: valueSize(typ), count: t.number(p+4, counts), at: p + 4 + counts}
		if e.size == 0 || e.count < 0 {
			continue
		}
		if e.count > counts/e.size { // the values stand elsewhere
			if e.at = t.number(e.at, counts); e.count > int64(len(t.data)) || e.at+e.count*e.size > int64(len(t.data)) {
				return d, cut(t.data, max(e.at, 0)+e.size, "field %d of the directory at byte %s has %s values", t.number(p, 2), count(at), count(e.count))
			}
		}
		if !isUnsigned(typ) {
			continue
		}
		switch t.number(p, 2) {
		case tiffWidth:
			d.width = t.number(e.at, e.size)
		case tiffHeight:
			d.height = t.number(e.at, e.size)
		case tiffCompression:
			d.compression = t.number(e.at, e.size)
		case tiffSamples:
			d.samples = t.number(e.at, e.size)
		case tiffSampleKind:
			d.kind = t.number(e.at, e.size)
		case tiffStrips, tiffTiles:
			d.offsets = e
		case tiffStripSizes, tiffTileSizes:
			d.sizes = e
		}
	}
	d.next = t.number(from+n*width, counts)
	return d, nil
}

// valueSize returns the bytes of a value of a type, 0 for an unknown one
// (section 2; 13 and 16 to 18 are of libtiff).
func valueSize(typ int64) int64 {
	switch typ {
	case 1, 2, 6, 7:
		return 1
	case 3, 8:
		return 2
	case 4, 9, 11, 13:
		return 4
	case 5, 10, 12, 16, 17, 18:
		return 8
	}
	return 0
}

func isUnsigned(typ int64) bool {
	return typ == 1 || typ == 3 || typ == 4 || typ == 13 || typ == 16 || typ == 18
}

func headTIFF(data []byte) (pipeline.Head, *pipeline.Fault) {
	head := pipeline.Head{Format: pipeline.FormatTIFF}
	t, first, fault := openTIFF(data)
	if fault != nil {
		return head, fault
	}
	d, fault := t.directory(first)
	head.Width, head.Height = int(max(d.width, 0)), int(max(d.height, 0))
	return head, fault
}

// checkTIFF sees that the directories of all pages, and all strips and tiles that
// they name, lie within the file. There are no sums.
func checkTIFF(data []byte) *pipeline.Fault {
	t, at, fault := openTIFF(data)
	if fault != nil {
		return fault
	}
	seen := []int64{at}
	left := int64(len(data)) // strips and tiles that may still be looked at
	for page := 0; at != 0; page++ {
		if page == maxDirectories {
			return broken("more than %s pages", count(maxDirectories))
		}
		d, fault := t.directory(at)
		if fault != nil {
			return fault
		}
		if fault := t.checkParts(&d, at, &left); fault != nil {
			return fault
		}
		if page == 0 && !pillowReads(d.compression) {
			return undecodable("a TIFF of compression %d: Pillow does not take it", d.compression)
		}
		if page == 0 && d.samples > pillowSamples {
			return undecodable("a TIFF of %s samples a pixel: Pillow takes at most %d", count(d.samples), pillowSamples)
		}
		if page == 0 && d.kind == 3 && d.samples > 1 {
			return undecodable("a TIFF of %d floating-point numbers a pixel: Pillow takes one", d.samples)
		}
		if slices.Contains(seen, d.next) {
			return nil // readers stop there
		}
		seen = append(seen, d.next)
		at = d.next
	}
	return nil
}

// checkParts looks at the strips or tiles of a page.
func (t *tiff) checkParts(d *directory, at int64, left *int64) *pipeline.Fault {
	offsets, sizes := d.offsets, d.sizes
	if offsets.count == 0 {
		return broken("the directory at byte %s names no image data", count(at))
	}
	end := offsets.at + offsets.count*offsets.size
	if *left -= offsets.count; offsets.at < 0 || offsets.count > int64(len(t.data)) || end > int64(len(t.data)) || *left < 0 {
		return cut(t.data, max(end, 0), "the directory at byte %s names %s parts", count(at), count(offsets.count))
	}
	for i := range offsets.count {
		from, size := t.number(offsets.at+i*offsets.size, offsets.size), int64(1)
		if i < sizes.count {
			size = t.number(sizes.at+i*sizes.size, sizes.size)
		}
		if from < 0 || size < 0 || from > int64(len(t.data)) || size > int64(len(t.data))-from {
			return cut(t.data, max(from, 0)+max(size, 0), "part %s of %s of the page at byte %s", count(i+1), count(offsets.count), count(at))
		}
	}
	return nil
}

// pillowSamples is the most samples a pixel that Pillow takes (TiffImagePlugin,
// MAX_SAMPLESPERPIXEL).
const pillowSamples = 6

// pillowReads says whether Pillow reads a compression (TiffImagePlugin,
// COMPRESSION_INFO; the libtiff in it has no WebP).
func pillowReads(compression int64) bool {
	switch compression {
	case 0, 1, 2, 3, 4, 5, 6, 7, 8, 32771, 32773, 32809, 32946, 34676, 34677, 34925, 50000:
		return true
	}
	return false
}
