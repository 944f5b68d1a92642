//go:build unix

package soak

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interrupted starts a conversion, sends signals once the first shard is built,
// and returns how it ended.
func interrupted(t *testing.T, args []string, signals ...syscall.Signal) (state *os.ProcessState, errOut string, took time.Duration) {
	t.Helper()
	cmd := commandContext(t.Context(), t, args...)
	var errBuf bytes.Buffer
	cmd.Stderr = &errBuf
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), `"event":"shard"`) {
			break
		}
	}
	began := time.Now()
	for _, s := range signals {
		if err := cmd.Process.Signal(s); err != nil {
			t.Logf("%v: %v", s, err)
		}
	}
	_, _ = io.Copy(io.Discard, out)
	_ = cmd.Wait() // the state tells
	return cmd.ProcessState, errBuf.String(), time.Since(began)
}

// TestSignals interrupts conversions: the exit code, the note, how long it took,
// that nothing final is there, and that the same command again completes.
func TestSignals(t *testing.T) {
	input := demoInput(t)
	args := func(output string) []string {
		return []string{"convert", "pick-high", input, output, "--json", "--shard-rows", "1", "--workers", "1"}
	}
	whole := filepath.Join(t.TempDir(), "whole")
	mustPickshard(t, args(whole)...)
	want := tree(t, whole)
	for name, c := range map[string]struct {
		signals []syscall.Signal
		code    int
	}{
		"SIGINT":  {[]syscall.Signal{syscall.SIGINT}, 130},
		"SIGTERM": {[]syscall.Signal{syscall.SIGTERM}, 143},
	} {
		output := filepath.Join(t.TempDir(), "out")
		state, errOut, took := interrupted(t, args(output), c.signals...)
		if state.ExitCode() != c.code {
			t.Errorf("%s: exit code %d, want %d: %s", name, state.ExitCode(), c.code, errOut)
		}
		if !strings.Contains(errOut, "run the same command again to go on") {
			t.Errorf("%s: no note on how to go on: %q", name, errOut)
		}
		if took > 5*time.Second {
			t.Errorf("%s: it took %v to end", name, took)
		}
		left := tree(t, output)
		checkFinal(t, name, left, want)
		for file := range left {
			if final(file) && !strings.HasSuffix(file, "/") {
				t.Errorf("%s: %s is final", name, file)
			}
		}
		again := mustPickshard(t, args(output)...)
		checkNotDoneAgain(t, name, left, nil, events(again.out), true)
		equalFiles(t, name+", and again", tree(t, output), want)
	}
}

// TestSecondSignalEndsAtOnce sends the signal again and again: the process must
// end by it, or by the first one if it was that quick.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	input := demoInput(t)
	output := filepath.Join(t.TempDir(), "out")
	state, errOut, took := interrupted(t, []string{"convert", "pick-high", input, output, "--json", "--shard-rows", "1", "--workers", "1"},
		syscall.SIGINT, syscall.SIGINT, syscall.SIGINT, syscall.SIGINT)
	status, _ := state.Sys().(syscall.WaitStatus)
	if state.ExitCode() != 130 && (!status.Signaled() || status.Signal() != syscall.SIGINT) {
		t.Errorf("ended with %v: %s", state, errOut)
	}
	if took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	mustPickshard(t, "convert", "pick-high", input, output, "--shard-rows", "1")
}

// TestReaderOfCatGoesAway closes cat's stdout after a line: the process ends by
// SIGPIPE, as a shell expects, and prints nothing.
func TestReaderOfCatGoesAway(t *testing.T) {
	name := filepath.Join(t.TempDir(), "many.pkl")
	if err := os.WriteFile(name, manyRecords(50_000), 0o666); err != nil {
		t.Fatal(err)
	}
	cmd := commandContext(t.Context(), t, "cat", name)
	var errOut bytes.Buffer
	cmd.Stderr = &errOut
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReaderSize(out, 16).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, `{"text":"`) {
		t.Errorf("first line %q, %v", line, err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // the state tells
	status, _ := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if !(status.Signaled() && status.Signal() == syscall.SIGPIPE) && cmd.ProcessState.ExitCode() != 128+int(syscall.SIGPIPE) {
		t.Errorf("ended with %v, want SIGPIPE", cmd.ProcessState)
	}
	if errOut.Len() > 0 {
		t.Errorf("stderr: %s", errOut.String())
	}
}

// manyRecords pickles a list of dicts by hand, in protocol 2.
func manyRecords(n int) []byte {
	text := func(s string) string {
		return "X" + string(binary.LittleEndian.AppendUint32(nil, uint32(len(s)))) + s
	}
	one := "}" + text("text") + text(strings.Repeat("many words ", 5)) + "s"
	return []byte("\x80\x02](" + strings.Repeat(one, n) + "e.")
}
