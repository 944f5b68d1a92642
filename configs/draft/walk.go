package draft

import (
	"context"
	"fmt"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
)

// mostFiles bounds what is listed: a file takes some 60 bytes and its name.
const mostFiles = 20_000_000

// kindOfFile is what a file's name says it is.
type kindOfFile uint8

const (
	kindOther kindOfFile = iota
	kindImage
	kindText // of a record: a caption beside an image
)

// extensions of files that records name.
var (
	imageExtensions = []string{".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".jpe", ".jfif"}
	textExtensions  = []string{".txt", ".caption", ".prompt"}
)

// entry is a file, or a member of an archive.
type entry struct {
	name   string // its last part
	folder int32
	kind   kindOfFile
	size   int64 // -1 of a member
}

// listing is every file of INPUT, by name.
type listing struct {
	folders []string // as they begin a name: "" or "images/"; "part.zip!/" of an archive
	entries []entry
	notes   []string // what was passed over
	bases   hashed   // by the folded name
	stems   hashed   // by the folded name without extension
	tokens  hashed   // by a part of the name, of images; see indexTokens
	seed    maphash.Seed
	// pictured are the folders that hold images.
	pictured map[string]bool
}

// hashed are numbers of entries by a hash, sorted.
type hashed []hashedEntry

type hashedEntry struct {
	sum uint64
	at  int32
}

// walk lists a folder, and the archives in it. The order is that of the names.
func walk(ctx context.Context, root string, input *stages.Input) (*listing, error) {
	l := &listing{seed: maphash.MakeSeed()}
	numbers := make(map[string]int32)
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			l.notes = append(l.notes, fmt.Sprintf("cannot be listed: %v", err))
			return nil
		case name == root:
			return nil
		case hidden(d.Name()):
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return fmt.Errorf("list INPUT: %w", err)
		}
		rel = filepath.ToSlash(rel)
		if d.IsDir() {
			if isOutput(name) {
				l.notes = append(l.notes, rel+"/ is an output of pickshard: passed over")
				return filepath.SkipDir
			}
			return nil
		}
		return l.addFile(ctx, input, numbers, name, rel, d)
	})
	if err != nil {
		return nil, err
	}
	l.index()
	return l, nil
}

// hidden says whether a name is none of the data's.
func hidden(name string) bool {
	switch name {
	case "__MACOSX", "Thumbs.db", "desktop.ini", "node_modules", "__pycache__":
		return true
	}
	return strings.HasPrefix(name, ".")
}

