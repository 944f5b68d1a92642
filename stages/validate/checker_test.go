package validate

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// sample is an image of a test.
type sample struct {
	name, format string
	data         []byte
}

// picture draws waves and noise, so that encoders have something to do.
func picture(w, h int, seed uint64, noise float64) *image.RGBA {
	rng := rand.New(rand.NewPCG(seed, 0))
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 128 + 60*math.Sin(float64(x)/17+float64(seed)) + 50*math.Cos(float64(y)/11) + noise*(rng.Float64()-0.5)
			m.SetRGBA(x, y, color.RGBA{clip(v), clip(v*0.8 + 20), clip(250 - v), 255})
		}
	}
	return m
}

func clip(v float64) uint8 { return uint8(max(0, min(255, v))) }

func encode(t testing.TB, format string, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case pipeline.FormatJPEG:
		err = jpeg.Encode(&b, m, &jpeg.Options{Quality: quality})
	case pipeline.FormatPNG:
		err = png.Encode(&b, m)
	case pipeline.FormatGIF:
		err = gif.Encode(&b, m, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// generated returns images made by Go's encoders.
func generated(t testing.TB) []sample {
	t.Helper()
	var all []sample
	for i, q := range []int{30, 60, 75, 90, 98} {
		m := picture(256+64*i, 320, uint64(i), 40)
		all = append(all, sample{"colour", pipeline.FormatJPEG, encode(t, pipeline.FormatJPEG, m, q)})
		grey := image.NewGray(m.Rect)
		for p := range grey.Pix {
			grey.Pix[p] = m.Pix[4*p]
		}
		all = append(all, sample{"grey", pipeline.FormatJPEG, encode(t, pipeline.FormatJPEG, grey, q)})
	}
	for i := range 2 {
		all = append(all, sample{"colour", pipeline.FormatPNG, encode(t, pipeline.FormatPNG, picture(200, 150, uint64(i), 20), 0)},
			sample{"colour", pipeline.FormatGIF, encode(t, pipeline.FormatGIF, picture(150, 100, uint64(i), 10), 0)})
	}
	return all
}

// corpus returns the real images that stand beside the repository.
func corpus(t testing.TB) []sample {
	t.Helper()
	names, _ := filepath.Glob("../../../shared/corpus/images/*")
	var all []sample
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		format := map[string]string{".jpg": pipeline.FormatJPEG, ".png": pipeline.FormatPNG}[filepath.Ext(name)]
		all = append(all, sample{filepath.Base(name), format, data})
	}
	return all
}

// settings returns images of settings that Go's encoders do not have, see
// testdata/make.py.
func settings(t testing.TB) []sample {
	t.Helper()
	names, err := filepath.Glob("testdata/*.*")
	if err != nil || len(names) < 10 {
		t.Fatalf("testdata: %d files, %v", len(names), err)
	}
	var all []sample
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if format := sniff(data); format != "" {
			all = append(all, sample{filepath.Base(name), format, data})
		}
	}
	return all
}

// walkCodes returns what does not come out even in a JPEG.
func walkCodes(data []byte) string {
	v := new(walker).walk(data, zeroBlock(data, 0, len(data)) >= 0)
	if v.outcome == comesUneven && v.detail == "" {
		return "no detail"
	}
	return v.detail
}

func TestSettings(t *testing.T) {
	t.Parallel()
	c := NewChecker(Options{Limits: DefaultLimits(), Depth: DepthPixels,
		Formats: append(DefaultFormats(), pipeline.FormatAVIF, pipeline.FormatBMP, pipeline.FormatTIFF)})
	suspicious := 0
	for _, s := range settings(t) {
		want := image.Pt(200, 160)
		switch {
		case strings.HasPrefix(s.name, "flat"):
			want = image.Pt(2048, 512)
		case strings.HasPrefix(s.name, "small"):
			want = image.Pt(40, 30)
		case strings.HasPrefix(s.name, "animated"):
			want = image.Pt(64, 48)
		}
		head, fault := c.CheckImage(s.data)
		if fault != nil || head.Width != want.X || head.Height != want.Y {
			t.Errorf("%s: %+v, %+v", s.name, head, fault)
		}
		if s.format != pipeline.FormatJPEG {
			continue
		}
		if wrong := walkCodes(s.data); wrong != "" {
			t.Errorf("%s: %s", s.name, wrong)
		}
		if zeroBlock(s.data, 0, len(s.data)) >= 0 {
			suspicious++
		}
	}
	if suspicious < 1 {
		t.Error("no flat image has a block of zeros: nothing was tested")
	}
}

func TestIntact(t *testing.T) {
	t.Parallel()
	c := NewChecker(Options{Limits: DefaultLimits()})
	for _, s := range append(generated(t), corpus(t)...) {
		before := bytes.Clone(s.data)
		head, fault := c.CheckImage(s.data)
		if fault != nil {
			t.Errorf("%s %s: %v", s.format, s.name, *fault)
		}
		want, _, err := image.DecodeConfig(bytes.NewReader(s.data))
		if err != nil {
			t.Fatal(err)
		}
		if head != (pipeline.Head{Format: s.format, Width: want.Width, Height: want.Height}) {
			t.Errorf("%s: head %+v, package image says %dx%d", s.name, head, want.Width, want.Height)
		}
		if !bytes.Equal(s.data, before) {
			t.Errorf("%s: data was changed", s.name)
		}
	}
}

