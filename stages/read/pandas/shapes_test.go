package pandas

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPairOfArraysIsColumnsAndY(t *testing.T) {
	t.Parallel()
	a := asm().op("(").array("u1", []byte{1, 2, 3, 4, 5, 6}, 3, 2).array("u1", []byte{7, 8, 9}, 3).op("t")
	checkLegacy(t, a.done(), []readColumn{{"0", []any{1.0, 3.0, 5.0}}, {"1", []any{2.0, 4.0, 6.0}}, {"y", []any{7.0, 8.0, 9.0}}})
	a = asm().op("(").array("u1", []byte{1, 2}, 2).array("u1", []byte{3, 4}, 2).array("u1", []byte{5, 6, 7, 8}, 2, 2).op("t")
	checkLegacy(t, a.done(), []readColumn{{"0", []any{1.0, 2.0}}, {"1", []any{3.0, 4.0}}, {"2", []any{[]any{5.0, 6.0}, []any{7.0, 8.0}}}})
}

// What DataFrame.to_dict() gives is columns: the labels of rows are keys in each.
func TestDictOfColumnsByLabel(t *testing.T) {
	t.Parallel()
	counting := asm().op("}(").text("id").op("}(K\x00K\x05K\x01K\x06u").text("title").op("}(K\x00").text("a").op("K\x01").text("b").op("uu")
	checkLegacy(t, counting.done(), []readColumn{{"id", []any{5.0, 6.0}}, {"title", []any{"a", "b"}}})
	labelled := asm().op("}(")
	var labels, numbers []any
	for _, column := range []string{"x", "y"} {
		labelled.text(column).op("}(")
		labels, numbers = nil, nil
		for i := range 9 {
			labels, numbers = append(labels, string(rune('p'+i))), append(numbers, float64(i))
			labelled.text(string(rune('p' + i))).num(i)
		}
		labelled.op("u")
	}
	checkLegacy(t, labelled.op("u").done(), []readColumn{{"x", numbers}, {"y", numbers}, {"__index_level_0__", labels}})
	few := asm().op("}(").text("x").op("}(").text("p").op("K\x01").text("q").op("K\x02u").text("y").op("}(").text("p").op("K\x03").text("q").op("K\x04uu").done()
	_, got, _ := values(t, few, Options{Orient: OrientColumns, Columns: []string{"y"}})
	if diff := cmp.Diff([]any{3.0, 4.0}, got); diff != "" {
		t.Error(diff)
	}
	other := asm().op("}(").text("x").op("}").text("p").op("K\x01s").text("y").op("}").text("q").op("K\x02su").done()
	if _, err := readBytes(t, other, Options{Orient: OrientColumns}); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), "orient index") {
		t.Error(err)
	}
}

// Lists in a tuple that cannot be rows are columns; those that can are rows.
func TestTupleOfLists(t *testing.T) {
	t.Parallel()
	columns := asm().op("(](").text("a").text("b").op("e](K\x01K\x02et").done()
	checkLegacy(t, columns, []readColumn{{"0", []any{"a", "b"}}, {"1", []any{1.0, 2.0}}})
	rows := asm().op("(](").text("a").op("K\x01e](").text("b").op("K\x02et").done()
	checkLegacy(t, rows, []readColumn{{"0", []any{"a", "b"}}, {"1", []any{1.0, 2.0}}})
}

// An index without a name that is of no one type keeps no table from being read.
func TestMixedIndexIsLeftOut(t *testing.T) {
	t.Parallel()
	data := frame(func(a *assembler) {
		a.block(0, 1, 1, func(a *assembler) { a.array("u1", []byte{1, 2}, 1, 2) })
	}, func(a *assembler) { a.nameIndex("n") }, func(a *assembler) {
		a.global("pandas.core.indexes.base", "_new_Index").op("(").global("pandas.core.indexes.base", "Index").op("}(").text("data")
		a.global("numpy.core.multiarray", "_reconstruct").op("(").global("numpy", "ndarray").op("K\x00\x85").bin([]byte("b")).op("tR(K\x01K\x02\x85")
		a.dtype("O8").op("\x89](K\x01").text("x").op("etb").text("name").op("NutR")
	})
	checkLegacy(t, data, []readColumn{{"n", []any{1.0, 2.0}}})
	if _, err := readBytes(t, data, Options{Columns: []string{"__index_level_0__"}}); !errors.Is(err, ErrMixed) {
		t.Error(err)
	}
}

// Lists and vocabularies in one list, as AttnGAN's captions.pickle: each on its own.
func TestListsAndVocabulariesAreSeveralObjects(t *testing.T) {
	t.Parallel()
	a := asm().op("](](](K\x01K\x02e](K\x03ee](](K\x04ee}(K\x01").text("a").op("K\x02").text("b").op("ue")
	_, err := readBytes(t, a.done(), Options{})
	if !errors.Is(err, ErrSelect) || !strings.Contains(err.Error(), `"0", "1", "2"`) {
		t.Fatal(err)
	}
	for sel, want := range map[string][]any{"0": {[]any{1.0, 2.0}, []any{3.0}}, "1": {4.0}, "2": {1.0, 2.0}} {
		_, got, _ := values(t, a.done(), Options{Select: sel})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", sel, diff)
		}
	}
}

