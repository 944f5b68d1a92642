package draft

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pickshard/pickshard/stages/join"
)

// generalise finds templates for files whose folders or names differ from record to
// record: by another column of the record, by the value's own beginning, or with a star
// for a folder or extension that nothing explains.
func generalise(t *table, column string, hits []hit) []naming {
	hits = unambiguous(hits)
	if len(hits) < 2 {
		return nil
	}
	var out []naming
	for _, same := range byDepth(hits) {
		first := same[0]
		o := &explainer{table: t, column: column, hits: same, named: make(map[string]*join.Names)}
		var folder strings.Builder
		stars := 0
		for i := range first.dirs {
			part := o.express(func(h *hit) string { return h.dirs[i] }, true)
			if part == "" {
				part, stars = "*", stars+1
			}
			folder.WriteString(part + "/")
		}
		if stars > 0 && first.post == "" && !first.whole {
			continue
		}
		pre := o.express(func(h *hit) string { return h.pre }, false)
		post := o.express(func(h *hit) string { return h.post }, false)
		if post == "" && first.pre == "" && extensionsAlone(same) {
			post = ".*"
		}
		if pre == "" && first.pre != "" || post == "" && first.post != "" {
			continue
		}
		n := first.naming()
		n.file = folder.String() + pre + "{" + column + o.form() + "}" + post
		out = append(out, n)
	}
	return out
}

// extensionsAlone says whether all that stands behind the columns is an extension.
func extensionsAlone(hits []hit) bool {
	for _, h := range hits {
		if !strings.HasPrefix(h.post, ".") || strings.Count(h.post, ".") > 1 {
			return false
		}
	}
	return true
}

// unambiguous keeps the hits of values that hit one file, where these are enough.
func unambiguous(hits []hit) []hit {
	counts := make(map[string]int)
	for _, h := range hits {
		if h.kind == kindImage {
			counts[fmt.Sprint(h.row, " ", h.v)]++
		}
	}
	var out []hit
	for _, h := range hits {
		if h.kind == kindImage && counts[fmt.Sprint(h.row, " ", h.v)] == 1 {
			out = append(out, h)
		}
	}
	if len(out)*3 < len(counts) {
		return nil
	}
	return out
}

// byDepth parts the hits by the number of folders, the most first, and leaves out what
// few have.
func byDepth(hits []hit) [][]hit {
	by := make(map[[2]int][]hit)
	for _, h := range hits {
		key := [2]int{len(h.dirs), len(h.strip)}
		by[key] = append(by[key], h)
	}
	var out [][]hit
	for _, same := range by {
		if len(same)*5 >= len(hits) {
			out = append(out, same)
		}
	}
	slices.SortFunc(out, func(a, b []hit) int {
		if len(a) != len(b) {
			return len(b) - len(a)
		}
		return len(a[0].dirs) - len(b[0].dirs)
	})
	return out
}

// explainer explains texts of hits by the columns of their rows.
type explainer struct {
	table  *table
	column string
	hits   []hit
	named  map[string]*join.Names
}

// form is that of the column's placeholder: the least padding of all hits.
func (o *explainer) form() string {
	form := o.hits[0].form
	for _, h := range o.hits {
		if strings.HasPrefix(h.form, ":0") && (form == "" || h.form < form) {
			form = h.form
		}
	}
	return form
}

// express is a template for the texts of the hits, or nothing: the text that all have,
// or what they begin and end with around a column's value.
func (o *explainer) express(text func(*hit) string, own bool) string {
	texts := make([]string, len(o.hits))
	for i := range o.hits {
		texts[i] = text(&o.hits[i])
	}
	from, to := affixes(texts)
	if len(texts[0]) == from+to && !slices.ContainsFunc(texts, func(s string) bool { return s != texts[0] }) {
		return escaped(texts[0])
	}
	middle := make([]string, len(texts))
	for i, s := range texts {
		middle[i] = s[from : len(s)-to]
	}
	found := ""
	for _, c := range o.table.columns {
		if c.name != o.column && canName(c) && !strings.ContainsAny(c.name, "{}[]:") {
			if found = o.byColumn(c.name, middle); found != "" {
				break
			}
		}
	}
	if found == "" && own {
		found = o.byOwn(middle)
	}
	if found == "" {
		return ""
	}
	return escaped(texts[0][:from]) + found + escaped(texts[0][len(texts[0])-to:])
}

