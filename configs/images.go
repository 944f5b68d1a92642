package configs

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/stages/validate"
)

// Decode says how far images are decoded to see that they can be.
type Decode string

// The depths of decoding, beside a slice such as 1/20.
const (
	// DecodeStructure decodes nothing: chunks, markers, lengths and sums.
	DecodeStructure Decode = "structure"
	// DecodeWalk walks the codes of every image, without a pixel.
	DecodeWalk Decode = "walk"
	// DecodeAll decodes pixels too, where that finds more.
	DecodeAll Decode = "all"
)

// DecodePattern is that of a depth of decoding.
const DecodePattern = `^(structure|walk|all|1/[1-9][0-9]{0,5})$`

// depth returns what the word stands for; ok is false for an unknown one.
func (d Decode) depth() (depth validate.Depth, oneIn int, ok bool) {
	switch d {
	case "", DecodeStructure:
		return validate.DepthStructure, 0, true
	case DecodeWalk:
		return validate.DepthCodes, 0, true
	case DecodeAll:
		return validate.DepthPixels, 0, true
	}
	slice, ok := strings.CutPrefix(string(d), "1/")
	n, err := strconv.Atoi(slice)
	if !ok || err != nil || n < 1 || len(slice) > 6 || slice[0] == '0' || slice[0] == '+' {
		return 0, 0, false
	}
	return validate.DepthPixels, n, true
}

// ImageFormats lists the formats of images that a configuration can name.
func ImageFormats() []string { return validate.Formats() }

// images checks what is asked of images.
func (k *checker) images() {
	if k.c.Formats != nil && len(k.c.Formats) == 0 {
		k.add("formats", "use some of: "+strings.Join(ImageFormats(), ", "), "no formats of images")
	}
	k.list("formats", "format", k.c.Formats, ImageFormats())
	if _, _, ok := k.c.Decode.depth(); !ok {
		k.add("decode", "use structure, walk, all, or a slice such as 1/20", "unknown depth %s", quote(string(k.c.Decode)))
	}
}

// list checks that each element of a list is one of those known, and once.
func (k *checker) list(path, what string, list, known []string) {
	for i, f := range list {
		at := k.element(path, i)
		switch {
		case !slices.Contains(known, f):
			k.add(at, instead(f, known), "unknown %s %s", what, quote(f))
		case slices.Contains(list[:i], f):
			k.add(at, "name it once", "%s stands here twice", quote(f))
		}
	}
}

// sorted returns a set in the order of those known, however it was written.
func sorted(set, known []string) []string {
	set = append([]string{}, set...)
	slices.SortFunc(set, func(a, b string) int { return cmp.Compare(slices.Index(known, a), slices.Index(known, b)) })
	return set
}

// plainImages leaves out what is as by default.
func (c *Config) plainImages() {
	if c.Formats = sorted(c.Formats, ImageFormats()); slices.Equal(c.Formats, validate.DefaultFormats()) {
		c.Formats = nil
	}
	if c.Decode == DecodeStructure {
		c.Decode = ""
	}
}

// checker of the images, as the configuration asks.
func (c *Config) imageChecker() *validate.Checker {
	depth, oneIn, _ := c.Decode.depth()
	return validate.NewChecker(validate.Options{
		Limits: validate.Limits{MaxBytes: int64(c.Limits.ImageBytes), MaxSide: int(c.Limits.ImageSide), MaxPixels: c.Limits.ImagePixels},
		Depth:  depth, OneIn: oneIn, Formats: c.Formats,
	})
}
