package packed

import (
	"errors"
	"fmt"
	"io"
)

// Sentinels for errors.Is.
var (
	// ErrTruncated: the packed file ends early.
	ErrTruncated = errors.New("the file ends early")
	// ErrMalformed: its headers contradict each other.
	ErrMalformed = errors.New("malformed")
)

// LimitError says that a file asks for more memory, or gives more bytes, than it may.
type LimitError struct {
	Max    int64
	Detail string
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("limit reached: decompression above %d bytes: %s", e.Max, e.Detail)
}

// MembersError says that an archive is not one of exactly one file.
type MembersError struct {
	What string // "zip archive of 3 files"
	Hint string
}

func (e *MembersError) Error() string { return fmt.Sprintf("this is a %s: %s", e.What, e.Hint) }

// Translated is r with its errors, but for io.EOF, made those of the caller.
func Translated(r io.Reader, as func(error) error) io.Reader { return translated{r, as} }

type translated struct {
	r  io.Reader
	as func(error) error
}

func (t translated) Read(b []byte) (int, error) {
	n, err := t.r.Read(b)
	if err != nil && !errors.Is(err, io.EOF) {
		err = t.as(err)
	}
	return n, err
}
