package validate

import (
	"bytes"
	"image"
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
	"testing"
	"time"

	"github.com/pickshard/pickshard/pipeline"
)

func seed(f *testing.F) {
	for _, s := range settings(f) {
		if len(s.data) < 20_000 {
			f.Add(s.data)
			f.Add(s.data[:len(s.data)/2])
		}
	}
	small := picture(24, 16, 1, 20)
	for _, format := range []string{pipeline.FormatJPEG, pipeline.FormatPNG, pipeline.FormatGIF} {
		f.Add(encode(f, format, small, 50))
	}
	for _, text := range []string{"", "\xff\xd8\xff", "\x89PNG\r\n\x1a\n", "GIF89a", "<html>", "{}", "\x00\x00\x00\x18ftypavif"} {
		f.Add([]byte(text))
	}
}

// slow is far more than any input of a fuzzer's size may take.
const slow = 3 * time.Second

// FuzzCheckImage: no panic, no change of the data, no unbounded time; what is
// refused has a rule and a reason, what is let through has a size.
func FuzzCheckImage(f *testing.F) {
	seed(f)
	c := NewChecker(Options{Limits: DefaultLimits(), Depth: DepthPixels,
		Formats: append(DefaultFormats(), pipeline.FormatAVIF, pipeline.FormatBMP, pipeline.FormatTIFF)})
	f.Fuzz(func(t *testing.T, data []byte) {
		before := bytes.Clone(data)
		start := time.Now()
		head, fault := c.CheckImage(data)
		if d := time.Since(start); d > slow {
			t.Errorf("%d bytes took %v", len(data), d)
		}
		if !bytes.Equal(data, before) {
			t.Error("data was changed")
		}
		if fault != nil && (fault.Rule == "" || fault.Detail == "") {
			t.Errorf("a fault without words: %+v", fault)
		}
		if fault == nil && (head.Format == "" || head.Width <= 0 || head.Height <= 0) {
			t.Errorf("no fault, head %+v", head)
		}
	})
}

// FuzzHead: where both read a head, package image reads the same.
func FuzzHead(f *testing.F) {
	seed(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		format := sniff(data)
		switch format {
		case pipeline.FormatJPEG, pipeline.FormatPNG, pipeline.FormatGIF:
		default:
			return
		}
		head, fault := readHead(format, data)
		want, _, err := image.DecodeConfig(bytes.NewReader(data))
		if format == pipeline.FormatGIF { // of which package image takes the screen alone
			head.Width, head.Height = min(head.Width, want.Width), min(head.Height, want.Height)
		}
		if fault == nil && err == nil && (head.Width != want.Width || head.Height != want.Height) {
			t.Errorf("head %+v, package image says %dx%d", head, want.Width, want.Height)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	c := NewChecker(Options{Limits: DefaultLimits()})
	samples := []sample{
		{"jpeg", "", encode(b, pipeline.FormatJPEG, picture(768, 768, 1, 30), 75)},
		{"png", "", encode(b, pipeline.FormatPNG, picture(768, 768, 1, 60), 0)},
		{"gif", "", encode(b, pipeline.FormatGIF, picture(400, 300, 1, 30), 0)},
	}
	for _, s := range settings(b) {
		switch s.name {
		case "lossless.webp", "flat-optimized.jpg":
			samples = append(samples, s)
		}
	}
	samples = append(samples, corpus(b)...)
	for _, s := range samples {
		b.Run(s.name, func(b *testing.B) {
			b.SetBytes(int64(len(s.data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, fault := c.CheckImage(s.data); fault != nil {
					b.Fatal(*fault)
				}
			}
		})
	}
}

// BenchmarkDepth is what each kind costs at each depth.
func BenchmarkDepth(b *testing.B) {
	samples := []sample{{"baseline.jpg", "", encode(b, pipeline.FormatJPEG, picture(768, 768, 1, 30), 75)}}
	for _, s := range settings(b) {
		switch s.name {
		case "optimized.jpg", "progressive-0.jpg", "progressive-2.jpg", "flat-progressive.jpg", "restart.jpg",
			"alpha.png", "animated.gif", "lossy.webp", "lossless.webp":
			samples = append(samples, s)
		}
	}
	for name, depth := range map[string]Depth{"structure": DepthStructure, "codes": DepthCodes, "pixels": DepthPixels} {
		c := NewChecker(Options{Depth: depth})
		for _, s := range samples {
			b.Run(name+"/"+s.name, func(b *testing.B) {
				b.SetBytes(int64(len(s.data)))
				b.ReportAllocs()
				for b.Loop() {
					if _, fault := c.CheckImage(s.data); fault != nil {
						b.Fatal(*fault)
					}
				}
			})
		}
	}
}
