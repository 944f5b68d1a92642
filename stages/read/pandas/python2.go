package pandas

import (
	"unicode/utf8"

	"github.com/pickshard/pickshard/stages/read/internal/pickle"
)

// A str of Python 2 is bytes whose encoding nobody wrote down. Where all of a column
// are valid UTF-8 that is what they are: text in another encoding hardly ever is. Else
// they are Latin-1, which has a character for each byte, as pandas.read_pickle has it.

// python2 settles which it is for a column, and warns where it matters.
func (r *reader) python2(c column) error {
	r.latin1 = false
	s, ok := c.src.(*cellSource)
	if !ok || !r.doc.Python2() {
		return nil
	}
	var seen str8Seen
	var vs [batch]pickle.Value
	for at, n := 0, s.len(); at < n && !seen.other; {
		k := s.cells.fill(vs[:], at)
		for _, v := range vs[:k] {
			if err := r.lookForStr8(v, &seen); err != nil {
				return err
			}
		}
		at += k
	}
	switch {
	case seen.other:
		r.latin1 = true
		r.warn("column %s: text of Python 2 is read as Latin-1, as not all of it is UTF-8", quote(c.name))
	case seen.utf8:
		r.warn("column %s: text of Python 2 is read as UTF-8", quote(c.name))
	}
	return nil
}

// str8Seen is what was seen of Python 2 text that is not ASCII.
type str8Seen struct{ utf8, other bool }

// lookForStr8 looks at a value and into containers.
func (r *reader) lookForStr8(v pickle.Value, seen *str8Seen) error {
	if err := r.visit(1); err != nil {
		return err
	}
	switch v.Kind() {
	case pickle.KindStr8:
		b := r.doc.Bytes(v)
		if err := r.visit(len(b) / bytesPerVisit); err != nil {
			return err
		}
		switch {
		case isASCII(b):
		case utf8.Valid(b):
			seen.utf8 = true
		default:
			seen.other = true
		}
	case pickle.KindList, pickle.KindTuple, pickle.KindSet, pickle.KindFrozenSet, pickle.KindDict:
		if err := r.enter(); err != nil {
			return err
		}
		defer r.leave()
		return r.lookInto(v, seen)
	}
	return nil
}

// lookInto looks at what a container holds.
func (r *reader) lookInto(v pickle.Value, seen *str8Seen) error {
	if v.Kind() == pickle.KindDict {
		d := r.doc.Dict(v)
		for i := range d.Len() {
			if _, m := d.Entry(i); !seen.other {
				if err := r.lookForStr8(m, seen); err != nil {
					return err
				}
			}
		}
		return nil
	}
	items := r.doc.Items(v)
	for i := 0; i < items.Len() && !seen.other; {
		run := items.Run(i)
		for _, item := range run {
			if err := r.lookForStr8(item, seen); err != nil {
				return err
			}
		}
		i += len(run)
	}
	return nil
}
