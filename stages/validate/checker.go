package validate

import (
	"fmt"
	"hash/crc32"
	"slices"
	"strconv"

	"github.com/pickshard/pickshard/pipeline"
)

// Limits bounds what an image may be. A field that is 0 sets no bound, but for
// what the formats themselves can say.
type Limits struct {
	MaxBytes  int64 // size of the file in bytes
	MaxSide   int   // width and height, each, in pixels
	MaxPixels int64 // width times height
}

// DefaultLimits admits every image that training code can be expected to open:
// 64 MiB; 65,535 pixels a side, the most that a JPEG can have; and the number
// of pixels above which Pillow refuses an image as a decompression bomb
// (PIL.Image.MAX_IMAGE_PIXELS, twice).
func DefaultLimits() Limits {
	return Limits{MaxBytes: 64 << 20, MaxSide: 65535, MaxPixels: 2 * 89478485}
}

// Depth is how far a Checker goes into an image that is in order outside.
type Depth int

const (
	// DepthStructure walks chunks, blocks and markers and their sums, at the speed
	// of memory. Codes are walked of JPEGs that are suspicious alone: a walk of all
	// progressive ones would take more time than reading and writing them.
	DepthStructure Depth = iota
	// DepthCodes walks the codes of every JPEG, GIF and WebP, without a pixel.
	DepthCodes
	// DepthPixels inflates PNGs too, as far as Pillow would fail: what is wrong there
	// has right sums. AVIF, BMP and TIFF stay with their structure.
	DepthPixels
)

// Options are what a Checker asks of an image.
type Options struct {
	Limits
	Depth Depth
	// OneIn makes the check go as deep in one image of so many, chosen by its
	// bytes: the same ones in every run. Of the others the structure is looked at.
	// 0 and 1 stand for all.
	OneIn int
	// Formats are those that are let through (pipeline.FormatJPEG, ...); none
	// stands for DefaultFormats.
	Formats []string
}

// DefaultFormats are those that every consumer of a data set opens. AVIF, BMP and
// TIFF are admitted where Options name them; heads and lengths are checked
// of those, for they hold no sums.
func DefaultFormats() []string {
	return []string{pipeline.FormatJPEG, pipeline.FormatPNG, pipeline.FormatGIF, pipeline.FormatWebP}
}

// Formats are all that Options can name.
func Formats() []string {
	return append(DefaultFormats(), pipeline.FormatAVIF, pipeline.FormatBMP, pipeline.FormatTIFF)
}

// Checker is a pipeline.Checker. It is immutable and safe for concurrent use;
// CheckImage allocates nothing for an image that is in order.
type Checker struct {
	options   Options
	walkers   walkers
	inflaters inflaters
}

var _ pipeline.Checker = (*Checker)(nil)

// NewChecker returns a checker that holds images to the options.
func NewChecker(o Options) *Checker {
	if len(o.Formats) == 0 {
		o.Formats = DefaultFormats()
	}
	return &Checker{options: o}
}

func (c *Checker) admits(format string) bool { return slices.Contains(c.options.Formats, format) }

// CheckImage looks at an image's bytes: known format (RuleFormat), size
// (RuleEmpty, RuleTooLarge, RuleDimension), intact by structure (RuleIntact).
// The first rule that is broken is returned, in this order: empty, too large,
// format, dimension, intact. The head is as far as it could be read. Time is
// linear in len(data), whatever the bytes are.
func (c *Checker) CheckImage(data []byte) (pipeline.Head, *pipeline.Fault) {
	if len(data) == 0 {
		return pipeline.Head{}, &pipeline.Fault{Rule: pipeline.RuleEmpty, Detail: "the file has 0 bytes"}
	}
	if c.options.MaxBytes > 0 && int64(len(data)) > c.options.MaxBytes {
		return pipeline.Head{}, &pipeline.Fault{Rule: pipeline.RuleTooLarge,
			Detail: fmt.Sprintf("%s bytes, the limit is %s", count(len(data)), count(c.options.MaxBytes))}
	}
	format := sniff(data)
	if !c.admits(format) {
		what, quote := c.nameOther(data)
		return pipeline.Head{}, &pipeline.Fault{Rule: pipeline.RuleFormat, Detail: what + quote, Cause: what}
	}
	head, fault := readHead(format, data)
	if fault != nil {
		return head, fault
	}
	if fault := c.checkDimension(head); fault != nil {
		return head, fault
	}
	depth := c.depth(data)
	if fault := c.checkStructure(format, data, depth); fault != nil || depth < DepthPixels {
		return head, fault
	}
	return head, checkPixels(head, data)
}

