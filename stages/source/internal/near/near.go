// Package near finds, among the names that there are, the one that a missing name
// may have meant: written in other case, with accents composed in another way (NFC,
// NFD), with other blanks, with %XX for a character, or with another extension; or
// written on another machine, with its drive, its backslashes and the folders that
// led to the data there.
//
// It guesses for people who fix their input, and never opens a file.
package near

import (
	"cmp"
	"hash/maphash"
	"path"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Names are names to choose from, in 48 bytes and its own length each. Add all of
// them, then ask.
type Names struct {
	text   []byte
	ends   []uint32
	seed   maphash.Seed
	whole  []slot // by what the name folds to
	stems  []slot // by that of the name without its extension
	bases  []slot // by that of the last part of a name that has several
	sorted bool
}

// slot is a name by a sum of something.
type slot struct {
	sum  uint64
	name uint32
}

// New returns an empty set.
func New() *Names { return &Names{seed: maphash.MakeSeed()} }

// Len is how many names were added.
func (n *Names) Len() int { return len(n.ends) }

// Add adds a name.
func (n *Names) Add(name string) {
	i := uint32(len(n.ends))
	n.text = append(n.text, name...)
	n.ends = append(n.ends, uint32(len(n.text)))
	folded := fold(name)
	n.whole = append(n.whole, slot{n.sum(folded), i})
	n.stems = append(n.stems, slot{n.sum(stem(folded)), i})
	if at := strings.LastIndexByte(folded, '/'); at >= 0 {
		n.bases = append(n.bases, slot{n.sum(folded[at+1:]), i})
	}
	n.sorted = false
}

func (n *Names) sum(s string) uint64 { return maphash.String(n.seed, s) }

func (n *Names) name(i uint32) string {
	from := uint32(0)
	if i > 0 {
		from = n.ends[i-1]
	}
	return string(n.text[from:n.ends[i]])
}

// Sort prepares the names to be asked for; it must be called once after the last Add.
func (n *Names) Sort() {
	for _, s := range [][]slot{n.whole, n.stems, n.bases} {
		slices.SortFunc(s, func(a, b slot) int {
			return cmp.Or(cmp.Compare(a.sum, b.sum), cmp.Compare(n.name(a.name), n.name(b.name)))
		})
	}
	n.sorted = true
}

// find returns the slots of a sum.
func (n *Names) find(slots []slot, folded string) []slot {
	sum := n.sum(folded)
	from, _ := slices.BinarySearchFunc(slots, sum, func(s slot, sum uint64) int { return cmp.Compare(s.sum, sum) })
	to := from
	for to < len(slots) && slots[to].sum == sum {
		to++
	}
	return slots[from:to]
}

// maxAlike bounds the names that are looked at because they fold to the same.
const maxAlike = 64

// Has says whether a name is there, exactly.
func (n *Names) Has(name string) bool {
	folded := fold(name)
	sum := n.sum(folded)
	_, ok := slices.BinarySearchFunc(n.whole, name, func(s slot, name string) int {
		return cmp.Or(cmp.Compare(s.sum, sum), cmp.Compare(n.name(s.name), name))
	})
	return ok
}

// Like returns the name that is most like one that is not there: first one that
// differs in case, then in how it is spelled, then in its extension, then the first
// by name.
func (n *Names) Like(name string) (string, bool) {
	folded := fold(name)
	spelled := ""
	for _, s := range limited(n.find(n.whole, folded)) {
		have := n.name(s.name)
		switch {
		case have == name: // it is there, and refused for another reason
		case strings.EqualFold(have, name):
			return have, true
		case spelled == "" && fold(have) == folded:
			spelled = have
		}
	}
	if spelled != "" {
		return spelled, true
	}
	want := stem(folded)
	if want == "" {
		return "", false
	}
	for _, s := range limited(n.find(n.stems, want)) {
		if have := n.name(s.name); have != name && stem(fold(have)) == want {
			return have, true
		}
	}
	return "", false
}

// Elsewhere returns the only name whose last part is that of the name that is asked
// for, or folds to the same.
func (n *Names) Elsewhere(name string) (string, bool) {
	base := path.Base(name)
	folded := fold(base)
	found := ""
	for _, s := range limited(n.find(n.bases, folded)) {
		have := n.name(s.name)
		if fold(path.Base(have)) != folded || have == name {
			continue
		}
		if found != "" {
			return "", false
		}
		found = have
	}
	return found, found != ""
}

func limited(s []slot) []slot { return s[:min(len(s), maxAlike)] }

// fold brings spellings of a name together.
func fold(name string) string {
	plain := true
	for i := range len(name) {
		c := name[i]
		plain = plain && c > ' ' && c < 0x7f && c != '%' && (c < 'A' || c > 'Z')
	}
	if plain {
		return name
	}
	name = norm.NFC.String(unescape(name))
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		// The smallest of the letters that differ in case alone.
		least := r
		for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
			least = min(least, f)
		}
		return unicode.ToLower(least)
	}, name)
}

// unescape turns %XX into the byte it stands for; what is not an escape stays.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			hi, lo := digit(s[i+1]), digit(s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func digit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// stem is a name without its extension. That is at most five bytes: what follows the
// last dot of "v1.final version" is none.
func stem(name string) string {
	ext := path.Ext(name)
	if len(ext) > 6 || len(ext) == len(path.Base(name)) {
		return name
	}
	return name[:len(name)-len(ext)]
}

// maxParts bounds the folders that led to the data on another machine.
const maxParts = 16

// Spellings are the names that one may stand for, in the order in which they are to
// be tried: itself, with the separators of Windows, without its drive, and without
// the folders that it begins with, one after another.
func Spellings(name string) []string {
	all := []string{name}
	add := func(s string) {
		if s != "" && s != all[len(all)-1] {
			all = append(all, s)
		}
	}
	rest := strings.ReplaceAll(name, `\`, "/")
	add(rest)
	if len(rest) > 1 && rest[1] == ':' && (rest[0]|0x20) >= 'a' && (rest[0]|0x20) <= 'z' {
		rest = rest[2:]
	}
	rest = strings.TrimLeft(rest, "/")
	add(rest)
	for range maxParts {
		_, after, ok := strings.Cut(rest, "/")
		if !ok {
			break
		}
		rest = strings.TrimLeft(after, "/")
		add(rest)
	}
	return all
}
