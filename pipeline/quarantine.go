package pipeline

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// quarantined writes the records of a split that are quarantined, by their rows: each
// stands among those that the plan has left out, or in the shard that was built without
// it. violations are sorted by row.
func (f *finalizer) quarantined(split int, violations []Violation) ([]byte, error) {
	broke := make(map[int64][]Violation)
	for _, v := range violations {
		broke[v.Row] = append(broke[v.Row], v)
	}
	lines := make(map[int64][]byte, len(broke))
	write := func(r *Records, rows Rows) (err error) {
		for _, row := range rows.All() {
			n := r.Number(row)
			if of, ok := broke[n]; ok && err == nil {
				lines[n], err = quarantineLine(r, row, of)
			}
		}
		return err
	}
	left, rows, err := f.tasks.Left(split)
	if err == nil {
		err = write(left, rows)
	}
	for i, rec := range f.records.records[split] {
		if err != nil {
			return nil, fmt.Errorf("write quarantine: %w", err)
		}
		if len(rec.Built.Dropped) == 0 {
			continue
		}
		var task *Task
		if task, err = f.tasks.Task(ShardID{split, i}); err == nil {
			err = write(task.Records, task.Order)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write quarantine: %w", err)
	}
	var out []byte
	for i, v := range violations {
		if i > 0 && v.Row == violations[i-1].Row {
			continue
		}
		line, ok := lines[v.Row]
		if !ok {
			return nil, fmt.Errorf("write quarantine: row %d of split %s is in no shard of the plan", v.Row, f.plan.Splits[split].Name)
		}
		out = append(out, line...)
	}
	return out, nil
}

// quarantineLine writes a record that broke rules as a line of JSON: split and
// row (and file, where there are several), every violation, the record in the fields of
// the config, image fields as their file names, and in the columns that it was read
// from: who repairs those has a line that the same config reads again.
func quarantineLine(r *Records, row int64, violations []Violation) ([]byte, error) {
	out := schema.AppendJSONString([]byte(`{"split":`), r.Split)
	out = fmt.Appendf(out, `,"row":%d`, r.Number(row))
	if from := r.origin(row); from.File != "" {
		out = schema.AppendJSONString(append(out, `,"origin":{"file":`...), from.File)
		out = fmt.Appendf(out, `,"row":%d}`, from.Row)
	}
	out = append(out, `,"violations":[`...)
	for i, v := range violations {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendViolation(out, v)
	}
	out, err := appendRecord(append(out, `],"record":`...), r, row)
	if err != nil {
		return nil, err
	}
	mark := len(out)
	out, ok, err := r.AppendSource(append(out, `,"source":`...), row)
	if !ok {
		out = out[:mark]
	}
	return append(out, "}\n"...), err
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

// AppendSource appends the columns that a row was read from, as JSON; ok is false where
// there are none.
func (r *Records) AppendSource(out []byte, row int64) (_ []byte, ok bool, err error) {
	if r.SourceText != nil && r.SourceText.IsValid(int(row)) {
		return append(out, r.SourceText.Value(int(row))...), true, nil
	}
	if len(r.Source) == 0 {
		return out, false, nil
	}
	out = append(out, '{')
	for i, s := range r.Source {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(schema.AppendJSONString(out, s.Name), ':')
		a, at := cellOf(s.Column, row)
		if out, err = schema.AppendJSON(out, a, at, schema.StrictFloats); err != nil {
			return nil, false, err
		}
	}
	return append(out, '}'), true, nil
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
