package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
	"github.com/pickshard/pickshard/stages/read"
)

// writeRows writes one JSON object a row, columns in the table's order, and never
// holds a row: a small pickle may name one long text in every column.
func writeRows(out io.Writer, t read.Table, rows rowRange) error {
	w := bufio.NewWriterSize(out, 256<<10)
	err := t.Batches(rows.from, rows.to, func(b arrow.RecordBatch) error {
		for i := range int(b.NumRows()) {
			_ = w.WriteByte('{') // an error stays in w
			for c, column := range b.Columns() {
				if c > 0 {
					_ = w.WriteByte(',')
				}
				_ = schema.WriteJSONString(w, b.ColumnName(c))
				_ = w.WriteByte(':')
				if err := schema.WriteJSON(w, column, i, schema.StrictFloats); err != nil {
					return cellError(w, b.ColumnName(c), err)
				}
			}
			if _, err := w.WriteString("}\n"); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write JSON Lines: %w", err)
	}
	return nil
}

// cellError is why a cell could not be written to w: w itself, or the cell.
func cellError(w *bufio.Writer, column string, err error) error {
	if gone := w.Flush(); gone != nil {
		return gone
	}
	return fmt.Errorf("column %s: %w", column, err)
}

// cellWriter writes the first characters of cells as JSON.
type cellWriter struct {
	w     *bufio.Writer
	most  int // characters
	begun prefix
	short *bufio.Writer // to begun
}

func newCellWriter(w *bufio.Writer, most int) *cellWriter {
	c := &cellWriter{w: w, most: most, begun: prefix{most: utf8.UTFMax*most + 1}} // bytes: more than most characters
	c.short = bufio.NewWriter(&c.begun)
	return c
}

func (c *cellWriter) write(a arrow.Array, i int) error {
	c.begun.data = c.begun.data[:0]
	c.short.Reset(&c.begun)
	err := schema.WriteJSON(c.short, a, i, schema.StrictFloats)
	if err == nil {
		err = c.short.Flush()
	}
	if err != nil && !errors.Is(err, errEnough) {
		return err
	}
	whole := string(c.begun.data)
	text := shorten(whole, c.most)
	_, err = c.w.WriteString(text)
	if text != whole && text[0] == '"' {
		err = c.w.WriteByte('"')
	}
	return err
}

// prefix keeps the first bytes of what is written to it.
type prefix struct {
	data []byte
	most int
}

var errEnough = errors.New("enough was written")

func (p *prefix) Write(b []byte) (int, error) {
	n := min(len(b), p.most-len(p.data))
	p.data = append(p.data, b[:n]...)
	if n < len(b) {
		return n, errEnough
	}
	return n, nil
}

// shorten cuts s after most characters; 0 is no bound.
func shorten(s string, most int) string {
	n := 0
	for i := range s {
		if most > 0 && n == most {
			return s[:i] + "…"
		}
		n++
	}
	return s
}

// writeCSV writes a header and one line a row: text as it is, missing values
// empty, everything else as in JSON. Like writeRows it never holds a row, as a
// csv.Writer does.
func writeCSV(out io.Writer, t read.Table, rows rowRange) error {
	w := bufio.NewWriterSize(out, 256<<10)
	for c, f := range t.Schema().Fields() {
		if c > 0 {
			_ = w.WriteByte(',') // an error stays in w
		}
		writeField(w, f.Name)
	}
	_ = w.WriteByte('\n')
	err := t.Batches(rows.from, rows.to, func(b arrow.RecordBatch) error {
		for i := range int(b.NumRows()) {
			for c, column := range b.Columns() {
				if c > 0 {
					_ = w.WriteByte(',')
				}
				v, err := csvValue(column, i)
				if err != nil {
					return fmt.Errorf("column %s: %w", b.ColumnName(c), err)
				}
				writeField(w, v)
			}
			if err := w.WriteByte('\n'); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

var doubleQuotes = strings.NewReplacer(`"`, `""`)

// writeField writes a field as encoding/csv does. `\.` ends the data for some
// readers, and some trim a space in front.
func writeField(w *bufio.Writer, s string) {
	first, _ := utf8.DecodeRuneInString(s)
	if s != `\.` && !unicode.IsSpace(first) && !strings.ContainsAny(s, ",\"\r\n") {
		_, _ = w.WriteString(s)
		return
	}
	_ = w.WriteByte('"')
	_, _ = doubleQuotes.WriteString(w, s)
	_ = w.WriteByte('"')
}

func csvValue(a arrow.Array, i int) (string, error) {
	if a.IsNull(i) {
		return "", nil
	}
	if s, ok := a.(*array.String); ok {
		return s.Value(i), nil
	}
	data, err := schema.AppendJSON(nil, a, i, schema.StrictFloats)
	if n := len(data); err == nil && n >= 2 && data[0] == '"' && data[n-1] == '"' {
		data = data[1 : n-1] // base64 and dates: nothing in them is escaped
	}
	return string(data), err
}