// depth is how far to go into an image.
func (c *Checker) depth(data []byte) Depth {
	if n := c.options.OneIn; n > 1 && crc32.Checksum(data, castagnoli)%uint32(n) != 0 {
		return DepthStructure
	}
	return c.options.Depth
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func (c *Checker) checkDimension(h pipeline.Head) *pipeline.Fault {
	pixels := int64(h.Width) * int64(h.Height)
	detail := ""
	switch {
	case h.Width <= 0 || h.Height <= 0:
		detail = "an image without pixels"
	case c.options.MaxSide > 0 && max(h.Width, h.Height) > c.options.MaxSide:
		detail = "the limit is " + count(c.options.MaxSide) + " pixels a side"
	case c.options.MaxPixels > 0 && pixels > c.options.MaxPixels:
		detail = "the limit is " + count(c.options.MaxPixels) + " pixels"
	default:
		return nil
	}
	return &pipeline.Fault{Rule: pipeline.RuleDimension,
		Detail: fmt.Sprintf("%s x %s pixels: %s", count(h.Width), count(h.Height), detail)}
}

// broken is the fault of an image whose structure is damaged.
func broken(format string, args ...any) *pipeline.Fault {
	return &pipeline.Fault{Rule: pipeline.RuleIntact, Detail: fmt.Sprintf(format, args...)}
}

// undecodable is the fault of an image that is intact, as far as can be seen,
// and that common decoders refuse.
func undecodable(format string, args ...any) *pipeline.Fault {
	return &pipeline.Fault{Rule: pipeline.RuleDecodable, Detail: fmt.Sprintf(format, args...)}
}

// unended is the fault of an image that lacks nothing but its end mark.
func unended(format string, args ...any) *pipeline.Fault {
	return &pipeline.Fault{Rule: pipeline.RuleEnd, Detail: fmt.Sprintf(format, args...)}
}

// cut is the fault of an image that ends too early: at least needs bytes are
// told by what stands in it.
func cut[T int | int64](data []byte, needs T, format string, args ...any) *pipeline.Fault {
	return broken("cut after %s of at least %s bytes: %s", count(len(data)), count(needs), fmt.Sprintf(format, args...))
}

func readHead(format string, data []byte) (pipeline.Head, *pipeline.Fault) {
	switch format {
	case pipeline.FormatJPEG:
		return headJPEG(data)
	case pipeline.FormatPNG:
		return headPNG(data)
	case pipeline.FormatGIF:
		return headGIF(data)
	case pipeline.FormatAVIF:
		return headAVIF(data)
	case pipeline.FormatBMP:
		return headBMP(data)
	case pipeline.FormatTIFF:
		return headTIFF(data)
	}
	return headWebP(data)
}

func (c *Checker) checkStructure(format string, data []byte, depth Depth) *pipeline.Fault {
	switch format {
	case pipeline.FormatJPEG:
		return checkJPEG(data, depth, &c.walkers)
	case pipeline.FormatPNG:
		return checkPNG(data, &c.inflaters)
	case pipeline.FormatGIF:
		return checkGIF(data, depth, &c.walkers)
	case pipeline.FormatAVIF:
		return checkAVIF(data)
	case pipeline.FormatBMP:
		return checkBMP(data)
	case pipeline.FormatTIFF:
		return checkTIFF(data)
	}
	return checkWebP(data, depth, &c.walkers)
}

// count spells a number for people, with commas: 1,234,567.
func count[T int | int64 | uint32](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
