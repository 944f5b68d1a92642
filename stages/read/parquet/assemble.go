package parquet

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/stages/read"
)

// assembler makes values of the entries of leaves (Dremel, section 4.2, in columns).
type assembler struct {
	leaves map[int]*leafReader // by the leaf's place in the file
}

func (a *assembler) first(n *node) *leafReader {
	for n.shape != leafShape {
		n = n.parts[0]
	}
	return a.leaves[n.leaf]
}

func disagree(n *node) error {
	return read.Malformed(-1, "the levels of the parts of %q disagree", n.name)
}

// value appends the next value of a node.
func (a *assembler) value(n *node, b array.Builder) error {
	if n.shape == leafShape {
		return a.leafValue(n, b)
	}
	lead := a.first(n)
	if lead.entry >= len(lead.defs) {
		return disagree(n)
	}
	def := int(lead.defs[lead.entry])
	if n.optional && def < n.def {
		b.AppendNull()
		return a.skip(n)
	}
	switch n.shape {
	case structShape:
		s := b.(*array.StructBuilder)
		s.Append(true)
		for i, p := range n.parts {
			if err := a.value(p, s.FieldBuilder(i)); err != nil {
				return err
			}
		}
		return nil
	case mapShape:
		m := b.(*array.MapBuilder)
		m.Append(true)
		return a.items(n, def, func() error {
			if k := n.parts[0]; k.optional {
				if l := a.first(k); l.entry < len(l.defs) && int(l.defs[l.entry]) < k.def {
					return read.Malformed(-1, "the map %q has a key that is null", n.name)
				}
			}
			if err := a.value(n.parts[0], m.KeyBuilder()); err != nil {
				return err
			}
			return a.value(n.parts[1], m.ItemBuilder())
		})
	}
	list := b.(array.ListLikeBuilder)
	list.Append(true)
	length := 0
	err := a.items(n, def, func() error {
		length++
		return a.value(n.parts[0], list.ValueBuilder())
	})
	if f, ok := n.arrow.(*arrow.FixedSizeListType); ok && err == nil && length != int(f.Len()) {
		err = read.Malformed(-1, "the list %q has %d items where all have %d", n.name, length, f.Len())
	}
	return err
}

// items calls item for each item of a list or map, whose first entry has level def.
func (a *assembler) items(n *node, def int, item func() error) error {
	if def < n.itemDef {
		return a.skip(n)
	}
	lead := a.first(n)
	for {
		before := lead.entry
		if err := item(); err != nil {
			return err
		}
		if lead.entry == before {
			return disagree(n)
		}
		if lead.entry >= len(lead.reps) || int(lead.reps[lead.entry]) < n.itemRep {
			return nil
		}
	}
}

func (a *assembler) leafValue(n *node, b array.Builder) error {
	l := a.leaves[n.leaf]
	if l.entry >= len(l.defs) {
		return disagree(n)
	}
	def := int(l.defs[l.entry])
	l.entry++
	if def < n.maxDef {
		if !n.optional {
			return disagree(n)
		}
		b.AppendNull()
		return nil
	}
	var word uint64
	var text []byte
	if n.physical.wide() {
		text = l.texts[l.value]
	} else {
		word = l.words[l.value]
	}
	l.value++
	if !n.append(b, word, text) {
		return fmt.Errorf("%w: a value of %q is out of the range of %s", read.ErrMalformed, n.name, n.arrow)
	}
	return nil
}

// skip passes the entry that all leaves of a node have for a value that is not there.
func (a *assembler) skip(n *node) error {
	if n.shape == leafShape {
		l := a.leaves[n.leaf]
		if l.entry >= len(l.defs) || int(l.defs[l.entry]) == n.maxDef {
			return disagree(n)
		}
		l.entry++
		return nil
	}
	for _, p := range n.parts {
		if err := a.skip(p); err != nil {
			return err
		}
	}
	return nil
}

// column makes an array of the next rows of a column.
func (a *assembler) column(n *node, b array.Builder, rows int) (arrow.Array, error) {
	leaves := n.leaves(nil)
	for _, leaf := range leaves {
		if err := a.leaves[leaf.leaf].fill(rows); err != nil {
			return nil, err
		}
	}
	b.Reserve(rows)
	if n.shape == leafShape {
		err := a.flat(n, b, rows)
		return b.NewArray(), err
	}
	for range rows {
		if err := a.value(n, b); err != nil {
			return nil, err
		}
		for _, leaf := range leaves {
			if l := a.leaves[leaf.leaf]; l.entry < len(l.reps) && l.reps[l.entry] != 0 {
				return nil, disagree(n)
			}
		}
	}
	for _, leaf := range leaves {
		if l := a.leaves[leaf.leaf]; l.entry != len(l.reps) {
			return nil, disagree(n)
		}
	}
	return b.NewArray(), nil
}

// flat appends the values of a column that is a leaf.
func (a *assembler) flat(n *node, b array.Builder, rows int) error {
	l := a.leaves[n.leaf]
	if len(l.defs) != rows {
		return disagree(n)
	}
	wide, value := n.physical.wide(), 0
	for _, def := range l.defs {
		if int(def) < n.maxDef {
			b.AppendNull()
			continue
		}
		ok := false
		if wide {
			ok = n.append(b, 0, l.texts[value])
		} else {
			ok = n.append(b, l.words[value], nil)
		}
		if value++; !ok {
			return fmt.Errorf("%w: a value of %q is out of the range of %s", read.ErrMalformed, n.name, n.arrow)
		}
	}
	return nil
}
