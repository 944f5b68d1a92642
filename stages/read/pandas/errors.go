package pandas

import (
	"errors"
	"fmt"
)

// Sentinels for errors.Is.
var (
	// ErrNotTable: the object is no table (a number, a dict of settings ...).
	ErrNotTable = errors.New("not a table")
	// ErrSelect: the file holds several tables and Options.Select names none.
	ErrSelect = errors.New("several tables")
	// ErrNoColumn: Options.Columns or Options.Want names a column that is not there.
	ErrNoColumn = errors.New("no such column")
	// ErrDuplicateColumn: two columns have one name.
	ErrDuplicateColumn = errors.New("duplicate column")
	// ErrUnsupported: a part of a table that this package has no rule for.
	ErrUnsupported = errors.New("not supported")
	// ErrMixed: the cells of a column have no common type.
	ErrMixed = errors.New("no common type")
	// ErrCell: a cell that cannot be represented.
	ErrCell = errors.New("cell cannot be represented")
	// ErrInvalid: parts of a table contradict each other (shape against bytes,
	// lengths of columns, placement against the number of columns).
	ErrInvalid = errors.New("inconsistent table")
)

// FileError says which file the reason within is about.
type FileError struct {
	File string // Input.Name
	Err  error
}

func (e *FileError) Error() string { return fmt.Sprintf("read pickle %s: %v", e.File, e.Err) }
func (e *FileError) Unwrap() error { return e.Err }

// TableError is about the object as a whole.
type TableError struct {
	Kind   error // a sentinel of this package
	Detail string
}

func (e *TableError) Error() string { return fmt.Sprintf("%v: %s", e.Kind, e.Detail) }

// Unwrap returns the sentinel.
func (e *TableError) Unwrap() error { return e.Kind }

// ColumnError is about one column.
type ColumnError struct {
	Kind   error
	Column string
	Detail string
}

func (e *ColumnError) Error() string {
	return fmt.Sprintf("column %s: %v: %s", quote(e.Column), e.Kind, e.Detail)
}

// Unwrap returns the sentinel.
func (e *ColumnError) Unwrap() error { return e.Kind }

// CellError is about one cell.
type CellError struct {
	Kind   error
	Column string
	Row    int64 // 0-based
	Found  string
	Detail string
}

func (e *CellError) Error() string {
	return fmt.Sprintf("column %s row %d: %v: found %s: %s", quote(e.Column), e.Row, e.Kind, e.Found, e.Detail)
}

// Unwrap returns the sentinel.
func (e *CellError) Unwrap() error { return e.Kind }
