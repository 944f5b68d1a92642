package draft

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/pickshard/pickshard/stages/read"
)

// splitWords are what people call splits, by the name that Hugging Face gives them.
var splitWords = map[string]string{
	"train": "train", "training": "train", "trn": "train",
	"val": "validation", "valid": "validation", "validation": "validation", "dev": "validation",
	"test": "test", "testing": "test", "eval": "test", "tst": "test",
}

// split is one split of a dataset: a table, and what it is called.
type split struct {
	name  string
	table *table
	// words tell its files from those of other splits.
	words []string
	// told says that the name of the table's file or folder says which split it is.
	told bool
}

// group is tables with the same columns: the splits of one dataset.
type group struct {
	splits []*split
	// odd are tables that have these columns but are not a split of their own.
	odd []*table
}

// rows counts the records of all splits.
func (g *group) rows() (n int64) {
	for _, s := range g.splits {
		n += s.table.rows
	}
	return n
}

// columns are those that every split has or is known to lack, in the first one's order.
func (g *group) columns() []*column {
	var out []*column
	for _, s := range g.splits {
		for _, c := range s.table.columns {
			known := slices.ContainsFunc(out, func(o *column) bool { return o.name == c.name })
			lacking := slices.ContainsFunc(g.splits, func(o *split) bool { return o.table.find(c.name) == nil && !slices.Contains(o.table.without, c.name) })
			if !known && !lacking {
				out = append(out, c)
			}
		}
	}
	return out
}

// tableWith is the first table that has a column.
func (g *group) tableWith(column string) *table {
	for _, s := range g.splits {
		if s.table.find(column) != nil {
			return s.table
		}
	}
	return g.splits[0].table
}

// groupTables puts tables with the same columns together, and names them as splits.
func groupTables(tables []*table) []*group {
	tables = sideBySide(tables)
	var sets [][]*table
	for _, t := range tables {
		i := slices.IndexFunc(sets, func(set []*table) bool { return alike(set[0], t) })
		if i < 0 {
			sets = append(sets, []*table{t})
			continue
		}
		sets[i] = append(sets[i], t)
	}
	var groups []*group
	for _, set := range sets {
		groups = append(groups, nameSplits(set))
	}
	return groups
}

// alike says whether tables have the same columns; splits, but for a few.
func alike(a, b *table) bool {
	names := func(t *table) []string {
		var out []string
		for _, c := range t.columns {
			if !c.member {
				out = append(out, c.name)
			}
		}
		return out
	}
	x, y := names(a), names(b)
	if a.abreast != b.abreast {
		return false
	}
	if a.orient == read.OrientItems { // all such tables have the columns key and value
		return b.orient == a.orient && slices.Equal(a.otherWords(), b.otherWords())
	}
	both := 0
	for _, n := range x {
		if slices.Contains(y, n) {
			both++
		}
	}
	all := len(x) + len(y) - both
	return both == all || both > 0 && 10*both >= 6*all && a.isSplit() && b.isSplit()
}

// sideBySide makes one table of files in a folder that hold a column each, all of one
// length.
func sideBySide(tables []*table) []*table {
	type place struct {
		dir  string
		rows int64
	}
	lists := make(map[place][]*table)
	alone := func(t *table) bool {
		return len(t.columns) == 1 && len(t.files) == 1 && t.selected == "" && t.columns[0].name == "0" && t.orient == ""
	}
	for _, t := range tables {
		if alone(t) {
			at := place{path.Dir(t.files[0]), t.rows}
			lists[at] = append(lists[at], t)
		}
	}
	var out []*table
	for _, t := range tables {
		set := lists[place{path.Dir(t.files[0]), t.rows}]
		if !alone(t) || len(set) < 2 {
			out = append(out, t)
			continue
		}
		if set[0] != t {
			continue
		}
		one := &table{abreast: true, rows: t.rows, kind: t.kind}
		for _, part := range set {
			c := *part.columns[0]
			c.name = strings.TrimSuffix(path.Base(part.files[0]), path.Ext(part.files[0]))
			one.files = append(one.files, part.files[0])
			one.columns = append(one.columns, &c)
		}
		out = append(out, one)
	}
	return out
}

// words are the words of a name, in lower case, digits apart.
func words(name string) []string {
	var out []string
	var word []rune
	class := func(r rune) int {
		switch {
		case unicode.IsLetter(r):
			return 1
		case unicode.IsDigit(r):
			return 2
		}
		return 0
	}
	last := 0
	for _, r := range name {
		if c := class(r); c != last && len(word) > 0 {
			out, word = append(out, strings.ToLower(string(word))), word[:0]
		}
		if last = class(r); last != 0 {
			word = append(word, r)
		}
	}
	if len(word) > 0 {
		out = append(out, strings.ToLower(string(word)))
	}
	return out
}

