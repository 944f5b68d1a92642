package main

import (
	"io"
	"os"
)

// colour is an SGR sequence of terminals: the number between ESC [ and m.
type colour string

const (
	red    colour = "31"
	green  colour = "32"
	yellow colour = "33"
	cyan   colour = "36"
)

// on paints a word where w is a terminal that shows it and nobody said NO_COLOR
// (no-color.org). Columns and files never get it: their bytes are counted or kept.
func (c colour) on(w io.Writer, word string) string {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" || !isTerminal(f) {
		return word
	}
	return c.paint(word)
}

func (c colour) paint(word string) string { return "\x1b[1;" + string(c) + "m" + word + "\x1b[0m" }
