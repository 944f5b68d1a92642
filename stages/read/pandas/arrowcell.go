package pandas

import (
	"math/big"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
)

// cell resolves row i of a pyarrow array. The array was checked.
func (d *arrowData) cell(r *reader, i, depth int) (cell, error) {
	if depth > r.limits.Nesting {
		return cell{}, unsupported("an Arrow type nested deeper than %d", r.limits.Nesting)
	}
	if d.typ.ID() == arrow.NULL || d.null(i) {
		return cell{}, nil
	}
	switch t := d.typ.(type) {
	case *arrow.StringType, *arrow.LargeStringType:
		b := d.bufs[2][d.offset(i):d.offset(i+1)]
		return cell{class: classText, b: b, bad: !utf8.Valid(b)}, nil
	case *arrow.BinaryType, *arrow.LargeBinaryType:
		return cell{class: classBytes, b: d.bufs[2][d.offset(i):d.offset(i+1)]}, nil
	case *arrow.StringViewType:
		b, _ := d.view(i)
		return cell{class: classText, b: b, bad: !utf8.Valid(b)}, nil
	case *arrow.BinaryViewType:
		b, _ := d.view(i)
		return cell{class: classBytes, b: b}, nil
	case *arrow.DictionaryType:
		codes := arrowData{typ: t.IndexType, bufs: d.bufs, off: d.off}
		k := codes.fixedInt(i)
		if k < 0 || k >= int64(d.dict.n) {
			return cell{}, invalid("code %d of a dictionary of %d", k, d.dict.n)
		}
		return d.dict.cell(r, int(k), depth+1)
	case *arrow.RunEndEncodedType:
		return d.children[1].cell(r, d.run(i), depth+1)
	case *arrow.ListType, *arrow.LargeListType:
		return cell{class: classList, at: &arrowItems{d.children[0], int(d.offset(i)), int(d.offset(i + 1))}}, nil
	case *arrow.FixedSizeListType:
		n := int(t.Len())
		return cell{class: classList, at: &arrowItems{d.children[0], (d.off + i) * n, (d.off + i + 1) * n}}, nil
	case *arrow.ListViewType, *arrow.LargeListViewType:
		at, n := d.listView(i)
		return cell{class: classList, at: &arrowItems{d.children[0], at, at + n}}, nil
	case *arrow.StructType, *arrow.MapType:
		return cell{class: classDict, at: &arrowItems{d, i, i + 1}}, nil
	}
	return d.flatCell(i)
}

// arrowItems are rows lo to hi of an array: the items of a list cell. For a
// struct or map cell they are the one row of the array itself.
type arrowItems struct {
	d      *arrowData
	lo, hi int
}

// run is the index of the run that holds row i.
func (d *arrowData) run(i int) int {
	ends := d.children[0]
	lo, hi := 0, ends.n-1
	for lo < hi {
		if mid := (lo + hi) / 2; ends.fixedInt(mid) > int64(d.off+i) {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return lo
}

// flatCell resolves the types of fixed width.
func (d *arrowData) flatCell(i int) (cell, error) {
	width := d.typ.(arrow.FixedWidthDataType).BitWidth()
	if d.typ.ID() == arrow.BOOL {
		c := cell{class: classBool}
		if bitutil.BitIsSet(d.bufs[1], d.off+i) {
			c.i = 1
		}
		return c, nil
	}
	size := width / 8
	b := d.bufs[1][size*(d.off+i) : size*(d.off+i+1)]
	switch t := d.typ.(type) {
	case *arrow.FixedSizeBinaryType:
		return cell{class: classBytes, b: b}, nil
	case *arrow.Date32Type:
		return cell{class: classDate, i: d.fixedInt(i)}, nil
	case *arrow.Date64Type:
		return cell{class: classDatetime, i: d.fixedInt(i), unit: arrow.Millisecond}, nil
	case *arrow.TimestampType:
		return cell{class: classDatetime, i: d.fixedInt(i), unit: t.Unit, zone: t.TimeZone}, nil
	case *arrow.Time32Type:
		return cell{class: classTime, i: d.fixedInt(i), unit: t.Unit}, nil
	case *arrow.Time64Type:
		return cell{class: classTime, i: d.fixedInt(i), unit: t.Unit}, nil
	case *arrow.DurationType:
		return cell{class: classDelta, i: d.fixedInt(i), unit: t.Unit}, nil
	case arrow.DecimalType:
		return cell{class: classDecimal, n: littleEndian(b), scale: t.GetScale()}, nil
	}
	switch {
	case arrow.IsFloating(d.typ.ID()):
		f := floating(dtype{kind: 'f', size: size}, b)
		return cell{class: classFloat, f: f, bits: uint8(width)}, nil
	case arrow.IsUnsignedInteger(d.typ.ID()):
		u := unsigned(dtype{kind: 'u', size: size}, b)
		if u>>63 != 0 {
			return cell{class: classBigInt, n: new(big.Int).SetUint64(u), bits: 64}, nil
		}
		return cell{class: classInt, i: int64(u), bits: uint8(width)}, nil
	case arrow.IsSignedInteger(d.typ.ID()):
		return cell{class: classInt, i: d.fixedInt(i), bits: uint8(width), sign: true}, nil
	}
	return cell{}, unsupported("a pyarrow column of %s", typeWord(d.typ))
}

// littleEndian is the number in two's complement bytes.
func littleEndian(le []byte) *big.Int {
	be := make([]byte, len(le))
	for i, x := range le {
		be[len(le)-1-i] = x
	}
	n := new(big.Int).SetBytes(be)
	if len(be) > 0 && be[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(be))))
	}
	return n
}

// entries calls f with the fields of a struct cell, or the pairs of a map cell.
func (a *arrowItems) entries(r *reader, f func(key, value *cell) error) error {
	d, i := a.d, a.lo
	if st, ok := d.typ.(*arrow.StructType); ok {
		for k, c := range d.children {
			v, err := c.cell(r, d.off+i, r.depth)
			if err != nil {
				return err
			}
			key := cell{class: classText, b: []byte(st.Field(k).Name)}
			v.inner = true
			if err := f(&key, &v); err != nil {
				return err
			}
		}
		return nil
	}
	pairs := d.children[0]
	for k := int(d.offset(i)); k < int(d.offset(i+1)); k++ {
		key, err := pairs.children[0].cell(r, pairs.off+k, r.depth)
		if err != nil {
			return err
		}
		v, err := pairs.children[1].cell(r, pairs.off+k, r.depth)
		if err != nil {
			return err
		}
		v.inner = true
		if err := f(&key, &v); err != nil {
			return err
		}
	}
	return nil
}
