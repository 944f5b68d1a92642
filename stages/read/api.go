package read

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// A Reader reads the tables of one kind of file.
type Reader interface {
	// Kind is what people call the kind of file: "csv".
	Kind() string
	// Match says whether a file is of this kind by its first bytes, of which there
	// are [HeadBytes] where the file is as long. The name of the file, without
	// what says that it is compressed, decides only where bytes leave it open.
	Match(head []byte, name string) bool
	// Read reads files that hold the parts of one table, in order. All must have
	// the columns that are read, with types that agree. The caller keeps the files
	// and closes them.
	Read(ctx context.Context, parts []*File, opts Options) (*Result, error)
	// Look opens a table and calls use with it, which is valid until use returns.
	// The error is that of reading, else that of use as it is.
	Look(ctx context.Context, f *File, opts Options, use func(Table) error) error
}

// A Table is an open table, to be read batch by batch. It is for one goroutine.
type Table interface {
	// Info is what is known of the table: [Info.Rows] is -1 while the rows were not
	// counted.
	Info() *Info
	// Schema is the columns that are read, in order.
	Schema() *arrow.Schema
	// Batches calls each with the rows from from up to to, without it; a negative to
	// is the end. A batch is valid until each returns. An error of each ends it and
	// is returned as it is. Batches may be called again.
	Batches(from, to int64, each func(arrow.RecordBatch) error) error
	// Misfits are those of the batches so far.
	Misfits() *Misfits
}

// Options say what to read. The zero value reads everything with the natural types
// and default limits.
type Options struct {
	Limits Limits
	// Columns are the columns to read, nil for all. Others are not read where the
	// file allows that, and never built. A name that no column has may be a path
	// into one that holds structs: "meta.model". What is not there is an error
	// ([ErrNoColumn]).
	Columns []string
	// Want gives types that the caller needs for some columns.
	Want map[string]Want
	// Select picks one of several tables in a file: a member of a dict of a pickle
	// or of a JSON object.
	Select string
	// Orient says how a file without rows of its own holds them.
	Orient Orient
	// Text says what columns of text are that have no wanted type.
	Text TextTypes
	// Aside are columns that may be larger than memory, and of which a file on a disk
	// holds what [Read] gives, see [Result.Aside].
	Aside []string
	// Inferred are columns of text that are [TextInferred] whatever Text says.
	Inferred []string
	// Header names the columns of a file of text that has no header, nil where it has
	// one. Files of other kinds know their columns: they are refused with it.
	Header []string
	// DedupeColumns renames repeated column names x, x to x, x.1 in place of an
	// error.
	DedupeColumns bool
	// Surrogates is the policy for text that is not Unicode.
	Surrogates Surrogates
	// RoundTimes lets a time lose digits that its wanted unit cannot hold, rounded
	// towards the past; by default such a cell is a misfit.
	RoundTimes bool
	// KeepNaN leaves NaN of numpy float columns of a pickle as a value. By default
	// it is null, which is what NaN means in pandas.
	KeepNaN bool
	// MaxMisfits bounds the detail of misfits (default 1,000).
	MaxMisfits int
}

// Want is what a column shall be.
type Want struct {
	// Type of the column. A [schema.Class] without names takes those of the
	// records: a dictionary's in its order, of texts all of them sorted
	// ([Result.Types] tells which).
	Type schema.Type
	// Cast says how far a value may go to become the type.
	Cast Cast
	// Default stands for null: of type string, bool, int, int64, uint64 or float64,
	// nil for none. It must be able to become the type.
	Default any
}

// Cast says which conversions are made.
type Cast uint8

const (
	// Safe conversions are those that the package comment lists.
	Safe Cast = iota
	// Lossless conversions are all that can be undone: text "5" is an int and 5 a
	// text, likewise floats, booleans, dates, times and JSON.
	Lossless
)

// TextTypes says what a column of text is where nothing is wanted: in csv all are.
type TextTypes uint8

