package json

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// layout is how a file holds its rows.
type layout struct {
	orient read.Orient // never OrientAuto
	lines  bool        // of records: one after the other, not in an array
	inner  bool        // it is the member table
	table  part

	columns []part // of OrientColumns and OrientSplit, their values
	names   []string
	index   *part // of OrientSplit and OrientColumns, where it is more than 0..n-1
	members []string
}

// within moves into a member.
func (l *layout) within(p *part) { l.inner, l.table = true, *p }

// part is a value within the file.
type part struct {
	name  string
	kind  jsonscan.Kind
	inner jsonscan.Kind // of its first item or member
	at    int64
	line  int64
	start int64 // of the line
	// counted says that the names of its members are 0, 1, 2 ...
	counted bool
}

// mostParts bounds the members of an object that may be columns.
const mostParts = 1 << 16

// findLayout finds out how a file holds its rows.
func (s *source) findLayout(opts *read.Options) error {
	t, err := s.text(nil, windowBytes)
	if err != nil {
		return err
	}
	c, err := t.peek()
	if err != nil {
		return err
	}
	name := s.file.BareName()
	lines := strings.HasSuffix(name, ".jsonl") || strings.HasSuffix(name, ".ndjson")
	switch {
	case c == '[':
		return s.arrayLayout(t, opts)
	case c != '{' && t.at == len(t.buf) && !lines:
		return read.NotTable("the file is empty")
	case c != '{' && t.at == len(t.buf): // no lines
	case c != '{':
		return t.fault(read.ErrNotTable, 0, "a table begins with { or [, or is one object a line")
	}
	if opts.Orient == read.OrientAuto && opts.Select == "" && lines {
		s.layout.orient, s.layout.lines = read.OrientRecords, true
		return nil
	}
	parts, more, err := topMembers(t)
	if err != nil {
		return err
	}
	if more {
		s.layout.orient, s.layout.lines = read.OrientRecords, true
		return only(opts, read.OrientRecords, opts.Select)
	}
	return s.objectLayout(parts, opts)
}

// only refuses options that a file has no use for.
func only(opts *read.Options, found read.Orient, selected string) error {
	if selected != "" {
		return fmt.Errorf("%w: the file holds one table and has no member %q to select", read.ErrSelect, selected)
	}
	if opts.Orient != read.OrientAuto && opts.Orient != found {
		return read.NotTable("its rows are not as orient %q says, but %q", opts.Orient, found)
	}
	return nil
}

// arrayLayout is that of an array: of objects, or of arrays.
func (s *source) arrayLayout(t *text, opts *read.Options) error {
	if err := t.take('['); err != nil {
		return err
	}
	c, err := t.peek()
	if err != nil {
		return err
	}
	switch c {
	case '{', ']':
		s.layout.orient = read.OrientRecords
	case '[':
		s.layout.orient = read.OrientValues
	default:
		return t.fault(read.ErrNotTable, 0, "an array of values that are neither objects nor arrays is not a table")
	}
	return only(opts, s.layout.orient, opts.Select)
}

// topMembers lists the members of an object, and says whether something follows it.
func topMembers(t *text) (parts []part, more bool, err error) {
	err = t.members(func(raw []byte) error {
		name, _ := jsonscan.AppendText(nil, raw)
		c, err := t.peek()
		if err != nil {
			return err
		}
		p := part{name: string(name), kind: jsonscan.KindOf(c), at: t.place(), line: t.line, start: t.lineStart}
		if p.kind == jsonscan.Object && len(parts) == 0 {
			err = t.countedMembers(&p)
		} else {
			err = t.skipFirst(&p)
		}
		if len(parts) <= mostParts {
			parts = append(parts, p)
		}
		return err
	})
	if err != nil {
		return nil, false, err
	}
	c, err := t.peek()
	return parts, c != 0, err
}

