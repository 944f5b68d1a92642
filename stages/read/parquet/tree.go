package parquet

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"github.com/pickshard/pickshard/stages/read"
)

// node is a column, or a part of one.
type node struct {
	name  string
	arrow arrow.DataType
	shape shape
	// def is the definition level from which on the value is there, not null; 0 and
	// optional false where it always is.
	def      int
	optional bool
	// Of lists and maps: the levels from which on there is an item, and at which the
	// next one follows.
	itemDef, itemRep int
	parts            []*node
	// Of leaves:
	leaf           int // its place among all leaves of the file
	physical       physical
	maxDef, maxRep int
	append         appender
	category       bool // text that was written from a dictionary
}

// shape is what a node is in Arrow.
type shape uint8

const (
	leafShape shape = iota
	structShape
	listShape
	mapShape
)

// leaves are all leaves of a node, in order.
func (n *node) leaves(to []*node) []*node {
	if n.shape == leafShape {
		return append(to, n)
	}
	for _, p := range n.parts {
		to = p.leaves(to)
	}
	return to
}

// treeReader makes nodes of the list of elements that a footer has.
type treeReader struct {
	elements []format.SchemaElement
	at       int
	leaves   int
	depth    int
}

// readTree returns the columns of a file, and how many leaves there are.
func readTree(elements []format.SchemaElement, depth int) (columns []*node, leaves int, err error) {
	if len(elements) == 0 {
		return nil, 0, read.Malformed(-1, "the footer has no schema")
	}
	t := &treeReader{elements: elements, at: 1, depth: depth}
	for range elements[0].NumChildren.V {
		n, err := t.node(0, 0, 0)
		if err != nil {
			return nil, 0, err
		}
		columns = append(columns, n)
	}
	if t.at != len(elements) {
		return nil, 0, read.Malformed(-1, "the footer's schema has %d elements that belong to nothing", len(elements)-t.at)
	}
	return columns, t.leaves, nil
}

func (t *treeReader) next() (*format.SchemaElement, error) {
	if t.at >= len(t.elements) {
		return nil, read.Malformed(-1, "the footer's schema ends early")
	}
	t.at++
	return &t.elements[t.at-1], nil
}

// node reads the next element, whose parent has the given levels. A repeated one that
// is not a list's is a list by itself (LogicalTypes.md, Lists).
func (t *treeReader) node(def, rep, depth int) (*node, error) {
	e, err := t.next()
	if err != nil {
		return nil, err
	}
	if e.RepetitionType.V == format.Repeated {
		elem, err := t.element(e, def+1, rep+1, depth+1)
		if err != nil {
			return nil, err
		}
		elem.name = "element"
		return &node{name: e.Name, shape: listShape, def: def, itemDef: def + 1, itemRep: rep + 1, parts: []*node{elem},
			arrow: arrow.ListOf(elem.arrow)}, nil
	}
	return t.element(e, def, rep, depth)
}

// element makes a node of an element, whatever it repeats.
func (t *treeReader) element(e *format.SchemaElement, def, rep, depth int) (*node, error) {
	if depth > t.depth {
		return nil, read.OverLimit("values lie more than %d deep in each other", t.depth)
	}
	n := &node{name: e.Name, optional: e.RepetitionType.V == format.Optional}
	if n.optional {
		def++
	}
	n.def = def
	if e.Type.Valid {
		return n, t.leafOf(n, e, def, rep)
	}
	if e.NumChildren.V <= 0 || int(e.NumChildren.V) > len(t.elements)-t.at {
		return nil, read.Malformed(-1, "the group %q is said to have %d parts", e.Name, e.NumChildren.V)
	}
	annotated := func(c deprecated.ConvertedType) bool { return e.ConvertedType.Valid && e.ConvertedType.V == c }
	_, isList := e.LogicalType.Value.(*format.ListType)
	_, isMap := e.LogicalType.Value.(*format.MapType)
	if _, variant := e.LogicalType.Value.(*format.VariantType); variant {
		return nil, &read.ColumnError{Kind: read.ErrUnsupported, Column: e.Name, Detail: "values of the type variant"}
	}
	if e.NumChildren.V == 1 && t.elements[t.at].RepetitionType.V == format.Repeated {
		switch {
		case isList || annotated(deprecated.List):
			return n, t.list(n, e.Name, def, rep, depth)
		case isMap || annotated(deprecated.Map) || annotated(deprecated.MapKeyValue):
			return n, t.keyed(n, def, rep, depth)
		}
	}
	n.shape = structShape
	var fields []arrow.Field
	for range e.NumChildren.V {
		part, err := t.node(def, rep, depth+1)
		if err != nil {
			return nil, err
		}
		n.parts = append(n.parts, part)
		fields = append(fields, arrow.Field{Name: part.name, Type: part.arrow, Nullable: true})
	}
	n.arrow = arrow.StructOf(fields...)
	return n, nil
}

// list reads what a list holds. Old writers have one level less (LogicalTypes.md,
// Backward-compatibility rules).
func (t *treeReader) list(n *node, name string, def, rep, depth int) error {
	n.shape, n.itemDef, n.itemRep = listShape, def+1, rep+1
	repeated := &t.elements[t.at]
	var elem *node
	var err error
	switch {
	case repeated.Type.Valid, repeated.NumChildren.V > 1, repeated.Name == "array", repeated.Name == name+"_tuple":
		t.at++
		plain := *repeated
		plain.RepetitionType.V = format.Required
		elem, err = t.element(&plain, def+1, rep+1, depth+1)
	default:
		t.at++
		elem, err = t.node(def+1, rep+1, depth+1)
	}
	if err != nil {
		return err
	}
	n.parts = []*node{elem}
	n.arrow = arrow.ListOf(elem.arrow)
	return nil
}

// keyed reads the keys and values of a map.
func (t *treeReader) keyed(n *node, def, rep, depth int) error {
	pair, err := t.next()
	if err != nil {
		return err
	}
	if pair.NumChildren.V != 2 {
		return read.Malformed(-1, "the map %q has entries of %d parts", n.name, pair.NumChildren.V)
	}
	n.shape, n.itemDef, n.itemRep = mapShape, def+1, rep+1
	for range 2 {
		part, err := t.node(def+1, rep+1, depth+2)
		if err != nil {
			return err
		}
		n.parts = append(n.parts, part)
	}
	n.arrow = arrow.MapOf(n.parts[0].arrow, n.parts[1].arrow)
	return nil
}

func (t *treeReader) leafOf(n *node, e *format.SchemaElement, def, rep int) error {
	n.leaf = t.leaves
	t.leaves++
	n.maxDef, n.maxRep = def, rep
	n.physical = physical{kind: e.Type.V, width: int(e.TypeLength.V)}
	if n.physical.kind == format.FixedLenByteArray && (n.physical.width < 0 || n.physical.width > 1<<20) {
		return read.Malformed(-1, "column %q has values of %d bytes", e.Name, n.physical.width)
	}
	var err error
	if n.arrow, err = leafType(e, n.physical); err != nil {
		return fmt.Errorf("column %q: %w", e.Name, err)
	}
	n.append, err = appenderOf(n.arrow, n.physical)
	return err
}
