package draft

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/stages/join"
)

// family is folders of images that lie alike: each image, or each folder, is a record.
type family struct {
	// pattern is that of a listing, with a hole where splits differ.
	pattern string
	// beside are other images and texts of a record, as templates.
	beside []string
	words  []string // of the splits, as they stand in the names
	images int
}

// fromFiles makes a dataset of the files themselves, where no table tells of them.
func (d *drafting) fromFiles(ctx context.Context) (*finding, error) {
	l := d.listing
	all := l.families()
	if len(all) == 0 {
		return nil, nil
	}
	main := all[0]
	g := &group{}
	for _, word := range main.words {
		s := &split{name: "train", words: synonyms("train")}
		if word != "" {
			name := splitWords[strings.ToLower(word)]
			s = &split{name: name, words: unique(append([]string{strings.ToLower(word)}, synonyms(name)...)), told: true}
		}
		pattern := strings.ReplaceAll(main.pattern, hole, word)
		t, err := l.listed(ctx, pattern)
		if err != nil {
			return nil, err
		}
		s.table = t
		g.splits = append(g.splits, s)
	}
	f, err := d.look(ctx, g)
	if err != nil {
		return nil, err
	}
	for _, b := range main.beside {
		d.addBeside(f, b)
	}
	return f, nil
}

// listed is the table of a listing.
func (l *listing) listed(ctx context.Context, pattern string) (*table, error) {
	parsed, err := join.ParseListing(pattern)
	if err != nil {
		return nil, err
	}
	found, err := parsed.Read(ctx, listed{l: l})
	if err != nil {
		return nil, err
	}
	t := &table{files: []string{pattern}, listing: true, kind: "listing", rows: found.Table.NumRows()}
	for i := range int(found.Table.NumCols()) {
		c := found.Table.Column(i)
		own := newColumn(c.Field(), false)
		own.data = c.Data()
		t.columns = append(t.columns, own)
	}
	return t, nil
}

// folderOf is a folder that holds images.
type folderOf struct {
	name  string // with / at its end, or empty
	bases []string
	exts  map[string]int
	other []string // names of other files
}

// families are the ways in which the folders of images lie, the one with most first.
func (l *listing) families() []*family {
	folders := make(map[string]*folderOf)
	for i := range l.entries {
		e := &l.entries[i]
		name := l.folders[e.folder]
		if !l.pictured[name] || strings.Contains(name, "!") {
			continue // members of archives are not listed
		}
		f := folders[name]
		if f == nil {
			f = &folderOf{name: name, exts: make(map[string]int)}
			folders[name] = f
		}
		if e.kind == kindImage {
			f.bases = append(f.bases, e.name)
			f.exts[path.Ext(e.name)]++
		} else {
			f.other = append(f.other, e.name)
		}
	}
	byParent := make(map[string][]*folderOf)
	for _, name := range sortedKeys(folders) {
		parent := path.Dir(strings.TrimSuffix(name, "/"))
		byParent[parent] = append(byParent[parent], folders[name])
	}
	byPattern := make(map[string]*family)
	for _, parent := range sortedKeys(byParent) {
		for _, f := range familiesOf(parent, byParent[parent]) {
			have := byPattern[f.pattern]
			if have == nil {
				byPattern[f.pattern] = f
				continue
			}
			have.images += f.images
			have.words = unique(append(have.words, f.words...))
		}
	}
	var out []*family
	for _, key := range sortedKeys(byPattern) {
		out = append(out, byPattern[key])
	}
	slices.SortStableFunc(out, func(a, b *family) int {
		return cmp.Or(b.images-a.images, strings.Count(a.pattern, "/")-strings.Count(b.pattern, "/"), len(a.pattern)-len(b.pattern))
	})
	for _, f := range out {
		slices.SortFunc(f.words, func(a, b string) int {
			order := []string{"train", "validation", "test"}
			return slices.Index(order, splitWords[strings.ToLower(a)]) - slices.Index(order, splitWords[strings.ToLower(b)])
		})
	}
	return out
}

// familiesOf are the families of folders beside each other.
func familiesOf(parent string, folders []*folderOf) []*family {
	var own []*folderOf // that are of no class
	var classes []*folderOf
	for _, f := range folders {
		if _, _, ok := wordIn(path.Base(f.name), sortedKeys(splitWords)); ok || f.name == "" {
			own = append(own, f)
		} else {
			classes = append(classes, f)
		}
	}
	at := ""
	if parent != "." {
		at = parent + "/"
	}
	var out []*family
	switch {
	case len(classes) > 1 && sameNames(classes) != nil:
		out = append(out, itemFamily(at, classes))
	case len(classes) > 1 && !parallel(classes):
		out = append(out, classFamily(at, classes))
	default:
		own = append(own, classes...)
	}
	for _, f := range own {
		out = append(out, plainFamily(f))
	}
	return out
}

// sameNames are the images that nearly each folder has, nil where folders have others.
func sameNames(folders []*folderOf) []string {
	counts := make(map[string]int)
	total := 0
	for _, f := range folders {
		for _, b := range f.bases {
			counts[b]++
			total++
		}
	}
	var names []string
	for _, b := range sortedKeys(counts) {
		if counts[b]*10 >= len(folders)*9 {
			names = append(names, b)
		}
	}
	if len(names) == 0 || len(names) > 16 || len(names)*len(folders)*10 < total*9 {
		return nil
	}
	return names
}

