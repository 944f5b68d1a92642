package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/stages/read"
)

// Records for people: so many columns of a terminal, so many of a table.
const (
	terminalWidth = 80
	mostOfRecord  = 50
)

// writeRecords writes records one below the other, a line a column, each cut to fit
// a terminal. What is in a stranger's file cannot drive it.
func writeRecords(out io.Writer, t read.Table, rows rowRange) error {
	w := bufio.NewWriter(out)
	names, width := shownNames(t.Schema().Fields())
	var cell bytes.Buffer
	text := bufio.NewWriter(&cell)
	cells := newCellWriter(text, terminalWidth-width-len(`  `+`  `+`…"`))
	row := rows.from
	err := t.Batches(rows.from, rows.to, func(b arrow.RecordBatch) error {
		for i := range int(b.NumRows()) {
			fmt.Fprintf(w, "row %d\n", row) // an error stays in w
			row++
			for c, name := range names {
				cell.Reset()
				if err := cells.write(b.Column(c), i); err != nil {
					return fmt.Errorf("column %s: %w", b.ColumnName(c), err)
				}
				if err := text.Flush(); err != nil {
					return err
				}
				pad := strings.Repeat(" ", width-utf8.RuneCountInString(name))
				fmt.Fprintf(w, "  %s%s  %s\n", name, pad, visible(cell.String()))
			}
			if n := int(b.NumCols()) - len(names); n > 0 {
				fmt.Fprintf(w, "  and %s more\n", plural(int64(n), "column"))
			}
		}
		return nil
	})
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return fmt.Errorf("print records: %w", err)
	}
	return nil
}

// shownNames are the names of the first columns as people see them, and the width
// of the widest.
func shownNames(fields []arrow.Field) ([]string, int) {
	var names []string
	width := 0
	for _, f := range fields[:min(len(fields), mostOfRecord)] {
		name := shorten(printable(shorten(f.Name, longestName)), longestName)
		names = append(names, name)
		width = max(width, utf8.RuneCountInString(name))
	}
	return names, width
}

// visible spells what a terminal does not show as JSON does.
func visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
