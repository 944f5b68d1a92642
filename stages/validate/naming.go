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
// that a Checker can be told to admit.
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
	case isBMP(data):
		return pipeline.FormatBMP
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")),
		bytes.HasPrefix(data, []byte("II+\x00\x08")), bytes.HasPrefix(data, []byte("MM\x00+\x00\x08")):
		return pipeline.FormatTIFF
	case isAVIF(data):
		return pipeline.FormatAVIF
	}
	return ""
}

// isBMP looks for more than two letters: a text may begin with them.
func isBMP(data []byte) bool {
	return len(data) >= 18 && string(data[:2]) == "BM" && data[14] >= 12 && data[14] <= 124 && string(data[15:18]) == "\x00\x00\x00"
}

// nameOther says what a file is that is not an image a Checker knows: people who
// read it look for the cause, not for a magic number. What differs from file to file
// is apart, in quote.
func (c *Checker) nameOther(data []byte) (what, quote string) {
	if what, image := nameBinary(data); image {
		if format := sniff(data); format != "" { // one that Options can name
			return what + ": only " + c.admitted() + " are taken, unless the config's formats name " + format, ""
		}
		return what + ": that format is not supported, only " + c.admitted() + " are", ""
	} else if what != "" {
		return what, ""
	}
	if allZero(data) {
		return "all of its bytes are zero: it was never written, copy it again", ""
	}
	text := bytes.TrimPrefix(data[:min(len(data), 1024)], []byte("\xef\xbb\xbf"))
	text = bytes.ToLower(bytes.TrimLeft(text, " \t\r\n"))
	switch {
	case bytes.HasPrefix(text, []byte("version https://git-lfs.github.com/spec/")):
		return "a Git LFS pointer, not the image itself: run git lfs pull", ""
	case bytes.HasPrefix(text, []byte("/annex/objects/")):
		return "a git-annex pointer, not the image itself: run git annex get", ""
	case bytes.HasPrefix(text, []byte("<!doctype html")), bytes.HasPrefix(text, []byte("<html")),
		bytes.HasPrefix(text, []byte("<head")), bytes.HasPrefix(text, []byte("<!--")) && bytes.Contains(text, []byte("<html")):
		return "an HTML page: the server answered with a page where the image was asked for", ""
	case bytes.Contains(text, []byte("<svg")):
		return "an SVG drawing: that format is not supported, only " + c.admitted() + " are", ""
	case bytes.HasPrefix(text, []byte("<?xml")), bytes.HasPrefix(text, []byte("<error")):
		return "an XML document", quoted(data)
	case bytes.HasPrefix(text, []byte("{")), bytes.HasPrefix(text, []byte("[")):
		return "a JSON document", quoted(data)
	case isText(data):
		return "a text", quoted(data)
	}
	return "not an image of a known format", fmt.Sprintf(": it begins with % x", data[:min(len(data), 12)])
}

// formatNames are the admissible formats as people write them.
var formatNames = [...]struct{ format, name string }{
	{pipeline.FormatJPEG, "JPEG"}, {pipeline.FormatPNG, "PNG"}, {pipeline.FormatGIF, "GIF"}, {pipeline.FormatWebP, "WebP"},
	{pipeline.FormatAVIF, "AVIF"}, {pipeline.FormatBMP, "BMP"}, {pipeline.FormatTIFF, "TIFF"},
}

// admitted lists the formats that a Checker lets through.
func (c *Checker) admitted() string {
	var names []string
	for _, f := range formatNames {
		if c.admits(f.format) {
			names = append(names, f.name)
		}
	}
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " and " + names[last]
}