// countedMembers passes an object and says whether the names of its members are counted.
func (t *text) countedMembers(p *part) error {
	p.counted = true
	n := 0
	return t.members(func(name []byte) error {
		p.counted = p.counted && jsonscan.TextIs(name, fmt.Sprint(n))
		if n++; n == 1 {
			c, err := t.peek()
			if p.inner = jsonscan.KindOf(c); err != nil {
				return err
			}
		}
		return t.skip()
	})
}

// skipFirst passes a value and tells of what its first item is.
func (t *text) skipFirst(p *part) error {
	if p.kind == jsonscan.Array {
		// A look at the byte behind the bracket, which may have to be read.
		for t.at+1 < len(t.buf) || t.more() == nil {
			if n := 1 + jsonscan.SpaceLen(t.buf[t.at+1:]); t.at+n < len(t.buf) {
				p.inner = jsonscan.KindOf(t.buf[t.at+n])
				break
			} else if t.more() != nil {
				break
			}
		}
	}
	return t.skip()
}

// objectLayout is that of a file with one object in it.
func (s *source) objectLayout(parts []part, opts *read.Options) error {
	if opts.Select != "" {
		return s.selected(parts, opts)
	}
	find := func(name string) *part {
		if i := slices.IndexFunc(parts, func(p part) bool { return p.name == name }); i >= 0 {
			return &parts[i]
		}
		return nil
	}
	all := func(k jsonscan.Kind) bool {
		return len(parts) > 0 && !slices.ContainsFunc(parts, func(p part) bool { return p.kind != k })
	}
	columns, data, described := find("columns"), find("data"), find("schema")
	orient := opts.Orient
	if orient == read.OrientAuto {
		switch {
		case columns != nil && data != nil && columns.kind == jsonscan.Array && data.kind == jsonscan.Array:
			orient = read.OrientSplit
		case described != nil && data != nil && described.kind == jsonscan.Object && data.kind == jsonscan.Array:
			orient = read.OrientTable
		case all(jsonscan.Object):
			orient = read.OrientColumns
		case all(jsonscan.Array) && !slices.ContainsFunc(parts, func(p part) bool { return p.inner == jsonscan.Object }):
			orient = read.OrientColumns
		default:
			return s.severalTables(parts, opts)
		}
	}
	s.layout.orient = orient
	switch orient {
	case read.OrientSplit:
		return s.splitLayout(columns, data, find("index"))
	case read.OrientTable:
		if data == nil {
			return read.NotTable(`there is no member "data", as orient "table" has it`)
		}
		s.layout.orient = read.OrientRecords
		s.layout.within(data)
		return nil
	case read.OrientColumns:
		return s.columnsLayout(parts)
	case read.OrientIndex, read.OrientItems:
		return nil
	}
	return read.NotTable("its rows are not as orient %q says: it is an object", orient)
}

// severalTables is for an object that is not a table itself: the one member that is a
// table, or a choice.
func (s *source) severalTables(parts []part, opts *read.Options) error {
	var tables []string
	for _, p := range parts {
		if p.kind == jsonscan.Array && p.inner == jsonscan.Object {
			tables = append(tables, p.name)
		}
	}
	s.layout.members = tables
	switch len(tables) {
	case 0:
		return read.NotTable("an object whose members are neither all columns nor tables; " +
			"one object a line is a table when the file is called .jsonl, and orient: items makes rows of names and values")
	case 1:
		o := *opts
		o.Select = tables[0]
		s.warnings = append(s.warnings, fmt.Sprintf("the table is the member %q; the others are not read", tables[0]))
		return s.selected(parts, &o)
	}
	return &read.SelectError{Members: tables, Detail: "select one of the members " + strings.Join(tables, ", ")}
}

