package pandas

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Lists, structs and maps, cell by cell.

// errMisfit stops a walk over items at the first that does not fit.
type errMisfit struct{}

func (errMisfit) Error() string { return "cell does not fit" }

// listBuilder is what the builders of the list types share.
type listBuilder interface {
	array.Builder
	ValueBuilder() array.Builder
	Append(bool)
}

func (b *builder) putList(nb array.Builder, typ arrow.DataType, c *cell) (bool, error) {
	if c.class != classList {
		return false, nil
	}
	elem := typ.(arrow.ListLikeType).Elem()
	each := rowBytes(elem)
	if f, ok := typ.(*arrow.FixedSizeListType); ok {
		if int(f.Len()) != b.items(c) {
			return false, nil
		}
		each = 0 // the row has paid for them
	}
	var vb array.Builder
	if nb != nil {
		lb := nb.(listBuilder)
		lb.Append(true)
		vb = lb.ValueBuilder()
	}
	if done, ok, err := b.putNumbers(vb, elem, c); done {
		return ok, err
	}
	err := b.eachItem(c, func(item *cell) error {
		if err := b.visit(1); err != nil {
			return err
		}
		if vb != nil {
			if err := b.spend(each); err != nil {
				return err
			}
		}
		ok, err := b.put(vb, elem, item)
		if err == nil && !ok {
			err = errMisfit{}
		}
		return err
	})
	return fits(err)
}

// fits turns errMisfit into a no.
func fits(err error) (bool, error) {
	if _, ok := err.(errMisfit); ok {
		return false, nil
	}
	return err == nil, err
}

// items is the number of items of a list cell.
func (b *builder) items(c *cell) int {
	if c.arr != nil {
		return c.arr.shape[0]
	}
	if c.at != nil {
		return c.at.hi - c.at.lo
	}
	return b.doc.Count(c.v)
}

// putNumbers appends a whole numpy array of the item's own type: embeddings.
func (b *builder) putNumbers(vb array.Builder, elem arrow.DataType, c *cell) (done, ok bool, err error) {
	a := c.arr
	if a == nil || a.data == nil || len(a.shape) != 1 || a.mask != nil || a.dt.big || a.strides[0] != a.dt.size {
		return false, false, nil
	}
	f := fixedSource{s: a.row(0), dt: a.dt}
	typ, err := f.natural(b.reader)
	if err != nil || typ == nil || !arrow.TypeEqual(typ, elem) || a.dt.kind != 'f' && a.dt.kind != 'i' && a.dt.kind != 'u' || a.dt.size == 2 {
		return false, false, nil
	}
	if vb == nil {
		return true, true, nil
	}
	n := a.shape[0]
	if err := b.spend(int64(n * a.dt.size)); err != nil {
		return true, false, err
	}
	data := a.data[a.base : a.base+n*a.dt.size]
	if !aligned(data, a.dt.size) {
		data = append(make([]byte, 0, len(data)), data...)
	}
	switch vb := vb.(type) {
	case *array.Float64Builder:
		vb.AppendValues(arrow.Float64Traits.CastFromBytes(data), nil)
	case *array.Float32Builder:
		vb.AppendValues(arrow.Float32Traits.CastFromBytes(data), nil)
	case *array.Int64Builder:
		vb.AppendValues(arrow.Int64Traits.CastFromBytes(data), nil)
	case *array.Int32Builder:
		vb.AppendValues(arrow.Int32Traits.CastFromBytes(data), nil)
	case *array.Int8Builder:
		vb.AppendValues(arrow.Int8Traits.CastFromBytes(data), nil)
	case *array.Uint64Builder:
		vb.AppendValues(arrow.Uint64Traits.CastFromBytes(data), nil)
	case *array.Uint32Builder:
		vb.AppendValues(arrow.Uint32Traits.CastFromBytes(data), nil)
	case *array.Uint8Builder:
		vb.AppendValues(data, nil)
	default:
		return false, false, nil
	}
	return true, true, nil
}

func (b *builder) putStruct(nb array.Builder, typ *arrow.StructType, c *cell) (bool, error) {
	part := func(i int) array.Builder { return nil }
	if sb, ok := nb.(*array.StructBuilder); ok {
		for _, f := range typ.Fields() {
			if err := b.namedRows(f.Name, 1); err != nil {
				return false, err
			}
		}
		sb.Append(true)
		part = sb.FieldBuilder
	}
	both := func(first, second string, x, y *cell) (bool, error) {
		if typ.NumFields() != 2 || typ.Field(0).Name != first || typ.Field(1).Name != second {
			return false, nil
		}
		ok, err := b.put(part(0), typ.Field(0).Type, x)
		if err != nil || !ok {
			return ok, err
		}
		return b.put(part(1), typ.Field(1).Type, y)
	}
	switch c.class {
	case classComplex:
		return both("real", "imag", &cell{class: classFloat, f: c.f}, &cell{class: classFloat, f: c.g})
	case classInterval:
		return both("left", "right", c.lo, c.hi)
	case classDict:
		return b.putFields(part, typ, c)
	}
	return false, nil
}

