package csv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read"
)

// New returns the reader of csv files.
func New() read.Reader { return read.Stream(format{}) }

type format struct{}

func (format) Kind() string { return "csv" }

// Match takes text that is called csv, or whose first line has a separator in it.
func (format) Match(head []byte, name string) bool {
	if named(name, ".csv", ".tsv", ".tab") {
		text := bytes.ReplaceAll(head, []byte{0}, nil)
		return len(text) == len(head) || marked16(head) || looksLikeText(text) // UTF-16 for the error that says so
	}
	if !looksLikeText(head) || named(name, ".json", ".jsonl", ".ndjson") || !validStart(head) {
		return false
	}
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.ContainsAny(line, separators) || named(name, ".txt")
}

func (format) Open(_ context.Context, f *read.File, opts *read.Options) (read.Source, error) {
	whole := len(f.Head) < read.HeadBytes
	comma, err := separator(f.Head, f.BareName(), whole)
	if err != nil {
		return nil, err
	}
	if len(opts.Header) > 1 && !fits(f.Head, comma, whole) && fits(f.Head, ' ', whole) {
		comma = ' ' // nobody gives a header of several columns to a text of one
	}
	s := &source{file: f, comma: comma, most: opts.Limits.RowBytes, headless: len(opts.Header) > 0}
	sc, err := s.open()
	if err != nil {
		return nil, err
	}
	names, err := header(sc, opts.Limits.Columns)
	if err != nil {
		return nil, err
	}
	if s.headless {
		if len(names) != len(opts.Header) {
			return nil, &read.PlaceError{Err: read.ErrMalformed, Line: 1, Detail: fmt.Sprintf("it has %d fields, the header that is given names %d", len(names), len(opts.Header))}
		}
		names = opts.Header
	}
	for i, name := range names {
		if name == "" {
			name = fmt.Sprintf("Unnamed: %d", i)
		}
		s.columns = append(s.columns, read.Column{Name: name, Form: read.Text, Arrow: arrow.BinaryTypes.String, Bytes: -1})
	}
	return s, nil
}

// header reads the names of the columns.
func header(s *scanner, most int) ([]string, error) {
	if err := s.next(); errors.Is(err, io.EOF) {
		return nil, read.NotTable("the file is empty: the first line names the columns")
	} else if err != nil {
		return nil, err
	}
	var names []string
	for last := false; !last; {
		text, end, err := s.field()
		if err != nil {
			return nil, err
		}
		if len(names) >= most {
			return nil, s.began.fault(read.ErrLimit, "more than %d columns", most)
		}
		names, last = append(names, string(text)), end
	}
	return names, nil
}

// source is an open file.
type source struct {
	file    *read.File
	comma   byte
	most    int64
	columns []read.Column
	// headless: the first record is a record.
	headless bool
}

func (s *source) Columns() []read.Column { return s.columns }

// OneTable implements read.OneTable.
func (s *source) OneTable() {}

// Describe implements read.Source.
func (s *source) Describe(info *read.Info) {
	if name, ok := map[byte]string{' ': "blanks", '\t': "tabs", ';': "semicolons", '|': "bars"}[s.comma]; ok {
		info.Writer = "fields separated by " + name
	}
}

// Close implements read.Source.
func (s *source) Close() error { return nil }

// open starts at the header.
func (s *source) open() (*scanner, error) {
	r, err := s.file.Reader()
	if err != nil {
		return nil, err
	}
	sc := newScanner(r, s.comma, s.most)
	return sc, sc.skipBOM()
}

// Rows implements read.Source.
func (s *source) Rows(_ context.Context, columns []int) (read.Rows, error) {
	sc, err := s.open()
	if err != nil {
		return nil, err
	}
	if !s.headless {
		if _, err := header(sc, len(s.columns)); err != nil {
			return nil, err
		}
	}
	r := &rows{scanner: sc, fields: len(s.columns), to: make([]int, len(s.columns)), columns: make([]read.TextBuilder, len(columns))}
	for i := range r.to {
		r.to[i] = -1
	}
	for i, c := range columns {
		r.to[c] = i
	}
	return r, nil
}

// rows reads records.
type rows struct {
	*scanner
	fields  int
	to      []int // of a field, the column it goes to; -1 for none
	columns []read.TextBuilder
}

// Close implements read.Rows.
func (r *rows) Close() error { return nil }

// Next implements read.Rows.
func (r *rows) Next() ([]arrow.Array, int, error) {
	n, size := 0, 0
	for n < read.BatchRows && size < read.BatchBytes {
		if err := r.next(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, 0, err
		}
		added, err := r.record()
		if err != nil {
			return nil, 0, err
		}
		size += added
		n++
	}
	if n == 0 {
		return nil, 0, io.EOF
	}
	arrays := make([]arrow.Array, len(r.columns))
	for i := range r.columns {
		arrays[i] = r.columns[i].Array()
	}
	return arrays, n, nil
}

// record adds the record at hand and says how many bytes that were.
func (r *rows) record() (size int, err error) {
	at := 0
	for last := false; !last; at++ {
		var text []byte
		if text, last, err = r.field(); err != nil {
			return 0, err
		}
		if at < r.fields && r.to[at] >= 0 {
			if c := &r.columns[r.to[at]]; len(text) == 0 {
				c.AddNull()
			} else {
				c.Add(text)
			}
			size += len(text)
		}
	}
	if at != r.fields {
		p := r.began
		p.column = 0
		return 0, p.fault(read.ErrMalformed, "%s, the header has %d: a value with a separator in it belongs in quotes", count(at), r.fields)
	}
	return size, nil
}

func count(fields int) string {
	if fields == 1 {
		return "1 field"
	}
	return fmt.Sprintf("%d fields", fields)
}