const (
	// TextInferred makes a column bool, int64 or float64 where all of its text is, as
	// pandas does; but digits behind a zero, as in 007, stay text.
	TextInferred TextTypes = iota
	// TextKept makes a column int64 where no text is lost by that: 7 and 7.0, as
	// pandas writes the 7 of a column with missing values, but not 07 or 7.5. All
	// else stays text.
	TextKept
)

// Orient says how a file holds rows, in pandas' words (DataFrame.to_json, to_dict).
type Orient string

const (
	OrientAuto    Orient = ""        // by what the file looks like; objects of objects are columns
	OrientRecords Orient = "records" // [{column: value}, ...]
	OrientColumns Orient = "columns" // {column: {index: value}} or {column: [value, ...]}
	OrientIndex   Orient = "index"   // {index: {column: value}}
	OrientSplit   Orient = "split"   // {"columns": [...], "index": [...], "data": [[...], ...]}
	OrientTable   Orient = "table"   // {"schema": {...}, "data": [{column: value}, ...]}
	OrientValues  Orient = "values"  // [[...], ...]: columns 0, 1, ...
	OrientItems   Orient = "items"   // {key: value}: columns "key" and "value"
)

// Orients lists what Options.Orient can be, but for OrientAuto.
func Orients() []Orient {
	return []Orient{OrientRecords, OrientColumns, OrientIndex, OrientSplit, OrientTable, OrientValues, OrientItems}
}

// Surrogates says what becomes of text that is not valid Unicode: Python strings and
// JSON may hold lone surrogates, Arrow text may not.
type Surrogates int

const (
	SurrogatesError   Surrogates = iota // an error (with Want: a misfit) that names the row
	SurrogatesReplace                   // each becomes U+FFFD
)

// Result is a table that was read. The caller owns Table and releases it.
type Result struct {
	// Table holds chunked columns in the order of the file; with Options.Columns
	// only these.
	Table arrow.Table
	// Types are those of the columns that were wanted, with the names of classes.
	Types map[string]schema.Type
	// Misfits are the cells that could not become the wanted type.
	Misfits Misfits
	// FileRows is how many rows each of the files gave.
	FileRows []int64
	// Warnings are about what was read and may not have been meant.
	Warnings []string
	// Info is what pickshard inspect prints.
	Info Info
	// Aside holds what was put aside of the columns, nil for nothing.
	Aside *Aside
}

// Misfit is a cell that cannot be what Options.Want asks of its column.
type Misfit struct {
	Row    int64  // 0-based row of the table (of all files together)
	Column string // source column
	Found  string // type and short value: text "n/a"
	Want   string // the type as the config spells it
}

// Info describes a file.
type Info struct {
	Name        string       `json:"name"`
	Kind        string       `json:"kind"`                  // "csv", "parquet" ...
	Rows        int64        `json:"rows"`                  // -1 when they were not counted
	Columns     []ColumnInfo `json:"columns,omitempty"`     // all of the file
	Members     []string     `json:"members,omitempty"`     // keys that Options.Select can take
	Writer      string       `json:"writer,omitempty"`      // who wrote it, as far as the file tells
	Compression string       `json:"compression,omitempty"` // gzip, bzip2, xz, zstd, zip, tar, tar+gzip ...
	FileBytes   int64        `json:"file_bytes"`            // -1 for a stream of unknown size
	Warnings    []string     `json:"warnings,omitempty"`
}

// ColumnInfo describes one column of a table.
type ColumnInfo struct {
	Name  string `json:"name"`
	Dtype string `json:"dtype,omitempty"` // the file's own word
	Type  string `json:"type"`            // as the config spells it; Arrow's word for what no field can be
	Nulls int64  `json:"nulls"`           // -1 when they were not counted
	Bytes int64  `json:"bytes"`           // in the file or in memory, -1 when unknown
}

// TypeName spells the type of a column: as the config does, or in Arrow's word where
// no field can be that.
func TypeName(dt arrow.DataType) string {
	if t, ok := schema.FromArrow(dt); ok {
		return t.String()
	}
	return dt.String()
}
