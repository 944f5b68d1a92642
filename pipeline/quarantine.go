package pipeline

import (
	"fmt"

	"github.com/pickshard/pickshard/schema"
)

// quarantineLines writes the records that broke rules as JSON Lines: split and
// row (and file, where there are several), every violation, and the record as it was read, image fields as their
// file names. Violations are sorted by row.
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
		if out, err = appendRecord(out, r, row); err != nil {
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
