package arrow

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// featured is a schema of the types that datasets has features for: what the files
// are written as. Values are those of the schema's own types; where they differ, the
// buffers are the same (a map's are those of a list of its entries) or lack nothing
// (offsets of lists of one length).
func featured(s *schema.Schema) (*schema.Schema, error) {
	fields := make([]schema.Field, s.Len())
	for f := range fields {
		fields[f] = s.Field(f)
		fields[f].Type = fields[f].Type.HuggingFace()
	}
	return schema.New(fields)
}

// step leads from a leaf's values to those inside them.
type step struct {
	into into
	n    int // which member of a struct, or how many items a list has
}

type into uint8

const (
	member into = iota // of a struct: one in each slot
	items              // of lists: any number in each slot, none in null
	even               // of lists of one length: n in each slot, null or not
)

// appendNested appends the leaf of a type and those of its parts. l says where it
// stands; the type is one of featured.
func appendNested(leaves []leaf, l leaf, t schema.Type) []leaf {
	at := len(leaves)
	part := func(s step, slots int64, name string, t schema.Type) {
		path := append(l.path[:len(l.path):len(l.path)], s)
		leaves = appendNested(leaves, leaf{field: l.field, part: nested, counted: true, parent: at, slots: slots, path: path, inside: l.inside + name}, t)
	}
	switch {
	case t.Kind == schema.Struct:
		l.class = group
		leaves = append(leaves, l)
		for i, m := range t.Members {
			part(step{member, i}, 1, "."+m.Name, m.Type)
		}
	case t.Kind == schema.List && t.Len > 0:
		l.class = group
		leaves = append(leaves, l)
		part(step{even, t.Len}, int64(t.Len), "[]", *t.Elem)
	case t.Kind == schema.List:
		l.class = lists
		leaves = append(leaves, l)
		part(step{items, 0}, 0, "[]", *t.Elem)
	default:
		leaves = append(leaves, l.of(t))
	}
	return leaves
}

// run is values of a leaf that stand in a row: those of an array from one index up
// to another, or so many nulls where the array is nil.
type run struct {
	array    arrow.Array
	from, to int
}

// each yields the runs that a path leads to, in order.
func (r run) each(path []step, yield func(run) error) error {
	if r.from == r.to {
		return nil
	}
	if len(path) == 0 {
		return yield(r)
	}
	if r.array != nil && !r.whole() {
		return r.split(path, yield)
	}
	return r.inside(path[0]).each(path[1:], yield)
}

// split goes through runs that are null throughout or nowhere.
func (r run) split(path []step, yield func(run) error) error {
	for from := r.from; from < r.to; {
		null := r.array.IsNull(from)
		to := from + 1
		for to < r.to && r.array.IsNull(to) == null {
			to++
		}
		part := run{r.array, from, to}
		if null {
			part.array = nil
		}
		if err := part.inside(path[0]).each(path[1:], yield); err != nil {
			return err
		}
		from = to
	}
	return nil
}

// inside is what lies in a run without nulls, or in one of nulls.
func (r run) inside(s step) run {
	n := r.to - r.from
	switch {
	case r.array == nil && s.into == member:
		return r
	case r.array == nil && s.into == even:
		return run{nil, 0, n * s.n}
	case r.array == nil:
		return run{}
	case s.into == member:
		return run{r.array.(*array.Struct).Field(s.n), r.from, r.to}
	}
	list := r.array.(array.ListLike)
	from, _ := list.ValueOffsets(r.from)
	_, to := list.ValueOffsets(r.to - 1)
	return run{list.ListValues(), int(from), int(to)}
}

// whole says that no value is null.
func (r run) whole() bool { return r.nulls() == 0 }

func (r run) valid(i int) bool { return r.array != nil && r.array.IsValid(i) }

// nulls counts the nulls of the run alone: an array's own count may be yet to make,
// and arrays are shared.
func (r run) nulls() int64 {
	n := r.to - r.from
	if r.array == nil {
		return int64(n)
	}
	validity := r.array.NullBitmapBytes()
	if len(validity) == 0 {
		return 0
	}
	return int64(n - bitutil.CountSetBits(validity, r.array.Data().Offset()+r.from, n))
}

// length is the bytes of a text or binary value, or the items of a list.
func (r run) length(i int) int64 {
	if !r.valid(i) {
		return 0
	}
	switch a := r.array.(type) {
	case array.BinaryLike:
		return int64(a.ValueLen(i))
	case array.ListLike:
		from, to := a.ValueOffsets(i)
		return to - from
	}
	return 0
}

// data is the text or binary of all values together, where none is null.
func (r run) data() []byte {
	a := r.array.(array.BinaryLike)
	first := a.ValueOffset64(0)
	return a.ValueBytes()[a.ValueOffset64(r.from)-first : a.ValueOffset64(r.to-1)+int64(a.ValueLen(r.to-1))-first]
}

