package pandas

import (
	"encoding/binary"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// check makes sure that every buffer holds what length, offset and type say, so
// that no later access can leave it.
func (d *arrowData) check(r *reader) error {
	if err := r.visit(1); err != nil {
		return err
	}
	end := d.off + d.n
	if d.typ.ID() == arrow.NULL {
		d.valid = nil
		return r.visit(d.n) // any number of rows fits no bytes
	}
	if d.valid != nil && int64(len(d.valid)) < bitutil.BytesForBits(int64(end)) {
		return d.short("the validity bitmap")
	}
	if d.n == 0 && d.off == 0 && len(d.children) == 0 && d.dict == nil {
		for len(d.bufs) < 3 {
			d.bufs = append(d.bufs, nil)
		}
		if !arrow.IsNested(d.typ.ID()) && d.typ.ID() != arrow.DICTIONARY {
			return nil
		}
	}
	if width, ok := flatWidth(d.typ); ok {
		if width == 0 {
			return r.visit(d.n)
		}
		if len(d.bufs) < 2 || itemsIn(d.bufs[1], width) < end {
			return d.short("the values")
		}
		return nil
	}
	if err := r.visit(d.n); err != nil { // offsets and views are looked at, each of them
		return err
	}
	switch t := d.typ.(type) {
	case *arrow.Decimal32Type, *arrow.Decimal64Type:
		width := t.(arrow.FixedWidthDataType).BitWidth() / 8
		if len(d.bufs) < 2 || len(d.bufs[1]) < end*width {
			return d.short("the values")
		}
		return nil
	case *arrow.StringType, *arrow.BinaryType, *arrow.LargeStringType, *arrow.LargeBinaryType:
		if len(d.bufs) < 3 {
			return d.short("a buffer")
		}
		return d.checkOffsets(int64(len(d.bufs[2])))
	case *arrow.StringViewType, *arrow.BinaryViewType:
		return d.checkViews(end)
	}
	return d.checkNested(r, end)
}

// itemsIn is how many items of so many bits a buffer holds.
func itemsIn(buf []byte, width int) int {
	if width < 8 {
		return 8 * len(buf) / width
	}
	return len(buf) / (width / 8)
}

func (d *arrowData) short(what string) error {
	return invalid("a pyarrow array of %d rows of %s in which %s is too short", d.n, typeWord(d.typ), what)
}

// checkOffsets makes sure that offsets ascend and stay within most.
func (d *arrowData) checkOffsets(most int64) error {
	size := 4
	switch d.typ.ID() {
	case arrow.LARGE_STRING, arrow.LARGE_BINARY, arrow.LARGE_LIST:
		size = 8
	}
	if d.n == 0 && len(d.bufs) > 1 && len(d.bufs[1]) < size*(d.off+1) {
		d.bufs[1], d.off = make([]byte, size), 0 // no offsets for no rows
		if d.valid != nil {
			d.valid = nil
		}
		return nil
	}
	if len(d.bufs) < 2 || len(d.bufs[1]) < size*(d.off+d.n+1) {
		return d.short("the list of offsets")
	}
	last := d.offset(0)
	if last < 0 {
		return invalid("a pyarrow array with the offset %d", last)
	}
	for i := 1; i <= d.n; i++ {
		o := d.offset(i)
		if o < last {
			return invalid("a pyarrow array whose offsets go back from %d to %d", last, o)
		}
		last = o
	}
	if last > most {
		return invalid("a pyarrow array with the offset %d beyond its %d", last, most)
	}
	return nil
}

// view returns the bytes of row i of a view array.
func (d *arrowData) view(i int) ([]byte, bool) {
	v := d.bufs[1][16*(d.off+i) : 16*(d.off+i)+16]
	n := int(int32(binary.LittleEndian.Uint32(v)))
	if n < 0 {
		return nil, false
	}
	if n <= 12 {
		return v[4 : 4+n], true
	}
	k, at := int(int32(binary.LittleEndian.Uint32(v[8:]))), int(int32(binary.LittleEndian.Uint32(v[12:])))
	if k < 0 || at < 0 || k+2 >= len(d.bufs) || at > len(d.bufs[k+2]) || n > len(d.bufs[k+2])-at {
		return nil, false
	}
	return d.bufs[k+2][at : at+n], true
}

func (d *arrowData) checkViews(end int) error {
	if len(d.bufs) < 2 || len(d.bufs[1]) < 16*end {
		return d.short("the list of views")
	}
	for i := range d.n {
		if d.null(i) {
			continue
		}
		if _, ok := d.view(i); !ok {
			return invalid("a pyarrow array whose row %d lies outside its buffers", i)
		}
	}
	return nil
}

// checkNested checks lists, structs, dictionaries and run ends against their
// children, which are checked already.
func (d *arrowData) checkNested(r *reader, end int) error {
	kids := func(n int) error {
		if len(d.children) != n {
			return invalid("a pyarrow array of %s with %d children", typeWord(d.typ), len(d.children))
		}
		return nil
	}
	switch t := d.typ.(type) {
	case *arrow.ListType, *arrow.LargeListType, *arrow.MapType:
		if err := kids(1); err != nil {
			return err
		}
		if m, ok := t.(*arrow.MapType); ok {
			if st, ok := d.children[0].typ.(*arrow.StructType); !ok || st.NumFields() != 2 || len(d.children[0].children) != 2 {
				return invalid("a pyarrow map over %s instead of %s", typeWord(d.children[0].typ), typeWord(m.Elem()))
			}
		}
		return d.checkOffsets(int64(d.children[0].n))
	case *arrow.FixedSizeListType:
		if err := kids(1); err != nil {
			return err
		}
		if product(int64(end), int64(t.Len())) > int64(d.children[0].n) {
			return d.short("the list of items")
		}
	case *arrow.StructType:
		if err := kids(t.NumFields()); err != nil {
			return err
		}
		for _, c := range d.children {
			if c.n < end {
				return d.short("a field")
			}
		}
	case *arrow.DictionaryType:
		if d.dict == nil {
			return invalid("a pyarrow dictionary column without its dictionary")
		}
		width := t.IndexType.(arrow.FixedWidthDataType).BitWidth() / 8
		if len(d.bufs) < 2 || len(d.bufs[1]) < width*end {
			return d.short("the list of codes")
		}
	case *arrow.RunEndEncodedType:
		return d.checkRuns()
	case *arrow.ListViewType, *arrow.LargeListViewType:
		return d.checkListViews(end)
	default:
		return unsupported("a pyarrow column of %s", typeWord(d.typ))
	}
	return nil
}

// checkRuns checks that run ends ascend to cover all rows.
func (d *arrowData) checkRuns() error {
	if len(d.children) != 2 || d.children[0].n != d.children[1].n {
		return invalid("a run-end encoded column with %d children", len(d.children))
	}
	last := int64(0)
	for i := range d.children[0].n {
		e := d.children[0].fixedInt(i)
		if e <= last {
			return invalid("run ends that go from %d to %d", last, e)
		}
		last = e
	}
	if last < int64(d.off+d.n) {
		return invalid("run ends up to %d for %d rows", last, d.off+d.n)
	}
	return nil
}

func (d *arrowData) checkListViews(end int) error {
	size := 4
	if d.typ.ID() == arrow.LARGE_LIST_VIEW {
		size = 8
	}
	if len(d.children) != 1 || len(d.bufs) < 3 || len(d.bufs[1]) < size*end || len(d.bufs[2]) < size*end {
		return d.short("the list of offsets")
	}
	for i := range d.n {
		if at, n := d.listView(i); at < 0 || n < 0 || at > d.children[0].n || n > d.children[0].n-at {
			return invalid("a pyarrow list of %d items at %d of %d", n, at, d.children[0].n)
		}
	}
	return nil
}

// listView is where the items of row i of a list view begin, and how many.
func (d *arrowData) listView(i int) (at, n int) {
	k := d.off + i
	if d.typ.ID() == arrow.LARGE_LIST_VIEW {
		return int(int64(binary.LittleEndian.Uint64(d.bufs[1][8*k:]))), int(int64(binary.LittleEndian.Uint64(d.bufs[2][8*k:])))
	}
	return int(int32(binary.LittleEndian.Uint32(d.bufs[1][4*k:]))), int(int32(binary.LittleEndian.Uint32(d.bufs[2][4*k:])))
}

// fixedInt is row i of an array of integers of any width.
func (d *arrowData) fixedInt(i int) int64 {
	width := d.typ.(arrow.FixedWidthDataType).BitWidth() / 8
	b := d.bufs[1][width*(d.off+i):]
	dt := dtype{kind: 'i', size: width}
	if arrow.IsUnsignedInteger(d.typ.ID()) {
		return int64(unsigned(dt, b))
	}
	return signed(dt, b)
}

// validText tells whether data is UTF-8 and no offset cuts a character.
func validText(data []byte, offsets []int32) bool {
	if !utf8.Valid(data) {
		return false
	}
	for _, o := range offsets {
		if int(o) < len(data) && !utf8.RuneStart(data[o]) {
			return false
		}
	}
	return true
}
