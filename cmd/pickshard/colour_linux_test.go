package main

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// terminal returns both ends of a pseudo-terminal.
func terminal(t *testing.T) (shown, tty *os.File) {
	t.Helper()
	shown, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skipf("NOT TESTED: no pseudo-terminals here: %v", err)
	}
	t.Cleanup(func() { _ = shown.Close() })
	if err := unix.IoctlSetPointerInt(int(shown.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(shown.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	tty, err = os.OpenFile("/dev/pts/"+strconv.Itoa(n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return shown, tty
}

// TestColour wants colour on a terminal alone, and none where NO_COLOR says so.
func TestColour(t *testing.T) {
	t.Setenv("TERM", "xterm")
	t.Setenv("NO_COLOR", "")
	for _, c := range []struct{ term, noColour, want string }{
		{"xterm", "", "pickshard: \x1b[1;31merror:\x1b[0m it broke\r\n"},
		{"xterm", "1", "pickshard: error: it broke\r\n"},
		{"dumb", "", "pickshard: error: it broke\r\n"},
	} {
		t.Setenv("TERM", c.term)
		t.Setenv("NO_COLOR", c.noColour)
		shown, tty := terminal(t)
		printError(tty, errors.New("it broke"))
		if err := tty.Close(); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(c.want))
		if _, err := io.ReadFull(shown, got); err != nil || string(got) != c.want {
			t.Errorf("TERM=%s NO_COLOR=%s: %q, %v", c.term, c.noColour, got, err)
		}
	}
	var b strings.Builder
	printError(&b, errors.New("it broke"))
	if b.String() != "pickshard: error: it broke\n" {
		t.Errorf("in a file: %q", &b)
	}
}
