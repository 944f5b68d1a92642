package parquet

import (
	"slices"
	"strings"

	"github.com/pickshard/pickshard/schema"
)

// step leads from an array to one that it is made of.
type step uint16

const (
	intoElements step = iota // of a list, which repeat
	intoKeys                 // of a map's pairs, which repeat
	intoItems                // a map's values, of pairs
	intoMembers              // a struct's member is this plus its place
)

// levels is the definition levels between something that is there and what a step
// leads to: one for being there, one for an element, one for a pair.
func (s step) levels() uint8 {
	switch s {
	case intoElements:
		return 2
	case intoKeys, intoItems:
		return 3
	}
	return 1
}

// repeats says whether what a step leads to comes any number of times.
func (s step) repeats() bool { return s < intoMembers }

// node is a field, or a value that lies in one, with the levels of what it holds.
type node struct {
	typ   schema.Type
	def   uint8   // definition level from which on the value is there
	rep   uint8   // repetition level of the elements, of a list or map
	key   bool    // it is a map's key, and so never null
	parts []*node // as Type.Parts has them
	// The leaves under it are those from first up to end; it is one itself if it
	// has no parts.
	first, end int
}

// tree lists the leaves of a schema in file order, and gives the node of each field
// that has values in values, nil for others. That of images in lists is of their
// names alone.
func tree(s *schema.Schema) ([]leaf, []*node) {
	var b treeBuilder
	nodes := make([]*node, s.Len())
	for i := range s.Len() {
		f := s.Field(i)
		b.field = i
		switch {
		case f.Type.Kind == schema.Image:
			b.addImage(f.Name, f.Type)
		case f.Type.ImageList():
			nodes[i] = b.addImageList(f.Name)
		case f.Type.Nested():
			b.path = []string{f.Name}
			nodes[i] = b.add(f.Type, 1, 0)
		default:
			b.leaves = append(b.leaves, newLeaf(i, f.Name, f.Type))
		}
	}
	return b.leaves, nodes
}

// treeBuilder walks the type of a field.
type treeBuilder struct {
	leaves []leaf
	field  int
	path   []string // of schema elements, to where it stands
	steps  []step   // the same, in arrays
}

func (b *treeBuilder) addImage(name string, t schema.Type) {
	data := newLeaf(b.field, name, schema.Type{Kind: schema.Binary})
	if data.part = partImageBytes; t.Plain {
		b.leaves = append(b.leaves, data)
		return
	}
	data.path, data.maxDef = []string{name, "bytes"}, 2
	file := newLeaf(b.field, name, schema.Type{Kind: schema.String})
	file.part, file.path, file.maxDef = partImagePath, []string{name, "path"}, 2
	b.leaves = append(b.leaves, data, file)
}

// addImageList adds the two leaves of images in lists.
func (b *treeBuilder) addImageList(name string) *node {
	data := newLeaf(b.field, name, schema.Type{Kind: schema.Binary})
	data.part, data.path = partImageBytes, []string{name, "list", "element", "bytes"}
	data.maxDef, data.maxRep = defImage, 1
	b.leaves = append(b.leaves, data)
	b.path = []string{name}
	n := b.add(namesType(), 1, 0)
	b.leaves[n.first].part = partImagePath
	return n
}

// add adds the leaves of a type that is there from definition level def on, in lists
// of repetition level rep.
func (b *treeBuilder) add(t schema.Type, def, rep uint8) *node {
	n := &node{typ: t, def: def, rep: rep, first: len(b.leaves)}
	switch t.Kind {
	case schema.Struct:
		for i, m := range t.Members {
			n.parts = append(n.parts, b.under(n, m.Type, intoMembers+step(i), m.Name))
		}
	case schema.List:
		n.rep = rep + 1
		n.parts = []*node{b.under(n, *t.Elem, intoElements, "list", "element")}
	case schema.Map:
		n.rep = rep + 1
		n.parts = []*node{
			b.under(n, *t.Key, intoKeys, "list", "element", "key"),
			b.under(n, *t.Elem, intoItems, "list", "element", "value"),
		}
		n.parts[0].key = true
	default:
		l := newLeaf(b.field, strings.Join(b.path, "."), t)
		l.path, l.steps = slices.Clone(b.path), slices.Clone(b.steps)
		l.maxDef, l.maxRep = def, rep
		b.leaves = append(b.leaves, l)
	}
	n.end = len(b.leaves)
	return n
}

// under adds a part of n, which lies one step and some schema elements deeper.
func (b *treeBuilder) under(n *node, t schema.Type, s step, names ...string) *node {
	path, steps := len(b.path), len(b.steps)
	b.path, b.steps = append(b.path, names...), append(b.steps, s)
	part := b.add(t, n.def+s.levels(), n.rep)
	b.path, b.steps = b.path[:path], b.steps[:steps]
	return part
}