// affixes is how many bytes all texts begin and end with, such that no word or number
// is cut.
func affixes(texts []string) (from, to int) {
	from, to = len(texts[0]), len(texts[0])
	for _, s := range texts[1:] {
		n := 0
		for n < min(from, len(s)) && s[n] == texts[0][n] {
			n++
		}
		from = n
		n = 0
		for n < min(to, len(s)) && s[len(s)-1-n] == texts[0][len(texts[0])-1-n] {
			n++
		}
		to = n
	}
	if from == len(texts[0]) && to == from { // all the same
		return from, 0
	}
	word := func(c byte) bool { return isLetter(c) || isDigit(c) }
	for from > 0 && word(texts[0][from-1]) {
		from--
	}
	for to > 0 && word(texts[0][len(texts[0])-to]) {
		to--
	}
	for _, s := range texts {
		if from+to > len(s) {
			to = max(0, len(s)-from)
		}
	}
	return from, to
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// explained is the share of texts that an expression must give: of a hundred.
const explained = 95

// byColumn is a placeholder of another column that gives the texts.
func (o *explainer) byColumn(name string, texts []string) string {
	names, ok := o.named[name]
	if !ok {
		if tmpl, err := join.ParseTemplate("{"+name+"}", nil); err == nil {
			names, _ = tmpl.Bind(o.table.column)
		}
		o.named[name] = names
	}
	if names == nil || names.Lists() {
		return ""
	}
	number := isNumeric(o.table.find(name))
	plain, padded, width := 0, 0, 0
	for i, want := range texts {
		got, ok := names.Append(nil, o.hits[i].row, 0)
		switch {
		case !ok:
		case string(got) == want:
			plain++
		case number && strings.TrimLeft(want, "0") == string(got) && (width == 0 || width == len(want)):
			padded, width = padded+1, len(want)
		case number && strings.Trim(want, "0") == "" && string(got) == "0":
			padded, width = padded+1, len(want)
		}
	}
	switch n := len(texts) * explained; {
	case plain*100 >= n:
		return "{" + name + "}"
	case (plain+padded)*100 >= n && width > 0:
		return fmt.Sprintf("{%s:0%d}", name, width)
	}
	return ""
}

// byOwn is the value's own beginning, where that gives the texts.
func (o *explainer) byOwn(texts []string) string {
	n := utf8.RuneCountInString(texts[0])
	if n == 0 || n > 16 {
		return ""
	}
	good := 0
	for i, want := range texts {
		if utf8.RuneCountInString(want) == n && strings.HasPrefix(o.hits[i].v, want) {
			good++
		}
	}
	if good*100 < len(texts)*explained {
		return ""
	}
	return fmt.Sprintf("{%s:.%d}", o.column, n)
}

// byLabel keeps, where names stand in several folders, the hits in the folder that
// another column of the record names; nil where no column does so.
func byLabel(t *table, column string, hits []hit) []hit {
	byRow := make(map[int64][]hit)
	several := false
	files := make(map[string]int32)
	for _, h := range hits {
		byRow[h.row] = append(byRow[h.row], h)
		key := fmt.Sprint(h.row, " ", h.v)
		first, ok := files[key]
		several = several || ok && first != h.file
		files[key] = h.file
	}
	if !several {
		return nil
	}
	for _, c := range t.columns {
		if c.name == column || !canName(c) || strings.ContainsAny(c.name, "{}[]:") {
			continue
		}
		tmpl, err := join.ParseTemplate("{"+c.name+"}", nil)
		if err != nil {
			continue
		}
		names, err := tmpl.Bind(t.column)
		if err != nil || names.Lists() {
			continue
		}
		var kept []hit
		folders := make(map[string]bool)
		rows := 0
		for _, row := range sortedRows(byRow) {
			v, ok := names.Append(nil, row, 0)
			before := len(kept)
			for _, h := range byRow[row] {
				if ok && slices.Contains(h.dirs, string(v)) {
					kept = append(kept, h)
					folders[string(v)] = true
				}
			}
			if len(kept) > before {
				rows++
			}
		}
		if rows*100 >= len(byRow)*explained && len(folders) > 1 {
			return kept
		}
	}
	return nil
}

func sortedRows(m map[int64][]hit) []int64 {
	rows := make([]int64, 0, len(m))
	for r := range m {
		rows = append(rows, r)
	}
	slices.Sort(rows)
	return rows
}
