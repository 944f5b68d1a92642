package json

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// text is JSON that is walked over. It holds no more of it than the value at hand.
type text struct {
	r     io.Reader
	most  int64 // bytes of a value that is held
	depth int

	buf    []byte // what was read and not yet passed
	at     int    // in buf
	eof    bool
	offset int64 // of buf in the file

	line      int64 // of at, from 1
	lineStart int64 // offset of the line
}

const windowBytes = 64 << 10

func newText(r io.Reader, window int, limits read.Limits) *text {
	return &text{r: r, most: limits.RowBytes, depth: limits.Nesting, line: 1, buf: make([]byte, 0, window)}
}

// place is where at is.
func (t *text) place() int64 { return t.offset + int64(t.at) }

// fault is an error about the byte n bytes behind at.
func (t *text) fault(err error, n int, format string, args ...any) error {
	line, start := t.line, t.lineStart
	if passed := t.buf[t.at:min(t.at+n, len(t.buf))]; bytes.IndexByte(passed, '\n') >= 0 {
		line += int64(bytes.Count(passed, []byte("\n")))
		start = t.place() + int64(bytes.LastIndexByte(passed, '\n')) + 1
	}
	return &read.PlaceError{Err: err, Line: line, Column: t.place() + int64(n) - start + 1, Offset: t.place() + int64(n), Detail: fmt.Sprintf(format, args...)}
}

// more reads on; what lies before at is let go. It returns io.EOF when there is no more.
func (t *text) more() error {
	if t.eof {
		return io.EOF
	}
	if t.at > 0 {
		t.offset += int64(t.at)
		t.buf = t.buf[:copy(t.buf, t.buf[t.at:])]
		t.at = 0
	}
	if int64(len(t.buf)) > t.most {
		return t.fault(read.ErrLimit, 0, "a value of more than %d bytes begins here", t.most)
	}
	var err error
	t.buf, t.eof, err = read.Fill(t.r, t.buf)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read at line %d: %w", t.line, err)
	}
	return err
}

// pass moves over n bytes that are at hand.
func (t *text) pass(n int) {
	passed := t.buf[t.at : t.at+n]
	if lines := bytes.Count(passed, []byte("\n")); lines > 0 {
		t.line += int64(lines)
		t.lineStart = t.place() + int64(bytes.LastIndexByte(passed, '\n')) + 1
	}
	t.at += n
}

// skipBOM passes a byte order mark at the beginning.
func (t *text) skipBOM() error {
	for len(t.buf) < 3 {
		if err := t.more(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if bytes.HasPrefix(t.buf, []byte("\xef\xbb\xbf")) {
		t.at, t.lineStart = 3, 3
	}
	return nil
}

// peek passes white space and returns the byte behind it, 0 at the end.
func (t *text) peek() (byte, error) {
	for {
		t.pass(jsonscan.SpaceLen(t.buf[t.at:]))
		if t.at < len(t.buf) {
			return t.buf[t.at], nil
		}
		if err := t.more(); errors.Is(err, io.EOF) {
			return 0, nil
		} else if err != nil {
			return 0, err
		}
	}
}

// take passes the byte that has to come next.
func (t *text) take(c byte) error {
	got, err := t.peek()
	if err != nil {
		return err
	}
	if got != c {
		return t.unexpected(got, fmt.Sprintf("%q", c))
	}
	t.at++
	return nil
}

// unexpected is the error for a byte that is not what should stand there.
func (t *text) unexpected(got byte, should string) error {
	if got == 0 && t.at == len(t.buf) {
		return t.fault(read.ErrTruncated, 0, "%s is missing", should)
	}
	return t.fault(read.ErrMalformed, 0, "%q where %s should stand", got, should)
}

// ends says whether a byte ends a number or a word in front of it.
func ends(c byte) bool {
	return c <= ' ' || c == ',' || c == ']' || c == '}' || c == '{' || c == '[' || c == '"' || c == ':'
}

// ender looks for the end of a value that is read in parts.
type ender struct {
	depth    int
	inString bool
	escaped  bool
	word     bool // a number, true, false, null
}

// look looks through b and returns how much of it belongs to the value, and whether
// that ends there. A word ends where something else begins.
func (e *ender) look(b []byte) (n int, done bool) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if e.inString {
			switch {
			case e.escaped:
				e.escaped = false
			case c == '\\':
				e.escaped = true
			case c == '"':
				e.inString = false
				if e.depth == 0 {
					return i + 1, true
				}
			default:
				for i+1 < len(b) && b[i+1] != '"' && b[i+1] != '\\' {
					i++
				}
			}
			continue
		}
		if e.word {
			if ends(c) {
				return i, true
			}
			continue
		}
		switch c {
		case '"':
			e.inString = true
		case '{', '[':
			e.depth++
		case '}', ']':
			if e.depth--; e.depth <= 0 {
				return i + 1, true
			}
		default:
			if e.depth == 0 {
				e.word = true
			}
		}
	}
	return len(b), false
}

