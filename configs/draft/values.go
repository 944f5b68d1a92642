package draft

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/join"
)

// value adds the field of a column that is a value.
func (f *finding) value(g *group, c *column) {
	typ, nulls, known := commonType(g, c.name)
	switch {
	case !known:
		f.left = append(f.left, fmt.Sprintf("column %s: all of it is empty", c.name))
		return
	case countsRows(g, c):
		f.left = append(f.left, fmt.Sprintf("column %s: it counts the rows", c.name))
		return
	}
	line := &fieldLine{typ: spelled(typ.typ), column: c.name, why: typ.why}
	if _, err := schema.New([]schema.Field{{Name: c.name, Type: schema.Type{Kind: schema.String}}}); err != nil {
		line.name = f.free(g, fieldName(c.name), false)
	} else {
		line.name = f.free(g, c.name, true)
	}
	if line.name == "" {
		f.left = append(f.left, fmt.Sprintf("column %q: no field can be called so", c.name))
		return
	}
	if line.name != c.name {
		line.keys = append(line.keys, keyValue{"from", scalar(c.name)})
	}
	if typ.cast {
		line.keys = append(line.keys, keyValue{"cast", "true"})
	}
	if nulls > 0 {
		line.keys = append(line.keys, keyValue{"nullable", "true"})
		line.why = strings.TrimPrefix(line.why+"; ", "; ") + grouped(nulls) + " are empty"
	}
	f.fields = append(f.fields, line)
}

// spelled is a type as a config spells it; what cannot be spelled is JSON.
func spelled(t schema.Type) string {
	text := t.String()
	if back, err := schema.ParseType(text); err != nil || !back.Equal(t) {
		return "json"
	}
	return text
}

// common is the type of a column in all splits.
type common struct {
	typ  schema.Type
	cast bool
	why  string
}

// commonType is the type that all splits' values can have, and how many are null.
func commonType(g *group, name string) (out common, nulls int64, known bool) {
	for _, s := range g.splits {
		c := s.table.find(name)
		if c == nil {
			nulls += s.table.rows
			continue
		}
		nulls += c.nulls
		switch {
		case c.typ.Kind == schema.Invalid && c.data != nil && c.data.DataType().ID() != arrow.NULL:
			c.typ = schema.Type{Kind: schema.JSON} // what no field can be
			fallthrough
		case c.typ.Kind != schema.Invalid:
			if !known {
				out.typ, known = c.typ, true
			} else {
				out.merge(c.typ)
			}
			if c.any {
				out.why = "values of several types"
			}
		}
	}
	return out, nulls, known
}

// merge widens the type so that it holds another's values too.
func (o *common) merge(t schema.Type) {
	integer := func(k schema.Kind) bool { return k >= schema.Int8 && k <= schema.Uint64 }
	float := func(k schema.Kind) bool { return k >= schema.Float16 && k <= schema.Float64 }
	a, b := o.typ.Kind, t.Kind
	switch {
	case o.typ.Equal(t):
	case integer(a) && integer(b):
		o.typ = schema.Type{Kind: schema.Int64}
	case (integer(a) || float(a)) && (integer(b) || float(b)):
		o.typ = schema.Type{Kind: schema.Float64}
	case a == schema.String || b == schema.String:
		o.typ, o.cast = schema.Type{Kind: schema.String}, true
		o.why = "text in one split, not in another"
	default:
		o.typ = schema.Type{Kind: schema.JSON}
		o.why = "of different types in the splits"
	}
}

// countsRows says whether a column is an index that was written out: it has no name of
// its own and counts the rows.
func countsRows(g *group, c *column) bool {
	if !strings.HasPrefix(c.name, "Unnamed: ") && !strings.HasPrefix(c.name, "__index_level_") {
		return false
	}
	for _, s := range g.splits {
		own := s.table.find(c.name)
		if own == nil || own.heavy || own.nulls > 0 {
			return false
		}
		row := uint64(0)
		for _, a := range own.data.Chunks() {
			for i := range a.Len() {
				if v, ok := schema.Integer(a, i); !ok || v != row {
					return false
				}
				row++
			}
		}
	}
	return true
}

// every calls use with each text or whole number of a column until it says no.
func (t *table) every(name string, use func(v string) bool) {
	tmpl, err := join.ParseTemplate("{"+name+"}", nil)
	if err != nil {
		return
	}
	names, err := tmpl.Bind(t.column)
	if err != nil || names.Lists() {
		return
	}
	var room []byte
	for row := range t.rows {
		v, ok := names.Append(room[:0], row, 0)
		if room = v; ok && !use(string(v)) {
			return
		}
	}
}
