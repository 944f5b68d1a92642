package configs

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pickshard/pickshard/pipeline"
)

// ErrNotFound says that there is no configuration of that name and no file.
var ErrNotFound = errors.New("no such config")

// Position is a place in a configuration file, or the name of the flag that
// gave a value.
type Position struct {
	Source string // file or flag
	// Line and Column count from 1; 0 where the source has none.
	Line, Column int
}

// String returns source:line:column, as editors and terminals make links of.
func (p Position) String() string {
	if p.Line == 0 {
		return p.Source
	}
	return p.Source + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// Error is one fault of a configuration.
type Error struct {
	Position
	// Path is the key the fault is in, e.g. "fields.E1.type".
	Path string
	// Message says what is wrong and Hint what to write instead.
	Message, Hint string
}

// Error returns position, path, message and hint on one line.
func (e *Error) Error() string {
	var b strings.Builder
	if at := e.Position.String(); at != "" {
		b.WriteString(at + ": ")
	}
	if e.Path != "" && !strings.HasPrefix(e.Source, "--") { // a flag says what it sets
		b.WriteString(cut(e.Path, 120) + ": ")
	}
	b.WriteString(e.Message)
	if e.Hint != "" {
		b.WriteString("; " + e.Hint)
	}
	return b.String()
}

// Errors are all faults of a configuration, in the order of their places.
type Errors []*Error

// maxListed bounds what a message lists; the file may hold a million faults.
const maxListed = 50

// Error returns one line a fault.
func (es Errors) Error() string {
	var lines []string
	for i, e := range es {
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("... and %d more", len(es)-maxListed))
			break
		}
		lines = append(lines, e.Error())
	}
	return strings.Join(lines, "\n")
}

// Unwrap returns the single faults, for errors.Is and errors.As.
func (es Errors) Unwrap() []error {
	out := make([]error, len(es))
	for i, e := range es {
		out[i] = e
	}
	return out
}

// orNil returns the faults in the order of their places, or nil if there are
// none.
func (es Errors) orNil() error {
	if len(es) == 0 {
		return nil
	}
	slices.SortStableFunc(es, func(a, b *Error) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	return es
}

// quote quotes a value for a message, cut where it is too long to read.
func quote(s string) string {
	return strconv.Quote(cut(s, 60))
}

// cut shortens a text to so many characters.
func cut(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i] + "…"
		}
	}
	return s
}

// instead suggests the nearest of the known words, and lists them when none is
// near.
func instead(word string, known []string) string {
	if best := pipeline.Nearest(word, known); best != "" {
		return "did you mean " + strconv.Quote(best) + "?"
	}
	const most = 40
	if len(known) == 0 {
		return ""
	}
	if len(known) > most {
		return fmt.Sprintf("use one of: %s and %d more", strings.Join(known[:most], ", "), len(known)-most)
	}
	return "use one of: " + strings.Join(known, ", ")
}
