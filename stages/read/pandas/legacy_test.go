package pandas

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Layouts of pandas before 0.13 by hand, as the ndarray subclasses and states of
// their own that Series, sparse data and time indexes were then.

// subclass writes _reconstruct(class, (0,), 'b') with a state.
func (a *assembler) subclass(module, class string, state func()) *assembler {
	a.global("numpy.core.multiarray", "_reconstruct").op("(").global(module, class).op("K\x00\x85").str8("b").op("tR(")
	state()
	return a.op("tb")
}

// legacyArray writes the state of an ndarray of one dimension.
func (a *assembler) legacyArray(code, data string, n int) *assembler {
	return a.op("(K\x01").num(n).op("\x85").dtype(code).op("\x89T").u4(uint32(len(data))).op(data).op("t")
}

// blockIndex writes a sparse BlockIndex of one run.
func (a *assembler) blockIndex(rows, start, run int) *assembler {
	a.global("pandas._sparse", "BlockIndex").op("(").num(rows)
	for _, n := range []int{start, run} {
		a.global("numpy.core.multiarray", "_reconstruct").op("(").global("numpy", "ndarray").op("K\x00\x85").str8("b").op("tR")
		a.op("(K\x01K\x01\x85").dtype("i4").op("\x89U\x04").u4(uint32(n)).op("tb")
	}
	return a.op("tR")
}

const (
	floatOne = "\x00\x00\x00\x00\x00\x00\xf0?"
	floatTwo = "\x00\x00\x00\x00\x00\x00\x00@"
	floatNaN = "G\x7f\xf8\x00\x00\x00\x00\x00\x00"
)

func checkLegacy(t *testing.T, data []byte, want []readColumn) {
	t.Helper()
	res, err := readBytes(t, data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Table.Release()
	if diff := cmp.Diff(want, tableValues(res.Table), cmp.AllowUnexported(readColumn{})); diff != "" {
		t.Error(diff)
	}
}

func TestSparseSeriesOf012(t *testing.T) {
	t.Parallel()
	a := &assembler{}
	a.op("\x80\x02").subclass("pandas.sparse.series", "SparseTimeSeries", func() {
		a.legacyArray("f8", floatOne+floatTwo, 2)
		a.op("(").legacyIndex("Index", "", "p", "q", "r").op(floatNaN).blockIndex(3, 1, 2).str8("s").op("t")
	})
	checkLegacy(t, a.done(), []readColumn{{"s", []any{nil, 1.0, 2.0}}, {"__index_level_0__", []any{"p", "q", "r"}}})
}

func TestSparseFrameOf012(t *testing.T) {
	t.Parallel()
	a := &assembler{}
	a.op("\x80\x02").global("pandas.sparse.frame", "SparseDataFrame").op(")\x81(}").str8("B")
	a.blockIndex(2, 0, 1).subclass("numpy", "ndarray", func() {
		a.op("K\x01K\x01\x85").dtype("f8").op("\x89U\x08" + floatTwo)
	})
	a.op("\x86s").legacyIndex("Index", "", "B").legacyIndex("Index", "", "p", "q").op(floatNaN).str8("block").op("tb")
	checkLegacy(t, a.done(), []readColumn{{"B", []any{2.0, nil}}, {"__index_level_0__", []any{"p", "q"}}})
}

// A DateRange (pandas 0.7) keeps datetimes as objects, and its state one level deeper.
func TestDateRangeOf07(t *testing.T) {
	t.Parallel()
	a := &assembler{}
	a.op("\x80\x02").subclass("pandas.core.daterange", "DateRange", func() {
		a.op("(K\x01K\x01\x85").dtype("O8").op("\x89]").global("datetime", "datetime").str8("\x07\xd0\x01\x03\x00\x00\x00\x00\x00\x00")
		a.op("\x85RatN\x85\x86").global("pandas.core.datetools", "BDay").op(")\x81N")
	})
	checkLegacy(t, a.done(), []readColumn{{"0", []any{946857600e9}}})
}

func TestPanelIsRefusedByName(t *testing.T) {
	t.Parallel()
	a := asm().global("pandas.core.panel", "Panel").op(")\x81")
	if _, err := readBytes(t, a.done(), Options{}); !errors.Is(err, ErrNotTable) {
		t.Error(err)
	}
}

// What a dict of Series holds is only one table when the indexes agree.
func TestDictOfSeriesNeedsOneIndex(t *testing.T) {
	t.Parallel()
	series := func(a *assembler, labels ...string) {
		a.subclass("pandas.core.series", "Series", func() {
			a.legacyArray("f8", floatOne+floatTwo, 2).op("(").legacyIndex("Index", "", labels...).op("Nt")
		})
	}
	dict := func(second ...string) []byte {
		a := asm().op("}(").text("a")
		series(a, "p", "q")
		a.text("b")
		series(a, second...)
		return a.op("u").done()
	}
	checkLegacy(t, dict("p", "q"), []readColumn{
		{"a", []any{1.0, 2.0}}, {"b", []any{1.0, 2.0}}, {"__index_level_0__", []any{"p", "q"}},
	})
	if _, err := readBytes(t, dict("q", "p"), Options{}); !errors.Is(err, ErrInvalid) {
		t.Errorf("other order: %v", err)
	}
}
