package read

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"
)

// A Format is a kind of file whose rows can be read one after the other, any number of
// times. [Stream] makes a [Reader] of it.
type Format interface {
	// Kind and Match are those of the Reader.
	Kind() string
	Match(head []byte, name string) bool
	// Open looks at the file as far as its columns ask for. Limits in opts have
	// their defaults.
	Open(ctx context.Context, f *File, opts *Options) (Source, error)
}

// A Source is an open file of a Format.
type Source interface {
	// Columns are all columns of the table, in order. Names may stand twice.
	Columns() []Column
	// Rows starts at the first row. It reads the columns with the given numbers, in
	// that order, each once.
	Rows(ctx context.Context, columns []int) (Rows, error)
	// Describe adds what the file tells of itself to info.
	Describe(info *Info)
	Close() error
}

// Rows are rows that are being read.
type Rows interface {
	// Next returns the columns of the next rows and how many rows these are: at most
	// some ten thousand or 16 MiB, at least one; io.EOF at the end. The caller
	// releases the columns.
	Next() (columns []arrow.Array, rows int, err error)
	Close() error
}

// Column is a column as a file has it.
type Column struct {
	Name string
	// Form says what its arrays hold.
	Form Form
	// Arrow is the type of its arrays: any of a Typed column, else arrow.String.
	Arrow arrow.DataType
	Dtype string // the file's own word, for people
	Bytes int64  // in the file, -1 when unknown
	// Names are those of the class that the column is, in order, where the file tells
	// them apart from its values.
	Names []string
}

// Form is how the values of a column are to be taken.
type Form uint8

const (
	// Typed values are what their Arrow type says.
	Typed Form = iota
	// Text is all that the file can spell; values are valid UTF-8.
	Text
	// JSON values are the text of a JSON value each, checked by the reader:
	// NaN, Infinity and -Infinity are numbers, strings may hold lone surrogates.
	JSON
)

// BatchRows and BatchBytes are the rows, and bytes of text, that a Rows gives at
// once.
const (
	BatchRows  = 1 << 15
	BatchBytes = 16 << 20
)