// fixed is the bytes of all values of one width together.
func (r run) fixed(width int64) []byte {
	d := r.array.Data()
	at := int64(d.Offset())
	return d.Buffers()[1].Bytes()[(at+int64(r.from))*width : (at+int64(r.to))*width]
}

// runs yields a nested leaf's values in one row.
func (v *values) runs(l *leaf, row int64, yield func(run) error) error {
	c := v.records.Cell(l.field, row)
	return run{c.Array, c.Row, c.Row + 1}.each(l.path, yield)
}

// tallyNested counts one row of a nested leaf.
func (v *values) tallyNested(l *leaf, row int64) (t tally) {
	_ = v.runs(l, row, func(r run) error {
		t.slots += int64(r.to - r.from)
		t.nulls += r.nulls()
		switch {
		case l.class != variable:
		case r.whole():
			t.data += int64(len(r.data()))
		default:
			for i := r.from; i < r.to; i++ {
				t.data += r.length(i)
			}
		}
		return nil
	})
	return t
}

// writeNested writes the buffers that a nested leaf has of some rows.
func (l *layout) writeNested(leaf *leaf, t tally, rows pipeline.Rows) error {
	if t.nulls > 0 {
		b := bitmapper{out: &l.out}
		if err := l.eachRun(leaf, rows, func(r run) error { return b.addRun(r, r.valid) }); err != nil {
			return err
		}
		b.close()
		l.out.buf = append(l.out.buf, make([]byte, bitmap(t.slots)-(t.slots+7)/8)...)
	}
	switch leaf.class {
	case fixed:
		if err := l.eachRun(leaf, rows, func(r run) error { return l.writeFixed(r, leaf.width) }); err != nil {
			return err
		}
		l.out.pad(t.slots * leaf.width)
	case boolean:
		b := bitmapper{out: &l.out}
		err := l.eachRun(leaf, rows, func(r run) error {
			return b.addRun(r, func(i int) bool { return r.valid(i) && r.array.(*array.Boolean).Value(i) })
		})
		if err != nil {
			return err
		}
		b.close()
		l.out.pad((t.slots + 7) / 8)
	case variable, lists:
		if err := l.writeOffsets(leaf, t, rows); err != nil {
			return err
		}
	}
	if leaf.class == variable {
		if err := l.eachRun(leaf, rows, l.writeData); err != nil {
			return err
		}
		l.out.pad(t.data)
	}
	return l.out.trim()
}

func (l *layout) eachRun(leaf *leaf, rows pipeline.Rows, yield func(run) error) error {
	for _, row := range rows.All() {
		if err := l.runs(leaf, row, yield); err != nil {
			return err
		}
	}
	return nil
}

// trimRuns is after how many values of a run the spool is trimmed.
const trimRuns = 4096

// writeFixed writes values of one width, zeros for null.
func (l *layout) writeFixed(r run, width int64) error {
	if r.whole() {
		return l.out.write(r.fixed(width))
	}
	for i := r.from; i < r.to; i++ {
		if r.valid(i) {
			l.out.buf = append(l.out.buf, run{r.array, i, i + 1}.fixed(width)...)
		} else {
			l.out.buf = append(l.out.buf, make([]byte, width)...)
		}
		if i%trimRuns == 0 {
			if err := l.out.trim(); err != nil {
				return err
			}
		}
	}
	return l.out.trim()
}

func (l *layout) writeOffsets(leaf *leaf, t tally, rows pipeline.Rows) error {
	end := int64(0)
	l.out.buf = appendInt32(l.out.buf, 0)
	err := l.eachRun(leaf, rows, func(r run) error {
		for i := r.from; i < r.to; i++ {
			end += r.length(i)
			l.out.buf = appendInt32(l.out.buf, end)
			if i%trimRuns == 0 {
				if err := l.out.trim(); err != nil {
					return err
				}
			}
		}
		return l.out.trim()
	})
	l.out.pad(4 * (t.slots + 1))
	return err
}

// writeData writes texts and binary values one behind the other.
func (l *layout) writeData(r run) error {
	if r.whole() {
		return l.out.write(r.data())
	}
	for i := r.from; i < r.to; i++ {
		if r.valid(i) {
			if err := l.out.write(run{r.array, i, i + 1}.data()); err != nil {
				return err
			}
		}
	}
	return nil
}

// bitmapper packs bits, least significant first, into a spool.
type bitmapper struct {
	out  *spool
	last byte
	n    int
}

// addRun appends a bit for each value of a run.
func (b *bitmapper) addRun(r run, bit func(i int) bool) error {
	for i := r.from; i < r.to; i++ {
		b.add(bit(i))
	}
	return b.out.trim()
}

func (b *bitmapper) add(bit bool) {
	if bit {
		b.last |= 1 << b.n
	}
	if b.n++; b.n == 8 {
		b.out.buf = append(b.out.buf, b.last)
		b.last, b.n = 0, 0
	}
}

// close appends the bits of a byte that is not full.
func (b *bitmapper) close() {
	if b.n > 0 {
		b.out.buf = append(b.out.buf, b.last)
	}
}
