package pipeline

// A choice says which rows of a table belong to a split: all of them, where
// nothing was asked for, else a bit for each.
type choice struct {
	rows Rows
	bits []uint64 // nil: all
}

// Choose makes the records those of these rows alone, which must be in ascending
// order. The other rows stay in the columns, and the chosen keep their numbers; it
// is as if the others had not been read. Call it before anything else is done with
// the records.
func (r *Records) Choose(rows Rows) {
	r.chosen = choice{rows: rows, bits: make([]uint64, (r.Rows+63)/64)}
	for _, row := range rows.All() {
		r.chosen.bits[row/64] |= 1 << (row % 64)
	}
}

// Chosen returns the rows that belong to the split, in ascending order.
func (r *Records) Chosen() Rows {
	if r.chosen.bits == nil {
		return RowRange(0, int(r.Rows))
	}
	return r.chosen.rows
}

// Has says whether a row belongs to the split.
func (r *Records) Has(row int64) bool {
	return r.chosen.bits == nil || r.chosen.bits[row/64]&(1<<(row%64)) != 0
}
