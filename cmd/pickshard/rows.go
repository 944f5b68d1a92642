package main

import (
	"bufio"
	"bytes"
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

// shorten cuts s after most characters; 0 means no bound.
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
	cells := newFieldWriter(w)
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
				if err := cells.write(column, i); err != nil {
					return cellError(w, b.ColumnName(c), err)
				}
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

// fieldWriter writes cells as fields of CSV. A nested value may name one long text many
// times, so no more of it is held than tells whether it needs quotes.
type fieldWriter struct {
	w     *bufio.Writer
	begun prefix
	short *bufio.Writer // to begun
}

func newFieldWriter(w *bufio.Writer) *fieldWriter {
	const held = 64 << 10
	f := &fieldWriter{w: w, begun: prefix{most: held}}
	f.short = bufio.NewWriter(&f.begun)
	return f
}

func (f *fieldWriter) write(a arrow.Array, i int) error {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.String:
		writeField(f.w, a.Value(i))
		return nil
	case *array.Struct, array.ListLike:
		return f.writeNested(a, i)
	}
	data, err := schema.AppendJSON(nil, a, i, schema.StrictFloats)
	if n := len(data); err == nil && n >= 2 && data[0] == '"' && data[n-1] == '"' {
		data = data[1 : n-1] // base64 and dates: nothing in them is escaped
	}
	writeField(f.w, string(data))
	return err
}

func (f *fieldWriter) writeNested(a arrow.Array, i int) error {
	f.begun.data = f.begun.data[:0]
	f.short.Reset(&f.begun)
	err := schema.WriteJSON(f.short, a, i, schema.StrictFloats)
	if err == nil {
		err = f.short.Flush()
	}
	if err == nil {
		writeField(f.w, string(f.begun.data))
		return nil
	}
	if !errors.Is(err, errEnough) {
		return err
	}
	_ = f.w.WriteByte('"') // it is long, and has a comma or a quote
	quoted := bufio.NewWriter(quoteDoubler{f.w})
	if err = schema.WriteJSON(quoted, a, i, schema.StrictFloats); err == nil {
		err = quoted.Flush()
	}
	_ = f.w.WriteByte('"')
	return err
}

// quoteDoubler writes the inside of a field in quotes.
type quoteDoubler struct{ w *bufio.Writer }

func (d quoteDoubler) Write(b []byte) (int, error) { return len(b), d.write(b) }

func (d quoteDoubler) write(b []byte) error {
	for {
		i := bytes.IndexByte(b, '"')
		if i < 0 {
			_, err := d.w.Write(b)
			return err
		}
		_, _ = d.w.Write(b[:i+1])
		if err := d.w.WriteByte('"'); err != nil {
			return err
		}
		b = b[i+1:]
	}
}
