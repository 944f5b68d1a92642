package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/pandas"
	"github.com/pickshard/pickshard/stages/read/pickle"
)

// failure is how a command ended, for machines: with --json the last line on
// stdout, with --message-format json one on stderr. What its message says in words
// is in its fields, as far as the error knows; a field that is not there is not
// known, or means nothing for this kind.
type failure struct {
	Event    string      `json:"event"` // "error"
	Kind     failureKind `json:"kind"`
	ExitCode int         `json:"exit_code"`
	Message  string      `json:"message"`
	Hint     string      `json:"hint,omitempty"`

	// File is one of records, an image or one of OUTPUT; paths of INPUT are relative
	// to it. Offset is a byte of it, decompressed, from 0; Line is of a text, from 1.
	File   string `json:"file,omitempty"`
	Offset *int64 `json:"offset,omitempty"`
	Line   int64  `json:"line,omitempty"`
	Split  string `json:"split,omitempty"`
	Row    *int64 `json:"row,omitempty"` // from 0
	Field  string `json:"field,omitempty"`
	Column string `json:"column,omitempty"` // of the table of a file
	Rule   string `json:"rule,omitempty"`
	Global string `json:"global,omitempty"` // what a refused pickle asked for

	// Violations are the first of Total records that broke a rule; File, Split,
	// Row, Field and Rule are those of the first one.
	Violations []pipeline.Violation `json:"violations,omitempty"`
	Total      int64                `json:"total,omitempty"`
	// Faults are those of a config and of flags.
	Faults []fault `json:"faults,omitempty"`
}

// failureKind says what is at fault.
type failureKind string

const (
	failedUsage       failureKind = "usage"       // the command line
	failedConfig      failureKind = "config"      // CONFIG, or a flag that stands for a key of it: Faults
	failedRecords     failureKind = "records"     // records broke rules: Violations
	failedRead        failureKind = "read"        // a file of records that cannot be read, or is refused
	failedOutput      failureKind = "output"      // OUTPUT cannot be written, or is another conversion's
	failedInterrupted failureKind = "interrupted" // a signal ended it
	failedOther       failureKind = "other"       // see the message
)

// fault is one of a config or of a flag.
type fault struct {
	Source  string `json:"source"` // file or flag
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Path    string `json:"path,omitempty"` // the key, e.g. "fields.E1.type"
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// newFailure makes the fields of an error.
func newFailure(err error, hint string, code int) *failure {
	f := &failure{Event: "error", Kind: kindOf(err), ExitCode: code, Message: message(err), Hint: hint}
	f.gather(err)
	return f
}

// kindOf looks for what is most telling first: an error of a config is one of
// usage too.
func kindOf(err error) failureKind {
	switch {
	case errors.As(err, new(signalError)):
		return failedInterrupted
	case errors.As(err, new(*configs.Error)), errors.Is(err, configs.ErrNotFound):
		return failedConfig
	case errors.As(err, new(*stages.TypeError)):
		return failedConfig
	case errors.As(err, new(usageError)):
		return failedUsage
	case errors.As(err, new(*pipeline.ViolationsError)):
		return failedRecords
	case errors.As(err, new(*pandas.FileError)), errors.As(err, new(*read.FileError)):
		return failedRead
	case errors.As(err, new(*pipeline.StoreError)), errors.As(err, new(*pipeline.NoRoomError)), errors.As(err, new(*notOutputError)), errors.Is(err, pipeline.ErrOutputForeign),
		errors.Is(err, pipeline.ErrPlanDiffers), errors.Is(err, pipeline.ErrOutputBusy):
		return failedOutput
	}
	return failedOther
}

// gather takes the fields of every layer of an error, from the outermost.
func (f *failure) gather(err error) {
	switch e := err.(type) {
	case *configs.Error:
		f.Faults = append(f.Faults, fault{e.Source, e.Line, e.Column, e.Path, e.Message, e.Hint})
	case *pipeline.ViolationsError:
		f.violations(e)
	case *pipeline.StoreError:
		f.File = e.Path
	case *notOutputError:
		f.File = e.folder
	case *pipeline.SplitError:
		f.Split = e.Split
	case *pandas.FileError:
		f.File = e.File
	case *read.FileError:
		f.File = e.File
	case *read.PlaceError:
		if f.Line = e.Line; e.Offset >= 0 {
			f.Offset = &e.Offset
		}
	case *read.ColumnError:
		f.Column = e.Column
	case *read.CellError:
		f.Column, f.Row = e.Column, &e.Row
	case *pandas.ColumnError:
		f.Column = e.Column
	case *pandas.CellError:
		f.Column, f.Row = e.Column, &e.Row
	case *pickle.OffsetError:
		f.Offset = &e.Offset
	case *pickle.GlobalError:
		f.Global, f.Offset = e.Module+"."+e.Name, &e.Offset
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		f.gather(e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			f.gather(one)
		}
	}
}

func (f *failure) violations(e *pipeline.ViolationsError) {
	f.Violations, f.Total = e.First, e.Total
	if len(e.First) > 0 {
		v := &e.First[0]
		f.File, f.Split, f.Row, f.Field, f.Rule = v.File, v.Split, &v.Row, v.Field, v.Rule
	}
}

// warn tells of something about a file that is not an error.
func (s *streams) warn(file, text string) {
	if s.messages == messagesText {
		fmt.Fprintf(s.err, "pickshard: %s %s: %s\n", yellow.on(s.err, "warning:"), file, safe(text))
		return
	}
	enc := json.NewEncoder(s.err)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(struct { // as an error: the exit code tells enough
		Event   string `json:"event"` // "warning"
		File    string `json:"file"`
		Message string `json:"message"`
	}{"warning", file, text})
}

// print writes the failure as one line of JSON.
func (f *failure) print(w io.Writer) {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	// The exit code tells the same to a reader that is gone.
	_ = enc.Encode(f)
}
