package jsonscan

import (
	"bytes"
	"unicode/utf16"
	"unicode/utf8"
)

// The functions of this file take values that ValueLen has checked.

// Items calls each with the items of an array, in order, until it returns false. It
// returns false then.
func Items(array []byte, each func(item []byte) bool) bool {
	i := 1 + SpaceLen(array[1:])
	for array[i] != ']' {
		n := skip(array, i)
		if !each(array[i:n]) {
			return false
		}
		i = n + SpaceLen(array[n:])
		if array[i] == ',' {
			i += 1 + SpaceLen(array[i+1:])
		}
	}
	return true
}

// Members calls each with the names, in quotes, and values of an object, in order,
// until it returns false. It returns false then.
func Members(object []byte, each func(name, value []byte) bool) bool {
	i := 1 + SpaceLen(object[1:])
	for object[i] != '}' {
		n := skip(object, i)
		name := object[i:n]
		i = n + SpaceLen(object[n:]) + 1
		i += SpaceLen(object[i:])
		n = skip(object, i)
		if !each(name, object[i:n]) {
			return false
		}
		i = n + SpaceLen(object[n:])
		if object[i] == ',' {
			i += 1 + SpaceLen(object[i+1:])
		}
	}
	return true
}

// skip returns the end of the value at i.
func skip(b []byte, i int) int {
	switch KindOf(b[i]) {
	case String:
		return skipString(b, i)
	case Array, Object:
		for depth := 0; ; i++ {
			switch b[i] {
			case '"':
				i = skipString(b, i) - 1
			case '[', '{':
				depth++
			case ']', '}':
				if depth--; depth == 0 {
					return i + 1
				}
			}
		}
	}
	for i < len(b) && b[i] != ',' && b[i] != ']' && b[i] != '}' && b[i] > ' ' {
		i++
	}
	return i
}

func skipString(b []byte, i int) int {
	for i++; ; i++ {
		n := bytes.IndexByte(b[i:], '"')
		i += n
		slashes := 0
		for b[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i + 1
		}
	}
}

// AppendText appends what a string in quotes spells. whole is false where it has
// escapes of lone surrogates: each of them is appended as U+FFFD.
func AppendText(dst, quoted []byte) (out []byte, whole bool) {
	b := quoted[1 : len(quoted)-1]
	whole = true
	for {
		n := bytes.IndexByte(b, '\\')
		if n < 0 {
			return append(dst, b...), whole
		}
		dst = append(dst, b[:n]...)
		b = b[n:]
		if b[1] != 'u' {
			dst = append(dst, unescaped(b[1]))
			b = b[2:]
			continue
		}
		r, _ := hex4(b)
		b = b[6:]
		if utf16.IsSurrogate(r) {
			low, ok := hex4(b)
			if r = utf16.DecodeRune(r, low); ok && r != utf8.RuneError {
				b = b[6:]
			} else {
				r, whole = utf8.RuneError, false
			}
		}
		dst = utf8.AppendRune(dst, r)
	}
}

// TextIs says whether a string in quotes spells text.
func TextIs(quoted []byte, text string) bool {
	if bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1:len(quoted)-1]) == text
	}
	got, _ := AppendText(nil, quoted)
	return string(got) == text
}

func unescaped(c byte) byte {
	switch c {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return c
}
