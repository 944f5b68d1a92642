package draft

import (
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// mergeSplits makes one dataset of splits whose tables differ in some columns: a test split
// without labels, or one that calls its images otherwise. A column that names images in
// both, or one in each that does, is what says so.
func (l *listing) mergeSplits(groups []*group) []*group {
	slices.SortStableFunc(groups, func(a, b *group) int { return len(b.splits[0].table.columns) - len(a.splits[0].table.columns) })
	for i := 0; i < len(groups); i++ {
		for k := len(groups) - 1; k > i; k-- {
			if groups[i].apartFrom(groups[k]) && l.align(groups[i], groups[k]) {
				groups[i].splits = append(groups[i].splits, groups[k].splits...)
				groups[i].lack()
				groups[i].order()
				groups = slices.Delete(groups, k, k+1)
			}
		}
	}
	return groups
}

// apartFrom says whether two groups are different splits by their names.
func (g *group) apartFrom(o *group) bool {
	for _, s := range slices.Concat(g.splits, o.splits) {
		if !s.told || s.table.abreast || s.table.listing {
			return false
		}
	}
	return !slices.ContainsFunc(o.splits, func(s *split) bool {
		return slices.ContainsFunc(g.splits, func(m *split) bool { return m.name == s.name })
	})
}

// align finds out whether the columns of two groups are of one dataset, and gives the
// second's column of images the first's name.
func (l *listing) align(g, o *group) bool {
	shared, images := 0, 0
	for _, c := range g.splits[0].table.columns {
		other := o.splits[0].table.find(c.name)
		if c.member || other == nil {
			continue
		}
		if !sameKind(c, other) {
			return false
		}
		shared++
		if l.namesImages(g, c) && l.namesImages(o, other) {
			images++
		}
	}
	left, right := l.imagesAlone(g, o), l.imagesAlone(o, g)
	switch {
	case shared == 0 || len(left) != len(right) || len(left) > 1:
		return false
	case len(left) == 0:
		return images > 0
	case !sameKind(left[0], right[0]):
		return false
	}
	name, their := left[0].name, right[0].name
	for _, s := range o.splits {
		c := s.table.find(their)
		if c == nil {
			return false
		}
		c.name = name
		if s.table.renamed == nil {
			s.table.renamed = make(map[string]string)
		}
		s.table.renamed[name] = their
	}
	return true
}

// imagesAlone are the columns that name images in g and are not in o.
func (l *listing) imagesAlone(g, o *group) []*column {
	var out []*column
	for _, c := range g.splits[0].table.columns {
		if !c.member && o.splits[0].table.find(c.name) == nil && l.namesImages(g, c) {
			out = append(out, c)
		}
	}
	return out
}

// namesImages says whether a column of a group's first split names images.
func (l *listing) namesImages(g *group, c *column) bool {
	return canName(c) && slices.ContainsFunc(l.guesses(g.splits[0], c.name), func(n *guess) bool {
		return n.kind == kindImage && n.rate.share() >= sure && !(isNumeric(c) && n.rate.cover() < 0.5)
	})
}

// sameKind says whether values of two columns can be of one field.
func sameKind(a, b *column) bool {
	number := func(t schema.Type) bool { return t.Kind >= schema.Int8 && t.Kind <= schema.Float64 }
	return a.typ.Equal(b.typ) || number(a.typ) && number(b.typ) || isNull(a) || isNull(b)
}

func isNull(c *column) bool { return c.data != nil && c.data.DataType().ID() == arrow.NULL }

// lack notes which columns each split's table does not have.
func (g *group) lack() {
	var names []string
	for _, s := range g.splits {
		for _, c := range s.table.columns {
			if !c.member && !slices.Contains(names, c.name) {
				names = append(names, c.name)
			}
		}
	}
	for _, s := range g.splits {
		s.table.without = nil
		for _, n := range names {
			if s.table.find(n) == nil {
				s.table.without = append(s.table.without, n)
			}
		}
	}
}

// order puts the splits into theirs: train, validation, test, others.
func (g *group) order() {
	rank := func(s *split) int {
		if at := slices.Index([]string{"train", "validation", "test"}, s.name); at >= 0 {
			return at
		}
		return 3
	}
	slices.SortStableFunc(g.splits, func(a, b *split) int { return rank(a) - rank(b) })
}
