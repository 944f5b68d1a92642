package pipeline

import "iter"

// Rows lists rows of a split in some order. Where they follow one another, as
// they do in a split that is not shuffled and has lost none, nothing is kept for
// each. It is immutable, and copied like a slice.
type Rows struct {
	first int64
	n     int
	list  []int64 // nil: first, first+1 and so on
}

// RowRange returns n rows from first on.
func RowRange(first int64, n int) Rows { return Rows{first: first, n: n} }

// RowList returns these rows. It keeps the list, which must not be written to.
func RowList(list []int64) Rows { return Rows{n: len(list), list: list} }

// Len is how many rows there are.
func (r Rows) Len() int { return r.n }

// At returns the i-th row, from 0.
func (r Rows) At(i int) int64 {
	if r.list != nil {
		return r.list[i]
	}
	return r.first + int64(i)
}

// Slice returns the rows from the lo-th up to the hi-th, without it.
func (r Rows) Slice(lo, hi int) Rows {
	if r.list != nil {
		return RowList(r.list[lo:hi])
	}
	return RowRange(r.first+int64(lo), hi-lo)
}

// All yields the rows and their places in the list.
func (r Rows) All() iter.Seq2[int, int64] {
	return func(yield func(int, int64) bool) {
		for i := range r.n {
			if !yield(i, r.At(i)) {
				return
			}
		}
	}
}

// Without returns the rows that dropped does not name.
func (r Rows) Without(dropped map[int64]bool) Rows {
	if len(dropped) == 0 {
		return r
	}
	kept := make([]int64, 0, r.n)
	for _, row := range r.All() {
		if !dropped[row] {
			kept = append(kept, row)
		}
	}
	return RowList(kept)
}

// without returns the rows that are not in the set.
func (r Rows) without(dropped *rowSet) Rows {
	if len(dropped.blocks) == 0 {
		return r
	}
	kept := make([]int64, 0, r.n)
	for _, row := range r.All() {
		if !dropped.has(row) {
			kept = append(kept, row)
		}
	}
	return RowList(kept)
}

// shuffled returns the rows in the order of a seed, see shuffle.
func (r Rows) shuffled(seed uint64) Rows {
	list := make([]int64, r.n)
	for i, row := range r.All() {
		list[i] = row
	}
	shuffle(list, seed)
	return RowList(list)
}
