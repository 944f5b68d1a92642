package jsonscan

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// ErrDepth is returned for values that lie too deep in values.
var ErrDepth = errors.New("values lie too deep in each other")

// SyntaxError is about a byte that cannot stand where it does.
type SyntaxError struct {
	At     int // in the text that was given
	Detail string
}

func (e *SyntaxError) Error() string { return e.Detail }

func fault(at int, format string, args ...any) error {
	return &SyntaxError{At: at, Detail: fmt.Sprintf(format, args...)}
}

// Kind is what a value is, by its first byte.
type Kind byte

// The kinds of values. NaN and the infinities are numbers.
const (
	Invalid Kind = 0
	Null    Kind = 'n'
	False   Kind = 'f'
	True    Kind = 't'
	Number  Kind = '0'
	String  Kind = '"'
	Array   Kind = '['
	Object  Kind = '{'
)

// KindOf returns the kind of a value that begins with c.
func KindOf(c byte) Kind {
	switch c {
	case 'n', 'f', 't', '"', '[', '{':
		return Kind(c)
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'N', 'I':
		return Number
	}
	return Invalid
}

// SpaceLen is the length of the white space in front of b.
func SpaceLen(b []byte) int {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\r' && c != '\t' {
			return i
		}
	}
	return len(b)
}

// ValueLen returns the length of the value that b begins with, which is checked whole.
// At most depth values may lie in each other.
func ValueLen(b []byte, depth int) (int, error) {
	return valueLen(b, 0, depth)
}

// Valid says whether b is one value, with white space around it.
func Valid(b []byte, depth int) bool {
	i := SpaceLen(b)
	n, err := valueLen(b, i, depth)
	return err == nil && n+SpaceLen(b[n:]) == len(b)
}

// valueLen returns the end of the value at i.
func valueLen(b []byte, i, depth int) (int, error) {
	if i >= len(b) {
		return i, fault(i, "a value is missing at the end")
	}
	switch KindOf(b[i]) {
	case Null:
		return word(b, i, "null")
	case True:
		return word(b, i, "true")
	case False:
		return word(b, i, "false")
	case Number:
		return number(b, i)
	case String:
		return stringEnd(b, i)
	case Array:
		return arrayEnd(b, i, depth)
	case Object:
		return objectEnd(b, i, depth)
	}
	return i, fault(i, "%s where a value should begin", found(b, i))
}

func found(b []byte, i int) string {
	if i >= len(b) {
		return "the end"
	}
	r, n := utf8.DecodeRune(b[i:])
	if r == utf8.RuneError && n == 1 {
		return fmt.Sprintf("byte 0x%02x", b[i])
	}
	return fmt.Sprintf("%q", r)
}

func word(b []byte, i int, w string) (int, error) {
	if len(b)-i < len(w) || string(b[i:i+len(w)]) != w {
		return i, fault(i, "%s where %s should stand", found(b, i), w)
	}
	return i + len(w), nil
}

// maxNumber is how long a number may be. Nothing that is counted or measured comes near:
// Python itself refuses integers of more than 4,300 digits.
const maxNumber = 64 << 10

func number(b []byte, i int) (int, error) {
	end, err := numberEnd(b[:min(len(b), i+maxNumber+1)], i)
	if end-i > maxNumber {
		return i, fault(i, "a number of more than %d bytes", maxNumber)
	}
	return end, err
}

func numberEnd(b []byte, i int) (int, error) {
	start := i
	if b[i] == '-' {
		i++
	}
	switch {
	case i < len(b) && b[i] == 'N' && i == start:
		return word(b, i, "NaN")
	case i < len(b) && b[i] == 'I':
		return word(b, i, "Infinity")
	case i < len(b) && b[i] == '0':
		i++
	default:
		n := digits(b, i)
		if n == i {
			return i, fault(i, "%s where a digit should stand", found(b, i))
		}
		i = n
	}
	if i < len(b) && b[i] == '.' {
		n := digits(b, i+1)
		if n == i+1 {
			return n, fault(n, "%s where a digit should stand", found(b, n))
		}
		i = n
	}
	if i < len(b) && (b[i] == 'e' || b[i] == 'E') {
		if i++; i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		n := digits(b, i)
		if n == i {
			return n, fault(n, "%s where a digit should stand", found(b, n))
		}
		i = n
	}
	if i < len(b) && b[i] >= '0' && b[i] <= '9' {
		return i, fault(start, "a number that begins with 0")
	}
	return i, nil
}

func digits(b []byte, i int) int {
	for i < len(b) && b[i] >= '0' && b[i] <= '9' {
		i++
	}
	return i
}

// stringEnd returns the end of the string at i.
func stringEnd(b []byte, i int) (int, error) {
	start := i
	for i++; i < len(b); {
		switch c := b[i]; {
		case c == '"':
			return i + 1, nil
		case c == '\\':
			n := escapeLen(b[i:])
			if n == 0 {
				return i, fault(i, "an escape that JSON does not have")
			}
			i += n
		case c < ' ':
			return i, fault(i, "byte 0x%02x in a string: it is written \\u%04x", c, c)
		case c < utf8.RuneSelf:
			i++
		default:
			r, n := utf8.DecodeRune(b[i:])
			if r == utf8.RuneError && n == 1 {
				return i, fault(i, "byte 0x%02x, which is not UTF-8", c)
			}
			i += n
		}
	}
	return i, fault(start, "a string that never ends")
}

// escapeLen is the length of the escape that b begins with, 0 if it is none.
func escapeLen(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
		if _, ok := hex4(b); ok {
			return 6
		}
	}
	return 0
}

// hex4 reads the four digits of \uXXXX.
func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 6 || b[0] != '\\' || b[1] != 'u' {
		return 0, false
	}
	for _, c := range b[2:6] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

func arrayEnd(b []byte, i, depth int) (int, error) {
	if depth <= 0 {
		return i, ErrDepth
	}
	i += 1 + SpaceLen(b[i+1:])
	if i < len(b) && b[i] == ']' {
		return i + 1, nil
	}
	for {
		n, err := valueLen(b, i, depth-1)
		if err != nil {
			return n, err
		}
		i = n + SpaceLen(b[n:])
		if i < len(b) && b[i] == ']' {
			return i + 1, nil
		}
		if i >= len(b) || b[i] != ',' {
			return i, fault(i, "%s where ',' or ']' should stand", found(b, i))
		}
		i += 1 + SpaceLen(b[i+1:])
	}
}

func objectEnd(b []byte, i, depth int) (int, error) {
	if depth <= 0 {
		return i, ErrDepth
	}
	i += 1 + SpaceLen(b[i+1:])
	if i < len(b) && b[i] == '}' {
		return i + 1, nil
	}
	for {
		if i >= len(b) || b[i] != '"' {
			return i, fault(i, "%s where a member's name should begin", found(b, i))
		}
		n, err := stringEnd(b, i)
		if err != nil {
			return n, err
		}
		i = n + SpaceLen(b[n:])
		if i >= len(b) || b[i] != ':' {
			return i, fault(i, "%s where ':' should stand", found(b, i))
		}
		i += 1 + SpaceLen(b[i+1:])
		if n, err = valueLen(b, i, depth-1); err != nil {
			return n, err
		}
		i = n + SpaceLen(b[n:])
		if i < len(b) && b[i] == '}' {
			return i + 1, nil
		}
		if i >= len(b) || b[i] != ',' {
			return i, fault(i, "%s where ',' or '}' should stand", found(b, i))
		}
		i += 1 + SpaceLen(b[i+1:])
	}
}
