package csv

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"

	"github.com/pickshard/pickshard/stages/read"
)

// scanner cuts text into fields and records. It holds no more of the text than the
// field at hand.
type scanner struct {
	r     io.Reader
	comma byte
	most  int64 // bytes of a record

	buf    []byte // what was read and not yet passed
	at     int    // in buf
	eof    bool
	offset int64 // of buf in the file

	line      int64 // of at, from 1
	lineStart int64 // offset of the line
	began     place // of the record

	text []byte // a field without quotes in it, when it had some
}

// place is a place in the file.
type place struct {
	offset, line, column int64
}

const windowBytes = 256 << 10

func newScanner(r io.Reader, comma byte, most int64) *scanner {
	return &scanner{r: r, comma: comma, most: most, line: 1, buf: make([]byte, 0, windowBytes)}
}

func (s *scanner) here() place {
	at := s.offset + int64(s.at)
	return place{at, s.line, at - s.lineStart + 1}
}

func (p place) fault(err error, format string, args ...any) error {
	return &read.PlaceError{Err: err, Line: p.line, Column: p.column, Offset: p.offset, Detail: fmt.Sprintf(format, args...)}
}

// more reads on; what lies before at is let go. It returns io.EOF when there is no more.
func (s *scanner) more() error {
	if s.eof {
		return io.EOF
	}
	if s.at > 0 {
		s.offset += int64(s.at)
		s.buf = s.buf[:copy(s.buf, s.buf[s.at:])]
		s.at = 0
	}
	if s.offset+int64(len(s.buf))-s.began.offset > s.most {
		return s.began.fault(read.ErrLimit, "a record of more than %d bytes begins here: is there a quote that never ends?", s.most)
	}
	var err error
	s.buf, s.eof, err = read.Fill(s.r, s.buf)
	if err != nil && !errors.Is(err, io.EOF) {
		err = fmt.Errorf("read at line %d: %w", s.line, err)
	}
	return err
}

// skipBOM passes a byte order mark at the beginning.
func (s *scanner) skipBOM() error {
	for len(s.buf) < 3 {
		if err := s.more(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return err
		}
	}
	if bytes.HasPrefix(s.buf, []byte("\xef\xbb\xbf")) {
		s.at, s.lineStart = 3, 3
	}
	return nil
}

// next moves to the next record, past lines with nothing. It returns io.EOF at the end.
func (s *scanner) next() error {
	for {
		s.began = s.here()
		if s.at == len(s.buf) {
			if err := s.more(); err != nil {
				return err
			}
		}
		if c := s.buf[s.at]; c != '\n' && c != '\r' {
			return nil
		}
		if err := s.endLine(); err != nil {
			return err
		}
	}
}

// endLine passes the end of a line, which is at hand.
func (s *scanner) endLine() error {
	if s.buf[s.at] == '\r' {
		if s.at+1 == len(s.buf) {
			if err := s.more(); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
		}
		if s.at+1 < len(s.buf) && s.buf[s.at+1] == '\n' {
			s.at++
		}
	}
	s.at++
	s.line++
	s.lineStart = s.offset + int64(s.at)
	return nil
}

// field returns the next field of the record, which is valid until the next call, and
// whether it is the last one.
func (s *scanner) field() (text []byte, last bool, err error) {
	if s.at == len(s.buf) {
		if err := s.more(); errors.Is(err, io.EOF) {
			return nil, true, nil
		} else if err != nil {
			return nil, false, err
		}
	}
	began := s.here()
	if s.buf[s.at] == '"' {
		if text, err = s.quoted(); err != nil {
			return nil, false, err
		}
	} else if text, err = s.bare(); err != nil {
		return nil, false, err
	}
	if bad := firstInvalid(text); bad >= 0 {
		return nil, false, place{began.offset, began.line, began.column + int64(bad)}.fault(read.ErrMalformed,
			"byte 0x%02x, which is not UTF-8: save the file as UTF-8", text[bad])
	}
	return s.end(text)
}

// end passes what ends a field.
func (s *scanner) end(text []byte) ([]byte, bool, error) {
	if s.at == len(s.buf) { // the end of the file: bare and quoted have looked
		return text, true, nil
	}
	if s.buf[s.at] == s.comma {
		s.at++
		return text, false, nil
	}
	if s.buf[s.at] == '\r' && s.at+1 == len(s.buf) { // keep text where it is
		s.text = append(s.text[:0], text...)
		text = s.text
	}
	return text, true, s.endLine()
}

// bare passes a field without quotes around it.
func (s *scanner) bare() ([]byte, error) {
	n := 0
	for {
		rest := s.buf[s.at:]
		for ; n < len(rest); n++ {
			if c := rest[n]; c == s.comma || c == '\n' || c == '\r' {
				s.at += n
				return rest[:n], nil
			}
		}
		if err := s.more(); errors.Is(err, io.EOF) {
			text := s.buf[s.at:]
			s.at = len(s.buf)
			return text, nil
		} else if err != nil {
			return nil, err
		}
	}
}

// quoted passes a field in quotes.
func (s *scanner) quoted() ([]byte, error) {
	began := s.here()
	n, doubled := 1, 0
	for {
		rest := s.buf[s.at:]
		k := bytes.IndexByte(rest[min(n, len(rest)):], '"')
		if k >= 0 && n+k+1 < len(rest) || k >= 0 && s.eof {
			n += k + 1
			if n < len(rest) && rest[n] == '"' {
				n++
				doubled++
				continue
			}
			break
		}
		if k < 0 {
			n = len(rest)
		} else {
			n += k // whether it is doubled shows behind it
		}
		if err := s.more(); errors.Is(err, io.EOF) {
			if k >= 0 {
				continue // the quote is the last byte
			}
			return nil, began.fault(read.ErrMalformed, "a quote opens here that never ends")
		} else if err != nil {
			return nil, err
		}
	}
	text := s.buf[s.at+1 : s.at+n-1]
	s.countLines(s.buf[s.at:s.at+n], s.offset+int64(s.at))
	s.at += n
	if s.at < len(s.buf) {
		if c := s.buf[s.at]; c != s.comma && c != '\n' && c != '\r' {
			return nil, s.here().fault(read.ErrMalformed, "text follows a closing quote; a quote inside of a quoted value is written twice")
		}
	}
	if doubled == 0 {
		return text, nil
	}
	s.text = s.text[:0]
	for {
		k := bytes.IndexByte(text, '"')
		if k < 0 {
			s.text = append(s.text, text...)
			return s.text, nil
		}
		s.text = append(s.text, text[:k+1]...)
		text = text[k+2:]
	}
}

// countLines counts the lines that end in text at an offset.
func (s *scanner) countLines(text []byte, offset int64) {
	if n := bytes.Count(text, []byte("\n")); n > 0 {
		s.line += int64(n)
		s.lineStart = offset + int64(bytes.LastIndexByte(text, '\n')) + 1
	}
}

// firstInvalid is where text is not UTF-8, -1 if all of it is.
func firstInvalid(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(text[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
}
