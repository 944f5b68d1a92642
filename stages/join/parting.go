package join

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/pipeline"
)

// A Parting says which records of a table belong to which split.
type Parting interface {
	// Rows lists the rows of a split, of those that a table of that many rows has,
	// in ascending order. column finds a column by its name.
	Rows(split string, rows int64, column func(name string) (*arrow.Chunked, bool)) (pipeline.Rows, error)
}

// ByColumn parts records by the value of a column, which is the split's name.
type ByColumn struct{ Column string }

// Rows lists the rows whose value is the split's name.
func (p ByColumn) Rows(split string, rows int64, column func(string) (*arrow.Chunked, bool)) (pipeline.Rows, error) {
	value, err := p.bind(column)
	if err != nil {
		return pipeline.Rows{}, err
	}
	var list []int64
	var room []byte
	for row := range rows {
		var ok bool
		if room, ok = value.append(room[:0], row); ok && string(room) == split {
			list = append(list, row)
		}
	}
	return rowsOf(list), nil
}

// maxParts bounds the splits that a column's values make.
const maxParts = 100

// Names lists the splits that a column's values make: train, validation and test
// first, as Hugging Face lists them, then the others in order.
func (p ByColumn) Names(rows int64, column func(string) (*arrow.Chunked, bool)) ([]string, error) {
	value, err := p.bind(column)
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	var room []byte
	for row := range rows {
		var ok bool
		if room, ok = value.append(room[:0], row); !ok || seen[string(room)] {
			continue
		}
		if seen[string(room)] = true; len(seen) > maxParts {
			return nil, fmt.Errorf("column %s has more than %d values, too many to be splits", p.Column, maxParts)
		}
	}
	var names []string
	for _, name := range []string{"train", "validation", "test"} {
		if seen[name] {
			names = append(names, name)
			delete(seen, name)
		}
	}
	var others []string
	for name := range seen {
		others = append(others, name)
	}
	slices.Sort(others)
	return append(names, others...), nil
}

func (p ByColumn) bind(column func(string) (*arrow.Chunked, bool)) (appender, error) {
	c, ok := column(p.Column)
	if !ok {
		return nil, fmt.Errorf("the records have no column %s to split by", p.Column)
	}
	value, err := bindColumn(c, 0)
	if err != nil {
		return nil, fmt.Errorf("split by %s: %w", p.Column, err)
	}
	return value, nil
}

// ByRatio parts records by a hash of their group, so that no group is in two splits,
// and records that are appended later move no other.
type ByRatio struct {
	// Shares are the splits and what of the whole each gets; they sum up to 1.
	Shares []Share
	Seed   uint64
	// Group is the column whose values stay together, empty for each record alone.
	Group string
}

// Share is a split's part of the whole.
type Share struct {
	Split string
	Part  float64
}

// Rows lists the rows of the groups that fall to the split.
func (p ByRatio) Rows(split string, rows int64, column func(string) (*arrow.Chunked, bool)) (pipeline.Rows, error) {
	var group appender
	if p.Group != "" {
		var err error
		if group, err = (ByColumn{p.Group}).bind(column); err != nil {
			return pipeline.Rows{}, err
		}
	}
	lo, hi := p.bounds(split)
	var list []int64
	room := make([]byte, 8, 64)
	for row := range rows {
		room = binary.LittleEndian.AppendUint64(room[:0], p.Seed)
		grouped := false
		if group != nil {
			room, grouped = group.append(append(room, 'g'), row)
		}
		if !grouped { // a record without a group is one of its own
			room = binary.LittleEndian.AppendUint64(append(room[:8], 'r'), uint64(row))
		}
		if at := fraction(room); at >= lo && at < hi {
			list = append(list, row)
		}
	}
	return rowsOf(list), nil
}

// bounds is the part of [0, 1) that falls to a split.
func (p ByRatio) bounds(split string) (lo, hi float64) {
	for i, s := range p.Shares {
		hi = lo + s.Part
		if i == len(p.Shares)-1 {
			hi = 1 // whatever the sum of binary fractions is
		}
		if s.Split == split {
			return lo, hi
		}
		lo = hi
	}
	return 1, 1
}

// fraction spreads bytes over [0, 1): the first 53 bits of their SHA-256, so that the
// same bytes are at the same place everywhere.
func fraction(p []byte) float64 {
	sum := sha256.Sum256(p)
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// rowsOf keeps nothing for each row where they follow one another.
func rowsOf(list []int64) pipeline.Rows {
	if n := len(list); n > 0 && list[n-1]-list[0] == int64(n-1) {
		return pipeline.RowRange(list[0], n)
	}
	if list == nil {
		list = []int64{}
	}
	return pipeline.RowList(list)
}

// First lists the first n of some rows.
func First(rows pipeline.Rows, n int) pipeline.Rows { return rows.Slice(0, min(n, rows.Len())) }

// Sample lists n of some rows, those whose numbers have the least hash, in their order.
func Sample(rows pipeline.Rows, n int) pipeline.Rows {
	if n >= rows.Len() {
		return rows
	}
	marks := make([]uint64, rows.Len())
	for i, row := range rows.All() {
		sum := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("sample"), uint64(row)))
		marks[i] = binary.BigEndian.Uint64(sum[:])
	}
	sorted := slices.Clone(marks)
	slices.Sort(sorted)
	most, list := uint64(math.MaxUint64), make([]int64, 0, n)
	if n < len(sorted) {
		most = sorted[n]
	}
	for i, row := range rows.All() {
		if marks[i] < most && len(list) < n {
			list = append(list, row)
		}
	}
	return rowsOf(list)
}
