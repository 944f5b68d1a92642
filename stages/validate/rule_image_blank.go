package validate

import (
	"bytes"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageBlank looks for images that hold next to nothing: so few bytes of coded pixels that
// they can be of one colour alone. Those few are decoded to be sure.
func ImageBlank() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.blank", Of: pipeline.UnitImages,
			Means:  "one colour and nothing else: what a safety checker or a failed render leaves in place of a picture",
			Advice: "leave such records out by `rules: {image.blank: skip}`, and look whether what made the images has failed",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasImages,
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{`{"win": "a.png"}`},
			Bad:    []string{`{"win": "black.png"}`},
		},
		Make: func(p *Params, _ *schema.Schema, r *pipeline.Rule) error {
			r.Image = func(data []byte, h pipeline.Head, _ []byte) *pipeline.Fault {
				coded, most, ok := codedBytes(data, h)
				if !ok || h.Width*h.Height < leastPixels || coded > most || !oneColour(data, h) {
					return nil
				}
				return &pipeline.Fault{Detail: sides(h) + " of one colour, or nearly so"}
			}
			return nil
		},
	}
}

// leastPixels is below which size a picture may be of one colour.
const leastPixels = 64 * 64

const (
	// mostDecoded is up to which size an image is decoded to be sure, in pixels: 16 MB.
	mostDecoded = 4 << 20
	// nearby is how far two pixels of one colour may lie apart, of 65,535.
	nearby = 6 << 8
)

// oneColour decodes an image that holds next to nothing, and says whether its pixels
// are much the same. What is too large to be decoded, or is not decoded, is taken to be.
func oneColour(data []byte, h pipeline.Head) bool {
	if h.Width*h.Height > mostDecoded {
		return true
	}
	var m image.Image
	var err error
	switch r := bytes.NewReader(data); h.Format {
	case pipeline.FormatPNG:
		m, err = png.Decode(r)
	case pipeline.FormatJPEG:
		m, err = jpeg.Decode(r)
	case pipeline.FormatWebP:
		m, err = webp.Decode(r)
	}
	if err != nil || m == nil {
		return false
	}
	b := m.Bounds()
	var low, high [3]uint32
	for y := b.Min.Y; y < b.Max.Y; y += max(1, b.Dy()/64) {
		for x := b.Min.X; x < b.Max.X; x += max(1, b.Dx()/64) {
			red, green, blue, _ := m.At(x, y).RGBA()
			for i, v := range [...]uint32{red, green, blue} {
				if x == b.Min.X && y == b.Min.Y {
					low[i], high[i] = v, v
				}
				low[i], high[i] = min(low[i], v), max(high[i], v)
				if high[i]-low[i] > nearby {
					return false
				}
			}
		}
	}
	return true
}
