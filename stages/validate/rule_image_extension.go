package validate

import (
	"bytes"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// ImageExtension looks for images of another format than their name says.
func ImageExtension() Kind {
	return Kind{
		About: pipeline.About{
			ID: "image.extension", Of: pipeline.UnitImages,
			Means:  "programs that go by the name open it with the wrong decoder, or not at all",
			Advice: "nothing, where it is shards that are used: their members have the true extension; else rename the files",
		},
		Severity: pipeline.SeverityWarn, Always: true, Applies: hasImages,
		Example: Example{
			Fields: `{win: {type: image, file: "{win}"}}`,
			Good:   []string{`{"win": "a.png"}`},
			Bad:    []string{`{"win": "jpeg-named.png"}`},
		},
		Make: func(p *Params, _ *schema.Schema, r *pipeline.Rule) error {
			r.Image = func(_ []byte, h pipeline.Head, name []byte) *pipeline.Fault {
				format := extensionFormat(name)
				if format == "" || format == h.Format {
					return nil
				}
				return &pipeline.Fault{
					Cause:  h.Format + " named as " + format,
					Detail: "the name says " + format + ", the bytes are " + h.Format,
				}
			}
			return nil
		},
	}
}

// extensionFormat is the format that a file's extension stands for, empty for none
// that is known.
func extensionFormat(name []byte) string {
	dot := bytes.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot > 6 {
		return ""
	}
	var room [8]byte
	lower := room[:0]
	for _, b := range name[dot+1:] {
		if b >= 'A' && b <= 'Z' {
			b += 'a' - 'A'
		}
		lower = append(lower, b)
	}
	switch string(lower) {
	case "jpg", "jpeg", "jpe", "jfif":
		return pipeline.FormatJPEG
	case "png", "apng":
		return pipeline.FormatPNG
	case "gif":
		return pipeline.FormatGIF
	case "webp":
		return pipeline.FormatWebP
	case "avif":
		return pipeline.FormatAVIF
	case "bmp", "dib":
		return pipeline.FormatBMP
	case "tif", "tiff":
		return pipeline.FormatTIFF
	}
	return ""
}
