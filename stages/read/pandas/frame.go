package pandas

import (
	"math"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// table is a table before its columns are built.
type table struct {
	kind    string
	rows    int
	columns []column
	records bool // all columns are a cellSource over the same records
}

// frame reads a pandas DataFrame.
func (r *reader) frame(v pickle.Value) (*table, error) {
	if state := r.doc.Object(v).State; r.doc.Class(v) == pickle.GSparseDataFrame && state.Kind() == pickle.KindTuple {
		return r.sparseFrameLegacy(r.doc.Tuple(state))
	}
	mgr, err := r.managerOf(v)
	if err != nil {
		return nil, err
	}
	m, err := r.manager(mgr)
	if err != nil {
		return nil, err
	}
	if len(m.axes) != 2 {
		return nil, unsupported("a frame of %d axes", len(m.axes))
	}
	names, err := r.columnNames(m.axes[0])
	if err != nil {
		return nil, err
	}
	columns, err := r.blockColumns(m, names)
	if err != nil {
		return nil, err
	}
	t := &table{kind: "pandas.DataFrame", rows: m.axes[1].n, columns: columns}
	taken := make(map[string]bool, len(names))
	for _, n := range names {
		taken[n] = true
	}
	own, err := r.columnsOf(m.axes[1], taken)
	t.columns = append(t.columns, own...)
	return t, err
}

// managerOf finds the block manager in the state of a frame or series: the
// manager itself until 0.16, then a dict with _data, from 1.1 with _mgr.
func (r *reader) managerOf(v pickle.Value) (pickle.Value, error) {
	state := r.doc.Object(v).State
	switch r.doc.Class(state) {
	case pickle.GBlockManager, pickle.GSingleBlockManager:
		return state, nil
	}
	if m := r.attr(v, "_mgr", "_data"); m.Kind() == pickle.KindObject {
		return m, nil
	}
	return pickle.Value{}, unsupported("%s without a block manager", r.doc.TypeName(v))
}

// manager is a block manager: axes (columns first) and blocks.
type manager struct {
	axes   []*index
	blocks []block
	at     map[string]int // columns by name, see placesByLabel
}

// block is some columns of a frame, and which ones.
type block struct {
	values pickle.Value
	place  pickle.Value // slice or array of positions; KindInvalid: by items
	items  pickle.Value // layout 0: an Index of labels
}

// manager reads a block manager of any layout.
func (r *reader) manager(v pickle.Value) (*manager, error) {
	obj := r.doc.Object(v)
	if obj.State.Kind() == pickle.KindTuple {
		return r.managerState(r.doc.Tuple(obj.State))
	}
	args := r.doc.Tuple(obj.Args)
	if len(args) < 2 || args[0].Kind() != pickle.KindTuple {
		return nil, invalid("a block manager with %d arguments", len(args))
	}
	m, err := r.managerAxes(args[1])
	if err != nil {
		return nil, err
	}
	for _, b := range r.doc.Tuple(args[0]) {
		bl, err := r.block(b)
		if err != nil {
			return nil, err
		}
		m.blocks = append(m.blocks, bl)
	}
	return m, nil
}

func (r *reader) managerAxes(v pickle.Value) (*manager, error) {
	axes := r.doc.Items(v)
	if axes.Len() == 0 || axes.Len() > 3 {
		return nil, invalid("a block manager of %d axes", axes.Len())
	}
	m := &manager{}
	for i := range axes.Len() {
		ix, err := r.index(axes.At(i))
		if err != nil {
			return nil, err
		}
		m.axes = append(m.axes, ix)
	}
	return m, nil
}

// managerState reads the layouts A, (axes, values, items, {"0.14.1": {...}}), and
// 0, the same without the dict.
func (r *reader) managerState(state []pickle.Value) (*manager, error) {
	if len(state) >= 4 {
		if extra := r.get(state[3], "0.14.1"); extra.Kind() == pickle.KindDict {
			m, err := r.managerAxes(r.get(extra, "axes"))
			if err != nil {
				return nil, err
			}
			blocks := r.doc.Items(r.get(extra, "blocks"))
			for i := range blocks.Len() {
				b := blocks.At(i)
				m.blocks = append(m.blocks, block{values: r.get(b, "values"), place: r.get(b, "mgr_locs")})
			}
			return m, nil
		}
	}
	if len(state) < 3 {
		return nil, invalid("a block manager with a state of %d parts", len(state))
	}
	m, err := r.managerAxes(state[0])
	if err != nil {
		return nil, err
	}
	values, items := r.doc.Items(state[1]), r.doc.Items(state[2])
	if values.Len() != items.Len() {
		return nil, invalid("a block manager of %d blocks and %d labels", values.Len(), items.Len())
	}
	for i := range values.Len() {
		m.blocks = append(m.blocks, block{values: values.At(i), items: items.At(i)})
	}
	return m, nil
}

// block reads _unpickle_block(values, placement, ndim), or in pandas 1.3
// partial(new_block)(values, placement).
func (r *reader) block(v pickle.Value) (block, error) {
	obj := r.doc.Object(v)
	switch {
	case r.doc.Global(obj.Class) == pickle.GUnpickleBlock:
	case r.doc.Class(obj.Class) == pickle.GPartial:
		state := r.doc.Tuple(r.doc.Object(obj.Class).State)
		if len(state) > 0 && r.doc.Global(state[0]) != pickle.GNewBlock {
			return block{}, invalid("a partial of something other than new_block")
		}
	default:
		return block{}, unsupported("%s as a block", r.doc.Describe(v))
	}
	place := r.doc.Arg(v, 1)
	if r.doc.Class(place) == pickle.GBlockPlacement {
		place = r.doc.Arg(place, 0)
	}
	return block{values: r.doc.Arg(v, 0), place: place}, nil
}

// blockColumns puts the rows of the blocks at their places.
func (r *reader) blockColumns(m *manager, names []string) ([]column, error) {
	columns := make([]column, len(names))
	for _, b := range m.blocks {
		if opaque := r.doc.OpaqueError(b.values); opaque != nil {
			if err := r.opaqueColumn(opaque, m, b, names, columns); err != nil {
				return nil, err
			}
			continue
		}
		x, err := r.matrix(b.values)
		if err != nil {
			return nil, r.nameBlock(err, m, b, names)
		}
		if x.rows != m.axes[1].n {
			return nil, invalid("a block of %d rows in a frame of %d", x.rows, m.axes[1].n)
		}
		places, err := r.places(b, x.cols, m, names)
		if err != nil {
			return nil, err
		}
		for i, p := range places {
			if p < 0 || p >= len(columns) || columns[p].src != nil {
				return nil, invalid("a block at column %d of %d", p, len(columns))
			}
			if !r.wanted(names[p]) {
				columns[p] = column{name: names[p], src: skipped{n: x.rows}}
				continue
			}
			s, err := x.col(i)
			if err != nil {
				return nil, nameError(err, names[p])
			}
			columns[p] = column{name: names[p], src: s}
		}
	}
	for i := range columns {
		if columns[i].src == nil {
			return nil, invalid("column %s is in no block", quote(names[i]))
		}
	}
	return columns, nil
}

// opaqueColumn passes over a block that is an array of a class that the table does not
// know, which is one column.
func (r *reader) opaqueColumn(opaque error, m *manager, b block, names []string, columns []column) error {
	places, err := r.places(b, 1, m, names)
	if err != nil {
		return err
	}
	p := places[0]
	if p < 0 || p >= len(columns) || columns[p].src != nil {
		return invalid("a block at column %d of %d", p, len(columns))
	}
	if r.wanted(names[p]) {
		return &ColumnError{Kind: opaque, Column: names[p], Detail: "its values are of this class"}
	}
	columns[p] = column{name: names[p], src: skipped{n: m.axes[1].n}}
	return nil
}

// nameBlock adds the name of the first column of a block to an error.
func (r *reader) nameBlock(err error, m *manager, b block, names []string) error {
	places, perr := r.places(b, 1, m, names)
	if perr == nil && len(places) == 1 && places[0] >= 0 && places[0] < len(names) {
		return nameError(err, names[places[0]])
	}
	return err
}

func nameError(err error, name string) error {
	if e, ok := err.(*TableError); ok {
		return &ColumnError{Kind: e.Kind, Column: name, Detail: e.Detail}
	}
	return err
}

// places are the column positions of a block's rows.
func (r *reader) places(b block, n int, m *manager, names []string) ([]int, error) {
	if b.place.Kind() == pickle.KindInvalid {
		return r.placesByLabel(b, n, m, names)
	}
	out := make([]int, n)
	if r.doc.Class(b.place) == pickle.GSlice {
		start, ok1 := r.integer(r.doc.Arg(b.place, 0))
		step, ok3 := r.integer(r.doc.Arg(b.place, 2))
		if r.doc.Arg(b.place, 2).IsNone() {
			step, ok3 = 1, true
		}
		if !ok1 || !ok3 || start < 0 || start > mostFields || step > mostFields || step < -mostFields {
			return nil, invalid("a block placed at a slice from %s", r.doc.Describe(r.doc.Arg(b.place, 0)))
		}
		for i := range out {
			out[i] = int(start + int64(i)*step)
		}
		return out, nil
	}
	var s source
	var err error
	if b.place.Kind() == pickle.KindInt {
		out[0] = int(min(b.place.Int(), math.MaxInt32))
		return out[:1], nil
	}
	if s, err = r.vector(b.place); err != nil {
		return nil, err
	}
	if s.len() < n {
		return nil, invalid("a block of %d columns at %d places", n, s.len())
	}
	for i := range out {
		c, err := s.cell(r, i)
		if err != nil {
			return nil, err
		}
		if c.class != classInt {
			return nil, invalid("a block placed at %s", classNames[c.class])
		}
		out[i] = int(min(c.i, math.MaxInt32))
	}
	return out, nil
}

// placesByLabel finds the columns of a layout 0 block by their labels. One block
// with all labels is in order even when labels repeat.
func (r *reader) placesByLabel(b block, n int, m *manager, names []string) ([]int, error) {
	ix, err := r.index(b.items)
	if err != nil {
		return nil, err
	}
	labels, err := r.columnNames(ix)
	if err != nil {
		return nil, err
	}
	if len(labels) < n {
		return nil, invalid("a block of %d columns with %d labels", n, len(labels))
	}
	out := make([]int, n)
	if len(m.blocks) == 1 && len(labels) == len(names) {
		for i := range out {
			out[i] = i
		}
		return out, nil
	}
	if m.at == nil {
		m.at = make(map[string]int, len(names))
		for i, name := range names {
			if _, twice := m.at[name]; twice {
				return nil, &TableError{Kind: ErrDuplicateColumn, Detail: "a frame of pandas before 0.14.1 with two columns " + quote(name) +
					" does not tell which block belongs to which"}
			}
			m.at[name] = i
		}
	}
	for i := range out {
		p, ok := m.at[labels[i]]
		if !ok {
			return nil, invalid("a block with the label %s, which the frame does not have", quote(labels[i]))
		}
		out[i] = p
	}
	return out, nil
}
