package validate

import (
	"bytes"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

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

// nameOther says what a file is that is no image a Checker knows: people who
// read it look for the cause, not for a magic number.
func nameOther(data []byte) string {
	if what := nameBinary(data); what != "" {
		return what
	}
	if allZero(data) {
		return fmt.Sprintf("all of its %s bytes are zero: it was never written, copy it again", count(len(data)))
	}
	text := bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xef\xbb\xbf"))
	text = bytes.ToLower(bytes.TrimLeft(text, " \t\r\n"))
	switch {
	case bytes.HasPrefix(text, []byte("version https://git-lfs.github.com/spec/")):
		return "a Git LFS pointer, not the image itself: run git lfs pull"
	case bytes.HasPrefix(text, []byte("/annex/objects/")):
		return "a git-annex pointer, not the image itself: run git annex get"
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")),
		bytes.HasPrefix(text, []byte("<head")), bytes.HasPrefix(text, []byte("<!--")) && bytes.Contains(text, []byte("<html")):
		return "an HTML page: the server answered with a page where the image was asked for"
	case bytes.Contains(text, []byte("<svg")):
		return "an SVG drawing: " + unsupported
	case bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<error")):
		return "an XML document" + quoted(data)
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return "a JSON document" + quoted(data)
	case isText(data):
		return "a text" + quoted(data)
	}
	return fmt.Sprintf("not an image of a known format: it begins with % x", data[:min(len(data), 12)])
}

const unsupported = "that format is not supported, only JPEG, PNG, GIF and WebP are"

// magics are the first bytes of what is found in image folders.
var magics = [...]struct{ magic, name string }{
	{"\x1f\x8b", "a gzip file: unpack it first"},
	{"PK\x03\x04", "a zip archive: unpack it first"},
	{"\x28\xb5\x2f\xfd", "a zstd file: unpack it first"},
	{"%PDF-", "a PDF document"},
	{"BM", "a BMP image: " + unsupported},
	{"II*\x00", "a TIFF image: " + unsupported},
	{"MM\x00*", "a TIFF image: " + unsupported},
	{"8BPS", "a Photoshop file: " + unsupported},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL image: " + unsupported},
	{"\xff\x0a", "a JPEG XL image: " + unsupported},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image: " + unsupported},
	{"\xff\x4f\xff\x51", "a JPEG 2000 image: " + unsupported},
	{"\xff\xd8", "a JPEG that is damaged from its first bytes on"},
	{"\x89PNG", "a PNG whose signature is damaged: line ends were converted on the way"},
	{"RIFF", "a RIFF file, such as sound or video"},
	{"\x80\x02", "a pickle"}, {"\x80\x03", "a pickle"}, {"\x80\x04", "a pickle"}, {"\x80\x05", "a pickle"},
	{"\x00\x00\x01\x00", "a Windows icon: " + unsupported},
	{"\x7fELF", "a program"},
	{"MZ", "a program"},
}

func nameBinary(data []byte) string {
	// ISO base media file: the size of a box, then its type and a brand.
	if len(data) >= 12 && string(data[4:8]) == "ftyp" {
		switch brand := string(data[8:12]); brand {
		case "avif", "avis":
			return "an AVIF image: " + unsupported
		case "heic", "heix", "hevc", "heim", "heis", "mif1", "msf1":
			return "a HEIC image: " + unsupported
		default:
			return fmt.Sprintf("a video or an image of brand %q: %s", brand, unsupported)
		}
	}
	for _, m := range magics {
		if len(data) >= len(m.magic) && string(data[:len(m.magic)]) == m.magic {
			return m.name
		}
	}
	return ""
}

// isText says whether the first bytes are UTF-8 without control characters.
func isText(data []byte) bool {
	head := data[:min(len(data), 512)]
	if len(head) < len(data) { // not within a character
		for i := 0; i < utf8.UTFMax && !utf8.Valid(head); i++ {
			head = head[:len(head)-1]
		}
	}
	return utf8.Valid(head) && !bytes.ContainsFunc(head, func(r rune) bool {
		return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t'
	})
}

// quoted gives the beginning of a text, for a server's answer tells the cause.
func quoted(data []byte) string {
	const most = 80
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(data[:min(len(data), 4*most)]), "?")), " ")
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "..."
	}
	return fmt.Sprintf(": %q", text)
}
