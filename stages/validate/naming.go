package validate

import (
	"bytes"

	"github.com/pickshard/pickshard/pipeline"
)

// sniff names the format of an image by its first bytes, "" when it is none
// that a Checker knows.
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return pipeline.FormatJPEG
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return pipeline.FormatPNG
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return pipeline.FormatGIF
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return pipeline.FormatWebP
	}
	return ""
}

func nameOther(data []byte) string { return "not an image of a known format" }
