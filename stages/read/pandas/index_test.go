package pandas

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// intIndex writes an integer Index (int64 unless another code is given) under a
// name, or without one.
func (a *assembler) intIndex(name, code string, labels []byte, n int64) *assembler {
	a.global("pandas.core.indexes.base", "_new_Index").op("(").global("pandas.core.indexes.numeric", "Int64Index")
	a.op("}(").text("name")
	if name == "" {
		a.op("N")
	} else {
		a.text(name)
	}
	return a.text("data").array(code, labels, n).op("utR")
}

// indexColumns reads a frame of one column over an index and returns the names of
// all columns.
func indexColumns(t *testing.T, rows int64, index func(*assembler)) []string {
	t.Helper()
	data := frame(func(a *assembler) {
		a.block(0, 1, 1, func(a *assembler) { a.array("f8", make([]byte, 8*rows), 1, rows) })
	}, func(a *assembler) { a.nameIndex("v") }, index)
	res, err := readBytes(t, data, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Table.Release()
	var names []string
	for _, c := range tableValues(res.Table) {
		names = append(names, c.name)
	}
	return names
}

func TestDefaultIndexIsNoColumn(t *testing.T) {
	t.Parallel()
	named := func(a *assembler) { a.intIndex("id", "u1", []byte{0, 1}, 2) }
	tests := []struct {
		name  string
		rows  int64
		index func(*assembler)
		want  []string
	}{
		{"range", 2, func(a *assembler) { a.rangeIndex(0, 2, 1) }, []string{"v"}},
		{"range of one row, any step", 1, func(a *assembler) { a.rangeIndex(0, 1, 5) }, []string{"v"}},
		{"range from 1", 2, func(a *assembler) { a.rangeIndex(1, 3, 1) }, []string{"v", "__index_level_0__"}},
		{"written out", 3, func(a *assembler) { a.intIndex("", "u1", []byte{0, 1, 2}, 3) }, []string{"v"}},
		{"written out in two bytes", 2, func(a *assembler) { a.intIndex("", "i2", []byte{0, 0, 1, 0}, 2) }, []string{"v"}},
		{"written out past a byte's sign", 200, func(a *assembler) {
			labels := make([]byte, 200)
			for i := range labels {
				labels[i] = byte(i)
			}
			a.intIndex("", "u1", labels, 200)
		}, []string{"v"}},
		{"other numbers", 3, func(a *assembler) { a.intIndex("", "u1", []byte{0, 2, 1}, 3) }, []string{"v", "__index_level_0__"}},
		{"named", 2, named, []string{"v", "id"}},
		{"no rows", 0, func(a *assembler) { a.intIndex("", "i8", nil, 0) }, []string{"v"}},
		{"no rows, of objects", 0, func(a *assembler) { a.nameIndex() }, []string{"v"}},
		{"text", 1, func(a *assembler) { a.nameIndex("0") }, []string{"v", "__index_level_0__"}},
		{"floats that count", 1, func(a *assembler) { a.intIndex("", "f8", make([]byte, 8), 1) }, []string{"v", "__index_level_0__"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, indexColumns(t, test.rows, test.index)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Two levels of one name stay apart.
func TestLevelsOfOneName(t *testing.T) {
	t.Parallel()
	got := indexColumns(t, 1, func(a *assembler) {
		a.global("pandas.core.indexes.base", "_new_Index").op("(").global("pandas.core.indexes.multi", "MultiIndex").op("}(")
		a.text("levels").op("](").nameIndex("x").nameIndex("y").op("e")
		a.text("codes").op("](").array("i1", []byte{0}, 1).array("i1", []byte{0}, 1).op("e")
		a.text("names").op("](").text("k").text("k").op("eutR")
	})
	if want := fmt.Sprint([]string{"v", "k", "__index_level_1__"}); fmt.Sprint(got) != want {
		t.Errorf("columns %v, want %v", got, want)
	}
}
