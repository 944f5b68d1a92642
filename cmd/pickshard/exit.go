package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/pickshard/pickshard/configs"
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages"
	"github.com/pickshard/pickshard/stages/read"
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

func (e signalError) Error() string {
	if e.signal == syscall.SIGTERM {
		return "told to end (SIGTERM)"
	}
	return "interrupted"
}

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
	}
	code, hint := exitFailed, cmp.Or(optionHint(cmd, err), hintFor(err))
	switch {
	case errors.As(context.Cause(ctx), &sig):
		code, hint, err = exitSignal+int(sig.signal), "", sig
		if cmd.Name() == "convert" || cmd.Name() == "worker" {
			hint = "run the same command again to go on; shards that are built are kept"
		}
	case isUsage(err):
		code = exitUsage
		if hint == "" && errors.As(err, new(usageError)) {
			hint = "`" + cmd.CommandPath() + " --help` shows a real call"
		}
	}
	if coded, ok := errors.AsType[codedError](err); ok && code == exitFailed {
		code = coded.code
	}
	f := newFailure(err, hint, code)
	if io.messages == messagesJSON {
		f.print(io.err)
	} else {
		printError(io.err, err)
		if hint != "" {
			printHint(io.err, hint)
		}
	}
	if asJSON, flagErr := cmd.Flags().GetBool("json"); flagErr == nil && asJSON {
		f.print(io.out)
	}
	return code
}

// isUsage says whether the command line or the config is at fault.
func isUsage(err error) bool {
	return errors.As(err, new(usageError)) || errors.As(err, new(configs.Errors)) || errors.Is(err, configs.ErrNotFound) || errors.As(err, new(*stages.TypeError)) || errors.Is(err, read.ErrNoColumn)
}

// printError prints an error: one line, or one for each fault of a config and of
// flags. Violations are a list below their line. A signal is not an error.
func printError(w io.Writer, err error) {
	if errors.As(err, new(signalError)) {
		fmt.Fprintf(w, "pickshard: %v\n", err)
		return
	}
	text := message(err)
	lines := []string{text}
	if errors.As(err, new(configs.Errors)) {
		lines = strings.Split(text, "\n")
	}
	for _, line := range lines {
		fmt.Fprintf(w, "pickshard: %s %s\n", red.on(w, "error:"), safe(line))
	}
}

// safe spells out what could drive a terminal: texts tell of names and values
// from strangers' files.
func safe(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r == '\n' || r == '\t' || !unicode.IsControl(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\x%02x`, r)
		}
	}
	return b.String()
}

// message is the text of an error. Of what the system did not let us do in
// OUTPUT, file and reason are all; shard and record that it happened to meet
// would hide them.
func message(err error) string {
	var failed *pipeline.StoreError
	if errors.As(err, &failed) {
		return failed.Error()
	}
	var none *pipeline.NoRoomError
	if errors.As(err, &none) {
		return fmt.Sprintf("OUTPUT needs %s at the least, %s are free there", humanBytes(none.Needs), humanBytes(none.Free))
	}
	return err.Error()
}

func printHint(w io.Writer, hint string) {
	fmt.Fprintf(w, "pickshard: %s %s\n", cyan.on(w, "hint:"), hint)
}