// magics are the first bytes of what is found in image folders; images are
// formats of images.
var magics = [...]struct {
	magic, name string
	image       bool
}{
	{"\x1f\x8b", "a gzip file: unpack it first", false},
	{"PK\x03\x04", "a zip archive: unpack it first", false},
	{"\x28\xb5\x2f\xfd", "a zstd file: unpack it first", false},
	{"BZh", "a bzip2 file: unpack it first", false},
	{"\xfd7zXZ\x00", "an xz file: unpack it first", false},
	{"7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it first", false},
	{"Rar!\x1a\x07", "a RAR archive: unpack it first", false},
	{"%PDF-", "a PDF document", false},
	{"%!PS", "a PostScript drawing", true},
	{"\xc5\xd0\xd3\xc6", "a PostScript drawing", true},
	{"BM", "a BMP image", true},
	{"BA\x28\x00", "an OS/2 bitmap array", true},
	{"BA\x5c\x00", "an OS/2 bitmap array", true},
	{"II*\x00", "a TIFF image", true},
	{"MM\x00*", "a TIFF image", true},
	{"II+\x00", "a TIFF image", true},
	{"MM\x00+", "a TIFF image", true},
	{"IIRO", "a raw camera image (ORF)", true},
	{"IIU\x00", "a raw camera image (RW2)", true},
	{"FUJIFILMCCD-RAW", "a raw camera image (RAF)", true},
	{"FOVb", "a raw camera image (X3F)", true},
	{"II\xbc\x01", "a JPEG XR image", true},
	{"8BPS", "a Photoshop file", true},
	{"gimp xcf", "a GIMP file", true},
	{"\x00\x00\x00\x0cJXL ", "a JPEG XL image", true},
	{"\xff\x0a", "a JPEG XL image", true},
	{"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image", true},
	{"\xff\x4f\xff\x51", "a JPEG 2000 image", true},
	{"\xff\xd8", "a JPEG that is damaged from its first bytes on", false},
	{"\x89PNG", "a PNG whose signature is damaged: line ends were converted on the way", false},
	{"\x8aMNG", "a MNG animation", true},
	{"RIFF", "a RIFF file, such as sound or video", false},
	{"\x80\x02", "a pickle", false}, {"\x80\x03", "a pickle", false}, {"\x80\x04", "a pickle", false}, {"\x80\x05", "a pickle", false},
	{"\x00\x00\x01\x00", "a Windows icon", true},
	{"\x00\x00\x02\x00", "a Windows cursor", true},
	{"icns", "a macOS icon", true},
	{"DDS ", "a DDS texture", true},
	{"\xabKTX ", "a KTX texture", true},
	{"qoif", "a QOI image", true},
	{"farbfeld", "a farbfeld image", true},
	{"FLIF", "a FLIF image", true},
	{"BPG\xfb", "a BPG image", true},
	{"AT&TFORM", "a DjVu document", true},
	{"\x76\x2f\x31\x01", "an OpenEXR image", true},
	{"#?RADIANCE", "a Radiance HDR image", true},
	{"#?RGBE", "a Radiance HDR image", true},
	{"\x01\xda\x00", "an SGI image", true},
	{"\x01\xda\x01", "an SGI image", true},
	{"\x59\xa6\x6a\x95", "a Sun raster image", true},
	{"\xd7\xcd\xc6\x9a", "a Windows metafile", true},
	{"SIMPLE  =", "a FITS image", true},
	{"/* XPM */", "an XPM image", true},
	{"\x0a\x05\x01", "a PCX image", true},
	{"\x0a\x03\x01", "a PCX image", true},
	{"\x0a\x02\x01", "a PCX image", true},
	{"\x0a\x00\x01", "a PCX image", true},
	{"\xb1\x68\xde\x3a", "a PCX image", true},
	{"\x1a\x45\xdf\xa3", "a Matroska or WebM video", false},
	{"OggS", "an Ogg file, such as sound or video", false},
	{"ID3", "an MP3 file", false},
	{"\x93NUMPY", "a NumPy array", false},
	{"PAR1", "a Parquet file", false},
	{"ARROW1", "an Arrow file", false},
	{"\x89HDF\r\n\x1a\n", "an HDF5 file", false},
	{"\x7fELF", "a program", false},
	{"MZ", "a program", false},
}

// nameBinary names a file by its first bytes; image says that it is a format of
// images.
func nameBinary(data []byte) (name string, image bool) {
	if all := brands(data); all != nil {
		return nameBrands(all)
	}
	if isTGA(data) && data[4]|data[5] == 0 { // a cursor has a number there
		return "a TGA image", true
	}
	for _, m := range magics {
		if len(data) >= len(m.magic) && string(data[:len(m.magic)]) == m.magic {
			return m.name, m.image
		}
	}
	switch {
	case isNetpbm(data):
		return "a netpbm image (PBM, PGM, PPM, PAM or PFM)", true
	case bytes.HasPrefix(data, []byte("#define ")) && bytes.Contains(data[:min(len(data), 256)], []byte("_width ")):
		return "an XBM image", true
	case isTGA(data):
		return "a TGA image", true
	}
	return "", false
}

// nameBrands names an ISO base media file. A general brand such as mif1 says
// less than those after it.
func nameBrands(all []string) (name string, image bool) {
	for _, brand := range all {
		switch brand {
		case "avif", "avis":
			return "an AVIF image", true
		case "heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs":
			return "a HEIC image", true
		case "jxl ":
			return "a JPEG XL image", true
		case "crx ":
			return "a raw camera image (CR3)", true
		}
	}
	switch all[0] {
	case "mif1", "msf1":
		return "a HEIF image", true
	}
	return fmt.Sprintf("a video or an image of brand %q", all[0]), true
}

// isNetpbm looks for a number of the format, a space or comment, and a digit.
func isNetpbm(data []byte) bool {
	if len(data) < 4 || data[0] != 'P' || !bytes.ContainsRune([]byte("1234567fF"), rune(data[1])) {
		return false
	}
	rest := bytes.TrimLeft(data[2:min(len(data), 64)], " \t\r\n")
	if len(rest) == len(data[2:min(len(data), 64)]) || len(rest) == 0 {
		return false
	}
	return rest[0] == '#' || rest[0] >= '0' && rest[0] <= '9' || data[1] == '7' && rest[0] >= 'A' && rest[0] <= 'Z'
}

// isTGA goes by the footer, or by a header whose fields are all possible: there is
// no other mark.
func isTGA(data []byte) bool {
	if bytes.HasSuffix(data, []byte("TRUEVISION-XFILE.\x00")) {
		return true
	}
	if len(data) < 19 {
		return false
	}
	kind, mapped, depth := data[2], data[1], data[16]
	plausible := mapped == 0 && (kind == 2 || kind == 3 || kind == 10 || kind == 11) || mapped == 1 && (kind == 1 || kind == 9)
	return plausible && (depth == 8 || depth == 16 || depth == 24 || depth == 32) &&
		data[12]|data[13] != 0 && data[14]|data[15] != 0 && data[17]&0xc0 == 0
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
