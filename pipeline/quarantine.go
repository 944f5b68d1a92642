package pipeline

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// quarantineLines writes the records that broke rules as JSON Lines: split and
// row (and file, where there are several), every violation, the record in the fields of
// the config, image fields as their file names, and in the columns that it was read
// from: who mends those has a line that the same config reads again. Violations are
// sorted by row.
func quarantineLines(r *Records, violations []Violation) ([]byte, error) {
	var out []byte
	for i := 0; i < len(violations); {
		row := violations[i].Row
		out = append(out, `{"split":`...)
		out = schema.AppendJSONString(out, r.Split)
		out = fmt.Appendf(out, `,"row":%d`, row)
		if from := r.origin(row); from.File != "" {
			out = schema.AppendJSONString(append(out, `,"origin":{"file":`...), from.File)
			out = fmt.Appendf(out, `,"row":%d}`, from.Row)
		}
		out = append(out, `,"violations":[`...)
		for first := true; i < len(violations) && violations[i].Row == row; i++ {
			if !first {
				out = append(out, ',')
			}
			first = false
			out = appendViolation(out, violations[i])
		}
		out = append(out, `],"record":`...)
		var err error
		if out, err = appendRecord(out, r, row); err == nil && len(r.Source) > 0 {
			out, err = appendSource(append(out, `,"source":`...), r, row)
		}
		if err != nil {
			return nil, fmt.Errorf("write quarantine: %w", err)
		}
		out = append(out, "}\n"...)
	}
	return out, nil
}

func appendViolation(out []byte, v Violation) []byte {
	out = append(out, `{"rule":`...)
	out = schema.AppendJSONString(out, v.Rule)
	out = append(out, `,"field":`...)
	out = schema.AppendJSONString(out, v.Field)
	if v.File != "" {
		out = append(out, `,"file":`...)
		out = schema.AppendJSONString(out, v.File)
	}
	out = append(out, `,"detail":`...)
	out = schema.AppendJSONString(out, v.Detail)
	return append(out, '}')
}

func appendRecord(out []byte, r *Records, row int64) ([]byte, error) {
	var err error
	out = append(out, '{')
	for f := range r.Schema.Len() {
		if f > 0 {
			out = append(out, ',')
		}
		out = schema.AppendJSONString(out, r.Schema.Field(f).Name)
		out = append(out, ':')
		if r.Images[f] != nil {
			out = appendImageFiles(out, r.Images[f], row)
			continue
		}
		c := r.Cell(f, row)
		if out, err = schema.AppendJSON(out, c.Array, c.Row, schema.StrictFloats); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// appendSource appends the columns that a row was read from.
func appendSource(out []byte, r *Records, row int64) ([]byte, error) {
	out = append(out, '{')
	for i, s := range r.Source {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(schema.AppendJSONString(out, s.Name), ':')
		a, at := cellOf(s.Column, row)
		var err error
		if out, err = schema.AppendJSON(out, a, at, schema.StrictFloats); err != nil {
			return nil, err
		}
	}
	return append(out, '}'), nil
}

// cellOf finds a row in the chunks of a column.
func cellOf(c *arrow.Chunked, row int64) (arrow.Array, int) {
	for _, a := range c.Chunks() {
		if row < int64(a.Len()) {
			return a, int(row)
		}
		row -= int64(a.Len())
	}
	return array.NewNull(1), 0
}

// appendImageFiles appends the names of the files of a row's images.
func appendImageFiles(out []byte, c *ImageColumn, row int64) []byte {
	n, ok := c.Len(row)
	if !ok {
		return append(out, "null"...)
	}
	if c.list {
		out = append(out, '[')
	}
	for item := range n {
		if item > 0 {
			out = append(out, ',')
		}
		if name, ok := c.AppendFile(nil, row, item); ok {
			out = schema.AppendJSONString(out, string(name))
		} else {
			out = append(out, "null"...)
		}
	}
	if c.list {
		out = append(out, ']')
	}
	return out
}
