package validate

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pickshard/pickshard/pipeline"
)

// read returns an image of testdata.
func read(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// segment makes a marker segment of a JPEG.
func segment(marker byte, body string) string {
	n := len(body) + 2
	return string([]byte{0xff, marker, byte(n >> 8), byte(n)}) + body
}

// chunk makes a chunk of a PNG.
func chunk(typ, body string) string {
	p := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	p = append(p, typ+body...)
	return string(binary.BigEndian.AppendUint32(p, crc32.ChecksumIEEE(p[4:])))
}

func deflated(text string) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	z.Write([]byte(text))
	z.Close()
	return b.String()
}

// insert puts a text into a file at a byte; a negative one counts from the end.
func insert(data []byte, at int, text string) []byte {
	if at < 0 {
		at += len(data)
	}
	return append(append(bytes.Clone(data[:at]), text...), data[at:]...)
}

// replace changes the one place in a file where a text stands.
func replace(t testing.TB, data []byte, old, by string) []byte {
	t.Helper()
	if bytes.Count(data, []byte(old)) != 1 {
		t.Fatalf("%q stands %d times in the file", old, bytes.Count(data, []byte(old)))
	}
	return bytes.Replace(data, []byte(old), []byte(by), 1)
}

// riffed sets the length that a WebP tells to that which it has.
func riffed(data []byte) []byte {
	binary.LittleEndian.PutUint32(data[4:], uint32(len(data)-8))
	return data
}

