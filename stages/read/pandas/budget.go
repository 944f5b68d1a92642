package pandas

import (
	"fmt"
	"math"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// budget bounds what the values of a file may be expanded to: the memo lets two
// bytes repeat anything. Whatever is made of values is asked for before it is made.
type budget struct {
	output, outputMax int64 // bytes made: cells, names, types, levels
	held, heldMax     int64 // those of them that are memory, of all files of a table
	returned          int64 // of output, when pages were given back last
	visits, visitMax  int64 // values looked at
	fields, fieldMax  int64 // columns and the fields of their types, each a good kilobyte
	rowMax            int64 // of the table: an index of a range claims any number
}

// More columns and fields than freeFields must be paid for with bytes of the file: an
// array of no rows may claim any number.
const (
	freeFields = 1 << 15
	mostFields = 1 << 20
)

// More rows than freeRows must be paid for, too: the densest columns have a bit a row.
const (
	freeRows    = 1 << 16
	rowsPerByte = 16
)

// What is made is charged for by these, in bytes.
const (
	fieldCost  = 1 << 10 // a column, or a field of a type: in Go, Arrow and the formats
	objectCost = 512     // an array, an index or another source of cells
	nameCopies = 8       // of a name: as a key, in schemas, printed and escaped
)

// newBudget is the budget for a file of so many bytes.
func newBudget(l *pickle.Limits, size int64) budget {
	return budget{
		outputMax: bound(l.OutputBase, l.OutputRatio, size),
		heldMax:   l.Output,
		visitMax:  bound(l.OutputBase/16, (l.OutputRatio+1)/2, size),
		fieldMax:  min(mostFields, freeFields+size/16),
		rowMax:    bound(freeRows, rowsPerByte, size),
	}
}

// bound is base + ratio × size, or the largest number there is.
func bound(base, ratio, size int64) int64 {
	if size > (math.MaxInt64-base)/ratio {
		return math.MaxInt64
	}
	return base + ratio*size
}

// spend asks for bytes that are made of the file.
func (r *reader) spend(n int64) error {
	if err := r.spendInFile(n); err != nil {
		return err
	}
	if r.budget.held = add(r.budget.held, n); r.budget.held > r.budget.heldMax {
		return &pickle.LimitError{Bound: pickle.BoundMemory, Max: r.budget.heldMax, Offset: -1,
			Detail: "the bound is half of this machine's memory, if nothing else is set"}
	}
	return nil
}

// spendInFile asks for bytes that stay in the file: they are printed, but take no
// memory.
func (r *reader) spendInFile(n int64) error {
	if r.budget.output = add(r.budget.output, n); r.budget.output > r.budget.outputMax {
		return &pickle.LimitError{Bound: pickle.BoundOutput, Max: r.budget.outputMax, Offset: -1,
			Detail: fmt.Sprintf("more than a file of %d bytes should give", r.doc.Size())}
	}
	return nil
}

// unspend gives back what was asked for and not needed.
func (b *budget) unspend(n int64) {
	b.output -= n
	b.held -= n
}

// spent is what was spent at some moment.
type spent struct{ output, held int64 }

func (b *budget) spent() spent { return spent{b.output, b.held} }

// takeBack undoes what was spent since.
func (b *budget) takeBack(s spent) { b.output, b.held = s.output, s.held }

// visit asks for a look at so many values.
func (r *reader) visit(n int) error {
	r.charge(n)
	if r.overdrawn() {
		return &pickle.LimitError{Bound: pickle.BoundOutput, Max: r.budget.visitMax, Offset: -1,
			Detail: fmt.Sprintf("more values than a file of %d bytes should give", r.doc.Size())}
	}
	return nil
}

// charge counts a look at so many values; the next visit tells if they were too many.
func (r *reader) charge(n int) { r.budget.visits = add(r.budget.visits, int64(n)) }

// overdrawn tells whether more values were looked at than may be.
func (r *reader) overdrawn() bool { return r.budget.visits > r.budget.visitMax }

// bytesPerVisit is how many bytes of text are looked at in the time of a visit.
const bytesPerVisit = 8

// fields asks for so many more columns, or fields of their types.
func (r *reader) fields(n int) error {
	if err := r.checkWidth(n); err != nil {
		return err
	}
	r.budget.fields += int64(n)
	return r.spend(int64(n) * fieldCost)
}

// checkWidth tells whether so many more columns or fields are too many.
func (r *reader) checkWidth(n int) error {
	if int64(n) > r.budget.fieldMax-r.budget.fields {
		return &pickle.LimitError{Bound: pickle.BoundWidth, Max: r.budget.fieldMax, Offset: -1,
			Detail: fmt.Sprintf("%d more in a file of %d bytes", n, r.doc.Size())}
	}
	return nil
}

// named asks for a name of so many bytes.
func (r *reader) named(n int) error {
	if n > r.limits.LineBytes {
		return &pickle.LimitError{Bound: pickle.BoundName, Max: int64(r.limits.LineBytes), Offset: -1,
			Detail: fmt.Sprintf("the name of a column or field has %d bytes", n)}
	}
	return r.spend(int64(n) * nameCopies)
}

// longName is how many bytes a name may have before rows pay for it: it is printed
// with every one.
const longName = 64

// namedRows asks for a name in so many rows.
func (r *reader) namedRows(name string, rows int) error {
	if len(name) <= longName {
		return nil
	}
	return r.spendInFile(product(int64(len(name)-longName), int64(rows)))
}

// rowBytes is the memory that each row of a type takes, whatever it holds: a null, too,
// has a place in each field of a struct and each item of a list of fixed size.
func rowBytes(t arrow.DataType) int64 {
	switch t := t.(type) {
	case *arrow.StructType:
		n := int64(1)
		for _, f := range t.Fields() {
			n = add(n, rowBytes(f.Type))
		}
		return n
	case *arrow.FixedSizeListType:
		return add(1, product(int64(t.Len()), rowBytes(t.Elem())))
	case arrow.FixedWidthDataType:
		return int64(t.BitWidth()/8) + 1
	}
	return 8
}

// add and product are those of numbers that are not negative, the largest number
// there is if they are larger.
func add(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

func product(a, b int64) int64 {
	if b > 0 && a > math.MaxInt64/b {
		return math.MaxInt64
	}
	return a * b
}
