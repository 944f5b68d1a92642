package join

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Template spells a file's name from a record: literal text, constants of the
// split such as {folder}, and values of columns: {image_uid}, or {id:06} for an
// integer that is padded with zeros to 6 places (Python's format of that name;
// {id:06d} is the same), {images} for each value of a column of lists, or {images[0]}
// for the first. {url:name} is the last part of a path or an address, {url:stem} that
// without its extension, {id:.2} the first two characters. {{ and }} are braces.
//
// A * in place of a folder is any folder, and .* at the end any extension: the file is
// the one that there is. A Template is immutable.
type Template struct {
	text  string
	parts []part
}

// part is a piece of literal text or a column's value.
type part struct {
	literal string
	column  string
	width   int // of a zero-padded integer; 0: as it is
	item    int // of the column's list, where indexed
	indexed bool
	form    form
	at      int // where the placeholder begins in the text, in bytes
}

// maxWidth bounds the padding of a number; no file name is longer (NAME_MAX of Linux).
const maxWidth = 255

// maxItem bounds the place in a list; no record has as many images.
const maxItem = 1_000_000

// ParseTemplate reads a template. constants are the placeholders whose value is
// the same for a whole split; every other placeholder is a column's name (see
// Columns). Faults are reported with their position in bytes, from 0.
func ParseTemplate(text string, constants map[string]string) (*Template, error) {
	t := &Template{text: text}
	var lit strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c:
			lit.WriteByte(c)
			i++
		case c == '}':
			return nil, t.fault(i, "'}' without '{' (write '}}' for a brace)")
		case c == '{':
			n := strings.IndexAny(text[i+1:], "{}")
			if n < 0 || text[i+1+n] == '{' {
				return nil, t.fault(i, "'{' without '}' (write '{{' for a brace)")
			}
			p, err := t.placeholder(text[i+1:i+1+n], i)
			if err != nil {
				return nil, err
			}
			if value, ok := constants[p.column]; ok {
				if p.width > 0 {
					return nil, t.fault(i, fmt.Sprintf("{%s} is a text, only an integer column can be padded", p.column))
				}
				if p.form != (form{}) {
					return nil, t.fault(i, fmt.Sprintf("{%s} is the same for the whole split: write the part that is meant", p.column))
				}
				lit.WriteString(value)
			} else {
				t.flush(&lit)
				t.parts = append(t.parts, p)
			}
			i += n + 1
		default:
			lit.WriteByte(c)
		}
	}
	t.flush(&lit)
	if len(t.parts) == 0 {
		return nil, fmt.Errorf("file template is empty")
	}
	return t, nil
}

// flush ends the literal text gathered so far.
func (t *Template) flush(lit *strings.Builder) {
	if lit.Len() > 0 {
		t.parts = append(t.parts, part{literal: lit.String()})
		lit.Reset()
	}
}

// placeholder reads what stands between braces.
func (t *Template) placeholder(inner string, at int) (part, error) {
	name, format, formatted := strings.Cut(inner, ":")
	if name == "" {
		return part{}, t.fault(at, "empty placeholder: name a column, as in {image_uid}")
	}
	if strings.TrimSpace(name) != name {
		return part{}, t.fault(at, fmt.Sprintf("placeholder {%s} has spaces around its name", inner))
	}
	p := part{column: name, at: at}
	if column, index, ok := strings.Cut(name, "["); ok {
		n, err := strconv.Atoi(strings.TrimSuffix(index, "]"))
		if err != nil || n < 0 || n > maxItem || !strings.HasSuffix(index, "]") || column == "" {
			return part{}, t.fault(at, fmt.Sprintf("placeholder {%s}: one value of a list is written {images[0]}, counted from 0", inner))
		}
		p.column, p.item, p.indexed = column, n, true
	}
	if !formatted {
		return p, nil
	}
	if f, ok := parseForm(format); ok {
		p.form = f
		return p, nil
	}
	digits, padded := strings.CutPrefix(strings.TrimSuffix(format, "d"), "0")
	width, err := strconv.Atoi(digits)
	if !padded || err != nil || width < 1 || width > maxWidth || digits[0] == '+' || digits[0] == '0' {
		return part{}, t.fault(at, fmt.Sprintf("placeholder {%s}: the formats are zero padding, as in {id:06}, up to %d places, the last part of a path {file:name}, that without its extension {file:stem}, and the first characters {id:.2}", inner, maxWidth))
	}
	p.width = width
	return p, nil
}

func (t *Template) fault(at int, what string) error {
	return fmt.Errorf("file template %q, position %d: %s", t.text, at, what)
}

// String returns the template as it was written.
func (t *Template) String() string { return t.text }

// Columns lists the columns that the template needs, each once, in order of
// their first use.
func (t *Template) Columns() []string {
	var names []string
	for _, p := range t.parts {
		if p.column != "" && !slices.Contains(names, p.column) {
			names = append(names, p.column)
		}
	}
	return names
}
