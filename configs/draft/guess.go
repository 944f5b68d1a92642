package draft

import (
	"cmp"
	"context"
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

// within says whether all of b are in o.
func (b bits) within(o bits) bool {
	for i := range b {
		if b[i]&^o[i] != 0 {
			return false
		}
	}
	return true
}

// meets says whether some are in both.
func (b bits) meets(o bits) bool {
	for i := range b {
		if b[i]&o[i] != 0 {
			return true
		}
	}
	return false
}

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
	if strings.ContainsAny(name, "{}[]:") || name == "split" || name == "folder" || s.table.find(name) == nil {
		return nil
	}
	var hits []hit
	sampled := 0
	s.table.values(name, func(row int64, v string) {
		sampled++
		hits = append(hits, l.hits(name, row, v)...)
	})
	if len(hits) == 0 || s.table.listing && name != join.PathColumn {
		hits = append(hits, l.computed(s.table, name)...)
	}
	var out []*guess
	if labelled := byLabel(s.table, name, hits); labelled != nil {
		for _, n := range generalise(s.table, name, labelled) {
			if g := (&guess{n, s, l.measure(s, n)}); g.rate.share() >= sure {
				return append(out, g)
			}
		}
	}
	for _, n := range tally(hits, sampled) {
		out = append(out, &guess{n, s, l.measure(s, n)})
	}
	if !slices.ContainsFunc(out, func(g *guess) bool { return g.rate.share() >= sure }) {
		for _, n := range generalise(s.table, name, hits) {
			if g := (&guess{n, s, l.measure(s, n)}); !slices.ContainsFunc(out, func(o *guess) bool { return o.rate.joined >= g.rate.joined }) {
				out = append(out, g)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b *guess) int { return cmp.Compare(b.rate.joined, a.rate.joined) })
	return out
}

// tally counts which namings the hits speak for, those with most votes first.
func tally(hits []hit, sampled int) []naming {
	votes := make(map[naming]int)
	for _, h := range hits {
		votes[h.naming()]++
	}
	var best []naming
	for n, count := range votes {
		if count*20 >= sampled {
			best = append(best, n)
		}
	}
	slices.SortFunc(best, func(a, b naming) int {
		return cmp.Or(votes[b]-votes[a], strings.Count(a.file, ":name}")-strings.Count(b.file, ":name}"), len(a.strip)-len(b.strip), strings.Compare(a.file, b.file), strings.Compare(a.strip, b.strip))
	})
	return best[:min(len(best), mostGuesses)]
}

// hit is a value of a row and a file that it may name.
type hit struct {
	row int64
	v   string
	// dirs are the folders that the template gives, pre and post what stands around
	// the column's placeholder in the last part.
	dirs      []string
	pre, post string
	column    string
	form      string // of the placeholder: "", ":name", ":012"
	strip     string
	windows   bool
	whole     bool
	kind      kindOfFile
	file      int32
	shared    int // parts at the end that value and file have in common
}

func (h *hit) naming() naming {
	var folder strings.Builder
	for _, d := range h.dirs {
		folder.WriteString(escaped(d) + "/")
	}
	return naming{
		column: h.column, file: folder.String() + escaped(h.pre) + "{" + h.column + h.form + "}" + escaped(h.post),
		strip: h.strip, windows: h.windows, whole: h.whole, kind: h.kind,
	}
}

// hits are the files that a value may name: of its last part, of that with an extension
// of a file that is there, or of another extension than it has.
func (l *listing) hits(column string, row int64, v string) []hit {
	if v == "" || len(v) > 4096 {
		return nil
	}
	web := strings.Contains(v, "://")
	h := hit{row: row, v: v, column: column, windows: strings.ContainsRune(v, '\\') && !web}
	spelled := v
	if h.windows {
		spelled = strings.ReplaceAll(v, `\`, "/")
	}
	if at := strings.IndexAny(spelled, "?#"); at > 0 && web {
		spelled = spelled[:at]
	}
	base := path.Base(spelled)
	var out []hit
	each := func(in hashed, name string, use func(e *entry, at int32)) {
		n := 0
		in.find(l.sum(name), func(at int32) bool {
			use(&l.entries[at], at)
			n++
			return n < mostHits
		})
	}
	each(l.bases, fold(base), func(e *entry, at int32) {
		if e.name == base && e.kind != kindOther {
			out = append(out, h.at(l, at, spelled, ""))
		}
	})
	if len(out) > 0 {
		out = nearest(out)
		for _, o := range out {
			if o.strip != "" && o.strip != "/" {
				o.form, o.strip, o.dirs = ":name", "", l.dirs(o.file)
				out = append(out, o)
			}
		}
		return out
	}
	each(l.stems, fold(base), func(e *entry, at int32) {
		if e.kind != kindOther && strings.HasPrefix(e.name, base) && len(e.name) > len(base) && e.name[len(base)] == '.' {
			out = append(out, h.at(l, at, spelled, e.name[len(base):]))
		}
	})
	if len(out) > 0 {
		return nearest(out)
	}
	if own := stem(base); own != base {
		each(l.stems, fold(own), func(e *entry, at int32) {
			if e.kind == kindImage && strings.HasPrefix(e.name, own+".") {
				o := h.at(l, at, spelled[:len(spelled)-len(base)]+own, e.name[len(own):])
				o.form, o.strip, o.whole = ":stem", "", true
				o.dirs = l.dirs(at)
				out = append(out, o)
			}
		})
	}
	return out
}

// nearest keeps the hits whose files share the most folders with the value.
func nearest(hits []hit) []hit {
	most := 0
	for _, h := range hits {
		most = max(most, h.shared)
	}
	return slices.DeleteFunc(hits, func(h hit) bool { return h.shared < most })
}

// dirs are the folders of a file.
func (l *listing) dirs(at int32) []string {
	folder := strings.TrimSuffix(l.folders[l.entries[at].folder], "/")
	if folder == "" {
		return nil
	}
	return strings.Split(folder, "/")
}

// at says how a value, spelled with /, may stand for a file that has an extension more:
// the parts that they end with in common are the column's, what the file begins with the
// template's, and what the value begins with is left off.
func (h hit) at(l *listing, at int32, spelled, ext string) hit {
	have, want := strings.Split(spelled+ext, "/"), strings.Split(l.path(at), "/")
	n := 0
	for n < min(len(have), len(want)) {
		part := have[len(have)-1-n]
		if part == "" || part == "." || part == ".." || part != want[len(want)-1-n] {
			break
		}
		n++
	}
	h.dirs, h.post, h.kind, h.whole = want[:len(want)-n], ext, l.entries[at].kind, ext == ""
	h.shared, h.file = n, at
	head := strings.TrimSuffix(strings.Join(have[:len(have)-n], "/"), "/.")
	switch {
	case head == "" && !strings.HasPrefix(spelled, "/"), head == ".":
	case n == 1: // whatever it begins with
		h.form = ":name"
	default:
		h.strip = h.v[:len(strings.Join(have[:len(have)-n], "/"))]
	}
	if strings.Contains(h.v, "://") {
		h.form, h.strip, h.dirs = ":name", "", want[:len(want)-1]
	}
	if h.strip == "" && strings.HasPrefix(spelled, "/") && h.form == "" {
		h.strip = "/"
	}
	return h
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
	if tmpl.Stars() {
		found, err := tmpl.Find(context.Background(), listed{l: l})
		if err != nil {
			return r
		}
		names = names.In(found)
	}
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
