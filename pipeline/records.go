package pipeline

import (
	"iter"
	"path"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// Records is one split conformed to the schema: what a plan is made from and
// what formats lay out. It is immutable once made, but for Sizes, which the
// planner fills in; make it with NewRecords.
type Records struct {
	Split  string
	Schema *schema.Schema
	// Rows is the number of records as read.
	Rows int64
	// Columns has one column a field, of type Field.Type.Arrow() and Rows
	// long. Image fields have none (nil): see Paths and Sizes.
	Columns []*arrow.Chunked
	// Paths has one entry a field; for an image field it spells a row's file
	// name relative to INPUT.
	Paths []PathFunc
	// Sizes has one entry a field; for an image field the file's size in bytes
	// by row, NoImage where the record has none.
	Sizes []Numbers
	// KeyField is the index of the field that gives the WebDataset key, or -1
	// for {split}-{row:09d}.
	KeyField int
	// Parts are the pickles that the rows were read from, in order; nil where the
	// split has one alone.
	Parts []Part

	starts [][]int64 // by field: the row each chunk begins at, and the end
}

// NoImage stands in Records.Sizes for a record without that image.
const NoImage int64 = -1

// A PathFunc appends the file name of an image of row to dst. ok is false when
// a column the name is made of is null in that row. It is safe for concurrent
// use.
type PathFunc func(dst []byte, row int64) (name []byte, ok bool)

// NewRecords returns the records of a split. columns and paths have one entry a
// field, see Records. Sizes are made, all NoImage.
func NewRecords(split string, s *schema.Schema, rows int64, columns []*arrow.Chunked, paths []PathFunc, keyField int) *Records {
	r := &Records{Split: split, Schema: s, Rows: rows, Columns: columns, Paths: paths, KeyField: keyField}
	r.Sizes = make([]Numbers, s.Len())
	for _, f := range s.Images() {
		r.Sizes[f] = makeNumbers(rows, NoImage)
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

// Part is one of several files of a split.
type Part struct {
	File string // relative to INPUT
	Rows int64
}

// origin says from which of several files a row was read.
func (r *Records) origin(row int64) Origin {
	for _, p := range r.Parts {
		if row < p.Rows {
			return Origin{File: p.File, Row: row}
		}
		row -= p.Rows
	}
	return Origin{}
}

// ImageName returns what consumers get as an image's path: the base name of
// its file, as Hugging Face embeds it (datasets: Image.embed_storage).
func (r *Records) ImageName(field int, row int64) (string, bool) {
	name, ok := r.Paths[field](nil, row)
	if !ok {
		return "", false
	}
	return path.Base(string(name)), true
}

// Shard is the part of a split that one file of each format holds: the view
// that formats lay out.
type Shard struct {
	*Records
	// Index and Total number the shard within its split, from 0.
	Index, Total int
	// Order lists the rows of Records in the shard's order.
	Order Rows
	// Members names, for each image field, the extension its members have in a
	// tar ("jpg"), one for the whole data set; empty for other fields.
	Members []string
}

// Len is the number of records in the shard.
func (s *Shard) Len() int { return s.Order.Len() }

// ImageSize returns the bytes of an image of the i-th record, or NoImage.
func (s *Shard) ImageSize(i, field int) int64 { return s.Sizes[field].At(s.Order.At(i)) }

// Keys yields the key of every row that has one, in order.
func (r *Records) Keys() iter.Seq2[int64, string] {
	return func(yield func(int64, string) bool) {
		for row := range r.Rows {
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