// value passes a value and returns its text, which is valid until the next call.
func (t *text) value() ([]byte, error) {
	c, err := t.peek()
	if err != nil {
		return nil, err
	}
	if c == 0 && t.at == len(t.buf) || jsonscan.KindOf(c) == jsonscan.Invalid {
		return nil, t.unexpected(c, "a value")
	}
	// Mostly all of it is at hand.
	if n, err := jsonscan.ValueLen(t.buf[t.at:], t.depth); err == nil && t.at+n < len(t.buf) && ends(t.buf[t.at+n]) {
		raw := t.buf[t.at : t.at+n]
		t.pass(n)
		return raw, nil
	}
	var e ender
	n := 0
	for {
		k, done := e.look(t.buf[t.at+n:])
		n += k
		if done {
			break
		}
		if err := t.more(); errors.Is(err, io.EOF) {
			break // ValueLen tells what is missing
		} else if err != nil {
			return nil, err
		}
	}
	raw := t.buf[t.at : t.at+n]
	if err := t.check(raw); err != nil {
		return nil, err
	}
	t.pass(n)
	return raw, nil
}

// check makes sure that bytes at hand are a value.
func (t *text) check(raw []byte) error {
	n, err := jsonscan.ValueLen(raw, t.depth)
	var syntax *jsonscan.SyntaxError
	switch {
	case errors.Is(err, jsonscan.ErrDepth):
		return t.fault(read.ErrLimit, n, "values lie more than %d deep in each other", t.depth)
	case errors.As(err, &syntax):
		kind := read.ErrMalformed
		if t.eof && t.at+len(raw) == len(t.buf) && syntax.At >= len(raw) {
			kind = read.ErrTruncated
		}
		return t.fault(kind, syntax.At, "%s", syntax.Detail)
	case n != len(raw):
		return t.fault(read.ErrMalformed, n, "%q behind the end of a value", raw[n])
	}
	return nil
}

// skip passes a value without holding it: of what it is made of, only strings and
// brackets are looked at.
func (t *text) skip() error {
	c, err := t.peek()
	if err != nil {
		return err
	}
	if c == 0 && t.at == len(t.buf) || jsonscan.KindOf(c) == jsonscan.Invalid {
		return t.unexpected(c, "a value")
	}
	var e ender
	for {
		n, done := e.look(t.buf[t.at:])
		t.pass(n)
		if done {
			return nil
		}
		if err := t.more(); errors.Is(err, io.EOF) {
			if e.word {
				return nil
			}
			return t.fault(read.ErrTruncated, 0, "the end of a value is missing")
		} else if err != nil {
			return err
		}
	}
}

// members calls each for the members of the object that comes next, with their names
// in quotes, valid until the value is read; each passes the value.
func (t *text) members(each func(name []byte) error) error {
	if err := t.take('{'); err != nil {
		return err
	}
	if c, err := t.peek(); err != nil || c == '}' {
		t.at++
		return err
	}
	for {
		name, err := t.name()
		if err != nil {
			return err
		}
		if err := each(name); err != nil {
			return err
		}
		if last, err := t.comma('}'); last || err != nil {
			return err
		}
	}
}

// name passes the name of a member and the colon behind it.
func (t *text) name() ([]byte, error) {
	if c, err := t.peek(); err != nil {
		return nil, err
	} else if c != '"' {
		return nil, t.unexpected(c, "the name of a member")
	}
	raw, err := t.value()
	if err != nil {
		return nil, err
	}
	name := bytes.Clone(raw)
	return name, t.take(':')
}

// comma passes what stands behind an item: a comma, or what ends the list.
func (t *text) comma(end byte) (last bool, err error) {
	c, err := t.peek()
	switch {
	case err != nil:
		return false, err
	case c == ',':
		t.at++
		return false, nil
	case c == end:
		t.at++
		return true, nil
	}
	return false, t.unexpected(c, fmt.Sprintf("',' or %q", end))
}

// end makes sure that nothing follows.
func (t *text) end() error {
	if c, err := t.peek(); err != nil {
		return err
	} else if t.at < len(t.buf) {
		return t.fault(read.ErrMalformed, 0, "%q behind the end of the table", c)
	}
	return nil
}
