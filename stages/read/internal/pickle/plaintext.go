package pickle

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxTextHead is how much of a file is looked at, and textFails how far text gets at
// the most before it makes no sense as a pickle.
const (
	maxTextHead = 4096
	textFails   = 256
)

// memoMark is what pickles of protocol 0 have, which are text too: the first entries
// of their memo.
var memoMark = regexp.MustCompile(`(?m)p[01]\r?$`)

// dotted is a module or a name in one.
var dotted = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_.]*$`)

// Text gives an error of reading a pickle the name that people have for it where the
// file is not one at all but plain text, such as a README or a CSV file. Bytes of text
// are opcodes as well: "PUT of memo entry" tells nobody anything.
func Text(in Input, err error) error {
	if in.At == nil || in.Size <= 0 || !failsAsText(err, in.Size) {
		return err
	}
	head, last := make([]byte, min(maxTextHead, in.Size)), make([]byte, 1)
	if n, rerr := in.At.ReadAt(head, 0); n < len(head) {
		return errors.Join(err, rerr)
	}
	if n, rerr := in.At.ReadAt(last, in.Size-1); n < len(last) {
		return errors.Join(err, rerr)
	}
	if last[0] == '.' || !plainText(head) { // pickles end with STOP, texts with a line
		return err
	}
	what := "text file"
	if table := delimiter(head); table != "" {
		what = "text file (" + table + ")"
	}
	return &ForeignError{What: what, Hint: nameInstead}
}

// failsAsText says whether an error is one that text leads to: at the very beginning,
// or for a global that no Python could have named.
func failsAsText(err error, size int64) bool {
	var at *OffsetError
	var global *GlobalError
	switch {
	case errors.As(err, &global):
		return global.Offset < textFails && !(dotted.MatchString(global.Module) && dotted.MatchString(global.Name))
	case errors.Is(err, ErrTruncated):
		return size < textFails
	case errors.As(err, &at):
		return at.Offset < textFails && (errors.Is(err, ErrMalformed) || errors.Is(err, ErrNotPickle) || errors.Is(err, ErrRefusedOpcode))
	}
	return false
}

// plainText says whether a file begins as text does and as a pickle of protocol 0
// does not.
func plainText(head []byte) bool {
	if len(head) == 0 || head[0] == '(' || memoMark.Match(head) {
		return false
	}
	cut := len(head) == maxTextHead
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return cut && len(head) < utf8.UTFMax // the last character
		}
		if unicode.IsControl(r) && !strings.ContainsRune("\t\r\n", r) {
			return false
		}
		head = head[n:]
	}
	return true
}

// delimiter tells a table by its first two lines.
func delimiter(head []byte) string {
	lines := bytes.SplitN(head, []byte("\n"), 3)
	if len(lines) < 2 {
		return ""
	}
	for sep, name := range map[string]string{",": "CSV", "\t": "TSV"} {
		if n := bytes.Count(lines[0], []byte(sep)); n > 0 && n == bytes.Count(lines[1], []byte(sep)) {
			return name
		}
	}
	return ""
}
