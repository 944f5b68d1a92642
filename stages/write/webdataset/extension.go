package webdataset

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// maxExt is the longest extension in bytes ("jpeg", "webp"); CheckRecord counts
// on it, before the extensions are known.
const maxExt = 4

// unknownExt is the extension of an image that neither its bytes nor its name tell.
const unknownExt = "img"

// extOf is the extension of an image's member, which follows its bytes: where they
// are of none of the usual formats, what the checker calls it, or else the extension
// of its file's name.
func extOf(data []byte, format string, name string) string {
	if ext := sniff(data); ext != "" {
		return ext
	}
	if format != "" {
		return formatExt(format)
	}
	if ext := nameExt(name); ext != "" {
		return ext
	}
	return unknownExt
}

// sniff tells the usual formats by their first bytes.
func sniff(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "jpg"
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(data, []byte("GIF87a")), bytes.HasPrefix(data, []byte("GIF89a")):
		return "gif"
	case len(data) >= 12 && string(data[:4]) == "RIFF" && string(data[8:12]) == "WEBP":
		return "webp"
	}
	return ""
}

// formatExt is the extension of a format that a checker names.
func formatExt(format string) string {
	switch format {
	case pipeline.FormatJPEG:
		return "jpg"
	case "":
		return unknownExt
	}
	if extFault(format) != "" {
		return unknownExt
	}
	return format
}

// nameExt returns the lower-case last extension of a file name, jpeg as jpg, or
// nothing when it could not stand in a member's name.
func nameExt(name string) string {
	i := strings.LastIndexByte(name, '.')
	if i < 0 {
		return ""
	}
	ext := strings.ToLower(name[i+1:])
	switch {
	case extFault(ext) != "":
		return ""
	case ext == "jpeg":
		return "jpg"
	}
	return ext
}

// extFault says what is wrong with an extension, empty for nothing: consumers lower
// its case, and take the last part of a name for the decoder's.
func extFault(ext string) string {
	ok := ext != "" && len(ext) <= maxExt
	for _, c := range []byte(ext) {
		ok = ok && ('a' <= c && c <= 'z' || '0' <= c && c <= '9')
	}
	if ok {
		return ""
	}
	return fmt.Sprintf("use 1 to %d lower-case letters and digits", maxExt)
}

// fits says whether an image of these bytes may have an extension that was asked for:
// a PNG is never called .jpg, but may be called .img.
func fits(data []byte, ext string) bool {
	if ext == "jpeg" {
		ext = "jpg"
	}
	switch ext {
	case "jpg", "png", "gif", "webp":
		is := sniff(data)
		return is == "" || is == ext
	}
	return true
}
