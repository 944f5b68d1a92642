package read

import (
	"maps"
	"math/bits"
	"slices"
)

// Misfits gathers the cells that cannot be what is wanted.
type Misfits struct {
	// List tells them apart, at most as many as were asked for, in the order in
	// which they were met. Count counts them all.
	List  []Misfit
	Count int64

	columns map[string]*RowBits
	most    int
}

func newMisfits(most int) *Misfits {
	if most <= 0 {
		most = 1000
	}
	return &Misfits{most: most}
}

// NewMisfits returns misfits that were found elsewhere: details of some, and the rows
// of all of them by column, which are its own from there on.
func NewMisfits(list []Misfit, columns map[string]*RowBits) Misfits {
	m := Misfits{List: list, columns: columns}
	for _, rows := range columns {
		m.Count += rows.Count()
	}
	return m
}

func (m *Misfits) add(f Misfit) {
	m.Count++
	m.column(f.Column).Set(f.Row)
	if len(m.List) < m.most {
		m.List = append(m.List, f)
	}
}

// column is the rows of a column.
func (m *Misfits) column(name string) *RowBits {
	if m.columns == nil {
		m.columns = make(map[string]*RowBits)
	}
	if m.columns[name] == nil {
		m.columns[name] = new(RowBits)
	}
	return m.columns[name]
}

// Append takes the misfits of rows that follow, the first of which is row from.
func (m *Misfits) Append(o *Misfits, from int64) {
	for _, f := range o.List {
		f.Row += from
		if m.most == 0 || len(m.List) < m.most {
			m.List = append(m.List, f)
		}
	}
	for name, rows := range o.columns {
		to := m.column(name)
		for _, row := range rows.Rows() {
			to.Set(row + from)
		}
	}
	m.Count += o.Count
}

// Rename gives columns other names; name returns a column's own one where it keeps it.
func (m *Misfits) Rename(name func(column string) string) {
	for i := range m.List {
		m.List[i].Column = name(m.List[i].Column)
	}
	columns := make(map[string]*RowBits, len(m.columns))
	for column, rows := range m.columns {
		columns[name(column)] = rows
	}
	m.columns = columns
}

// Column returns the rows of a column's misfits, nil where it has none.
func (m *Misfits) Column(name string) *RowBits { return m.columns[name] }

// Rows returns every row with a misfit, ascending, each once.
func (m *Misfits) Rows() []int64 {
	var all RowBits
	for _, rows := range m.columns {
		for _, row := range rows.Rows() {
			all.Set(row)
		}
	}
	return all.Rows()
}

// Columns names the columns that have misfits, sorted.
func (m *Misfits) Columns() []string { return slices.Sorted(maps.Keys(m.columns)) }

// RowBits is a set of rows, a bit for each.
type RowBits []uint64

// Set adds a row.
func (b *RowBits) Set(row int64) {
	word := int(row >> 6)
	if word >= len(*b) {
		*b = slices.Grow(*b, word+1-len(*b))[:word+1]
	}
	(*b)[word] |= 1 << (row & 63)
}

// Has says whether a row is in the set; nil has none.
func (b *RowBits) Has(row int64) bool {
	return b != nil && row>>6 < int64(len(*b)) && (*b)[row>>6]&(1<<(row&63)) != 0
}

// Count is how many rows there are.
func (b *RowBits) Count() int64 {
	n := 0
	if b != nil {
		for _, word := range *b {
			n += bits.OnesCount64(word)
		}
	}
	return int64(n)
}

// Rows returns the rows, ascending.
func (b *RowBits) Rows() []int64 {
	if b == nil {
		return nil
	}
	rows := make([]int64, 0, b.Count())
	for i, word := range *b {
		for ; word != 0; word &= word - 1 {
			rows = append(rows, int64(i)<<6+int64(bits.TrailingZeros64(word)))
		}
	}
	return rows
}
