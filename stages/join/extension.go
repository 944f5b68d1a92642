package join

import (
	"path"
	"strings"
)

// MemberExtension returns the extension that an image's file has in a tar, from
// its name: the last one, in lower case, "jpg" for all spellings of JPEG, and
// "" when it is none of a known image format. Consumers of WebDataset choose
// the decoder by it and compare case by case.
func MemberExtension(name string) string {
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	switch ext {
	case "jpg", "jpeg", "jpe", "jfif":
		return "jpg"
	case "png", "gif", "webp":
		return ext
	}
	return ""
}
