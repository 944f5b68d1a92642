package join

import (
	"fmt"
	"strings"
)

// Paths says how names in the records were written on another machine, so that they
// can be read here. It is applied to each value that a template takes from a column,
// never to the template's own text. A nil Paths changes nothing.
//
//	value                              strip                  separators  becomes
//	C:\Users\someone\data\img\1.png    C:\Users\someone\data  windows     img/1.png
//	c:/users/someone/data/img\1.png    C:\Users\someone\data  windows     img/1.png
//	C:\Users\someone\database\1.png    C:\Users\someone\data  windows     C:/Users/someone/database/1.png
//	/mnt/ann/data/img/1.png           /mnt/ann/data/        -           img/1.png
type Paths struct {
	strip   string // without a separator at its end
	windows bool
}

// Separators tell folders apart in the names of some system.
type Separators string

// The separators. Those of Windows are \ and / alike, and its names do not differ in
// case.
const (
	SeparatorsUnix    Separators = "unix"
	SeparatorsWindows Separators = "windows"
)

// NewPaths returns Paths that take strip off the beginning of each name, where it
// begins with it, and tell folders apart as the names do. Both may be empty.
func NewPaths(strip string, separators Separators) (*Paths, error) {
	switch separators {
	case "", SeparatorsUnix, SeparatorsWindows:
	default:
		return nil, fmt.Errorf("separators %q: %s or %s", separators, SeparatorsUnix, SeparatorsWindows)
	}
	p := &Paths{strip: strip, windows: separators == SeparatorsWindows}
	if p.windows {
		p.strip = strings.ReplaceAll(strip, `\`, "/")
	}
	if p.strip = strings.TrimRight(p.strip, "/"); p.strip == "" && strip != "" {
		p.strip = "/" // all names that are absolute
	}
	if p.strip == "" && !p.windows {
		return nil, nil
	}
	return p, nil
}

// rewrite rewrites the value that was appended to dst from mark on, in its place.
func (p *Paths) rewrite(dst []byte, mark int) []byte {
	value := dst[mark:]
	if p.windows {
		for i, c := range value {
			if c == '\\' {
				value[i] = '/'
			}
		}
	}
	if !p.begins(value) {
		return dst
	}
	rest := value[len(p.strip):]
	if len(rest) > 0 && rest[0] != '/' && p.strip != "/" {
		return dst // a longer name of a folder
	}
	for len(rest) > 0 && rest[0] == '/' {
		rest = rest[1:]
	}
	return dst[:mark+copy(value, rest)]
}

// begins says whether a value begins with what is to be taken off.
func (p *Paths) begins(value []byte) bool {
	if p.strip == "" || len(value) < len(p.strip) {
		return false
	}
	for i := range len(p.strip) {
		if a, b := value[i], p.strip[i]; a != b && !(p.windows && lower(a) == lower(b)) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
