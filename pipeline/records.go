package pipeline

import (
	"iter"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/pickshard/pickshard/schema"
)

// Records is one split conformed to the schema: what a plan is made from and
// what formats lay out. It is immutable once made, but for the images' sizes, which
// the planner fills in; make it with NewRecords.
type Records struct {
	Split  string
	Schema *schema.Schema
	// Rows is the number of records as read.
	Rows int64
	// Columns has one column a field, of type Field.Type.Arrow() and Rows
	// long. Image fields have none (nil): see Images.
	Columns []*arrow.Chunked
	// Images has one entry a field, nil where the field is not an image.
	Images []*ImageColumn
	// KeyField is the index of the field that gives the WebDataset key, or -1
	// for {split}-{row:09d}.
	KeyField int
	// Source are the columns that the records were read from, Rows long, by their names
	// there; images in columns are not among them.
	Source []SourceColumn
	// SourceText has, in place of Source, each row of it as JSON.
	SourceText *array.String
	// Parts are the pickles that the rows were read from, in order; nil where the
	// split has one alone.
	Parts []Part
	// From has the record's row that each row was made of, where records become several
	// samples; nil where a row is a record.
	From []int64
	// Numbers has the number of each row in the split as read, where the records are a
	// part of it; nil where each row's number is its own.
	Numbers []int64

	starts [][]int64 // by field: the row each chunk begins at, and the end
	chosen choice
}

// NewRecords returns the records of a split. columns and images have one entry a
// field, see Records. Images' sizes are made, all NoImage.
func NewRecords(split string, s *schema.Schema, rows int64, columns []*arrow.Chunked, images []Images, keyField int) *Records {
	r := &Records{Split: split, Schema: s, Rows: rows, Columns: columns, KeyField: keyField}
	r.Images = make([]*ImageColumn, s.Len())
	for _, f := range s.Images() {
		r.Images[f] = newImageColumn(images[f], s.Field(f).Type.ImageList(), rows)
	}
	r.starts = make([][]int64, s.Len())
	for f, c := range columns {
		if c != nil {
			r.starts[f] = chunkStarts(c)
		}
	}
	return r
}

func chunkStarts(c *arrow.Chunked) []int64 {
	starts := make([]int64, 1, len(c.Chunks())+1)
	for _, a := range c.Chunks() {
		starts = append(starts, starts[len(starts)-1]+int64(a.Len()))
	}
	return starts
}

// Cell finds the value of a row in a field that is not an image.
func (r *Records) Cell(field int, row int64) Cell {
	starts := r.starts[field]
	lo, hi := 0, len(starts)-1
	for lo+1 < hi {
		if mid := (lo + hi) / 2; row >= starts[mid] {
			lo = mid
		} else {
			hi = mid
		}
	}
	return Cell{Array: r.Columns[field].Chunk(lo), Row: int(row - starts[lo])}
}

// SourceColumn is a column as it was read.
type SourceColumn struct {
	Name   string
	Column *arrow.Chunked
}

// Part is one of several files of a split.
type Part struct {
	File string // relative to INPUT
	Rows int64
}

// Number is a row's number in the split as read, which keys and reports name it by.
func (r *Records) Number(row int64) int64 {
	if r.Numbers != nil {
		return r.Numbers[row]
	}
	return row
}

// origin says from which of several files a row was read.
func (r *Records) origin(row int64) Origin {
	if r.From != nil {
		row = r.From[row]
	} else {
		row = r.Number(row)
	}
	for _, p := range r.Parts {
		if row < p.Rows {
			return Origin{File: p.File, Row: row}
		}
		row -= p.Rows
	}
	return Origin{}
}

// Keys yields the key of every row that has one, in order.
func (r *Records) Keys() iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		for row := range r.Rows {
			if !r.Has(row) {
				continue
			}
			if r.KeyField >= 0 {
				if c := r.Cell(r.KeyField, row); c.Array.IsNull(c.Row) {
					continue
				}
			}
			if !yield(row, r.Key(row)) {
				return
			}
		}
	}
}
