package pandas

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Input is where a pickle is read from; see [pickle.Input] and
// [pickle.OpenInput].
type Input = pickle.Input

// Surrogates says what becomes of text that is not valid UTF-8: Python strings
// may hold lone surrogates, Arrow text may not.
type Surrogates int

const (
	SurrogatesError   Surrogates = iota // an error (with Want: a misfit) that names the row
	SurrogatesReplace                   // each becomes U+FFFD
)

// Options says what to read. The zero value reads everything with the natural
// types and default limits.
type Options struct {
	Limits pickle.Limits
	// Columns are the source columns to read, nil for all. Others are never
	// built. A name that is not there is an error ([ErrNoColumn]).
	Columns []string
	// Want gives types that the caller needs for some columns. Conversion is
	// safe: int to float64 when exact, int widths when in range, all-null to
	// anything, dates and timestamps when exact. A cell that cannot become the
	// type is null and listed in Result.Misfits.
	Want map[string]arrow.DataType
	// JSON names columns whose values, whatever they are, are wanted as JSON text.
	JSON map[string]bool
	// Select picks one member of a dict (or list) of tables, by key.
	Select string
	// Orient says how a dict holds rows.
	Orient Orient
	// DedupeColumns renames repeated column names x, x to x, x.1 in place of an
	// error.
	DedupeColumns bool
	// Surrogates is the policy for text that is not UTF-8.
	Surrogates Surrogates
	// RoundTimes lets a time lose digits that its wanted unit cannot hold, rounded
	// towards the past; by default such a cell is a misfit.
	RoundTimes bool
	// KeepNaN leaves NaN of numpy float columns as a value. By default it is
	// null, which is what NaN means in pandas.
	KeepNaN bool
	// MaxMisfits bounds the detail in Result.Misfits (default 1,000);
	// Result.MisfitRows is complete.
	MaxMisfits int

	// without are columns that are passed over, though Columns is nil.
	without map[string]bool
}

// Result is a table that was read. The caller owns Table and releases it.
type Result struct {
	// Table holds chunked columns in source order, index columns last.
	Table arrow.Table
	// Misfits details the cells that could not become the wanted type, at most
	// Options.MaxMisfits of them, by column and then row. MisfitCount counts
	// them all.
	Misfits     []Misfit
	MisfitCount int64
	// MisfitRows holds every row with a misfit, ascending, each once.
	MisfitRows []int64
	// misfitColumns holds them by column.
	misfitColumns map[string]*read.RowBits
	// FileRows is how many rows each of the files gave.
	FileRows []int64
	// Info is what pickshard inspect prints.
	Info Info
}

// Misfit is a cell that cannot be what Options.Want asks of its column.
type Misfit struct {
	Row    int64  // 0-based row of the table (of all files together)
	Column string // source column
	Found  string // Python type and short value: str 'n/a'
	Want   string // the Arrow type
}

// Info describes a file.
type Info struct {
	Name        string       `json:"name"`
	Kind        string       `json:"kind"`                  // "pandas.DataFrame", "list of dict", "numpy.ndarray" ...
	Rows        int64        `json:"rows"`                  // -1 when the file cannot be read as a table
	Columns     []ColumnInfo `json:"columns,omitempty"`     // as in Table
	Members     []string     `json:"members,omitempty"`     // keys that Options.Select can take
	Protocol    int          `json:"protocol"`              // pickle protocol
	Writer      Writer       `json:"writer"`                // who wrote it, as far as the bytes tell
	Compression string       `json:"compression,omitempty"` // gzip, bzip2, xz, zstd, zip, tar, tar+gzip ...
	FileBytes   int64        `json:"file_bytes"`            // -1 for a stream of unknown size
	PickleBytes int64        `json:"pickle_bytes"`          // decompressed, up to and with STOP
	Opcodes     int64        `json:"opcodes"`
	MemoPuts    int64        `json:"memo_puts"`
	MemoFetched int64        `json:"memo_fetched"` // entries fetched at least once; -1 when not scanned
	Globals     []GlobalUse  `json:"globals"`
	Trailing    int64        `json:"trailing_bytes"` // bytes after STOP, ignored by Python and by us
	Warnings    []string     `json:"warnings,omitempty"`
	// Problem says why the file cannot be read as a table, empty when it can.
	Problem string `json:"problem,omitempty"`
	// Unreadable are the columns that cannot be read, where Columns are the others.
	Unreadable []UnreadableColumn `json:"unreadable,omitempty"`
}

// UnreadableColumn is a column that cannot be read, and why.
type UnreadableColumn struct {
	Name    string `json:"name"`
	Problem string `json:"problem"`
}

// ColumnInfo describes one column of the table.
type ColumnInfo struct {
	Name   string `json:"name"`
	Dtype  string `json:"dtype"` // pandas' or numpy's word, as far as it is known
	Type   string `json:"type"`  // as a config spells it; Arrow's word for what no field can be
	Nulls  int64  `json:"nulls"`
	Bytes  int64  `json:"bytes"`           // Arrow buffers
	Index  bool   `json:"index,omitempty"` // an index level, not a column of the frame
	Chunks int    `json:"chunks"`
}

// Writer tells who wrote a file, as ranges ("1.4 - 2.3", "2.x"); empty where
// the bytes do not tell.
type Writer struct {
	Pandas string `json:"pandas,omitempty"`
	NumPy  string `json:"numpy,omitempty"`
	Python string `json:"python,omitempty"`
}

// GlobalUse is a class or function a file names.
type GlobalUse struct {
	Module  string `json:"module"`
	Name    string `json:"name"`
	Offset  int64  `json:"offset"` // of its first use
	Count   int64  `json:"count"`  // how often it is named (not how often it is fetched again)
	Verdict string `json:"verdict"`
}

// Verdicts of a [GlobalUse].
const (
	VerdictKnown   = "known"   // in the table: has a meaning in pickled tables
	VerdictOpaque  = "opaque"  // not in the table: what is made of it is passed over, and refused where it is wanted
	VerdictRefused = "refused" // refused wherever it stands
)

// Read reads one pickled table.
//
// Errors wrap the sentinels and typed errors of package pickle, or are a
// [*TableError], [*ColumnError] or [*CellError] of this package; all name the
// file.
func Read(ctx context.Context, in Input, opts Options) (*Result, error) {
	return ReadAll(ctx, []Input{in}, opts)
}
