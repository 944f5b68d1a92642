package validate

import (
	"fmt"
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

// Checker is a pipeline.Checker. It is immutable and safe for concurrent use;
// CheckImage allocates nothing for an image that is in order.
type Checker struct {
	limits  Limits
	walkers walkers
}

var _ pipeline.Checker = (*Checker)(nil)

// NewChecker returns a checker that holds images to the limits.
func NewChecker(l Limits) *Checker { return &Checker{limits: l} }

// CheckImage looks at an image's bytes: known format (RuleFormat), size
// (RuleEmpty, RuleTooLarge, RuleDimension), intact by structure (RuleIntact).
// The first rule that is broken is returned, in this order: empty, too large,
// format, dimension, intact. The head is as far as it could be read. Time is
// linear in len(data), whatever the bytes are.
func (c *Checker) CheckImage(data []byte) (pipeline.Head, *pipeline.Fault) {
	if len(data) == 0 {
		return pipeline.Head{}, &pipeline.Fault{Rule: pipeline.RuleEmpty, Detail: "the file has 0 bytes"}
	}
	if c.limits.MaxBytes > 0 && int64(len(data)) > c.limits.MaxBytes {
		return pipeline.Head{}, &pipeline.Fault{Rule: pipeline.RuleTooLarge,
			Detail: fmt.Sprintf("%s bytes, the limit is %s", count(len(data)), count(c.limits.MaxBytes))}
	}
	format := sniff(data)
	if format == "" {
		return pipeline.Head{}, &pipeline.Fault{Rule: pipeline.RuleFormat, Detail: nameOther(data)}
	}
	head, fault := readHead(format, data)
	if fault != nil {
		return head, fault
	}
	if fault := c.checkDimension(head); fault != nil {
		return head, fault
	}
	return head, c.checkStructure(format, data)
}

func (c *Checker) checkDimension(h pipeline.Head) *pipeline.Fault {
	pixels := int64(h.Width) * int64(h.Height)
	detail := ""
	switch {
	case h.Width <= 0 || h.Height <= 0:
		detail = "an image without pixels"
	case c.limits.MaxSide > 0 && max(h.Width, h.Height) > c.limits.MaxSide:
		detail = "the limit is " + count(c.limits.MaxSide) + " pixels a side"
	case c.limits.MaxPixels > 0 && pixels > c.limits.MaxPixels:
		detail = "the limit is " + count(c.limits.MaxPixels) + " pixels"
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
	}
	return headWebP(data)
}

func (c *Checker) checkStructure(format string, data []byte) *pipeline.Fault {
	switch format {
	case pipeline.FormatJPEG:
		return checkJPEG(data, &c.walkers)
	case pipeline.FormatPNG:
		return checkPNG(data)
	case pipeline.FormatGIF:
		return checkGIF(data)
	}
	return checkWebP(data)
}

// count spells a number for people, with commas: 1,234,567.
func count[T int | int64 | uint32](n T) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
