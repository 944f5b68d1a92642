package folder

import (
	"context"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxListed bounds the entries of one folder that Nearby looks at.
const maxListed = 1 << 20

// Nearby returns the name of an existing file or folder that a missing name
// may have meant, or "". A part of the name may differ in case, in how accents
// are composed (NFC or NFD), or, the last part, in its extension; in that order
// of preference, then the first by name. It lists folders, which takes up to a
// second where they are large: ask for the few names that people will read of,
// not for each that is missing.
func (f *Folder) Nearby(name string) string {
	if checkName(name) != nil {
		return ""
	}
	found, differs := "", false
	parts := strings.Split(name, "/")
	for i, part := range parts {
		next := path.Join(found, part)
		if part == "" || part == "." || part == ".." {
			found = next
			continue
		}
		if _, err := inside(f, next, f.root.Lstat); err != nil {
			near := f.sibling(found, part, i == len(parts)-1)
			if near == "" {
				return ""
			}
			next, differs = path.Join(found, near), true
		}
		found = next
	}
	if !differs {
		return ""
	}
	return found
}

// Suggest tells which file a missing name may have meant.
func (f *Folder) Suggest(ctx context.Context, name string) (near string, ok bool) {
	if ctx.Err() != nil {
		return "", false
	}
	near = f.Nearby(name)
	return near, near != ""
}

// sibling returns the entry of a folder that is most like part, or "".
func (f *Folder) sibling(dirName, part string, last bool) string {
	dir, err := f.openDir(path.Join(".", dirName))
	if err != nil {
		return ""
	}
	defer dir.Close()
	best, bestRank := "", noLikeness
	for listed := 0; listed < maxListed; {
		names, err := dir.Readdirnames(4096)
		for _, n := range names {
			if n == part { // it is there, but a link that os.Root does not follow
				continue
			}
			if r := likeness(part, n, last); r < bestRank || r == bestRank && r < noLikeness && n < best {
				best, bestRank = n, r
			}
		}
		if listed += len(names); err != nil {
			break
		}
	}
	return best
}

// How a name is like another, best first.
const (
	sameButCase = iota
	sameButComposition
	sameButExtension
	noLikeness
)

func likeness(want, have string, last bool) int {
	switch {
	case strings.EqualFold(want, have):
		return sameButCase
	case sameButAccents(want, have):
		return sameButComposition
	case last && sameStem(want, have):
		return sameButExtension
	}
	return noLikeness
}

// sameStem compares names without their extensions. An extension is at most
// five bytes: what follows the last dot of "v1.final version" is none.
func sameStem(a, b string) bool {
	ea, eb := path.Ext(a), path.Ext(b)
	if ea == eb || len(ea) > 6 || len(eb) > 6 {
		return false
	}
	a, b = strings.TrimSuffix(a, ea), strings.TrimSuffix(b, eb)
	return a != "" && a == b
}

// sameButAccents says whether two names can be the same text, composed in one
// and decomposed in the other. It has no tables of Unicode: where one has a
// letter beyond ASCII and the other a letter with marks after it, they are
// taken for equal, which is enough for a hint.
func sameButAccents(a, b string) bool {
	marked := false
	for a != "" && b != "" {
		ra, na := utf8.DecodeRuneInString(a)
		rb, nb := utf8.DecodeRuneInString(b)
		a, b = a[na:], b[nb:]
		ma, mb := marks(a), marks(b)
		switch {
		case ra == rb && ma == mb:
		case ma > 0 && mb == 0 && rb >= utf8.RuneSelf, mb > 0 && ma == 0 && ra >= utf8.RuneSelf:
			marked = true
		default:
			return false
		}
		a, b = a[ma:], b[mb:]
	}
	return a == "" && b == "" && marked
}

// marks returns the length in bytes of the combining marks that s begins with,
// and of the vowels and finals that follow a Korean initial.
func marks(s string) int {
	for i, r := range s {
		if !unicode.Is(unicode.Mn, r) && (r < 0x1161 || r > 0x11ff) {
			return i
		}
	}
	return len(s)
}