// TestRules: what each rule says of an image that was changed in one place.
// Pillow 13 opens all of these that break no rule, and refuses all that are not
// decodable.
func TestRules(t *testing.T) {
	t.Parallel()
	jpeg, progressive, restart := read(t, "optimized.jpg"), read(t, "progressive-2.jpg"), read(t, "restart.jpg")
	png, gif, webp := read(t, "alpha.png"), read(t, "animated.gif"), read(t, "lossy.webp")
	announced := replace(t, read(t, "alpha.webp"), "VP8X\x0a\x00\x00\x00\x10", "VP8X\x0a\x00\x00\x00\x18")
	const afterAPP0, afterIHDR = 20, 33
	sof := "\xff\xc0\x00\x11\x08"
	oriented := "Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00"
	intact, end, refused := pipeline.RuleIntact, pipeline.RuleEnd, pipeline.RuleDecodable
	var zeros [64 << 10]byte
	for _, test := range []struct {
		name   string
		data   []byte
		rule   string
		detail string
	}{
		{"JPEG: stray bytes after an application's segment", insert(jpeg, afterAPP0, "stray bytes"), "", ""},
		{"JPEG: 65 stray bytes", insert(jpeg, afterAPP0, strings.Repeat("x", 65)), intact, "no marker at byte 20"},
		{"JPEG: stray bytes elsewhere", insert(jpeg, bytes.Index(jpeg, []byte("\xff\xc4")), "x"), intact, "no marker"},
		{"JPEG: a surplus of restart markers", replace(t, restart, "\xff\xc0\x00\x11\x08\x00\xa0", "\xff\xc0\x00\x11\x08\x00\x50"), "", ""},
		{"JPEG: 12 bits", replace(t, jpeg, sof, "\xff\xc1\x00\x11\x0c"), refused, "12 bits a sample"},
		{"JPEG: lossless", replace(t, jpeg, sof, "\xff\xc3\x00\x11\x08"), refused, "lossless"},
		{"JPEG: hierarchical", replace(t, jpeg, sof, "\xff\xc5\x00\x11\x08"), refused, "hierarchical"},
		{"JPEG: hierarchical, by its marker", insert(jpeg, afterAPP0, segment(0xde, "\x08\x00\x01\x00\x01\x00")), refused, "hierarchical"},
		{"JPEG: JPEG-LS", insert(jpeg, afterAPP0, segment(0xf7, "\x08\x00\x01\x00\x01\x00")), refused, "JPEG-LS"},
		{"JPEG: a table that was not defined", replace(t, jpeg, "\xff\xda\x00\x0c\x03\x01\x00", "\xff\xda\x00\x0c\x03\x01\x22"), refused, "needs the Huffman table DC 2"},
		{"JPEG: a short JFIF segment", insert(jpeg, 2, segment(0xe0, "JFIF\x00")), refused, "Pillow needs 7"},
		{"JPEG: Exif that is none, behind a resolution", insert(replace(t, jpeg, "\x01\x01\x00\x00\x01\x00\x01", "\x01\x01\x01\x00\x48\x00\x48"), afterAPP0, segment(0xe1, "Exif\x00\x00hello world")), refused, "begins with \"hello wo\""},
		{"JPEG: Exif that is none, alone", insert(jpeg, afterAPP0, segment(0xe1, "Exif\x00\x00hello world")), "", ""},
		{"JPEG: Exif", insert(jpeg, afterAPP0, segment(0xe1, oriented)), "", ""},
		{"JPEG: no end", jpeg[:len(jpeg)-2], end, "the end mark ffd9"},
		{"JPEG: half an end", jpeg[:len(jpeg)-1], end, "the end mark ffd9"},
		{"JPEG: no end, progressive", progressive[:len(progressive)-2], end, "the end mark ffd9"},
		{"JPEG: no end, and less data", jpeg[:len(jpeg)-4], intact, "has no end"},
		{"JPEG: no end, and no last scan", progressive[:bytes.LastIndex(progressive, []byte("\xff\xc4"))], intact, "no end"},
		{"JPEG: line ends converted", bytes.ReplaceAll(jpeg, []byte("\n"), []byte("\r\n")), intact, ""},
		{"PNG: no end", png[:len(png)-12], end, "the end mark IEND"},
		{"PNG: half an end", png[:len(png)-1], end, "the end mark IEND"},
		{"PNG: no end, and less data", cutIDAT(png), intact, "the image data is not whole"},
		{"PNG: not a zlib stream", noZlib(png), intact, "not a zlib stream"},
		{"PNG: a large text", insert(png, afterIHDR, chunk("zTXt", "a\x00\x00"+deflated(strings.Repeat("x", 1<<20+1)))), refused, "inflates to more than 1,048,576"},
		{"PNG: a large text, international, at the end", insert(png, -12, chunk("iTXt", "a\x00\x01\x00\x00\x00"+deflated(strings.Repeat("x", 1<<20+1)))), refused, "inflates to more than 1,048,576"},
		{"PNG: a large profile", insert(png, afterIHDR, chunk("iCCP", "a\x00\x00"+deflated(strings.Repeat("x", 1<<20+1)))), refused, "colour profile at byte 33 inflates"},
		{"PNG: a text", insert(png, afterIHDR, chunk("zTXt", "a\x00\x00"+deflated(strings.Repeat("x", 1<<20-1)))), "", ""},
		{"PNG: a text that is damaged", insert(png, afterIHDR, chunk("zTXt", "a\x00\x00not zlib")), "", ""},
		{"PNG: many texts", insert(png, afterIHDR, strings.Repeat(chunk("zTXt", "a\x00\x00"+deflated(strings.Repeat("x", 1<<20-1))), 65)), refused, "texts have more than 67,108,864"},
		{"PNG: an unknown method", insert(png, afterIHDR, chunk("iCCP", "a\x00\x01")), refused, "unknown method 1"},
		{"PNG: a short chunk", insert(png, afterIHDR, chunk("cHRM", "1234")), refused, "it must have 32"},
		{"PNG: a frame without head", insert(insert(png, -12, chunk("fdAT", "\x00\x00\x00\x00xxx")), afterIHDR, chunk("acTL", "\x00\x00\x00\x01\x00\x00\x00\x00")), refused, "without the head of a frame"},
		{"PNG: Exif that is none", insert(png, -12, chunk("eXIf", "hello world")), refused, "Exif block begins"},
		{"PNG: Exif", insert(png, -12, chunk("eXIf", oriented[6:])), "", ""},
		{"PNG: raw Exif that is not a number", insert(png, afterIHDR, chunk("tEXt", "Raw profile type exif\x00\nexif\n 2\nxx")), refused, "not hexadecimal"},
		{"PNG: raw Exif", insert(png, afterIHDR, chunk("tEXt", "Raw profile type exif\x00\nexif\n 8\n4949 2A00\n0800 0000")), "", ""},
		{"GIF: no end", gif[:len(gif)-1], end, "the trailer 3b"},
		{"GIF: a block too many", insert(gif, -1, "\x00"), "", ""},
		{"GIF: two blocks too many", insert(gif, -1, "\x00\x00"), intact, "no block"},
		{"WebP: XMP as some write it", riffed(insert(webp, len(webp), "XMP\x00\x04\x00\x00\x00abcd")), "", ""},
		{"WebP: bytes left over", riffed(insert(webp, len(webp), "\x00\x00\x00")), refused, "3 bytes are left over"},
		{"WebP: no padding", riffed(insert(webp, len(webp), "abcd\x03\x00\x00\x00xyz")), refused, "lacks its padding"},
		{"WebP: Exif that is none", riffed(insert(announced, len(announced), "EXIF\x0c\x00\x00\x00hello world!")), refused, "Exif block begins"},
		{"WebP: Exif that is none, and was not announced", riffed(insert(webp, len(webp), "EXIF\x0c\x00\x00\x00hello world!")), "", ""},
		{"WebP: the image is of another size", replace(t, read(t, "alpha.webp"), "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00\xc7", "VP8X\x0a\x00\x00\x00\x10\x00\x00\x00\xc6"), intact, "its container says"},
		{"WebP: zeros to the end", riffed(zeroTail(webp)), intact, "a hole"},
		{"WebP: a hole", append(append(bytes.Clone(webp[:512]), zeros[:512]...), webp[1024:]...), intact, "a hole"},
		{"too many zeros to be an image", zeros[:], pipeline.RuleFormat, "are zero"},
	} {
		_, fault := NewChecker(Options{Limits: DefaultLimits()}).CheckImage(test.data)
		if fault == nil {
			fault = &pipeline.Fault{}
		}
		if fault.Rule != test.rule || !strings.Contains(fault.Detail, test.detail) {
			t.Errorf("%s: %+v, want %s %q", test.name, *fault, test.rule, test.detail)
		}
	}
}

