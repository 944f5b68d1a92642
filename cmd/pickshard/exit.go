package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/read/pandas"
)

// Exit codes, as every command's help tells them.
const (
	exitWhole      = 0
	exitFailed     = 1
	exitUsage      = 2
	exitIncomplete = 3 // finished, but records were left out
	exitSignal     = 128
)

const exitHelp = `
Exit codes: 0 whole; 1 failed; 2 usage or config; 3 finished, but records were
left out (--on-error skip or quarantine); 130 or 143 interrupted.`

// usageError is a command line that cannot be understood.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// incompleteError ends a command that finished with records left out; it has
// been reported already.
type incompleteError struct{ dropped int64 }

func (e incompleteError) Error() string { return fmt.Sprintf("%d records were left out", e.dropped) }

// quietError ends a command that has told its own story.
type quietError struct{ code int }

func (e quietError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

// signalError is why a context ended when a signal ended it.
type signalError struct{ signal syscall.Signal }

func (e signalError) Error() string { return fmt.Sprintf("interrupted (%s)", e.signal) }

// withSignals ends the context at the first SIGINT or SIGTERM, so that open
// shards are undone; the second signal ends the process at once.
func withSignals(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	ch := make(chan os.Signal, 1)
	signal.Notify(ch, os.Interrupt, syscall.SIGTERM)
	done := make(chan struct{})
	go func() {
		select {
		case s := <-ch:
			signal.Stop(ch)
			sig, _ := s.(syscall.Signal)
			cancel(signalError{sig})
		case <-done:
		}
	}()
	return ctx, func() {
		signal.Stop(ch)
		close(done)
		cancel(nil)
	}
}

// report prints what a command ended with and returns the exit code.
func report(ctx context.Context, io *streams, cmd *cobra.Command, err error) int {
	var quiet quietError
	var sig signalError
	switch {
	case err == nil:
		return exitWhole
	case errors.As(err, &incompleteError{}):
		return exitIncomplete
	case errors.As(err, &quiet):
		return quiet.code
	case errors.Is(err, syscall.EPIPE):
		// The reader of our output has seen enough.
		return exitSignal + int(syscall.SIGPIPE)
	case errors.As(context.Cause(ctx), &sig):
		fmt.Fprintf(io.err, "pickshard: %v\n", sig)
		if cmd.Name() == "convert" {
			printHint(io.err, "run the same command again to go on; shards that are built are kept")
		}
		return exitSignal + int(sig.signal)
	}
	printError(io.err, err)
	if asJSON, flagErr := cmd.Flags().GetBool("json"); flagErr == nil && asJSON {
		printJSONError(io.out, err)
	}
	switch {
	case isUsage(err):
		if errors.As(err, new(usageError)) {
			printHint(io.err, "`"+cmd.CommandPath()+" --help` shows a real call")
		}
		return exitUsage
	default:
		return exitFailed
	}
}

// isUsage says whether the command line or the config is at fault. cobra
// returns plain errors for unknown commands.
func isUsage(err error) bool {
	return errors.As(err, new(usageError)) || errors.As(err, new(configs.Errors)) || errors.Is(err, configs.ErrNotFound) ||
		strings.HasPrefix(err.Error(), "unknown command")
}

// printJSONError tells machines how a command ended.
func printJSONError(w io.Writer, err error) {
	event := struct {
		Event   string `json:"event"` // "error"
		Message string `json:"message"`
		Hint    string `json:"hint,omitempty"`
	}{"error", err.Error(), hintFor(err)}
	// The exit code tells the same to a reader that is gone.
	_ = json.NewEncoder(w).Encode(event)
}

// printError prints an error and what to do next.
func printError(w io.Writer, err error) {
	fmt.Fprintf(w, "pickshard: error: %v\n", err)
	if hint := hintFor(err); hint != "" {
		printHint(w, hint)
	}
}

// hintFor says what to do next about an error, empty where that is plain.
func hintFor(err error) string {
	var hinted *pipeline.Hinted
	var broken *pipeline.ViolationsError
	switch {
	case errors.As(err, &hinted):
		return hinted.Hint
	case errors.As(err, &broken):
		return "mend the input and run the same command again, or leave such records out: --on-error skip, or quarantine to have them written down"
	case errors.Is(err, syscall.ENOSPC):
		return "make room, and run the same command again; shards that are built are kept"
	case errors.Is(err, syscall.ENOTDIR):
		return "OUTPUT must be a folder, or a name that is free in one"
	case errors.Is(err, pandas.ErrNoColumn):
		return "`pickshard inspect` lists a pickle's columns; `from:` and `file:` in the config name them"
	}
	return ""
}

func printHint(w io.Writer, hint string) { fmt.Fprintf(w, "pickshard: hint: %s\n", hint) }
