package read

import (
	"errors"
	"fmt"
)

// Sentinels for errors.Is. Every error that stems from the bytes of a file wraps one
// of them.
var (
	// ErrUnknown: no reader knows the file.
	ErrUnknown = errors.New("not a file of records")
	// ErrTruncated: the file ends early.
	ErrTruncated = errors.New("the file ends early")
	// ErrMalformed: the file breaks the rules of its kind.
	ErrMalformed = errors.New("malformed")
	// ErrLimit: a bound of [Limits] was reached.
	ErrLimit = errors.New("limit reached")
	// ErrNotTable: what is in the file is not a table.
	ErrNotTable = errors.New("not a table")
	// ErrSelect: the file holds several tables and Options.Select names none of them.
	ErrSelect = errors.New("several tables")
	// ErrNoColumn: Options.Columns names a column that is not there.
	ErrNoColumn = errors.New("no such column")
	// ErrDuplicateColumn: two columns have one name.
	ErrDuplicateColumn = errors.New("duplicate column")
	// ErrMixed: the values of a column have no common type.
	ErrMixed = errors.New("no common type")
	// ErrCell: a value that cannot be represented.
	ErrCell = errors.New("cell cannot be represented")
	// ErrNotText: a cell is text that is not Unicode; it is an ErrCell.
	ErrNotText = fmt.Errorf("%w: text that is not Unicode", ErrCell)
	// ErrUnsupported: a part of a file that there is no rule for.
	ErrUnsupported = errors.New("not supported")
)

// FileError says which file the reason within is about.
type FileError struct {
	Kind string // of file; empty when no reader knew it
	File string
	Err  error
}

func (e *FileError) Error() string {
	if e.Kind == "" {
		return fmt.Sprintf("read %s: %v", e.File, e.Err)
	}
	return fmt.Sprintf("read %s %s: %v", e.Kind, e.File, e.Err)
}

// Unwrap returns the reason.
func (e *FileError) Unwrap() error { return e.Err }

// PlaceError is about a place in a file.
type PlaceError struct {
	Err    error // a sentinel of this package
	Line   int64 // of a text file, from 1; 0 when it has no lines
	Column int64 // byte of the line, from 1; 0 for the line as a whole
	Offset int64 // byte of the file, decompressed, from 0; -1 when unknown
	Detail string
}

func (e *PlaceError) Error() string {
	switch {
	case e.Line > 0 && e.Column > 0:
		return fmt.Sprintf("%v at line %d, column %d: %s", e.Err, e.Line, e.Column, e.Detail)
	case e.Line > 0:
		return fmt.Sprintf("%v at line %d: %s", e.Err, e.Line, e.Detail)
	case e.Offset >= 0:
		return fmt.Sprintf("%v at byte %d: %s", e.Err, e.Offset, e.Detail)
	}
	return fmt.Sprintf("%v: %s", e.Err, e.Detail)
}

// Unwrap returns the sentinel.
func (e *PlaceError) Unwrap() error { return e.Err }

// SelectError says that a file holds several tables, of which none is selected. It
// wraps ErrSelect.
type SelectError struct {
	// Members are those that Options.Select can take.
	Members []string
	Detail  string
}

func (e *SelectError) Error() string { return ErrSelect.Error() + ": " + e.Detail }

// Unwrap returns the sentinel.
func (e *SelectError) Unwrap() error { return ErrSelect }

// ColumnError is about one column.
type ColumnError struct {
	Kind   error // a sentinel of this package
	Column string
	Detail string
}

func (e *ColumnError) Error() string {
	return fmt.Sprintf("column %q: %v: %s", e.Column, e.Kind, e.Detail)
}

// Unwrap returns the sentinel.
func (e *ColumnError) Unwrap() error { return e.Kind }

// CellError is about one cell.
type CellError struct {
	Kind   error // a sentinel of this package
	Column string
	Row    int64 // 0-based
	Found  string
	Detail string
}

func (e *CellError) Error() string {
	return fmt.Sprintf("column %q row %d: %v: found %s: %s", e.Column, e.Row, e.Kind, e.Found, e.Detail)
}

// Unwrap returns the sentinel.
func (e *CellError) Unwrap() error { return e.Kind }

// Malformed returns an error about bytes that break the rules of their kind.
func Malformed(offset int64, format string, args ...any) error {
	return &PlaceError{Err: ErrMalformed, Offset: offset, Detail: fmt.Sprintf(format, args...)}
}

// NotTable returns an error about a file whose content is not a table.
func NotTable(format string, args ...any) error {
	return &PlaceError{Err: ErrNotTable, Offset: -1, Detail: fmt.Sprintf(format, args...)}
}

// OverLimit returns an error about a bound of [Limits].
func OverLimit(format string, args ...any) error {
	return &PlaceError{Err: ErrLimit, Offset: -1, Detail: fmt.Sprintf(format, args...)}
}