// TestPixels: damage that only a decoder finds.
func TestPixels(t *testing.T) {
	t.Parallel()
	png := read(t, "alpha.png")
	for name, data := range map[string][]byte{
		"PNG: a filter that is none": withRows(png, func(rows []byte) { rows[0] = 9 }),
		"PNG: a row too few":         withRows(png, nil),
	} {
		if _, fault := NewChecker(Options{Depth: DepthCodes}).CheckImage(data); fault != nil {
			t.Errorf("%s: %v without decoding: nothing was tested", name, *fault)
		}
		if _, fault := NewChecker(Options{Depth: DepthPixels}).CheckImage(data); fault == nil || fault.Rule != pipeline.RuleIntact {
			t.Errorf("%s: %v", name, fault)
		}
		found := 0
		for i := range 40 { // other bytes behind the image, another choice
			if _, fault := NewChecker(Options{Depth: DepthPixels, OneIn: 4}).CheckImage(append(bytes.Clone(data), byte(i))); fault != nil {
				found++
			}
		}
		if found < 3 || found > 20 {
			t.Errorf("%s: one in 4 of 40 were %d", name, found)
		}
	}
}

// withRows changes the rows of a PNG, with right sums; without change the last is
// taken away.
func withRows(png []byte, change func(rows []byte)) []byte {
	at := bytes.Index(png, []byte("IDAT")) - 4
	z, _ := zlib.NewReader(&idatReader{data: png, pos: at})
	rows, _ := io.ReadAll(z)
	if change == nil {
		rows = rows[:len(rows)-10]
	} else {
		change(rows)
	}
	return append(bytes.Clone(png[:at]), chunk("IDAT", deflated(string(rows)))+chunk("IEND", "")...)
}

