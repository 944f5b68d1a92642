package read

import "slices"

// Misfits gathers the cells that cannot be what is wanted.
type Misfits struct {
	// List tells them apart, at most as many as were asked for, in the order in
	// which they were met. Count counts them all.
	List  []Misfit
	Count int64

	rows []int64
	most int
}

func newMisfits(most int) *Misfits {
	if most <= 0 {
		most = 1000
	}
	return &Misfits{most: most}
}

// NewMisfits returns misfits that were found elsewhere: details of some, how many
// there are, and the rows of all of them, ascending.
func NewMisfits(list []Misfit, count int64, rows []int64) Misfits {
	return Misfits{List: list, Count: count, rows: rows}
}

func (m *Misfits) add(f Misfit) {
	m.Count++
	if n := len(m.rows); n == 0 || m.rows[n-1] != f.Row {
		m.rows = append(m.rows, f.Row)
	}
	if len(m.List) < m.most {
		m.List = append(m.List, f)
	}
}

// Rows returns every row with a misfit, ascending, each once.
func (m *Misfits) Rows() []int64 {
	if !slices.IsSorted(m.rows) {
		slices.Sort(m.rows)
	}
	m.rows = slices.Compact(m.rows)
	return m.rows
}
