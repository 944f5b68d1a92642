package draft

import (
	"cmp"
	"fmt"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// named is a field whose values are files that a template names.
type named struct {
	naming // of the first split that has it; file has a hole where splits differ
	// bySplit are the guesses of the splits, nil where one has none.
	bySplit []*guess
	words   []string // what {folder} is, by split
	rate    rate     // of all splits together
	foreign bool     // a split's files would be another split's
	line    *fieldLine
	instead *named // that names the same files by the last part of the values alone
	twin    *named // that names the same images in another folder
}

// Shares of names that join, from which a guess stands in the config, and from which it
// stands there as a comment.
const (
	sure    = 0.9
	likely  = 0.6
	perhaps = 0.2
)

// hole is where a split's own word stands in a template.
const hole = "\x00"

// holed is a template with a hole in place of the split's own words, and the word;
// foreign says that it has another split's.
func (g *group) holed(gs *guess) (key, word string, foreign bool) {
	var out strings.Builder
	for rest := gs.file; rest != ""; {
		part := rest
		if end := strings.IndexAny(rest, "/{"); end >= 0 {
			part = rest[:end]
			if rest[end] == '{' && end == 0 {
				end = strings.IndexByte(rest, '}') + 1
				out.WriteString(rest[:end])
				rest = rest[end:]
				continue
			}
			if end == 0 {
				out.WriteByte('/')
				rest = rest[1:]
				continue
			}
		}
		rest = rest[len(part):]
		if from, to, ok := wordIn(part, gs.split.words); ok {
			if word == "" || word == part[from:to] {
				word = part[from:to]
				part = part[:from] + hole + part[to:]
			}
		} else {
			for _, o := range g.splits {
				if _, _, ok := wordIn(part, o.words); ok && o != gs.split {
					foreign = true
				}
			}
		}
		out.WriteString(part)
	}
	return out.String(), word, foreign
}

// namedBy finds the fields that a column makes, the best first.
func (l *listing) namedBy(g *group, column string) []*named {
	byKey := make(map[string]*named)
	var all []*named
	for i, s := range g.splits {
		for _, gs := range l.guesses(s, column) {
			if gs.rate.share() < perhaps {
				continue
			}
			key, word, foreign := g.holed(gs)
			id := key + "\n" + gs.strip
			n := byKey[id]
			if n == nil {
				n = &named{naming: gs.naming, bySplit: make([]*guess, len(g.splits)), words: make([]string, len(g.splits)), foreign: foreign}
				n.file = key
				byKey[id] = n
				all = append(all, n)
			}
			if n.bySplit[i] == nil {
				n.bySplit[i], n.words[i] = gs, word
			}
		}
	}
	for _, n := range all {
		l.complete(g, n)
	}
	if !slices.ContainsFunc(all, func(n *named) bool { return n.rate.share() >= sure }) {
		if n := l.rooted(g, column); n != nil {
			l.complete(g, n)
			all = append(all, n)
		}
	}
	all = withoutLoose(all)
	slices.SortStableFunc(all, func(a, b *named) int {
		return cmp.Or(cmp.Compare(b.rate.joined, a.rate.joined), len(a.strip)-len(b.strip), strings.Compare(a.file, b.file))
	})
	return all
}

// withoutLoose leaves out what takes the last part of the values alone, where with their
// folders they name files too: a missing file must not become another of its name. It
// stays where the values begin in several ways that all lead to these files, and beside
// what is left it is another way to say the same.
func withoutLoose(all []*named) []*named {
	var tight, loose []*named
	joined := int64(0)
	for _, n := range all {
		if strings.Contains(n.file, "{"+n.column+":name}") || strings.Contains(n.file, "{"+n.column+":stem}") {
			loose = append(loose, n)
			continue
		}
		tight = append(tight, n)
		if n.rate.share() >= perhaps {
			joined += n.rate.joined
		}
	}
	if joined == 0 {
		return all
	}
	for _, o := range loose {
		several := len(tight) > 1 && !slices.ContainsFunc(tight, func(n *named) bool { return n.rate.joined*100 >= o.rate.joined*95 })
		if several && joined*100 >= o.rate.joined*95 && !slices.ContainsFunc(tight, func(n *named) bool { return n.strip == "" }) {
			return []*named{o}
		}
	}
	for _, n := range tight {
		for _, o := range loose {
			if n.strip != "" && o.rate.seen.within(n.rate.seen) && n.rate.seen.within(o.rate.seen) {
				n.instead = o
			}
		}
	}
	return tight
}

// complete measures a field on the splits that did not come to it by themselves.
func (l *listing) complete(g *group, n *named) {
	apart, shared := newBits(len(l.entries)), strings.Contains(n.file, hole)
	for i, s := range g.splits {
		if n.bySplit[i] == nil {
			n.bySplit[i], n.words[i] = l.inSplit(s, n)
		}
		if seen := n.bySplit[i].rate.seen; seen != nil {
			shared = shared || seen.meets(apart)
			apart.add(seen)
		}
		r := n.bySplit[i].rate
		if s.table.find(n.column) == nil {
			n.rate.nulls += s.table.rows
		}
		n.rate.values += r.values
		n.rate.joined += r.joined
		if r.seen == nil {
			continue
		}
		if n.rate.seen == nil {
			n.rate.seen, n.rate.folders = newBits(len(l.entries)), newBits(len(l.folders))
		}
		n.rate.seen.add(r.seen)
		n.rate.folders.add(r.folders)
		n.rate.nulls += r.nulls
		n.rate.lists = n.rate.lists || r.lists
		n.rate.missing = append(n.rate.missing, r.missing...)
	}
	if n.rate.seen != nil {
		l.count(&n.rate, n.kind)
	}
	n.foreign = n.foreign && shared // files of each split alone are nobody else's
	n.rate.missing = n.rate.missing[:min(len(n.rate.missing), mostMissing)]
}

// inSplit measures a field in a split, with the word of it that joins most.
func (l *listing) inSplit(s *split, n *named) (best *guess, word string) {
	words := s.words
	if !strings.Contains(n.file, hole) {
		words = words[:1]
	}
	for _, w := range words {
		own := n.naming
		own.file = strings.ReplaceAll(n.file, hole, w)
		if g := (&guess{own, s, l.measure(s, own)}); best == nil || g.rate.joined > best.rate.joined {
			best, word = g, w
		}
	}
	return best, word
}

// choose keeps the fields of a column that are files beyond doubt; the rest is what may
// be meant.
func (l *listing) choose(g *group, c *column, all []*named) (chosen, doubtful []*named) {
	for _, n := range all {
		switch {
		case n.rate.share() < perhaps:
		case n.foreign || n.rate.share() < likely || byChance(g, c, n):
			doubtful = append(doubtful, n)
		case slices.ContainsFunc(chosen, func(o *named) bool { return o.sameAs(n) }):
		default:
			chosen = append(chosen, n)
		}
	}
	if n := int64(len(chosen)); n > 1 && !slices.ContainsFunc(chosen, func(o *named) bool { return o.rate.joined != n*o.rate.files }) {
		return nil, append(doubtful, chosen...) // each name as often as there are folders: one each is meant
	}
	if len(chosen) > 1 { // several folders with the same names: only whole ones
		best := chosen[0]
		chosen = slices.DeleteFunc(chosen, func(n *named) bool { return n != best && n.rate.share() < sure })
	}
	if slices.ContainsFunc(chosen, func(n *named) bool { return !n.foreign && n.rate.share() >= sure }) {
		doubtful = nil // another split's files with the same names
	}
	return chosen, doubtful
}

// sameAs says whether two fields name the same files, one in an archive and one
// unpacked, or by another beginning of the values.
func (n *named) sameAs(o *named) bool {
	_, a := path.Split(n.file)
	_, b := path.Split(o.file)
	return n.file == o.file || a == b && strings.Contains(n.file, "!/") != strings.Contains(o.file, "!/")
}

// byChance says whether keys may join by chance: all with one file, or numbers and very
// short texts, of which those from 0 to n name many a file. Keys of a wide range do not,
// nor those that name most of the files that are there.
func byChance(g *group, c *column, n *named) bool {
	switch {
	case n.whole:
		return false
	case n.rate.files < 2 && n.rate.joined > 2:
		return true
	case isNumeric(c) && n.rate.files < 100 && n.rate.joined > 20*n.rate.files:
		return true // rounds, ranks
	case n.rate.cover() >= 0.5:
		return n.computed() && n.rate.files < 3 && n.rate.joined > 3
	case isNumeric(c):
		return float64(n.rate.beside) > chance*spread(g, c)
	}
	return n.computed() || meanLength(g, c) < 4
}

// chance is how likely a number may be to name a file by accident.
const chance = 0.1

// computed says whether the files' names have more in them than the value and an
// extension.
func (n *named) computed() bool {
	_, rest, _ := strings.Cut(path.Base(n.file), "{"+n.column)
	_, rest, _ = strings.Cut(rest, "}")
	return !strings.HasPrefix(path.Base(n.file), "{") || !strings.HasPrefix(rest, ".")
}

// spread is how far the numbers of a column lie apart.
func spread(g *group, c *column) float64 {
	least, most := math.Inf(1), math.Inf(-1)
	for _, s := range g.splits {
		s.table.every(c.name, func(v string) bool {
			if n, err := strconv.ParseFloat(v, 64); err == nil {
				least, most = min(least, n), max(most, n)
			}
			return true
		})
	}
	return most - least
}

// meanLength is how long the texts of a column are.
func meanLength(g *group, c *column) float64 {
	sum, count := 0, 0
	for _, s := range g.splits {
		s.table.values(c.name, func(_ int64, v string) { sum, count = sum+len(v), count+1 })
	}
	return float64(sum) / float64(max(count, 1))
}

// claims are the files that a column claims to name.
type claims struct {
	column           *column
	chosen, doubtful []*named
	tried            []*named // chosen, before others were looked at
}

// passes are the claims in the order in which they are taken for true: names before
// keys, what is sure before what is likely, text before numbers.
var passes = []func(*column, *named) bool{
	func(_ *column, n *named) bool { return n.whole && n.rate.share() >= sure },
	func(c *column, n *named) bool { return !n.whole && n.rate.share() >= sure && !isNumeric(c) },
	func(c *column, n *named) bool { return !n.whole && n.rate.share() >= sure && isNumeric(c) },
	func(_ *column, n *named) bool { return n.rate.share() < sure },
}

// ambiguous takes back keys of which others name the same files for other records: of two
// columns that both count from 0 to n nobody knows which is meant, but by a name.
func ambiguous(g *group, all map[string]*claims) {
	for _, c := range g.columns() {
		own := all[c.name]
		if own == nil {
			continue
		}
		for _, d := range g.columns() {
			rival := all[d.name]
			if d == c || rival == nil || aboutImages(c.name) && !aboutImages(d.name) || sameValues(g, c, d) {
				continue
			}
			own.chosen = slices.DeleteFunc(own.chosen, func(n *named) bool {
				same := !n.whole && n.kind == kindImage && slices.ContainsFunc(rival.tried, func(m *named) bool {
					if m.computed() && !n.computed() && !isNumeric(c) {
						return false // n's values are the files' names, m's a part of them
					}
					return !m.whole && m.file != n.file && m.rate.share() >= sure && n.rate.seen.within(m.rate.seen) && m.rate.seen.within(n.rate.seen)
				})
				if same {
					own.doubtful = append(own.doubtful, n)
				}
				return same
			})
		}
	}
}

// aboutImages says whether a name has a word for images in it.
func aboutImages(name string) bool {
	return slices.ContainsFunc(words(name), func(w string) bool {
		return slices.Contains([]string{"image", "img", "images", "file", "filename", "photo", "picture", "pic", "path", "frame"}, w)
	})
}

// lastPart is the last part of a value, without an extension.
func lastPart(v string) string { return withoutExtension(path.Base(strings.ReplaceAll(v, `\`, "/"))) }

// sameValues says whether two columns name the same in all records that are sampled, as
// a key and an address that ends with it do.
func sameValues(g *group, a, b *column) bool {
	for _, s := range g.splits {
		var left []string
		s.table.values(a.name, func(_ int64, v string) { left = append(left, lastPart(v)) })
		i, same := 0, true
		s.table.values(b.name, func(_ int64, v string) {
			same = same && i < len(left) && left[i] == lastPart(v)
			i++
		})
		if !same || i != len(left) {
			return false
		}
	}
	return true
}

// decide leaves each file to the columns that name it best: names before keys that it
// has in its name. What is doubtful is dropped where another column is beyond doubt.
func decide(l *listing, g *group, all map[string]*claims) {
	ambiguous(g, all)
	taken := newBits(len(l.entries))
	sureOf := false
	for _, pass := range passes {
		for _, c := range g.columns() {
			own := all[c.name]
			if own == nil {
				continue
			}
			var kept []*named
			for _, n := range own.chosen {
				switch {
				case n.kind != kindImage || !pass(c, n):
					kept = append(kept, n)
				case !n.whole && n.rate.seen.within(taken), sureOf && isNumeric(c) && n.rate.share() < sure:
				case !n.whole && sureOf && n.rate.share() < sure:
					own.doubtful = append(own.doubtful, n)
				default:
					kept = append(kept, n)
					taken.add(n.rate.seen)
					sureOf = sureOf || n.rate.share() >= sure
				}
			}
			own.chosen = kept
		}
	}
	if !sureOf {
		return
	}
	for _, own := range all {
		own.doubtful = slices.DeleteFunc(own.doubtful, func(n *named) bool { return !n.whole && (isNumeric(own.column) || n.rate.seen.within(taken)) })
	}
}

// isNumeric says whether a column's values are numbers, or texts that are.
func isNumeric(c *column) bool {
	dt := c.data.DataType()
	if list, ok := dt.(arrow.ListLikeType); ok {
		dt = list.Elem()
	}
	return arrow.IsInteger(dt.ID()) || arrow.IsFloating(dt.ID())
}

// canName says whether values of a column can name files.
func canName(c *column) bool {
	if c.heavy || c.any || c.data == nil {
		return false
	}
	dt := c.data.DataType()
	if list, ok := dt.(arrow.ListLikeType); ok {
		dt = list.Elem()
	}
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	switch dt.ID() {
	case arrow.STRING, arrow.LARGE_STRING, arrow.FLOAT64:
		return true
	}
	return arrow.IsInteger(dt.ID())
}

// told says how far a field's names join, for the config.
func (r rate) told() string {
	text := fmt.Sprintf("%s of %s joined", grouped(r.joined), grouped(r.values))
	if n := r.values - r.joined; n > 0 {
		text += fmt.Sprintf(" (%s), %s missing: %s", percent(r.joined, r.values), grouped(n), strings.Join(r.missing, ", "))
		if n > int64(len(r.missing)) {
			text += ", ..."
		}
	}
	return text
}

// tellUnused says of each field's folders how many images no field names.
func (d *drafting) tellUnused(f *finding) {
	if len(f.images) == 0 {
		return
	}
	l := d.listing
	named := newBits(len(l.entries))
	for _, n := range f.images {
		named.add(n.rate.seen)
	}
	told := make(map[int64]bool)
	for _, n := range f.images {
		left := int64(0)
		for i := range l.entries {
			if e := &l.entries[i]; e.kind == kindImage && n.rate.folders.has(e.folder) && !named.has(int32(i)) {
				left++
			}
		}
		if left > 0 && !told[left] && n.line != nil { // fields of the same folders say it once
			told[left] = true
			n.line.why += fmt.Sprintf("; %s images beside these are named by no record", grouped(left))
		}
	}
}