// selected is the layout of a member, or of a member of a member: people/authors.
func (s *source) selected(parts []part, opts *read.Options) error {
	inner := *opts
	inner.Select = ""
	i := slices.IndexFunc(parts, func(p part) bool { return p.name == opts.Select })
	if i < 0 {
		i = slices.IndexFunc(parts, func(p part) bool {
			rest, ok := strings.CutPrefix(opts.Select, p.name+"/")
			if ok = ok && p.kind == jsonscan.Object; ok {
				inner.Select = rest
			}
			return ok
		})
	}
	if i < 0 {
		var names []string
		for _, p := range parts[:min(len(parts), 20)] {
			names = append(names, p.name)
		}
		return fmt.Errorf("%w: there is no member %q to select; there are %s", read.ErrSelect, opts.Select, strings.Join(names, ", "))
	}
	p := parts[i]
	s.layout.within(&p)
	t, err := s.text(&p, windowBytes)
	if err != nil {
		return err
	}
	switch p.kind {
	case jsonscan.Array:
		return s.arrayLayout(t, &inner)
	case jsonscan.Object:
		parts, _, err := topMembers(t)
		if err != nil {
			return err
		}
		return s.objectLayout(parts, &inner)
	}
	return read.NotTable("the member %q is neither an array nor an object", opts.Select)
}

// columnsLayout is that of columns, each an array or an object of its values by row.
func (s *source) columnsLayout(parts []part) error {
	if len(parts) == 0 {
		return read.NotTable("an object without members")
	}
	if len(parts) > mostParts {
		return read.OverLimit("more than %d members, as columns: orient: index makes them rows", mostParts)
	}
	for _, p := range parts {
		if p.kind != parts[0].kind || p.kind != jsonscan.Array && p.kind != jsonscan.Object {
			return read.NotTable("the member %q is not as %q is: columns are all arrays, or all objects", p.name, parts[0].name)
		}
		s.layout.names = append(s.layout.names, p.name)
	}
	s.layout.columns = parts
	if first := &parts[0]; first.kind == jsonscan.Object && !first.counted {
		s.layout.index = first
	}
	return nil
}

// splitLayout is that of names, index and rows, each by itself.
func (s *source) splitLayout(columns, data, index *part) error {
	if columns == nil || data == nil || columns.kind != jsonscan.Array || data.kind != jsonscan.Array {
		return read.NotTable(`there are no arrays "columns" and "data", as orient "split" has them`)
	}
	t, err := s.text(columns, windowBytes)
	if err != nil {
		return err
	}
	raw, err := t.value()
	if err != nil {
		return err
	}
	jsonscan.Items(raw, func(item []byte) bool {
		s.layout.names = append(s.layout.names, nameOf(item))
		return true
	})
	s.layout.columns = []part{*data}
	s.layout.within(data)
	if index == nil || index.kind != jsonscan.Array {
		return nil
	}
	counted, err := s.countedItems(index)
	if err == nil && !counted {
		s.layout.index = index
	}
	return err
}

// nameOf is a value as the name of a column: a MultiIndex' parts are joined, as in
// pickles.
func nameOf(raw []byte) string {
	switch raw[0] {
	case '"':
		name, _ := jsonscan.AppendText(nil, raw)
		return string(name)
	case '[':
		var parts []string
		jsonscan.Items(raw, func(item []byte) bool {
			if n := nameOf(item); n != "" {
				parts = append(parts, n)
			}
			return true
		})
		return strings.Join(parts, "_")
	}
	return string(raw)
}

// countedItems says whether an array is 0, 1, 2 ...
func (s *source) countedItems(p *part) (bool, error) {
	t, err := s.text(p, windowBytes)
	if err != nil {
		return false, err
	}
	counted, n := true, 0
	err = t.items(func() error {
		raw, err := t.value()
		counted = counted && string(raw) == fmt.Sprint(n)
		if n++; err == nil && !counted {
			err = io.EOF // enough is known
		}
		return err
	})
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return counted, err
}

// items calls each for the items of the array that comes next; each passes one.
func (t *text) items(each func() error) error {
	if err := t.take('['); err != nil {
		return err
	}
	if c, err := t.peek(); err != nil || c == ']' {
		t.at++
		return err
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if last, err := t.comma(']'); last || err != nil {
			return err
		}
	}
}
