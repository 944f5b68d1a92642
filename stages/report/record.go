package report

import (
	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/schema"
)

// A record is one record as it is walked over. It is valid until the next.
type record struct {
	split  int
	number int64 // in the split, from 0
	row    int64 // in the split as it was read; -1 where nothing tells it
	key    string
	values []pipeline.Cell
	images [][]picture // by field, nil for null and for fields without images
}

// A picture is an image that was not read: where it lies is the source's business.
type picture struct {
	name  string // empty where nothing tells it
	size  int64  // in bytes
	none  bool   // a null in a list, or lost
	lost  string // why there is none where a record names one
	mark  uint64 // more that tells images apart, where there is no name
	part  int    // of the source, and where it lies there
	at    int64
	field int
	item  int
}

// captured is a record that may be shown, cut to what is shown of it.
type captured struct {
	split   int
	number  int64
	row     int64
	hash    uint64
	key     string
	values  []string // by field
	numbers []float64
	known   []bool // whether there is a number
	images  [][]picture
}

func capture(s *schema.Schema, r *record, hash uint64) *captured {
	c := &captured{
		split: r.split, number: r.number, row: r.row, hash: hash, key: r.key,
		values: make([]string, s.Len()), numbers: make([]float64, s.Len()), known: make([]bool, s.Len()), images: make([][]picture, s.Len()),
	}
	for f := range s.Len() {
		t := s.Field(f).Type
		if t.Images() {
			if r.images[f] != nil {
				c.images[f] = append([]picture{}, r.images[f]...)
			}
			continue
		}
		if kindOf(t) == kindNumber {
			c.numbers[f], c.known[f] = number(r.values[f])
		}
		c.values[f] = spelled(t, r.values[f])
	}
	return c
}
