package pandas

import (
	"errors"
	"testing"
)

// maskedArray writes numpy.ma's _mareconstruct with (1, shape, dtype, fortran,
// data, mask, fill value).
func (a *assembler) maskedArray(fortran bool, dtype, data func(), mask string, shape ...int) *assembler {
	a.global("numpy.ma.core", "_mareconstruct").op("(").global("numpy.ma", "MaskedArray").global("numpy", "ndarray")
	a.op("K\x00\x85").bin([]byte("b")).op("tR(K\x01(")
	for _, n := range shape {
		a.num(n)
	}
	a.op("t")
	dtype()
	if fortran {
		a.op("\x88")
	} else {
		a.op("\x89")
	}
	data()
	return a.bin([]byte(mask)).op("Ntb")
}

func TestMaskedArrays(t *testing.T) {
	t.Parallel()
	plain := func(a *assembler, code, data string) (func(), func()) {
		return func() { a.dtype(code) }, func() { a.bin([]byte(data)) }
	}
	tests := []struct {
		name  string
		write func(a *assembler)
		want  []readColumn
	}{
		{"one dimension", func(a *assembler) {
			dt, data := plain(a, "u1", "\x01\x02\x03")
			a.maskedArray(false, dt, data, "\x00\x01\x00", 3)
		}, []readColumn{{"0", []any{1.0, nil, 3.0}}}},
		{"C order", func(a *assembler) {
			dt, data := plain(a, "u1", "\x01\x02\x03\x04\x05\x06")
			a.maskedArray(false, dt, data, "\x00\x01\x00\x00\x00\x01", 2, 3)
		}, []readColumn{{"0", []any{1.0, 4.0}}, {"1", []any{nil, 5.0}}, {"2", []any{3.0, nil}}}},
		{"Fortran order, the mask too", func(a *assembler) {
			dt, data := plain(a, "u1", "\x01\x04\x02\x05\x03\x06")
			a.maskedArray(true, dt, data, "\x00\x00\x01\x00\x00\x01", 2, 3)
		}, []readColumn{{"0", []any{1.0, 4.0}}, {"1", []any{nil, 5.0}}, {"2", []any{3.0, nil}}}},
		{"objects", func(a *assembler) {
			a.maskedArray(false, func() { a.dtype("O8") }, func() { a.op("](").text("x").op("K\x07N").text("y").op("e") },
				"\x00\x01\x00\x00", 4)
		}, []readColumn{{"0", []any{"x", nil, nil, "y"}}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			a := asm()
			test.write(a)
			checkLegacy(t, a.done(), test.want)
		})
	}
}

// Of a structured array each field has a mask of its own; as one column it is
// refused rather than read by the mask of its first field.
func TestMaskedRecords(t *testing.T) {
	t.Parallel()
	record := func(a *assembler) {
		a.maskedArray(false, func() {
			a.global("numpy", "dtype").op("(").text("V2").op("\x89\x88tR(K\x03").text("|").op("N(").text("a").text("b").op("t}(")
			for i, name := range []string{"a", "b"} {
				a.text(name).dtype("u1").num(i).op("\x86")
			}
			a.op("uK\x02K\x01K\x00tb")
		}, func() { a.bin([]byte{1, 2, 3, 4}) }, "\x00\x01\x01\x00", 2)
	}
	alone := asm()
	record(alone)
	checkLegacy(t, alone.done(), []readColumn{{"a", []any{1.0, nil}}, {"b", []any{nil, 4.0}}})
	if _, err := readBytes(t, oneColumn(record), Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("in a cell: %v", err)
	}
	column := asm().op("}").text("c")
	record(column)
	if _, err := readBytes(t, column.op("s").done(), Options{}); !errors.Is(err, ErrUnsupported) {
		t.Errorf("as a column: %v", err)
	}
}

// A masked array in a cell is a list with nulls.
func TestMaskedCell(t *testing.T) {
	t.Parallel()
	data := oneColumn(func(a *assembler) {
		a.maskedArray(false, func() { a.dtype("u1") }, func() { a.bin([]byte{1, 2}) }, "\x01\x00", 2)
	})
	checkLegacy(t, data, []readColumn{{"a", []any{[]any{nil, 2.0}}}})
}

func TestMaskThatDoesNotFit(t *testing.T) {
	t.Parallel()
	for _, mask := range []string{"", "\x00", "\x00\x00\x00"} {
		a := asm()
		a.maskedArray(false, func() { a.dtype("u1") }, func() { a.bin([]byte{1, 2}) }, mask, 2)
		if _, err := readBytes(t, a.done(), Options{}); !errors.Is(err, ErrInvalid) {
			t.Errorf("mask of %d: %v", len(mask), err)
		}
	}
}

// V items are bytes as they stand, S items without their padding.
func TestRawItems(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][]any{"V2": {"hex 6100", "hex 0062"}, "S2": {"hex 61", "hex 0062"}} {
		a := asm().array(code, []byte("a\x00\x00b"), 2)
		checkLegacy(t, a.done(), []readColumn{{"0", want}})
	}
}
