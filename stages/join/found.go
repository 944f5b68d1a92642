package join

import (
	"bytes"
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// Found are the files that a template with stars can mean: images/*/{id}.jpg is the file
// of that name in whichever folder has it. It is safe for concurrent use.
//
//	images/1/a.jpg  images/2/b.jpg   files that there are
//	images/*/a.jpg  images/*/b.jpg   names that records make, each of one file
//
// A name that two files have is that of none: nobody knows which is meant.
type Found struct {
	stars []int // the parts of a name that are stars
	any   bool  // the extension is one too
	files []string
	keys  []foundKey // sorted
	seed  maphash.Seed
}

type foundKey struct {
	sum  uint64
	file uint32
}

// Stars says whether the template leaves folders or the extension open.
func (t *Template) Stars() bool {
	for _, p := range t.parts {
		if strings.Contains(p.literal, "*") {
			return true
		}
	}
	return false
}

// pattern is the template with a star for each column, for package path's Match.
func (t *Template) pattern() string {
	var b strings.Builder
	for _, p := range t.parts {
		if p.column != "" {
			b.WriteByte('*')
			continue
		}
		for _, r := range p.literal {
			if r == '[' || r == '?' || r == '\\' {
				b.WriteByte('\\')
			}
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Find lists the files that the template can mean.
func (t *Template) Find(ctx context.Context, source pipeline.Source) (*Found, error) {
	f := &Found{seed: maphash.MakeSeed()}
	var spelled strings.Builder
	for _, p := range t.parts {
		if p.column != "" {
			spelled.WriteByte('x')
		}
		spelled.WriteString(p.literal)
	}
	parts := strings.Split(spelled.String(), "/")
	for i, part := range parts {
		switch {
		case part == "*":
			f.stars = append(f.stars, i)
		case i == len(parts)-1 && strings.HasSuffix(part, ".*"):
			f.any = true
		}
	}
	var err error
	if f.files, err = source.Glob(ctx, t.pattern()); err != nil {
		return nil, err
	}
	f.keys = make([]foundKey, len(f.files))
	var room []byte
	for i, name := range f.files {
		room = f.key(room[:0], []byte(name))
		f.keys[i] = foundKey{maphash.Bytes(f.seed, room), uint32(i)}
	}
	slices.SortFunc(f.keys, func(a, b foundKey) int {
		switch {
		case a.sum < b.sum:
			return -1
		case a.sum > b.sum:
			return 1
		}
		return int(a.file) - int(b.file)
	})
	return f, nil
}

// key appends a file's name as records spell it: with the stars.
func (f *Found) key(dst, name []byte) []byte {
	at := 0
	for i := 0; ; i++ {
		end := bytes.IndexByte(name[at:], '/')
		part := name[at:]
		if end >= 0 {
			part = name[at : at+end]
		}
		switch {
		case slices.Contains(f.stars, i):
			dst = append(dst, '*')
		case end < 0 && f.any:
			if dot := bytes.LastIndexByte(part, '.'); dot >= 0 {
				part = part[:dot]
			}
			dst = append(append(dst, part...), ".*"...)
		default:
			dst = append(dst, part...)
		}
		if end < 0 {
			return dst
		}
		dst = append(dst, '/')
		at += end + 1
	}
}

// replace puts the file that is meant in place of the name that was appended to dst from
// mark on. The name stays as it is where there is none, or more than one.
func (f *Found) replace(dst []byte, mark int) []byte {
	sum := maphash.Bytes(f.seed, dst[mark:])
	i, _ := slices.BinarySearchFunc(f.keys, sum, func(k foundKey, sum uint64) int {
		switch {
		case k.sum < sum:
			return -1
		case k.sum > sum:
			return 1
		}
		return 0
	})
	found := ""
	var room []byte
	for ; i < len(f.keys) && f.keys[i].sum == sum; i++ {
		name := f.files[f.keys[i].file]
		if room = f.key(room[:0], []byte(name)); !bytes.Equal(room, dst[mark:]) {
			continue
		}
		if found != "" {
			return dst
		}
		found = name
	}
	if found == "" {
		return dst
	}
	return append(dst[:mark], found...)
}