// TestFormats: those that must be named, cut and changed.
func TestFormats(t *testing.T) {
	t.Parallel()
	bmp, tiff, avif := read(t, "small.bmp"), read(t, "small.tif"), read(t, "small.avif")
	intact, refused := pipeline.RuleIntact, pipeline.RuleDecodable
	all := NewChecker(Options{Formats: append(DefaultFormats(), pipeline.FormatAVIF, pipeline.FormatBMP, pipeline.FormatTIFF)})
	for _, test := range []struct {
		name   string
		data   []byte
		rule   string
		detail string
	}{
		{"BMP", bmp, "", ""},
		{"BMP: cut", bmp[:len(bmp)-1], intact, "30 rows of 120 bytes"},
		{"BMP: a depth", replace(t, bmp, "\x01\x00\x18\x00", "\x01\x00\x17\x00"), refused, "23 bits a pixel"},
		{"BMP: a compression", replace(t, bmp, "\x18\x00\x00", "\x18\x00\x09"), refused, "compression 9"},
		{"BMP: masks", replace(t, bmp, "\x18\x00\x00", "\x18\x00\x03"), refused, "have the masks"},
		{"TIFF", tiff, "", ""},
		{"TIFF: cut", tiff[:len(tiff)-1], intact, "cut after"},
		{"TIFF: cut in half", tiff[:len(tiff)/2], intact, "cut after"},
		{"TIFF: a compression", replace(t, tiff, "\x03\x01\x03\x00\x01\x00\x00\x00\x05", "\x03\x01\x03\x00\x01\x00\x00\x00\x99"), refused, "compression 153"},
		{"AVIF", avif, "", ""},
		{"AVIF: cut", avif[:len(avif)-1], intact, "box \"mdat\" begins"},
		{"AVIF: without its data", avif[:bytes.Index(avif, []byte("mdat"))-4], intact, "without image data"},
		{"AVIF: cut in its head", avif[:100], intact, "no whole box"},
	} {
		head, fault := all.CheckImage(test.data)
		if fault == nil {
			fault = &pipeline.Fault{}
			if head.Width != 40 || head.Height != 30 {
				t.Errorf("%s: %+v", test.name, head)
			}
		}
		if fault.Rule != test.rule || !strings.Contains(fault.Detail, test.detail) {
			t.Errorf("%s: %+v, want %s %q", test.name, *fault, test.rule, test.detail)
		}
	}
	for _, data := range [][]byte{bmp, tiff, avif} {
		if _, fault := NewChecker(Options{}).CheckImage(data); fault == nil || fault.Rule != pipeline.RuleFormat || !strings.Contains(fault.Detail, "only JPEG, PNG, GIF and WebP are taken, unless") {
			t.Errorf("%v, nobody named that format", fault)
		}
	}
}

// cutIDAT ends the one chunk of image data early, with a right sum, and takes
// IEND away.
func cutIDAT(png []byte) []byte {
	at := bytes.Index(png, []byte("IDAT")) - 4
	n := int(binary.BigEndian.Uint32(png[at:]))
	return append(bytes.Clone(png[:at]), chunk("IDAT", string(png[at+8:at+8+n-20]))...)
}

// noZlib changes the first byte of the image data, and its sum.
func noZlib(png []byte) []byte {
	at := bytes.Index(png, []byte("IDAT")) - 4
	n := int(binary.BigEndian.Uint32(png[at:]))
	body := bytes.Clone(png[at+8 : at+8+n])
	body[0] = 'x' + 1
	return append(append(bytes.Clone(png[:at]), chunk("IDAT", string(body))...), png[at+12+n:]...)
}

func zeroTail(data []byte) []byte {
	data = bytes.Clone(data)
	clear(data[len(data)/2+3:])
	return data
}

// TestDepth: damage that only a walk over all codes shows.
func TestDepth(t *testing.T) {
	t.Parallel()
	jpeg := read(t, "optimized.jpg")
	at := bytes.Index(jpeg, []byte("\xff\xda")) + 500
	lost := append(bytes.Clone(jpeg[:at]), jpeg[at+300:]...)
	gif := read(t, "animated.gif")
	changed := bytes.Clone(gif)
	begin := bytes.Index(gif, []byte{0x2c, 0, 0, 0, 0}) // its last image has a table of its own, or not
	for i := begin + 100; i < begin+130; i++ {
		changed[i] ^= 0x55
	}
	lossless, lossy := bytes.Clone(read(t, "lossless.webp")), bytes.Clone(read(t, "lossy.webp"))
	lossless[400] ^= 0x10
	lossy[len(lossy)/2] ^= 0x10
	for name, data := range map[string][]byte{"JPEG": lost, "GIF": changed, "WebP, lossless": lossless, "WebP, lossy": lossy} {
		if _, fault := NewChecker(Options{Depth: DepthStructure}).CheckImage(data); fault != nil {
			t.Errorf("%s: %v without a walk: nothing was tested", name, *fault)
		}
		if _, fault := NewChecker(Options{Depth: DepthCodes}).CheckImage(data); fault == nil || fault.Rule != pipeline.RuleIntact {
			t.Errorf("%s: %v", name, fault)
		}
	}
}
