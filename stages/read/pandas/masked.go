package pandas

import "github.com/pickshard/pickshard/stages/read/internal/pickle"

// mask says which items of a numpy masked array are hidden: one byte an item, of
// a structured dtype one a field.
type mask struct {
	hidden  []byte
	base    int
	strides []int
}

// arrayMasked reads the state of a masked array: (version, shape, dtype, fortran,
// data, mask, fill value). The mask lies in the order of the data, whatever order
// objects are in.
func (r *reader) arrayMasked(v pickle.Value) (*ndarray, error) {
	state := r.doc.Tuple(r.doc.Object(v).State)
	if len(state) != 7 {
		return nil, invalid("a masked array with a state of %d parts", len(state))
	}
	a, err := r.arrayState(state[:5])
	if err != nil {
		return nil, err
	}
	hidden, width := r.doc.Bytes(state[5]), 1
	if len(a.dt.fields) > 0 {
		for _, f := range a.dt.fields {
			if f.dt.sub != nil || len(f.dt.fields) > 0 {
				return nil, unsupported("a masked array of %s, whose field %s has parts; fill it (a.filled()) before pickling", a.dt, quote(f.name))
			}
		}
		width = len(a.dt.fields)
	}
	if len(hidden)%width != 0 || len(hidden)/width != a.n {
		return nil, invalid("a mask of %d bytes for %d items", len(hidden), a.n)
	}
	fortran, _ := r.integer(state[3])
	a.mask = &mask{hidden: hidden, strides: stridesOf(a.shape, width, fortran != 0)}
	return a, nil
}

func (m *mask) sub(i int) *mask {
	return &mask{m.hidden, m.base + i*m.strides[0], m.strides[1:]}
}

// masked tells whether item i is hidden.
func (s *strided) masked(i int) bool {
	m := s.a.mask
	return m != nil && m.hidden[m.base+s.maskAt+i*s.maskStep] != 0
}

// maskedCells are objects of which a mask hides some.
type maskedCells struct {
	cells
	s strided
}

func (c *maskedCells) fill(dst []pickle.Value, at int) int {
	n := c.cells.fill(dst, at)
	for i := range n {
		if c.s.masked(at + i) {
			dst[i] = pickle.None()
		}
	}
	return n
}
