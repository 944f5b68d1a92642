package pandas

import (
	"encoding/base64"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// buildJSON makes a column of any values one of JSON text, value by value, so that no
// two need have a type in common. None is null, not the text null.
func buildJSON(b *builder, s source, m *misfits) error {
	b.typ = arrow.BinaryTypes.String
	var room []byte
	return b.eachChunk(s.len(), func(lo, hi int) error {
		sb := array.NewStringBuilder(memory.DefaultAllocator)
		defer sb.Release()
		size := 0
		for i := lo; i < hi; i++ {
			c, err := s.cell(b.reader, i)
			if err != nil {
				return err
			}
			if c.class == classNull {
				sb.AppendNull()
				continue
			}
			room, err = b.appendJSON(room[:0], &c, 0)
			if _, misfit := err.(errMisfit); misfit {
				sb.AppendNull()
				at := b.rowAt + int64(i)
				m.add(b.name, at, func() Misfit { return Misfit{Row: at, Column: b.name, Found: b.describe(&c), Want: "json"} })
				continue
			}
			if err != nil {
				return err
			}
			if err := b.spend(builderCost * int64(len(room))); err != nil {
				return err
			}
			if size += len(room); size > builtBytes/builderCost && i > lo {
				b.add(sb.NewArray())
				size = len(room)
			}
			sb.Append(string(room))
		}
		b.add(sb.NewArray())
		return nil
	})
}

// appendJSON appends a value as JSON, as schema.AppendJSON spells it. The error is
// errMisfit for what has no JSON form.
func (b *builder) appendJSON(dst []byte, c *cell, depth int) ([]byte, error) {
	if err := b.visit(1); err != nil {
		return dst, err
	}
	if depth > b.limits.Nesting {
		return dst, &pickle.LimitError{Bound: pickle.BoundNesting, Max: int64(b.limits.Nesting), Offset: -1, Detail: "values inside values"}
	}
	// One value alone may go beyond what the file may give: text is escaped, to six
	// times what it is at worst, grows by copying, and is copied into the column.
	const escaped, copies = 6, 4
	if ask := copies * (int64(len(dst)) + escaped*int64(len(c.b))); ask > b.budget.outputMax-b.budget.output {
		return dst, b.spend(ask)
	}
	switch c.class {
	case classNull:
		return append(dst, "null"...), nil
	case classText:
		if c.bad && b.opts.Surrogates != SurrogatesReplace {
			return dst, errMisfit{}
		}
		if depth == 0 && !c.bad && read.IsJSON(c.b) {
			return append(dst, c.b...), nil
		}
		return schema.AppendJSONString(dst, string(replaceInvalid(c.b))), nil
	case classBytes:
		dst = append(dst, '"')
		return append(base64.StdEncoding.AppendEncode(dst, c.b), '"'), nil
	case classBool:
		if c.i != 0 {
			return append(dst, "true"...), nil
		}
		return append(dst, "false"...), nil
	case classInt, classBigInt:
		return append(dst, c.text()...), nil
	case classFloat:
		return schema.AppendJSONFloat(dst, c.f, schema.StrictFloats), nil
	case classList:
		return b.appendList(dst, c, depth)
	case classDict:
		return b.appendDict(dst, c, depth)
	case classDate, classDatetime, classUUID, classPath, classPeriod, classDecimal:
		return schema.AppendJSONString(dst, c.text()), nil
	}
	return dst, errMisfit{}
}

func (b *builder) appendList(dst []byte, c *cell, depth int) ([]byte, error) {
	dst = append(dst, '[')
	first := true
	err := b.eachItem(c, func(item *cell) (err error) {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst, err = b.appendJSON(dst, item, depth+1)
		return err
	})
	return append(dst, ']'), err
}

func (b *builder) appendDict(dst []byte, c *cell, depth int) ([]byte, error) {
	if c.at != nil || c.v.Kind() != pickle.KindDict {
		return dst, errMisfit{} // of a pyarrow column, which has a type of its own
	}
	d := b.doc.Dict(c.v)
	dst = append(dst, '{')
	for i := range d.Len() {
		k, v := d.Entry(i)
		if i > 0 {
			dst = append(dst, ',')
		}
		var err error
		if dst, err = b.appendKey(dst, k); err != nil {
			return dst, err
		}
		dst = append(dst, ':')
		item, err := b.reader.cell(v)
		if err != nil {
			return dst, err
		}
		if dst, err = b.appendJSON(dst, &item, depth+1); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

// appendKey appends a key as JSON has it: text, as a column would be called.
func (b *builder) appendKey(dst []byte, key pickle.Value) ([]byte, error) {
	if key.Kind() == pickle.KindText {
		return b.appendJSON(dst, &cell{class: classText, b: b.doc.Bytes(key)}, 0)
	}
	name, err := b.reader.name(key)
	return schema.AppendJSONString(dst, name), err
}

// memberCells are what dicts in a column have under a path of keys; null where there is
// none.
type memberCells struct {
	r    *reader
	in   cells
	path []string
}

func (c *memberCells) len() int { return c.in.len() }

func (c *memberCells) fill(dst []pickle.Value, at int) int {
	n := c.in.fill(dst, at)
	for i := range n {
		for _, key := range c.path {
			if dst[i].Kind() != pickle.KindDict {
				dst[i] = pickle.None()
				break
			}
			d := c.r.doc.Dict(dst[i])
			c.r.charge(d.Len() / 4)
			if c.r.overdrawn() { // the next visit tells
				dst[i] = pickle.None()
				break
			}
			if dst[i] = d.Get(key); dst[i].Kind() == pickle.KindInvalid {
				dst[i] = pickle.None()
				break
			}
		}
	}
	return n
}

// memberColumn finds a path, as in meta.model, into a column of dicts.
func (r *reader) memberColumn(columns []column, path string) (column, bool) {
	for _, c := range columns {
		keys, within := strings.CutPrefix(path, c.name+".")
		if s, objects := c.src.(*cellSource); within && objects && keys != "" {
			in := &memberCells{r: r, in: s.cells, path: strings.Split(keys, ".")}
			return column{name: path, src: &cellSource{cells: in}}, true
		}
	}
	return column{}, false
}
