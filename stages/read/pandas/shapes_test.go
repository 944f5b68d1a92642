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
