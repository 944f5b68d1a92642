package pickle

import (
	"errors"
	"fmt"
	"strings"
)

// The kinds of failure, for errors.Is. Every error of this package that stems
// from the bytes is one of the typed errors below and wraps one of these.
var (
	// ErrNotPickle: the bytes are not a pickle.
	ErrNotPickle = errors.New("not a pickle")
	// ErrTruncated: the file ends inside an opcode or before STOP.
	ErrTruncated = errors.New("truncated pickle")
	// ErrMalformed: the opcodes contradict each other (stack empty, memo entry
	// never put, wrong operand).
	ErrMalformed = errors.New("malformed pickle")
	// ErrRefusedGlobal: a class or function outside the table.
	ErrRefusedGlobal = errors.New("refused global")
	// ErrRefusedOpcode: an opcode that pickled tables never hold.
	ErrRefusedOpcode = errors.New("refused opcode")
	// ErrRefusedCall: a global of the table used in a way it is never used in a
	// table, such as getattr on anything but zoneinfo.ZoneInfo.
	ErrRefusedCall = errors.New("refused call")
	// ErrLimit: a bound of [Limits] was reached.
	ErrLimit = errors.New("limit reached")
	// ErrForeign: a file of another kind that is often called .pkl (joblib,
	// torch, npy, npz, parquet ...).
	ErrForeign = errors.New("another kind of file")
)

// OffsetError is an error at a byte of the (decompressed) pickle.
type OffsetError struct {
	Kind   error  // one of the sentinels of this package
	Offset int64  // byte offset of the opcode in the decompressed stream
	Detail string // what was found, and what was expected
}

func (e *OffsetError) Error() string {
	return fmt.Sprintf("%v at byte %d: %s", e.Kind, e.Offset, e.Detail)
}

// Unwrap returns the sentinel.
func (e *OffsetError) Unwrap() error { return e.Kind }

// GlobalError says that a file names a class or function outside the table.
type GlobalError struct {
	Module, Name string
	Offset       int64
	Hint         string // what to do, empty when nothing is known
}

func (e *GlobalError) Error() string {
	s := fmt.Sprintf("refused global %s at byte %d: not in the table of things that pickled tables are made of; nothing was executed",
		quoteGlobal(e.Module, e.Name), e.Offset)
	if e.Hint != "" {
		s += " (" + e.Hint + ")"
	}
	return s
}

// Unwrap returns [ErrRefusedGlobal].
func (e *GlobalError) Unwrap() error { return ErrRefusedGlobal }

// Bound names one of the limits.
type Bound string

// The bounds, one for each way in which a file can ask for too much.
const (
	BoundStack   Bound = "stack"
	BoundMarks   Bound = "marks"
	BoundNesting Bound = "nesting"
	BoundMemo    Bound = "memo"
	BoundInt     Bound = "integer size"
	BoundLine    Bound = "line length"
	BoundWork    Bound = "value graph"
	BoundShape   Bound = "array shape"
	BoundOutput  Bound = "output size"
	BoundExpand  Bound = "decompression ratio"
	BoundWidth   Bound = "number of columns and fields"
	BoundRows    Bound = "number of rows"
	BoundName    Bound = "length of a name"
	BoundGlobals Bound = "number of different globals"
	BoundMemory  Bound = "memory of the columns"
)

// LimitError says which bound of [Limits] was reached.
type LimitError struct {
	Bound  Bound
	Max    int64
	Offset int64 // byte offset, -1 when the bound is not tied to one byte
	Detail string
}

func (e *LimitError) Error() string {
	at := ""
	if e.Offset >= 0 {
		at = fmt.Sprintf(" at byte %d", e.Offset)
	}
	s := fmt.Sprintf("limit reached%s: %s above %d", at, e.Bound, e.Max)
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	return s
}

// Unwrap returns [ErrLimit].
func (e *LimitError) Unwrap() error { return ErrLimit }

// ForeignError says that the file is of another kind.
type ForeignError struct {
	What   string // "joblib dump", "PyTorch checkpoint", "NumPy .npy file" ...
	Offset int64
	Hint   string
}

func (e *ForeignError) Error() string {
	article := "a"
	if strings.HasPrefix(e.What, "HTML") || strings.HasPrefix(e.What, "HDF5") || strings.HasPrefix(e.What, "Arrow") {
		article = "an"
	}
	return fmt.Sprintf("another kind of file at byte %d: this is %s %s: %s", e.Offset, article, e.What, e.Hint)
}

// Unwrap returns [ErrForeign].
func (e *ForeignError) Unwrap() error { return ErrForeign }

// quoteGlobal prints module.name so that control characters of a hostile name
// cannot reach a terminal.
func quoteGlobal(module, name string) string {
	const most = 200
	s := module + "." + name
	if len(s) > most {
		s = s[:most] + "..."
	}
	for i := 0; i < len(s); i++ {
		if c := s[i]; c <= ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return fmt.Sprintf("%q", s)
		}
	}
	return s
}
