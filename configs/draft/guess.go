package draft

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/stages/join"
)

// naming is how a column's values may name files.
type naming struct {
	column string
	// file is the template, folder by folder and name.
	file string
	// strip is what the values begin with that stands for INPUT.
	strip   string
	windows bool
	// whole says that values are names with an extension, not keys.
	whole bool
	kind  kindOfFile
}

// guess is a naming, and how far it holds in a split.
type guess struct {
	naming
	split *split
	rate  rate
}

// rate is how far a guess holds, over all rows.
type rate struct {
	values, joined int64 // names, and those of them that are files
	files          int64 // files that were named, each once
	beside         int64 // files in the same folders of the same form
	missing        []string
	lists          bool
	nulls          int64 // rows without a name
	seen           bits  // entries that were named
	folders        bits  // folders that these are in
}

// bits is a set of small numbers.
type bits []uint64

func newBits(n int) bits { return make(bits, n/64+1) }

func (b bits) set(i int32)      { b[i/64] |= 1 << (i % 64) }
func (b bits) has(i int32) bool { return b[i/64]&(1<<(i%64)) != 0 }

func (b bits) add(o bits) {
	for i := range o {
		b[i] |= o[i]
	}
}

func (r rate) share() float64 {
	if r.values == 0 {
		return 0
	}
	return float64(r.joined) / float64(r.values)
}

func (r rate) cover() float64 {
	if r.beside == 0 {
		return 0
	}
	return float64(r.files) / float64(r.beside)
}

// Bounds of what is tried.
const (
	sampledValues = 2000
	sampledItems  = 16
	mostHits      = 64 // files of one name that are looked at
	mostGuesses   = 12 // of a column that are tried on all rows
	mostMissing   = 3  // names that are told
)

// values calls each with the sampled values of a column, spread over its rows.
func (t *table) values(name string, each func(row int64, v string)) {
	tmpl, err := join.ParseTemplate("{"+name+"}", nil)
	if err != nil {
		return
	}
	names, err := tmpl.Bind(t.column)
	if err != nil {
		return
	}
	step := max(1, t.rows/sampledValues)
	var room []byte
	for row := int64(0); row < t.rows; row += step {
		n, ok := names.Len(row)
		for item := 0; ok && item < min(n, sampledItems); item++ {
			v, has := names.Append(room[:0], row, item)
			if room = v; has {
				each(row, string(v))
			}
		}
	}
}

// guesses are how a column of a split may name files, the most likely first, each
// measured on all rows.
func (l *listing) guesses(s *split, name string) []*guess {
	if strings.ContainsAny(name, "{}[]:") || name == "split" || name == "folder" {
		return nil
	}
	votes := make(map[naming]int)
	sampled := 0
	s.table.values(name, func(_ int64, v string) {
		sampled++
		for _, g := range l.explain(name, v) {
			votes[g]++
		}
	})
	type voted struct {
		naming
		votes int
	}
	var best []voted
	for g, n := range votes {
		if n*20 >= sampled {
			best = append(best, voted{g, n})
		}
	}
	slices.SortFunc(best, func(a, b voted) int {
		return cmp.Or(b.votes-a.votes, len(a.strip)-len(b.strip), strings.Compare(a.file, b.file), strings.Compare(a.strip, b.strip))
	})
	var out []*guess
	for _, v := range best[:min(len(best), mostGuesses)] {
		out = append(out, &guess{v.naming, s, l.measure(s, v.naming)})
	}
	slices.SortStableFunc(out, func(a, b *guess) int { return cmp.Compare(b.rate.joined, a.rate.joined) })
	return out
}

