package pandas

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Pandas before 0.14.1, written out from the description of its layout: the frame
// is built with the manager itself, blocks find their columns by label, and
// indexes are ndarray subclasses with a nested state. (Python 2 strings.)

func (a *assembler) str8(s string) *assembler {
	return a.op("U" + string(rune(len(s))) + s)
}

// legacyIndex writes _reconstruct(class, (0,), 'b') with (state, (name,)).
func (a *assembler) legacyIndex(class, name string, labels ...string) *assembler {
	a.global("numpy.core.multiarray", "_reconstruct").op("(").global("pandas.core.index", class).op("K\x00\x85")
	a.str8("b").op("tR((K\x01").num(len(labels)).op("\x85").dtype("O4").op("\x89](")
	for _, l := range labels {
		a.str8(l)
	}
	a.op("et")
	if name == "" {
		a.op("N")
	} else {
		a.str8(name)
	}
	return a.op("\x85tb")
}

// legacyFloats writes _reconstruct(ndarray) with float64 bytes as Python 2 text.
func (a *assembler) legacyFloats(data []byte, rows, cols int) *assembler {
	a.global("numpy.core.multiarray", "_reconstruct").op("(").global("numpy", "ndarray").op("K\x00\x85").str8("b")
	a.op("tR(K\x01").num(rows).num(cols).op("\x86").dtype("f8").op("\x89T").u4(uint32(len(data))).op(string(data))
	return a.op("tb")
}

func TestLayout0(t *testing.T) {
	t.Parallel()
	a := &assembler{}
	a.op("\x80\x02").global("pandas.core.frame", "DataFrame").op(")\x81")
	a.global("pandas.core.internals", "BlockManager").op(")\x81(](")
	a.legacyIndex("Index", "", "a", "t", "b").legacyIndex("Index", "key", "r1", "r2").op("e](")
	one, two := "\x00\x00\x00\x00\x00\x00\xf0?", "\x00\x00\x00\x00\x00\x00\x00@"
	a.legacyFloats([]byte(one+two+two+one), 2, 2)
	a.global("numpy.core.multiarray", "_reconstruct").op("(").global("numpy", "ndarray").op("K\x00\x85").str8("b")
	a.op("tR(K\x01K\x01K\x02\x86").dtype("O4").op("\x89](").str8("x").str8("caf\xe9").op("etb")
	a.op("e](").legacyIndex("Index", "", "a", "b").legacyIndex("Index", "", "t").op("etbb")
	res, err := readBytes(t, a.done(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Table.Release()
	want := []readColumn{
		{"a", []any{1.0, 2.0}}, {"t", []any{"x", "café"}}, {"b", []any{2.0, 1.0}}, {"key", []any{"r1", "r2"}},
	}
	if diff := cmp.Diff(want, tableValues(res.Table), cmp.AllowUnexported(readColumn{})); diff != "" {
		t.Error(diff)
	}
}

// TestLegacySeries: until 0.12 a Series is an ndarray subclass with the state
// (state of the ndarray, (index, name)).
func TestLegacySeries(t *testing.T) {
	t.Parallel()
	a := &assembler{}
	a.op("\x80\x02").global("numpy.core.multiarray", "_reconstruct").op("(").global("pandas.core.series", "Series")
	a.op("K\x00\x85").str8("b").op("tR(K\x01K\x02\x85").dtype("f8").op("\x89T").u4(16).op("\x00\x00\x00\x00\x00\x00\xf0?\x00\x00\x00\x00\x00\x00\x00@")
	a.op("t").legacyIndex("Index", "", "r1", "r2").str8("n").op("\x86\x86b")
	res, err := readBytes(t, a.done(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Table.Release()
	want := []readColumn{{"n", []any{1.0, 2.0}}, {"__index_level_0__", []any{"r1", "r2"}}}
	if diff := cmp.Diff(want, tableValues(res.Table), cmp.AllowUnexported(readColumn{})); diff != "" {
		t.Error(diff)
	}
}
