package csv

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/pickshard/pickshard/stages/read"
)

// separators are what may stand between fields.
const separators = ",\t;|"

// looksLikeText says whether bytes are text that is no other program's.
func looksLikeText(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	if len(head) == 0 || bytes.IndexByte(head, 0) >= 0 {
		return false
	}
	control := 0
	for _, c := range head[:min(len(head), 1024)] {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			control++
		}
	}
	return control == 0
}

// isUTF16 says whether bytes are text of two bytes a character, with a byte order mark or
// by every other byte being 0. A few zeros are part of a text, as pandas has it, too.
func isUTF16(head []byte) bool {
	return marked16(head) || 3*bytes.Count(head, []byte{0}) > len(head)
}

func marked16(head []byte) bool {
	return bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff"))
}

// named says what a file's name ends with.
func named(name string, ends ...string) bool {
	for _, e := range ends {
		if strings.HasSuffix(name, e) {
			return true
		}
	}
	return false
}

// separator finds what stands between fields, from the first records of a file.
func separator(head []byte, name string, whole bool) (byte, error) {
	if isUTF16(head) {
		return 0, &read.PlaceError{Err: read.ErrMalformed, Line: 1, Detail: "the text is UTF-16, not UTF-8: save the file as UTF-8"}
	}
	if named(name, ".tsv", ".tab") {
		return '\t', nil
	}
	var fitting []byte
	for _, c := range []byte(separators) {
		if fits(head, c, whole) {
			fitting = append(fitting, c)
		}
	}
	switch {
	case len(fitting) == 1:
		return fitting[0], nil
	case len(fitting) > 1 && fitting[0] == ',' && named(name, ".csv"):
		return ',', nil
	case len(fitting) > 1:
		return 0, &read.PlaceError{Err: read.ErrMalformed, Line: 1,
			Detail: "what separates the fields is not plain: call the file .csv for commas or .tsv for tabs"}
	case blanks(head, whole):
		return ' ', nil
	}
	return ',', nil
}

// fits says whether all records in the first bytes of a file have as many fields as the
// header, more than one, if c separates them.
func fits(head []byte, c byte, whole bool) bool {
	if !whole { // the last record may be cut
		head = head[:bytes.LastIndexAny(head, "\r\n")+1]
	}
	s := newScanner(bytes.NewReader(head), c, int64(len(head))+1)
	if s.skipBOM() != nil {
		return false
	}
	fields := 0
	for records := 0; ; records++ {
		if err := s.next(); errors.Is(err, io.EOF) {
			return records > 0
		} else if err != nil {
			return false
		}
		n := 0
		for last := false; !last; n++ {
			var err error
			if _, last, err = s.field(); err != nil {
				// A quoted field may go on behind the first bytes.
				return !whole && records > 0 && unfinished(err)
			}
		}
		if records == 0 {
			fields = n
		}
		if n != fields || n < 2 {
			return false
		}
	}
}

func unfinished(err error) bool {
	var p *read.PlaceError
	return errors.As(err, &p) && strings.HasSuffix(p.Detail, "never ends")
}

// validStart says whether text is UTF-8, but for a character that is cut at the end.
func validStart(b []byte) bool {
	for i := 1; i <= utf8.UTFMax && i <= len(b); i++ {
		if utf8.RuneStart(b[len(b)-i]) {
			if !utf8.FullRune(b[len(b)-i:]) {
				b = b[:len(b)-i]
			}
			break
		}
	}
	return utf8.Valid(b)
}

// blanks says whether blanks separate the fields of a text: a header of words, records
// of as many fields, and a column of numbers, so that no prose is taken for a table.
func blanks(head []byte, whole bool) bool {
	if !whole {
		head = head[:bytes.LastIndexAny(head, "\r\n")+1]
	}
	lines := strings.Split(strings.TrimRight(string(head), "\r\n"), "\n")
	names := strings.Fields(lines[0])
	if len(names) < 2 || len(lines) < 2 || slices.ContainsFunc(names, func(s string) bool { return !isIdentifier(s) }) {
		return false
	}
	numbers := make([]int, len(names))
	for _, line := range lines[1:] {
		fields := strings.Split(strings.TrimSuffix(line, "\r"), " ")
		if len(fields) != len(names) {
			return false
		}
		for i, f := range fields {
			if _, err := strconv.ParseFloat(f, 64); err == nil {
				numbers[i]++
			}
		}
	}
	return slices.Contains(numbers, len(lines)-1)
}

// isIdentifier says whether a word is one that names a column.
func isIdentifier(s string) bool {
	for i, c := range []byte(s) {
		if c != '_' && (c|0x20 < 'a' || c|0x20 > 'z') && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}