// explain says how a value may have come to name a file.
func (l *listing) explain(column, v string) []naming {
	if v == "" || len(v) > 4096 {
		return nil
	}
	windows := strings.ContainsRune(v, '\\') && !strings.Contains(v, "://")
	plain := v
	if windows {
		plain = strings.ReplaceAll(v, `\`, "/")
	}
	if at := strings.IndexAny(plain, "?#"); at > 0 && strings.Contains(plain, "://") {
		return nil // of the web: its name is no file's
	}
	base := path.Base(plain)
	var out []naming
	add := func(at int32, ext string) {
		if g, ok := l.guessOf(column, v, plain+ext, at); ok {
			g.windows = windows
			g.file += escaped(ext)
			g.whole = ext == ""
			if !slices.Contains(out, g) {
				out = append(out, g)
			}
		}
	}
	n := 0
	l.bases.find(l.sum(fold(base)), func(at int32) bool {
		if e := &l.entries[at]; e.name == base && (e.kind != kindOther || e.size < 0) {
			add(at, "")
		}
		n++
		return n < mostHits
	})
	if len(out) > 0 {
		return out
	}
	n = 0
	l.stems.find(l.sum(fold(base)), func(at int32) bool {
		if e := &l.entries[at]; e.kind != kindOther && strings.HasPrefix(e.name, base) && len(e.name) > len(base) {
			add(at, e.name[len(base):])
		}
		n++
		return n < mostHits
	})
	return out
}

// guessOf says how a value, spelled with / and with an extension, may stand for a file:
// the parts that they end with in common are the column's, what the file begins with the
// template's, and what the value begins with is left off.
func (l *listing) guessOf(column, raw, v string, at int32) (naming, bool) {
	file := l.path(at)
	have, want := strings.Split(v, "/"), strings.Split(file, "/")
	n := 0
	for n < min(len(have), len(want)) {
		part := have[len(have)-1-n]
		if part == "" || part == "." || part == ".." || part != want[len(want)-1-n] {
			break
		}
		n++
	}
	if n == 0 {
		return naming{}, false
	}
	head := raw[:len(v)-len(strings.Join(have[len(have)-n:], "/"))]
	for len(head) > 1 && (head[len(head)-1] == '/' || head[len(head)-1] == '\\') {
		head = head[:len(head)-1]
	}
	if head == "." {
		head = ""
	}
	folder := strings.Join(want[:len(want)-n], "/")
	return naming{column: column, file: escaped(folder) + slash(folder) + "{" + column + "}", strip: head, kind: l.entries[at].kind}, true
}

func slash(folder string) string {
	if folder == "" {
		return ""
	}
	return "/"
}

// escaped is text as a template spells it.
func escaped(text string) string {
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
}

// measure counts how many of a column's values a guess makes files of, over all rows.
func (l *listing) measure(s *split, g naming) rate {
	var r rate
	tmpl, err := join.ParseTemplate(g.file, nil)
	if err != nil {
		return r
	}
	names, err := tmpl.Bind(s.table.column)
	if err != nil {
		return r
	}
	separators := join.SeparatorsUnix
	if g.windows {
		separators = join.SeparatorsWindows
	}
	paths, err := join.NewPaths(g.strip, separators)
	if err != nil {
		return r
	}
	names = names.From(paths)
	r.lists = names.Lists()
	r.seen, r.folders = newBits(len(l.entries)), newBits(len(l.folders))
	var room []byte
	for row := range s.table.rows {
		n, ok := names.Len(row)
		if !ok {
			r.nulls++
		}
		for item := 0; ok && item < n; item++ {
			v, has := names.Append(room[:0], row, item)
			if room = v; !has {
				r.nulls++
				continue
			}
			r.values++
			at := l.lookUp(string(v))
			if at < 0 {
				if len(r.missing) < mostMissing {
					r.missing = append(r.missing, string(v))
				}
				continue
			}
			r.joined++
			r.seen.set(at)
			r.folders.set(l.entries[at].folder)
		}
	}
	l.count(&r, g.kind)
	return r
}

// count counts the files that were named, and those of the same kind in their folders.
func (l *listing) count(r *rate, kind kindOfFile) {
	r.files, r.beside = 0, 0
	for i := range l.entries {
		if r.seen.has(int32(i)) {
			r.files++
		}
		if e := &l.entries[i]; e.kind == kind && r.folders.has(e.folder) {
			r.beside++
		}
	}
}
