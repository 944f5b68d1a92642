package draft

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
)

// side is how a table joins the records: by a column of each.
type side struct {
	group       *group
	left, right *column
	matched     int64 // records whose key the side table has
	rows        int64
	used        int64 // rows of the side table that a record names
	total       int64
}

// joinSides adds the side tables whose keys join.
func (d *drafting) joinSides(main *finding, all []*finding) {
	for _, f := range all {
		if f == main {
			continue
		}
		if other := otherSplits(main.group, f.group); other != "" {
			d.sheet.notes = append(d.sheet.notes, fmt.Sprintf("%s (%s rows): another split, %s, but with other columns, which one config cannot read: write one for it apart",
				f.group.splits[0].table.name(), grouped(f.group.rows()), other))
			d.draft.Undecided = true
			continue
		}
		s := bestSide(main.group, f.group)
		if s == nil {
			d.sheet.notes = append(d.sheet.notes, unjoined(f))
			continue
		}
		d.addSide(main, f, s)
	}
}

// otherSplits are the splits that a group's tables are by their names, where the config
// has none of these: such tables are records, not more about the same records.
func otherSplits(main, other *group) string {
	var names []string
	for _, s := range other.splits {
		if !s.told || slices.ContainsFunc(main.splits, func(m *split) bool { return !m.told || m.name == s.name }) {
			return ""
		}
		names = append(names, s.name)
	}
	return strings.Join(names, ", ")
}

func unjoined(f *finding) string {
	var names []string
	for _, s := range f.group.splits {
		names = append(names, s.table.name())
	}
	text := fmt.Sprintf("%s (%s rows): no key joins it with the records", strings.Join(names[:min(len(names), 3)], ", "), grouped(f.group.rows()))
	if f.joined > 0 {
		text = fmt.Sprintf("%s (%s rows): a dataset of its own, with images: draft a config for it apart", strings.Join(names[:min(len(names), 3)], ", "), grouped(f.group.rows()))
	}
	return text
}

// bestSide is the pair of columns by which a group's table joins another's rows: nil
// where none does beyond chance.
func bestSide(main, other *group) *side {
	t := other.splits[0].table
	for _, s := range other.splits {
		if o := s.table; o.abreast || o.selected != t.selected || o.orient != t.orient || o.dedupe != t.dedupe || !slices.Equal(o.header, t.header) {
			return nil // not one table
		}
	}
	var best *side
	for _, right := range other.columns() {
		keys := uniqueKeys(other, right)
		if keys == nil {
			continue
		}
		for _, left := range main.columns() {
			s := tryKey(main, other, left, right, keys)
			if s != nil && (best == nil || s.better(best)) {
				best = s
			}
		}
	}
	return best
}

func (s *side) better(o *side) bool {
	if a, b := s.left.name == s.right.name, o.left.name == o.right.name; a != b && s.matched*10 >= o.matched*9 {
		return a
	}
	if s.matched != o.matched {
		return s.matched > o.matched
	}
	return s.used > o.used
}

// canKey says whether a column's values can be keys: text or whole numbers.
func canKey(c *column) bool {
	if c.heavy || c.data == nil {
		return false
	}
	dt := c.data.DataType()
	if d, ok := dt.(*arrow.DictionaryType); ok {
		dt = d.ValueType
	}
	return dt.ID() == arrow.STRING || dt.ID() == arrow.LARGE_STRING || arrow.IsInteger(dt.ID())
}

// mostKeys bounds the keys of a side table that are held.
const mostKeys = 20_000_000

// uniqueKeys are the values of a column, nil where one stands twice or too few are there.
func uniqueKeys(g *group, c *column) map[string]bool {
	if !canKey(c) || g.rows() > mostKeys {
		return nil
	}
	keys := make(map[string]bool)
	unique := true
	for _, s := range g.splits {
		s.table.every(c.name, func(v string) bool {
			if unique = !keys[v]; unique {
				keys[v] = true
			}
			return unique
		})
	}
	if !unique || len(keys) < 2 || int64(len(keys))*10 < g.rows()*9 {
		return nil
	}
	return keys
}

// tryKey counts how many records have a key of the side table; nil where that tells
// nothing.
func tryKey(main, other *group, left, right *column, keys map[string]bool) *side {
	if !canKey(left) || isNumeric(left) != isNumeric(right) {
		return nil
	}
	s := &side{group: other, left: left, right: right, total: other.rows()}
	used := make(map[string]bool)
	for _, m := range main.splits {
		m.table.every(left.name, func(v string) bool {
			s.rows++
			if keys[v] {
				s.matched++
				used[v] = true
			}
			return s.rows < 2000 || s.matched*2 >= s.rows // it fails soon
		})
	}
	s.used = int64(len(used))
	if s.rows == 0 || float64(s.matched) < sure*float64(s.rows) {
		return nil
	}
	if isNumeric(left) && !sameKey(left.name, right.name) && s.used*2 < s.total {
		return nil // numbers from 0 on match anything
	}
	if isNumeric(left) && !sameKey(left.name, right.name) && dense(keys) {
		return nil
	}
	return s
}