// putFields appends the values of a dict as the fields of a struct; a key that is
// missing is null, one that the struct lacks is a misfit.
func (b *builder) putFields(part func(int) array.Builder, typ *arrow.StructType, c *cell) (bool, error) {
	if err := b.enter(); err != nil {
		return false, err
	}
	defer b.leave()
	if c.at != nil {
		return b.putArrowFields(part, typ, c)
	}
	from := len(b.values)
	defer func() { b.values = b.values[:from] }()
	if ok, err := b.takeFields(typ, c.v); err != nil || !ok {
		return ok, err
	}
	for i, f := range typ.Fields() {
		var item cell
		if v := b.values[from+i]; v.Kind() != pickle.KindInvalid {
			var err error
			if item, err = b.cell(v); err != nil {
				return false, err
			}
		}
		item.inner = true
		if ok, err := b.put(part(i), f.Type, &item); err != nil || !ok {
			return ok, err
		}
	}
	return true, nil
}

// takeFields appends the values of a dict to values, in the order of a struct's fields:
// none for a key that is missing, of repeated ones the last. It says no to a key that
// the struct lacks.
func (b *builder) takeFields(typ *arrow.StructType, dict pickle.Value) (bool, error) {
	d := b.doc.Dict(dict)
	if err := b.visit(d.Len()); err != nil {
		return false, err
	}
	from := len(b.values)
	b.values = append(b.values, make([]pickle.Value, typ.NumFields())...)
	for i := range d.Len() {
		key, value := d.Entry(i)
		if !key.IsText() {
			return false, nil
		}
		name := b.doc.Bytes(key)
		b.charge(len(name) / bytesPerVisit)
		at, known := i, true
		if i >= typ.NumFields() || typ.Field(i).Name != string(name) { // most dicts are in order
			at, known = typ.FieldIdx(string(name))
		}
		if !known {
			return false, nil
		}
		b.values[from+at] = value
	}
	return true, nil
}

// putArrowFields appends a struct of a pyarrow column, field by field.
func (b *builder) putArrowFields(part func(int) array.Builder, typ *arrow.StructType, c *cell) (bool, error) {
	st, ok := c.at.d.typ.(*arrow.StructType)
	if !ok || st.NumFields() != typ.NumFields() {
		return false, nil
	}
	i := 0
	return fits(c.at.entries(b.reader, func(key, v *cell) error {
		f := typ.Field(i)
		if f.Name != string(key.b) {
			return errMisfit{}
		}
		ok, err := b.put(part(i), f.Type, v)
		i++
		if err == nil && !ok {
			err = errMisfit{}
		}
		return err
	}))
}

func (b *builder) putMap(nb array.Builder, typ *arrow.MapType, c *cell) (bool, error) {
	if c.class != classDict {
		return false, nil
	}
	if err := b.enter(); err != nil {
		return false, err
	}
	defer b.leave()
	var kb, vb array.Builder
	if mb, ok := nb.(*array.MapBuilder); ok {
		mb.Append(true)
		kb, vb = mb.KeyBuilder(), mb.ItemBuilder()
	}
	return fits(b.eachEntry(c, func(k, v *cell) error {
		if k.class == classNull {
			return errMisfit{}
		}
		if kb != nil {
			if err := b.spend(rowBytes(typ.KeyType()) + rowBytes(typ.ItemType())); err != nil {
				return err
			}
		}
		ok, err := b.put(kb, typ.KeyType(), k)
		if err == nil && ok {
			ok, err = b.put(vb, typ.ItemType(), v)
		}
		if err == nil && !ok {
			err = errMisfit{}
		}
		return err
	}))
}

// eachEntry calls f with keys and values of a dict cell.
func (b *builder) eachEntry(c *cell, f func(k, v *cell) error) error {
	if c.at != nil {
		return c.at.entries(b.reader, f)
	}
	d := b.doc.Dict(c.v)
	for i := range d.Len() {
		if err := b.visit(1); err != nil {
			return err
		}
		kv, vv := d.Entry(i)
		k, err := b.cell(kv)
		if err != nil {
			return err
		}
		v, err := b.cell(vv)
		if err != nil {
			return err
		}
		v.inner = true
		if err := f(&k, &v); err != nil {
			return err
		}
	}
	return nil
}