func isOutput(folder string) bool {
	for _, name := range []string{"manifest.json", "_SUCCESS"} {
		if _, err := os.Stat(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

func (l *listing) addFile(ctx context.Context, input *stages.Input, numbers map[string]int32, name, rel string, d fs.DirEntry) error {
	size := int64(1)
	if d.Type() != 0 || kindOf(rel) != kindImage { // of images the proof tells
		info, err := os.Stat(name) // what a link leads to
		if err != nil || !info.Mode().IsRegular() {
			if d.Type()&fs.ModeSymlink != 0 {
				l.notes = append(l.notes, rel+" is a link to no file: passed over")
			}
			return nil
		}
		size = info.Size()
	}
	if err := l.add(numbers, rel, size); err != nil {
		return err
	}
	if !isArchive(rel) {
		return nil
	}
	members, err := input.Members(ctx, rel)
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		l.notes = append(l.notes, fmt.Sprintf("%v", err))
		return nil
	}
	slices.Sort(members)
	for _, m := range members {
		if hidden(path.Base(m)) || strings.Contains(m, "__MACOSX/") {
			continue
		}
		if err := l.add(numbers, rel+"!/"+m, -1); err != nil {
			return err
		}
	}
	return nil
}

func isArchive(name string) bool {
	name = strings.ToLower(name)
	for _, ext := range []string{".zip", ".tar", ".tar.gz", ".tgz"} {
		if strings.HasSuffix(name, ext) {
			return true
		}
	}
	return false
}

func (l *listing) add(numbers map[string]int32, name string, size int64) error {
	if len(l.entries) == mostFiles {
		return fmt.Errorf("INPUT has more than %d files: give a folder of it, and write the rest of the config by hand", mostFiles)
	}
	at := strings.LastIndexByte(name, '/') + 1
	folder, ok := numbers[name[:at]]
	if !ok {
		folder = int32(len(l.folders))
		numbers[strings.Clone(name[:at])] = folder
		l.folders = append(l.folders, strings.Clone(name[:at]))
	}
	l.entries = append(l.entries, entry{strings.Clone(name[at:]), folder, kindOf(name), size})
	return nil
}

func kindOf(name string) kindOfFile {
	switch ext := strings.ToLower(path.Ext(name)); {
	case slices.Contains(imageExtensions, ext):
		return kindImage
	case slices.Contains(textExtensions, ext):
		return kindText
	}
	return kindOther
}

// images counts them.
func (l *listing) images() (n int64) {
	for i := range l.entries {
		if l.entries[i].kind == kindImage {
			n++
		}
	}
	return n
}

// index sorts the names for look-ups.
func (l *listing) index() {
	l.bases, l.stems = make(hashed, len(l.entries)), make(hashed, len(l.entries))
	l.pictured = make(map[string]bool)
	for i := range l.entries {
		if e := &l.entries[i]; e.kind == kindImage {
			l.pictured[l.folders[e.folder]] = true
		}
		name := fold(l.entries[i].name)
		l.bases[i] = hashedEntry{l.sum(name), int32(i)}
		l.stems[i] = hashedEntry{l.sum(stem(name)), int32(i)}
	}
	l.bases.sort()
	l.stems.sort()
}

func (l *listing) sum(s string) uint64 { return maphash.String(l.seed, s) }

func (h hashed) sort() {
	slices.SortFunc(h, func(a, b hashedEntry) int {
		switch {
		case a.sum < b.sum:
			return -1
		case a.sum > b.sum:
			return 1
		}
		return int(a.at - b.at)
	})
}

// find yields the entries of a hash, in the order of their names.
func (h hashed) find(sum uint64, yield func(at int32) bool) {
	lo, _ := slices.BinarySearchFunc(h, sum, func(e hashedEntry, sum uint64) int {
		switch {
		case e.sum < sum:
			return -1
		case e.sum > sum:
			return 1
		}
		return 0
	})
	for ; lo < len(h) && h[lo].sum == sum; lo++ {
		if !yield(h[lo].at) {
			return
		}
	}
}

// path is the whole name of an entry.
func (l *listing) path(at int32) string {
	e := &l.entries[at]
	return l.folders[e.folder] + e.name
}

// lookUp returns the entry with exactly that name, or -1.
func (l *listing) lookUp(name string) int32 {
	if name = path.Clean(name); name == "." || strings.HasPrefix(name, "..") {
		return -1
	}
	cut := strings.LastIndexByte(name, '/') + 1
	found := int32(-1)
	l.bases.find(l.sum(fold(name[cut:])), func(at int32) bool {
		if e := &l.entries[at]; e.name == name[cut:] && l.folders[e.folder] == name[:cut] {
			found = at
			return false
		}
		return true
	})
	return found
}

// fold is a name without what systems write in different ways: case, and how accents
// are composed.
func fold(name string) string {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			return strings.ToLower(norm.NFC.String(name))
		}
	}
	return strings.ToLower(name)
}

// stem is a name without its extension, if it has one that files of records or images
// have: a name may well have a dot elsewhere.
func stem(name string) string {
	ext := path.Ext(name)
	if ext == "" || len(ext) > 9 || strings.ContainsFunc(ext, func(r rune) bool { return r == ' ' || r == '_' || r == '-' }) {
		return name
	}
	if kindOf(name) == kindOther && strings.Trim(ext, ".0123456789") == "" {
		return name // 0.25
	}
	return strings.TrimSuffix(name, ext)
}

// listed is the listing as a source whose files can be listed, and no more.
type listed struct {
	pipeline.Source
	l *listing
}

// Glob implements pipeline.Source.
func (s listed) Glob(_ context.Context, pattern string) ([]string, error) {
	depth := strings.Count(pattern, "/")
	var out []string
	for at := range s.l.entries {
		name := s.l.path(int32(at))
		if strings.Count(name, "/") != depth {
			continue
		}
		ok, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, name)
		}
	}
	return out, nil
}