// What is offered can be read.
func TestOnlyTablesAreOffered(t *testing.T) {
	t.Parallel()
	a := asm().op("}(").text("empty").op("}").text("good").op("](K\x01K\x02e").text("records").op("}").text("k").op("K\x01s").text("n").op("K\x05u")
	_, err := readBytes(t, a.done(), Options{})
	if !errors.Is(err, ErrSelect) || !strings.Contains(err.Error(), `"good", "records"`) || strings.Contains(err.Error(), "empty") {
		t.Fatal(err)
	}
}

// A column of mixed objects does not keep the others from being read.
func TestOtherColumnsThanTheMixedOne(t *testing.T) {
	t.Parallel()
	data := frame(func(a *assembler) {
		a.block(0, 1, 1, func(a *assembler) { a.array("u1", []byte{1, 2}, 1, 2) })
		a.block(1, 2, 1, func(a *assembler) {
			a.global("numpy.core.multiarray", "_reconstruct").op("(").global("numpy", "ndarray").op("K\x00\x85").bin([]byte("b")).op("tR(K\x01K\x01K\x02\x86")
			a.dtype("O8").op("\x89](").text("x").op("K\x01etb")
		})
	}, func(a *assembler) { a.nameIndex("n", "mixed") }, func(a *assembler) { a.rangeIndex(0, 2, 1) })
	if _, err := readBytes(t, data, Options{}); !errors.Is(err, ErrMixed) || !strings.Contains(err.Error(), `"mixed"`) {
		t.Fatal(err)
	}
	_, got, _ := values(t, data, Options{Columns: []string{"n"}})
	if diff := cmp.Diff([]any{1.0, 2.0}, got); diff != "" {
		t.Error(diff)
	}
}

// Pictures whose sizes and pixels do not fit are errors, not memory.
func TestHostilePictures(t *testing.T) {
	t.Parallel()
	picture := func(mode string, w, h int, data []byte, palette string) []byte {
		return oneColumn(func(a *assembler) {
			a.global("PIL.Image", "Image").op(")\x81](}").text(mode).num(w).num(h).op("\x86" + palette).bin(data).op("eb")
		})
	}
	for name, data := range map[string][]byte{
		"short":         picture("RGB", 2, 2, make([]byte, 11), "N"),
		"long":          picture("L", 2, 2, make([]byte, 5), "N"),
		"huge":          picture("L", 1<<16, 1<<16, []byte{1}, "N"),
		"beyond":        picture("L", 1<<30, 1<<30, []byte{1}, "N"),
		"negative":      picture("L", -2, -2, make([]byte, 4), "N"),
		"empty":         picture("L", 0, 0, nil, "N"),
		"bits":          picture("1", 9, 2, make([]byte, 3), "N"),
		"other mode":    picture("CMYK", 1, 1, make([]byte, 4), "N"),
		"no palette":    picture("P", 1, 1, []byte{1}, "N"),
		"no mode":       picture("", 1, 1, []byte{1}, "N"),
		"palette a int": picture("P", 1, 1, []byte{1}, "K\x01"),
	} {
		if _, err := readBytes(t, data, Options{}); !errors.Is(err, ErrInvalid) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, got, _ := values(t, picture("P", 2, 1, []byte{0, 255}, "](K\x01K\x02K\x03e"), Options{})
	if diff := cmp.Diff([]any{[]any{[]any{[]any{1.0, 2.0, 3.0}, []any{0.0, 0.0, 0.0}}}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestArraysOfHugeDimensions(t *testing.T) {
	t.Parallel()
	for name, shape := range map[string][]int64{
		"product overflows": {1 << 31, 1 << 31, 4}, "more than there is": {1 << 20, 2, 2}, "negative": {-1, 2, 2},
	} {
		if res, err := readBytes(t, asm().array("u1", make([]byte, 16), shape...).done(), Options{}); err == nil {
			t.Errorf("%s: %d rows", name, res.Table.NumRows())
		}
	}
}

func TestWhatNumpyGivesIsCalledSo(t *testing.T) {
	t.Parallel()
	a := asm().op("](").text("x").array("u1", []byte{1}, 1).op("e")
	if _, err := readBytes(t, a.done(), Options{}); err == nil || strings.Contains(err.Error(), "_frombuffer") || !strings.Contains(err.Error(), "numpy.ndarray") {
		t.Error(err)
	}
	state := asm().global("numpy.random._pickle", "__randomstate_ctor").op(")R").done()
	if _, err := readBytes(t, state, Options{}); err == nil || !strings.Contains(err.Error(), "random number generator") {
		t.Error(err)
	}
	if _, err := readBytes(t, []byte("]\x00\x00\x80\x00\xff\xff\xff\xff\xff\xff\xff\xff\x00"), Options{}); err == nil || !strings.Contains(err.Error(), ".lzma") {
		t.Error(err)
	}
}
