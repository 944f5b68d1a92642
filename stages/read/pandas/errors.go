package pandas

import (
	"errors"
	"fmt"

	"github.com/pickshard/pickshard/stages/read"
)

// Sentinels for errors.Is: those of package read, and
var (
	ErrNotTable        = read.ErrNotTable
	ErrSelect          = read.ErrSelect
	ErrNoColumn        = read.ErrNoColumn
	ErrDuplicateColumn = read.ErrDuplicateColumn
	ErrUnsupported     = read.ErrUnsupported
	ErrMixed           = read.ErrMixed
	ErrCell            = read.ErrCell
	ErrNotText         = read.ErrNotText
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
