package pickle

import "bytes"

// lineEnds is how the lines of a pickle of protocol 0 end. Python writes \n; git's
// autocrlf and transfers as text make it \r\n, which Python refuses or, worse, reads
// with a \r at the end of every text.
type lineEnds uint8

const (
	endsUnknown lineEnds = iota
	endsLF
	endsCRLF
)

// maxEndsHead is how much of the window tells how lines end.
const maxEndsHead = 256 << 10

// lineEndsFrom tells how lines end by the first that is met, the n bytes at the window's
// beginning, and all that follow. All must end alike: a text may end with \r of its own.
// What begins with PROTO has lines only in the names of globals, and lengths that a
// rewriting would have broken. A stream that has given less so far is read on, as what it
// is must not depend on how it comes.
func (t *Tokenizer) lineEndsFrom(n int) (lineEnds, error) {
	if t.proto || n == 0 || t.buf[t.r+n-1] != '\r' {
		return endsLF, nil
	}
	if t.w-t.r < maxEndsHead && !t.eof {
		if len(t.buf) < maxEndsHead {
			t.grow(maxEndsHead)
		}
		if err := t.fill(maxEndsHead); err != nil {
			return endsUnknown, err
		}
	}
	window := t.buf[t.r:min(t.w, t.r+maxEndsHead)]
	if bytes.Count(window, []byte("\n")) == bytes.Count(window, []byte("\r\n")) {
		return endsCRLF, nil
	}
	return endsLF, nil
}

// cutLine takes what belongs to the line's end off a line.
func (t *Tokenizer) cutLine(line []byte) ([]byte, error) {
	if t.ends != endsCRLF {
		return line, nil
	}
	if n := len(line) - 1; n >= 0 && line[n] == '\r' {
		return line[:n], nil
	}
	return nil, t.fail(ErrMalformed, "the line of %v ends with \\n, those before with \\r\\n; "+
		"the file was rewritten as text in part: copy it again as a binary file", t.op)
}