// dense says whether keys are about the numbers from 0 to how many they are.
func dense(keys map[string]bool) bool {
	small := 0
	for k := range keys {
		if len(k) <= len(fmt.Sprint(2*len(keys))) {
			small++
		}
	}
	return small == len(keys)
}

// sameKey says whether names may be of one key: prompt_id and prompt_id, image_id and id
// or image.
func sameKey(a, b string) bool {
	x, y := words(a), words(b)
	if slices.Equal(x, y) {
		return true
	}
	if len(x) < len(y) {
		x, y = y, x
	}
	for _, w := range y {
		if !slices.Contains(x, w) {
			return false
		}
	}
	return len(y) > 0
}

// addSide adds a side table's columns to the config.
func (d *drafting) addSide(main, f *finding, s *side) {
	line := &joinLine{table: f.group.splits[0].table, left: s.left.name, right: s.right.name, missing: s.matched < s.rows}
	for _, sp := range f.group.splits {
		line.files = append(line.files, sp.table.files...)
	}
	slices.Sort(line.files)
	for _, own := range f.withoutImagesOf(main) {
		column := own.column
		if column == s.right.name || main.has(column) || own.off || strings.Contains(column, ".") || own.image && !own.has("file") {
			if column != s.right.name && !own.off {
				d.sheet.notes = append(d.sheet.notes, fmt.Sprintf("column %s of %s: the records have one of that name", column, line.table.name()))
			}
			continue
		}
		if !slices.Contains(line.columns, column) {
			line.columns = append(line.columns, column)
		}
		if main.owns(own.name) {
			own.name = main.free(main.group, own.name+"_2", false)
			own.keys = append([]keyValue{{"from", scalar(column)}}, own.keys...)
		}
		if line.missing && !own.has("nullable") {
			own.keys = append(own.keys, keyValue{"nullable", "true"})
		}
		own.why = strings.TrimSuffix("from the side table; "+own.why, "; ")
		main.fields = append(main.fields, own)
	}
	if len(line.columns) == 0 {
		return
	}
	main.images = append(main.images, f.images...)
	line.why = fmt.Sprintf("%s of %s records have their %s in it", grouped(s.matched), grouped(s.rows), s.left.name)
	if s.matched < s.rows {
		line.why += fmt.Sprintf(" (%s)", percent(s.matched, s.rows))
	}
	line.why += fmt.Sprintf("; %s of its %s rows are used", grouped(s.used), grouped(s.total))
	d.sheet.joins = append(d.sheet.joins, line)
}

// withoutImagesOf are the fields of a side table; images that the records name
// themselves are the values of their columns.
func (f *finding) withoutImagesOf(main *finding) []*fieldLine {
	var out []*fieldLine
	for _, own := range f.fields {
		i := slices.IndexFunc(f.images, func(n *named) bool { return own.image && !own.off && n.column == own.column })
		if i >= 0 && slices.ContainsFunc(main.images, func(m *named) bool { return f.images[i].rate.seen.within(m.rate.seen) }) {
			f.images = slices.Delete(slices.Clone(f.images), i, i+1)
			if c := f.group.splits[0].table.find(own.column); own.name == own.column && c != nil && !c.member {
				as := &finding{group: f.group}
				as.value(f.group, c)
				out = append(out, as.fields...)
			}
			continue
		}
		out = append(out, own)
	}
	return out
}

func (f *finding) has(column string) bool {
	for _, s := range f.group.splits {
		if s.table.find(column) != nil {
			return true
		}
	}
	return false
}

func (f *finding) owns(name string) bool {
	return slices.ContainsFunc(f.fields, func(o *fieldLine) bool { return strings.EqualFold(o.name, name) })
}

// settle takes what was set by hand.
func (d *drafting) settle() {
	s := &d.sheet
	for _, name := range sortedKeys(d.options.Set) {
		text := d.options.Set[name]
		i := slices.IndexFunc(s.fields, func(f *fieldLine) bool { return f.name == name && !f.off })
		if i < 0 {
			i = slices.IndexFunc(s.fields, func(f *fieldLine) bool { return f.name == name })
		}
		switch {
		case text == "" && i >= 0:
			s.fields = slices.Delete(s.fields, i, i+1)
		case text == "":
		case i < 0:
			s.fields = append(s.fields, &fieldLine{name: name, raw: text, why: "set by hand"})
		default:
			s.fields[i] = &fieldLine{name: name, raw: text, why: "set by hand", column: s.fields[i].column, image: s.fields[i].image}
		}
	}
}
