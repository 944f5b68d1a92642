// Package pickle is what a caller of [pandas.Read] and [pandas.Inspect] says and gets in
// the words of pickles: where one is read from, what it may cost, why it is refused.
//
//	in, close, err := pickle.OpenInput("train.pkl")
//	result, err := pandas.Read(ctx, in, pandas.Options{})
//	if errors.Is(err, pickle.ErrRefusedGlobal) { ... } // it names code
//
// The machine that reads pickles, which runs nothing that is in them, is internal: its
// values mean something only to the readers of tables. The package never opens a file but
// by [OpenInput], and never reads one itself.
//
// [pandas.Read]: https://pkg.go.dev/github.com/pickshard/pickshard/stages/read/pandas#Read
// [pandas.Inspect]: https://pkg.go.dev/github.com/pickshard/pickshard/stages/read/pandas#Inspect
package pickle

import (
	"io"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// Input is where a pickle is read from: a file that can be read anywhere, or a stream.
type Input = pickle.Input

// Limits bound what a pickle may cost. The zero value of each stands for its default.
type Limits = pickle.Limits

// Bound names one of the Limits in a LimitError.
type Bound = pickle.Bound

// BoundMemory is the bound of all that is made of a pickle.
const BoundMemory = pickle.BoundMemory

// Why a pickle is not read, for errors.Is.
var (
	ErrNotPickle     = pickle.ErrNotPickle
	ErrTruncated     = pickle.ErrTruncated
	ErrMalformed     = pickle.ErrMalformed
	ErrRefusedGlobal = pickle.ErrRefusedGlobal
	ErrRefusedCall   = pickle.ErrRefusedCall
	ErrRefusedOpcode = pickle.ErrRefusedOpcode
	ErrForeign       = pickle.ErrForeign
	ErrLimit         = pickle.ErrLimit
)

// OffsetError says at which byte of a file something is wrong.
type OffsetError = pickle.OffsetError

// GlobalError names the global, or the call of one, that is refused.
type GlobalError = pickle.GlobalError

// LimitError says which bound a pickle goes over, and how it can be raised.
type LimitError = pickle.LimitError

// ForeignError says what a file is that is not a pickle.
type ForeignError = pickle.ForeignError

// OpenInput opens a file; the caller closes it.
func OpenInput(path string) (Input, io.Closer, error) { return pickle.OpenInput(path) }

// BytesInput is a pickle in memory; name stands for it in errors.
func BytesInput(name string, data []byte) Input { return pickle.BytesInput(name, data) }

// Mapped calls f with in, seen as memory where that can be (a regular file on Linux), so
// that text and, with leaveBytes, bytes are not copied. Nothing that f reads may be used
// once f has returned, nor in another goroutine than f's: a file that is cut short or
// written to underneath becomes an error here, and nowhere else.
func Mapped(in Input, leaveBytes bool, f func(Input) error) error {
	return pickle.Mapped(in, leaveBytes, f)
}
