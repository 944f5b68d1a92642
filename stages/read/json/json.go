package json

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read"
	"github.com/pickshard/pickshard/stages/read/internal/jsonscan"
)

// New returns the reader of JSON files.
func New() read.Reader { return read.Stream(format{}) }

type format struct{}

func (format) Kind() string { return "json" }

// Match takes text that begins with an object or an array.
func (format) Match(head []byte, name string) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	head = head[jsonscan.SpaceLen(head):]
	for _, ext := range []string{".json", ".jsonl", ".ndjson"} {
		if strings.HasSuffix(name, ext) {
			return len(head) == 0 || head[0] != 0x80
		}
	}
	if len(head) == 0 || bytes.IndexByte(head, 0) >= 0 || head[0] != '{' && head[0] != '[' {
		return false
	}
	next := bytes.TrimLeft(head[1:], " \t\r\n")
	if len(next) == 0 {
		return true
	}
	switch head[0] {
	case '{':
		return next[0] == '"' || next[0] == '}'
	default:
		return next[0] == '{' || next[0] == '[' || next[0] == ']'
	}
}

func (format) Open(ctx context.Context, f *read.File, opts *read.Options) (read.Source, error) {
	s := &source{file: f, limits: opts.Limits}
	if err := s.findLayout(opts); err != nil {
		return nil, err
	}
	if err := s.findColumns(ctx, opts); err != nil {
		return nil, err
	}
	return s, nil
}

// indexName is what a column is called that was a table's index, as pyarrow calls it.
const indexName = "__index_level_0__"

// source is an open file.
type source struct {
	file     *read.File
	limits   read.Limits
	layout   layout
	columns  []read.Column
	assumed  bool // columns were asked for: whether they are there shows at the end
	warnings []string
}

func (s *source) Columns() []read.Column { return s.columns }

// Describe implements read.Source.
func (s *source) Describe(info *read.Info) {
	info.Writer = "orient " + string(s.layout.orient)
	if s.layout.lines {
		info.Writer = "one object after the other"
	}
	info.Members = s.layout.members
	info.Warnings = append(info.Warnings, s.warnings...)
}

// Close implements read.Source.
func (s *source) Close() error { return nil }

// text opens the file at a value in it, nil for the beginning.
func (s *source) text(p *part, window int) (*text, error) {
	if p == nil {
		r, err := s.file.Reader()
		if err != nil {
			return nil, err
		}
		t := newText(r, window, s.limits)
		if err := t.skipBOM(); err != nil {
			return nil, err
		}
		if bytes.HasPrefix(t.buf, []byte("\xff\xfe")) || bytes.HasPrefix(t.buf, []byte("\xfe\xff")) {
			return nil, t.fault(read.ErrMalformed, 0, "the text is UTF-16: save the file as UTF-8")
		}
		return t, nil
	}
	ra, size, err := s.file.ReaderAt()
	if err != nil {
		return nil, err
	}
	t := newText(io.NewSectionReader(ra, p.at, size-p.at), window, s.limits)
	t.offset, t.line, t.lineStart = p.at, p.line, p.start
	return t, nil
}

func (s *source) add(name string) {
	s.columns = append(s.columns, read.Column{Name: name, Form: read.JSON, Arrow: arrow.BinaryTypes.String, Bytes: -1})
}

// findColumns finds the names of the columns.
func (s *source) findColumns(ctx context.Context, opts *read.Options) error {
	switch s.layout.orient {
	case read.OrientItems:
		s.add("key")
		s.add("value")
		return nil
	case read.OrientColumns, read.OrientSplit:
		for _, name := range s.layout.names {
			s.add(name)
		}
		if s.layout.index != nil {
			s.add(indexName)
		}
		return nil
	}
	names, err := s.rowNames(ctx, opts.Columns != nil)
	if err != nil {
		return err
	}
	for _, name := range names {
		s.add(name)
	}
	s.assumed = opts.Columns != nil
	for _, name := range opts.Columns {
		root, _, _ := strings.Cut(name, ".")
		if !slices.Contains(names, name) && !slices.Contains(names, root) {
			s.add(name)
		}
	}
	return nil
}

// fewRows is how many rows are looked at where only some columns are wanted.
const fewRows = 1000

// rowNames gathers the names that rows have: of a few rows, or of all.
func (s *source) rowNames(ctx context.Context, few bool) ([]string, error) {
	rows, err := s.rows()
	if err != nil {
		return nil, err
	}
	var names []string
	seen := make(map[string]bool)
	var room []byte
	counted := true // rows have the names 0, 1, 2 ..., which tell nothing
	for n := 0; !few || n < fewRows; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		row, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		counted = counted && rows.key != nil && jsonscan.TextIs(rows.key, fmt.Sprint(n))
		at := 0
		each := func(name []byte) bool {
			if !seen[string(name)] {
				seen[string(name)] = true
				names = append(names, string(name))
			}
			at++
			return len(names) <= s.limits.Columns
		}
		if s.layout.orient == read.OrientValues {
			jsonscan.Items(row, func([]byte) bool { return each(fmt.Append(room[:0], at)) })
		} else {
			jsonscan.Members(row, func(name, _ []byte) bool {
				room, _ = jsonscan.AppendText(room[:0], name)
				return each(room)
			})
		}
	}
	if s.layout.orient == read.OrientIndex && (few || !counted) {
		names = append(names, indexName)
	}
	return names, nil
}
