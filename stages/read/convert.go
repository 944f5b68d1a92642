package read

import (
	"fmt"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
)

// Convert makes an array of typed values one of a wanted type, by the rules of the
// package comment. Cells that cannot be it are null and told to misfit, with what was
// found. The caller releases the result.
func Convert(a arrow.Array, want Want, opts Options, misfit func(row int, found string)) (arrow.Array, error) {
	c, err := newConverter("", Typed, nil, want, &opts)
	if err != nil {
		return nil, err
	}
	return c.array(a, func(row int, cell *cell) error {
		misfit(row, cell.describe())
		return nil
	})
}

// converter makes arrays of a column as the file has it those that are wanted.
type converter struct {
	column string
	form   Form
	path   []string
	typ    schema.Type
	arrow  arrow.DataType
	puts   putter
	filler arrow.Array // one value in place of null, nil for none
	keep   bool        // nothing is wanted: arrays stay as they are
	quick  quick       // of text and JSON, nil for none
}

func newConverter(column string, form Form, path []string, want Want, opts *Options) (*converter, error) {
	c := &converter{column: column, form: form, path: path, typ: want.Type, arrow: want.Type.Arrow(),
		puts: putter{cast: want.Cast, surrogates: opts.Surrogates, round: opts.RoundTimes}}
	if form != Typed && len(path) == 0 {
		c.quick = quickOf(want.Type.Kind)
	}
	if want.Default == nil {
		return c, nil
	}
	b := array.NewBuilder(memory.DefaultAllocator, c.arrow)
	defer b.Release()
	value := goCell(want.Default)
	if value.class == classOther || !c.puts.put(b, &c.typ, &value) {
		return nil, &ColumnError{Kind: ErrCell, Column: column, Detail: fmt.Sprintf("its default, %v, cannot be %s", want.Default, want.Type)}
	}
	c.filler = b.NewArray()
	return c, nil
}

// array converts an array. misfit is told of each cell that cannot be of the type; it
// becomes null unless misfit returns an error.
func (c *converter) array(a arrow.Array, misfit func(row int, cell *cell) error) (arrow.Array, error) {
	if c.form == Typed && len(c.path) > 0 {
		member, ok := Path(a, c.path)
		if !ok {
			return nil, &ColumnError{Kind: ErrNoColumn, Column: c.column, Detail: "there is no such member"}
		}
		defer member.Release()
		a = member
	}
	if c.keep || c.fits(a) {
		a.Retain()
		return a, nil
	}
	if c.typ.Kind == schema.Invalid {
		return array.NewNull(a.Len()), nil
	}
	b := array.NewBuilder(memory.DefaultAllocator, c.arrow)
	defer b.Release()
	b.Reserve(a.Len())
	if done := c.fast(b, a); done {
		return b.NewArray(), nil
	}
	nested := c.typ.Nested() || c.typ.Kind == schema.Image
	var room []byte
	for i := range a.Len() {
		if c.quick != nil && a.IsValid(i) && c.quick(b, unsafeBytes(a.(*array.String).Value(i))) {
			continue
		}
		var cell cell
		cell, room = c.cell(a, i, room[:0])
		if cell.class == classNull && c.filler != nil {
			if err := schema.CopyValue(b, c.filler, 0); err != nil {
				return nil, err
			}
			continue
		}
		// What is nested is tried first: a builder does not take back.
		ok := !nested || c.puts.put(nil, &c.typ, &cell)
		if ok {
			ok = c.puts.put(b, &c.typ, &cell)
		}
		if !ok {
			if err := misfit(i, &cell); err != nil {
				return nil, err
			}
			b.AppendNull()
		}
	}
	return b.NewArray(), nil
}

// cell is value i of an array.
func (c *converter) cell(a arrow.Array, i int, room []byte) (cell, []byte) {
	if c.form == Typed {
		return textChecked(arrayCell(a, i)), room
	}
	if a.IsNull(i) {
		return cell{}, room
	}
	raw := unsafeBytes(a.(*array.String).Value(i))
	if c.form == Text {
		return textCell(raw), room
	}
	if raw = jsonPath(raw, c.path); raw == nil {
		return cell{}, room
	}
	return jsonCell(raw, room)
}

// textChecked notes whether the text of a file's own type is text.
func textChecked(c cell) cell {
	if c.class == classText && !utf8.Valid(c.b) {
		c.bad = true
	}
	return c
}

// fits says whether an array can stay as it is.
func (c *converter) fits(a arrow.Array) bool {
	if c.filler != nil && a.NullN() > 0 || c.form == JSON || !arrow.TypeEqual(a.DataType(), c.arrow) {
		return false
	}
	switch c.typ.Kind {
	case schema.String:
		return c.form == Text || validText(a.(*array.String))
	case schema.JSON, schema.Class:
		return false
	}
	return !c.typ.Nested() && c.typ.Kind != schema.Image || validNested(a, &c.typ)
}

// validText says whether all of an array is UTF-8.
func validText(a *array.String) bool {
	for i := range a.Len() {
		if a.IsValid(i) && !utf8.ValidString(a.Value(i)) {
			return false
		}
	}
	return true
}

// validNested says whether all text in an array is UTF-8, and none of its parts needs a
// conversion though it looks like its type.
func validNested(a arrow.Array, t *schema.Type) bool {
	if t.Has(schema.JSON) || t.Has(schema.Class) {
		return false
	}
	switch a := a.(type) {
	case *array.String:
		return validText(a)
	case *array.Struct:
		for f := range a.NumField() {
			if !validNested(a.Field(f), &schema.Type{Kind: schema.Binary}) {
				return false
			}
		}
	case *array.Map:
		return validNested(a.Keys(), &schema.Type{}) && validNested(a.Items(), &schema.Type{})
	case array.ListLike:
		return validNested(a.ListValues(), &schema.Type{})
	}
	return true
}