// partOf is how Hugging Face numbers the parts of a split, and what may follow.
var partOf = regexp.MustCompile(`-?[0-9]*-of-[0-9]+.*$`)

// nameWords are the words of where a table is: its member, its file, its folders.
func (t *table) nameWords() []string {
	file := t.files[0]
	if len(t.files) > 1 {
		file = strings.Replace(withoutNumber(file), "#", "", 1)
	}
	dir, base := path.Split(file)
	if base = withoutExtension(base); t.abreast {
		base = ""
	}
	base = partOf.ReplaceAllString(base, "")
	return append(append(words(t.selected), words(base)...), words(dir)...)
}

// isSplit says whether a table's name has a split's word.
func (t *table) isSplit() bool {
	return slices.ContainsFunc(t.nameWords(), func(w string) bool { return splitWords[w] != "" })
}

// otherWords are the words of where a table is that do not name a split.
func (t *table) otherWords() []string {
	return slices.DeleteFunc(t.nameWords(), func(w string) bool { return splitWords[w] != "" })
}

// nameSplits names the tables of a group by the words that tell them apart.
func nameSplits(set []*table) *group {
	if len(set) == 1 {
		s := &split{name: "train", table: set[0]}
		for _, w := range set[0].nameWords() {
			if known, ok := splitWords[w]; ok {
				s.name, s.told = known, true
				break
			}
		}
		s.words = synonyms(s.name)
		return &group{splits: []*split{s}}
	}
	own := make([][]string, len(set))
	for i, t := range set {
		own[i] = t.nameWords()
	}
	common := slices.Clone(own[0])
	for _, o := range own[1:] {
		common = slices.DeleteFunc(common, func(w string) bool { return !slices.Contains(o, w) })
	}
	g := &group{}
	for i, t := range set {
		// A word that all have tells nothing; "validation" beside "validation_unique" does.
		rest := slices.DeleteFunc(slices.Clone(own[i]), func(w string) bool { return slices.Contains(common, w) && splitWords[w] == "" })
		g.splits = append(g.splits, &split{table: t, words: unique(rest)})
	}
	g.settleNames()
	return g
}

// settleNames gives each split a name of its own: Hugging Face's word where one stands
// in what tells it apart, else that itself.
func (g *group) settleNames() {
	taken := make(map[string]bool)
	canonical := func(s *split) string {
		for _, w := range s.words {
			if known := splitWords[w]; known != "" {
				return known
			}
		}
		return ""
	}
	order := slices.Clone(g.splits)
	slices.SortStableFunc(order, func(a, b *split) int { return len(a.words) - len(b.words) })
	unnamed := 0
	for _, s := range order {
		if canonical(s) == "" {
			unnamed++
		}
	}
	for _, s := range order {
		name := canonical(s)
		switch {
		case name == "" && unnamed == 1 && len(order) > 1 && !taken["train"] && !slices.ContainsFunc(order, func(o *split) bool { return canonical(o) == "train" }):
			name = "train"
		case name == "" || taken[name]:
			name = strings.Join(s.words, "_")
		}
		stray := canonical(s) == "" && name != "train" && unnamed < len(order) // beside splits that are called so
		if name == "" || name == "all" || taken[name] || stray {
			g.odd = append(g.odd, s.table)
			s.name = ""
			continue
		}
		taken[name] = true
		s.name, s.told = name, canonical(s) != ""
		s.words = unique(append(synonyms(name), s.words...))
	}
	if g.splits = slices.DeleteFunc(g.splits, func(s *split) bool { return s.name == "" }); len(g.splits) == 0 {
		g.splits, g.odd = []*split{{name: "train", table: g.odd[0], words: synonyms("train")}}, g.odd[1:]
	}
	g.order()
}

func unique(all []string) []string {
	var out []string
	for _, s := range all {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// synonyms are the words for a split.
func synonyms(name string) []string {
	out := []string{name}
	for _, w := range sortedKeys(splitWords) {
		if splitWords[w] == name && w != name {
			out = append(out, w)
		}
	}
	return out
}

// splitOfFolder is the split that a part of a path is a folder of, by a word in it; the
// text of that word too.
func wordIn(part string, wanted []string) (from, to int, ok bool) {
	lower := strings.ToLower(part)
	for at := 0; at < len(lower); {
		if !isLetter(lower[at]) {
			at++
			continue
		}
		end := at
		for end < len(lower) && isLetter(lower[end]) {
			end++
		}
		if slices.Contains(wanted, lower[at:end]) {
			return at, end, true
		}
		at = end
	}
	return 0, 0, false
}

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80 }
