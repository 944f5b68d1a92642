package draft

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// named is a field whose values are files that a template names.
type named struct {
	name   string
	naming // of the first split that has it; file has a hole where splits differ
	// bySplit are the guesses of the splits, nil where one has none.
	bySplit []*guess
	words   []string // what {folder} is, by split
	rate    rate     // of all splits together
	foreign bool     // a split's files would be another split's
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
	dir, base := path.Split(gs.file)
	parts := strings.Split(dir, "/")
	for i, p := range parts {
		if from, to, ok := wordIn(p, gs.split.words); ok {
			if word == "" || word == p[from:to] {
				word = p[from:to]
				parts[i] = p[:from] + hole + p[to:]
			}
			continue
		}
		for _, o := range g.splits {
			if _, _, ok := wordIn(p, o.words); ok && o != gs.split {
				foreign = true
			}
		}
	}
	return strings.Join(parts, "/") + base, word, foreign
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
	slices.SortStableFunc(all, func(a, b *named) int {
		return cmp.Or(cmp.Compare(b.rate.joined, a.rate.joined), len(a.strip)-len(b.strip), strings.Compare(a.file, b.file))
	})
	return all
}

// complete measures a field on the splits that did not come to it by themselves.
func (l *listing) complete(g *group, n *named) {
	for i, s := range g.splits {
		if n.bySplit[i] == nil {
			own, word := n.naming, s.words[0]
			own.file = strings.ReplaceAll(n.file, hole, word)
			n.bySplit[i], n.words[i] = &guess{own, s, l.measure(s, own)}, word
		}
		r := n.bySplit[i].rate
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
	n.rate.missing = n.rate.missing[:min(len(n.rate.missing), mostMissing)]
}

// choose keeps the fields of a column that are files beyond doubt; the rest is what may
// be meant.
func (l *listing) choose(g *group, c *column, all []*named) (chosen, doubtful []*named) {
	for _, n := range all {
		switch {
		case n.rate.share() < perhaps:
		case n.foreign || n.rate.share() < likely || l.chance(g, c, n):
			doubtful = append(doubtful, n)
		case slices.ContainsFunc(chosen, func(o *named) bool { return o.sameAs(n) }):
		default:
			chosen = append(chosen, n)
		}
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

// chance says whether numbers join by chance: those from 0 to n name many a file.
func (l *listing) chance(g *group, c *column, n *named) bool {
	if !isNumeric(c) {
		return false
	}
	return n.rate.cover() < 0.5
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
	if c.heavy || c.data == nil {
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
	if left := r.beside - r.files; left > 0 && r.files > 0 {
		text += fmt.Sprintf("; %s files beside them are named by no record", grouped(left))
	}
	return text
}