func TestFlat(t *testing.T) {
	t.Parallel()
	c := NewChecker(Options{Limits: DefaultLimits()})
	for _, grey := range []uint8{0, 127, 128, 255} {
		for _, side := range []int{1, 7, 64, 511, 2048} {
			m := image.NewGray(image.Rect(0, 0, side, side))
			for i := range m.Pix {
				m.Pix[i] = grey
			}
			for _, format := range []string{pipeline.FormatJPEG, pipeline.FormatPNG} {
				if _, fault := c.CheckImage(encode(t, format, m, 90)); fault != nil {
					t.Errorf("%s of %d, %d pixels a side: %v", format, grey, side, *fault)
				}
			}
		}
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	data := encode(t, pipeline.FormatPNG, picture(40, 30, 1, 0), 0)
	noPixels := bytes.Clone(data)
	clear(noPixels[16:20])
	for _, test := range []struct {
		limits Limits
		data   []byte
		rule   string
		detail string
	}{
		{Limits{}, data, "", ""},
		{Limits{MaxBytes: int64(len(data)), MaxSide: 40, MaxPixels: 1200}, data, "", ""},
		{Limits{MaxBytes: int64(len(data)) - 1}, data, pipeline.RuleTooLarge, " bytes, the limit is "},
		{Limits{MaxSide: 39}, data, pipeline.RuleDimension, "40 x 30 pixels: the limit is 39 pixels a side"},
		{Limits{MaxPixels: 1199}, data, pipeline.RuleDimension, "40 x 30 pixels: the limit is 1,199 pixels"},
		{Limits{}, noPixels, pipeline.RuleDimension, "0 x 30 pixels: an image without pixels"},
		{Limits{}, nil, pipeline.RuleEmpty, "the file has 0 bytes"},
	} {
		_, fault := NewChecker(Options{Limits: test.limits}).CheckImage(test.data)
		if fault == nil {
			fault = &pipeline.Fault{}
		}
		if fault.Rule != test.rule || !strings.Contains(fault.Detail, test.detail) {
			t.Errorf("%+v: %+v, want %s %q", test.limits, *fault, test.rule, test.detail)
		}
	}
}

func TestNamesWhatItIs(t *testing.T) {
	t.Parallel()
	c := NewChecker(Options{Limits: DefaultLimits()})
	for data, want := range map[string]string{
		"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n": "a Git LFS pointer, not the image itself: run git lfs pull",
		"\n <!DOCTYPE html><html><body>404":                                         "an HTML page",
		"\xef\xbb\xbf<html lang=en>":                                                "an HTML page",
		"<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>":           `an XML document: "<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>"`,
		"<?xml version=\"1.0\"?><svg xmlns=''>":                                     "an SVG drawing: that format is not supported",
		`{"error": "rate limit"}`:                                                   `a JSON document: "{\"error\": \"rate limit\"}"`,
		"Not Found":                                                                 `a text: "Not Found"`,
		strings.Repeat("é", 400):                                                    `a text: "éé`,
		"\x1f\x8b\x08\x00":                                                          "a gzip file",
		"\x00\x00\x00\x20ftypavif":                                                  "an AVIF image: only JPEG, PNG, GIF and WebP are taken, unless the config's formats name avif",
		"\x00\x00\x00\x1cftypmif1\x00\x00\x00\x00mif1avifmiaf":                      "an AVIF image: only JPEG, PNG, GIF and WebP are taken, unless the config's formats name avif",
		"\x00\x00\x00\x18ftypmif1\x00\x00\x00\x00mif1heic":                          "a HEIC image: that format is not supported",
		"P6\n# made by hand\n3 2\n255\n":                                            "a netpbm image",
		"P7\nWIDTH 4\n":                                                             "a netpbm image",
		"P7 is a fine movie":                                                        "a text",
		"qoif\x00\x00\x00\x01":                                                      "a QOI image",
		"#define a_width 8\n#define a_height 8":                                     "an XBM image",
		"\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x10\x00\x18\x20\x00": "a TGA image",
		"8BPS\x00\x01":             "a Photoshop file: that format is not supported",
		"\x00\x00\x00\x18ftypheic": "a HEIC image: that format is not supported",
		"\x00\x00\x00\x18ftypisom": `a video or an image of brand "isom"`,
		"II*\x00abcd":              "a TIFF image",
		"\x89PNG\n\x1a\n":          "line ends were converted",
		"\x00\x00\x00\x00":         "all of its bytes are zero",
		"\x01\x02\x03":             "not an image of a known format: it begins with 01 02 03",
		"RIFF\x00\x00\x00\x00WAVE": "a RIFF file",
		"a":                        `a text: "a"`,
	} {
		head, fault := c.CheckImage([]byte(data))
		if fault == nil || fault.Rule != pipeline.RuleFormat || !strings.Contains(fault.Detail, want) || head.Format != "" {
			t.Errorf("%.30q: %+v, %+v; want %s", data, head, fault, want)
		}
	}
}
