package pipeline

import (
	"errors"
	"fmt"
)

// Reasons a Source gives for refusing a file.
var (
	// ErrUnsafePath: the name leaves the input folder or cannot be a file name.
	ErrUnsafePath = errors.New("path leaves the input folder")
	// ErrNotRegular: a folder, device, pipe or socket stands there.
	ErrNotRegular = errors.New("not a regular file")
	// ErrNotImage: what stands in place of an image cannot be one.
	ErrNotImage = errors.New("not an image")
	// ErrSourceChanged: the file is not the one that was planned with.
	ErrSourceChanged = errors.New("file changed since the plan was made")
)

// Reasons a run gives for refusing an output folder.
var (
	// ErrOutputForeign: OUTPUT holds something that pickshard did not make.
	ErrOutputForeign = errors.New("output folder holds something else")
	// ErrPlanDiffers: OUTPUT belongs to another plan.
	ErrPlanDiffers = errors.New("output folder belongs to another conversion")
	// ErrOutputBusy: another process is writing OUTPUT.
	ErrOutputBusy = errors.New("another pickshard process is writing this output folder")
)

// ErrNoField: a field is named that an output does not have.
var ErrNoField = errors.New("no such field")

// Hinted is an error that knows what its reader can do next.
type Hinted struct {
	Err  error
	Hint string
}

func (e *Hinted) Error() string { return e.Err.Error() }
func (e *Hinted) Unwrap() error { return e.Err }

// WithHint attaches what to do next to an error; nil stays nil.
func WithHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &Hinted{Err: err, Hint: fmt.Sprintf(format, args...)}
}

// CauseError is why much in one file cannot be read, such as a damaged archive: what
// breaks records for one cause is told once. Cause is what they have in common, empty for
// all of Err.
type CauseError struct {
	Err   error
	Cause string
}

func (e *CauseError) Error() string { return e.Err.Error() }
func (e *CauseError) Unwrap() error { return e.Err }

// StoreError says what could not be done to which file of an output, and why.
// It is all that a person needs to know: the layers above add where the run was.
type StoreError struct {
	Verb, Path string // "write", as the system knows it
	Err        error
}

func (e *StoreError) Error() string { return e.Verb + " " + e.Path + ": " + e.Err.Error() }
func (e *StoreError) Unwrap() error { return e.Err }

// SplitError says of which split the records cannot be read.
type SplitError struct {
	Split string
	Err   error
}

func (e *SplitError) Error() string { return "read split " + e.Split + ": " + e.Err.Error() }
func (e *SplitError) Unwrap() error { return e.Err }
