package arrow

import (
	"errors"
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/pickshard/pickshard/schema"
)

// checkSlots checks the number of a nested leaf's values, which follows from the leaf
// around it, or is as many as that one's lists have together.
func (rd *reader) checkSlots(i int, slots, rows int64) error {
	l := &rd.framing.leaves[i]
	around := rows
	if l.parent >= 0 {
		around = rd.tallies[l.parent].slots
	}
	most := 8 * rd.size // a value takes a bit at least: no count here is near overflow
	switch {
	case l.slots == 0 && (slots < 0 || slots > min(most, math.MaxInt32)):
		return fmt.Errorf("%d values in a file of %d bytes", slots, rd.size)
	case l.slots > 0 && around > most/l.slots:
		return fmt.Errorf("%d lists of %d in a file of %d bytes", around, l.slots, rd.size)
	case l.slots > 0 && slots != around*l.slots:
		return fmt.Errorf("%d values, want %d", slots, around*l.slots)
	}
	return nil
}

// checkInside checks that a nested leaf has no value where the one around it is null.
func (rd *reader) checkInside(l *leaf, d *loaded, slots int64) error {
	if l.parent < 0 || l.slots == 0 || rd.leaves[l.parent].validity == nil {
		return nil
	}
	around := &rd.leaves[l.parent]
	for slot := range slots {
		if d.valid(slot) && !around.valid(slot/l.slots) {
			return fmt.Errorf("value %d stands in a null", slot)
		}
	}
	return nil
}

// nest lays an array of a field's type over its leaves.
func (rd *reader) nest(root int) (arrow.Array, error) {
	t := rd.schema.Field(rd.framing.leaves[root].field).Type
	data, _, err := rd.nestAt(root, t)
	if err != nil {
		return nil, err
	}
	a := array.MakeFromData(data)
	want := t.Arrow()
	if arrow.TypeEqual(a.DataType(), want) {
		return a, nil
	}
	return schema.Take(want, a.Len(), func(k int) (arrow.Array, int) { return a, k })
}

// nestAt lays array data over the i-th leaf and those inside it, and returns the leaf
// behind them. The data is of type t but for lists of one length that are written as
// lists of any.
func (rd *reader) nestAt(i int, t schema.Type) (data arrow.ArrayData, next int, err error) {
	l, d, n := &rd.framing.leaves[i], &rd.leaves[i], rd.tallies[i]
	next = i + 1
	entries := next
	if t.Kind == schema.Map { // the struct around key and value
		next++
	}
	var children []arrow.ArrayData
	for _, p := range t.Parts() {
		var child arrow.ArrayData
		if child, next, err = rd.nestAt(next, p.Type); err != nil {
			return nil, 0, err
		}
		children = append(children, child)
	}
	switch {
	case t.Kind == schema.Map:
		if rd.tallies[entries].nulls > 0 {
			return nil, 0, errors.New("an entry of a map is null")
		}
		dt := arrow.MapOf(children[0].DataType(), children[1].DataType())
		pairs := array.NewData(dt.Elem(), int(rd.tallies[entries].slots), []*memory.Buffer{nil}, children, 0, 0)
		return d.arrayData(dt, n, pairs), next, nil
	case t.Kind == schema.Struct:
		dt := t.Arrow().(*arrow.StructType).Fields()
		for k := range dt {
			dt[k].Type = children[k].DataType()
		}
		return d.arrayData(arrow.StructOf(dt...), n, children...), next, nil
	case t.Kind == schema.List && l.class == lists:
		if err := checkLen(d, n.slots, int64(t.Len)); err != nil {
			return nil, 0, err
		}
		return d.arrayData(arrow.ListOf(children[0].DataType()), n, children...), next, nil
	case t.Kind == schema.List:
		return d.arrayData(arrow.FixedSizeListOf(int32(t.Len), children[0].DataType()), n, children...), next, nil
	}
	return d.arrayData(t.Arrow(), n), next, nil
}

// checkLen checks that lists that are not null have so many items, 0 for any number.
func checkLen(d *loaded, slots, want int64) error {
	for slot := range slots {
		if n := d.offset(slot+1) - d.offset(slot); want > 0 && d.valid(slot) && n != want {
			return fmt.Errorf("list %d has %d items, want %d", slot, n, want)
		}
	}
	return nil
}

// arrayData lays a nested leaf's array data over its checked buffers.
func (d *loaded) arrayData(dt arrow.DataType, n tally, children ...arrow.ArrayData) arrow.ArrayData {
	buffers := []*memory.Buffer{nil}
	if d.validity != nil {
		buffers[0] = memory.NewBufferBytes(d.validity)
	}
	switch dt.ID() {
	case arrow.STRUCT, arrow.FIXED_SIZE_LIST:
	case arrow.STRING, arrow.BINARY:
		buffers = append(buffers, memory.NewBufferBytes(d.offsets), memory.NewBufferBytes(d.data))
	default:
		buffers = append(buffers, memory.NewBufferBytes(d.offsets))
	}
	return array.NewData(dt, int(n.slots), buffers, children, int(n.nulls), 0)
}