// parallel says whether folders hold different pictures of the same things: their names
// are the same for the most part.
func parallel(folders []*folderOf) bool {
	first := make(map[string]bool)
	for _, b := range folders[0].bases {
		first[stem(b)] = true
	}
	shared := 0
	for _, b := range folders[1].bases {
		if first[stem(b)] {
			shared++
		}
	}
	return shared*2 > len(folders[1].bases) && len(folders) <= 8
}

// withHole puts a hole in place of a split's word.
func withHole(folder string) (holed, word string) {
	parts := strings.Split(folder, "/")
	for i, p := range parts {
		if from, to, ok := wordIn(p, sortedKeys(splitWords)); ok && (word == "" || word == p[from:to]) {
			word = p[from:to]
			parts[i] = p[:from] + hole + p[to:]
		}
	}
	for i, p := range parts {
		parts[i] = escaped(p)
	}
	return strings.Join(parts, "/"), word
}

// extension is that of most images.
func extension(folders []*folderOf) string {
	counts := make(map[string]int)
	for _, f := range folders {
		for ext, n := range f.exts {
			counts[ext] += n
		}
	}
	best := ""
	for _, ext := range sortedKeys(counts) {
		if best == "" || counts[ext] > counts[best] {
			best = ext
		}
	}
	return best
}

func count(folders []*folderOf) (n int) {
	for _, f := range folders {
		n += len(f.bases)
	}
	return n
}

func plainFamily(f *folderOf) *family {
	folder, word := withHole(f.name)
	ext := extension([]*folderOf{f})
	fam := &family{pattern: folder + "{name}" + ext, words: []string{word}, images: len(f.bases)}
	fam.sidecars(folder+"{name}", []*folderOf{f})
	return fam
}

func classFamily(at string, folders []*folderOf) *family {
	folder, word := withHole(at)
	f := &family{pattern: folder + "{label}/{name}" + extension(folders), words: []string{word}, images: count(folders)}
	f.sidecars(folder+"{label}/{name}", folders)
	return f
}

func itemFamily(at string, folders []*folderOf) *family {
	folder, word := withHole(at)
	names := sameNames(folders)
	f := &family{pattern: folder + "{item}/" + escaped(names[0]), words: []string{word}, images: count(folders)}
	for _, n := range names[1:] {
		f.beside = append(f.beside, folder+"{item}/"+escaped(n))
	}
	counts := make(map[string]int)
	for _, o := range folders {
		for _, n := range o.other {
			counts[n]++
		}
	}
	for _, n := range sortedKeys(counts) {
		if counts[n]*10 >= len(folders)*9 && isSidecar(n) {
			f.beside = append(f.beside, folder+"{item}/"+escaped(n))
		}
	}
	return f
}

func isSidecar(name string) bool {
	return slices.Contains([]string{".json", ".txt", ".caption"}, strings.ToLower(path.Ext(name)))
}

// sidecars adds files that have an image's name and another extension.
func (f *family) sidecars(base string, folders []*folderOf) {
	counts := make(map[string]int)
	for _, o := range folders {
		stems := make(map[string]bool)
		for _, b := range o.bases {
			stems[stem(b)] = true
		}
		for _, n := range o.other {
			if isSidecar(n) && stems[stem(n)] {
				counts[path.Ext(n)]++
			}
		}
	}
	for _, ext := range sortedKeys(counts) {
		if counts[ext]*10 >= f.images*9 {
			f.beside = append(f.beside, base+ext)
		}
	}
}

// addBeside adds the field of files beside the images.
func (d *drafting) addBeside(f *finding, file string) {
	line := &fieldLine{}
	base := path.Base(file)
	ext := strings.ToLower(path.Ext(base))
	name := fieldName(strings.TrimSuffix(base, path.Ext(base)))
	if strings.Contains(base, "{") {
		name = strings.TrimPrefix(ext, ".")
	}
	key := "text"
	switch {
	case kindOf(base) == kindImage:
		key, line.typ, line.image = "file", "image", true
	case ext == ".json":
		line.typ = "json"
	default:
		line.typ = "string"
	}
	same := strings.ReplaceAll(file, hole, "{folder}")
	if len(f.group.splits) == 1 {
		same = strings.ReplaceAll(file, hole, f.group.splits[0].words[0])
	}
	for _, o := range f.fields {
		if o.has(key) && slices.Contains(o.keys, keyValue{key, template(same)}) {
			return
		}
	}
	rate := rate{}
	for _, s := range f.group.splits {
		for _, w := range s.words {
			own := d.listing.measure(s, naming{column: "item", file: strings.ReplaceAll(file, hole, w), kind: kindOf(base)})
			if own.joined > 0 {
				rate.values += own.values
				rate.joined += own.joined
				break
			}
		}
	}
	if rate.share() < sure {
		return
	}
	line.keys = []keyValue{{key, template(same)}}
	line.why = fmt.Sprintf("%s of %s are there", grouped(rate.joined), grouped(rate.values))
	line.name = f.free(f.group, name, false)
	f.fields = append(f.fields, line)
}
