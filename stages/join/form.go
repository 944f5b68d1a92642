package join

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"
)

// form is the part of a value that stands in a name, as of Python's pathlib and format:
//
//	value                               :name      :stem    :.3
//	images/ann/cat.v2.jpg               cat.v2.jpg cat.v2   ima
//	https://example.org/a/cat.jpg?w=64  cat.jpg    cat      htt
type form struct {
	part  namePart
	first int // characters; 0: all
}

// namePart is a part of a path.
type namePart uint8

const (
	wholePath namePart = iota
	lastPart           // Python's PurePath.name
	stemPart           // Python's PurePath.stem
)

// maxFirst bounds how many characters are taken: no name is longer.
const maxFirst = 255

// parseForm reads what stands behind the colon of a placeholder.
func parseForm(text string) (f form, ok bool) {
	switch text {
	case "name":
		return form{part: lastPart}, true
	case "stem":
		return form{part: stemPart}, true
	}
	digits, ok := strings.CutPrefix(text, ".")
	n, err := strconv.Atoi(digits)
	if !ok || err != nil || n < 1 || n > maxFirst || digits[0] == '+' || digits[0] == '0' {
		return form{}, false
	}
	return form{first: n}, true
}

// cut leaves the form's part of the value that was appended to dst from mark on, in its
// place.
func (f form) cut(dst []byte, mark int) []byte {
	value := dst[mark:]
	switch {
	case f.first > 0:
		n := 0
		for i := 0; i < f.first && n < len(value); i++ {
			_, size := utf8.DecodeRune(value[n:])
			n += size
		}
		return dst[:mark+n]
	case f.part == wholePath:
		return dst
	}
	if bytes.Contains(value, []byte("://")) {
		if end := bytes.IndexAny(value, "?#"); end >= 0 {
			value = value[:end]
		}
	}
	from, to := base(value)
	value = value[from:to]
	if dot := bytes.LastIndexByte(value, '.'); f.part == stemPart && dot > 0 {
		value = value[:dot]
	}
	return dst[:mark+copy(dst[mark:], value)]
}
