package draft

import (
	"slices"
	"strings"
)

// rooted is a field whose files lie alike in each split, below folders that have nothing
// in common, such as data_large for train and val_large for validation: then {folder} is
// the whole of them. It is nil where a split has no such files, or they lie otherwise; and
// where a split's would lie below the folder of another one, or below one that has another
// one's word in its name: these are the other's.
func (l *listing) rooted(g *group, column string) *named {
	if len(g.splits) < 2 {
		return nil
	}
	n := &named{bySplit: make([]*guess, len(g.splits)), words: make([]string, len(g.splits))}
	for i, s := range g.splits {
		var best *guess
		for _, gs := range l.guesses(s, column) {
			if gs.whole && gs.kind == kindImage && gs.rate.share() >= sure && (best == nil || gs.rate.joined > best.rate.joined) {
				best = gs
			}
		}
		if best == nil {
			return nil
		}
		at := strings.Index(best.file, "/{")
		if at <= 0 || strings.ContainsAny(best.file[:at], "{}*!") {
			return nil
		}
		own := best.naming
		own.file = hole + best.file[at:]
		switch {
		case i == 0:
			n.naming = own
		case own.file != n.file || own.windows != n.windows || own.strip != n.strip && own.strip != "" && n.strip != "":
			return nil
		case n.strip == "":
			n.strip = own.strip
		}
		n.bySplit[i], n.words[i] = best, best.file[:at]
		if _, _, foreign := g.holed(best); foreign || slices.ContainsFunc(n.words[:i], func(w string) bool { return nested(w, n.words[i]) }) {
			return nil
		}
	}
	return n
}

// nested says whether one of two folders is the other, or in it.
func nested(a, b string) bool {
	return strings.HasPrefix(a+"/", b+"/") || strings.HasPrefix(b+"/", a+"/")
}
