package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/pickshard/pickshard/schema"
)

// rows returns the rows that the plan gave a shard.
func (p *Planned) rows(split, index int) Rows {
	sh := p.Plan.Splits[split].Shards[index]
	return p.orders[split].Slice(int(sh.First), int(sh.First)+sh.Rows)
}

// sourceDigest identifies the images of a shard as they lie on the disk.
func sourceDigest(r *Records, times []Numbers, rows Rows) string { return timedDigest(r, rows, times) }

// timedDigest is a digest over the names, sizes and times of rows' images: times are
// kinds of time, each with its numbers a field.
func timedDigest(r *Records, rows Rows, times ...[]Numbers) string {
	h := sha256.New()
	var line []byte
	for _, row := range rows.All() {
		line = imageLine(line[:0], r, row)
		for _, f := range r.Schema.Images() {
			for item := range r.Images[f].Count(row) {
				place := r.Images[f].Place(row, item)
				for _, kind := range times {
					line = append(strconv.AppendInt(line, kind[f].At(place), 10), ',')
				}
			}
		}
		h.Write(line)
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// arrowBytes is the size of a shard's values in Arrow, which Hugging Face calls
// num_bytes: buffers of values and offsets, without validity bitmaps and
// padding.
func arrowBytes(s *Shard) int64 {
	total := int64(0)
	for f := range s.Schema.Len() {
		if s.Images[f] != nil {
			total += s.imageBytes(f)
			continue
		}
		total += s.columnBytes(f)
	}
	return total
}

// columnBytes is the size of a shard's values of a field that is not an image. Values of
// one size are counted at once, as bits of booleans share bytes across chunks.
func (s *Shard) columnBytes(field int) int64 {
	if t, ok := s.Columns[field].DataType().(arrow.FixedWidthDataType); ok && !s.Schema.Field(field).Type.Nested() {
		return (int64(t.BitWidth())*int64(s.Len()) + 7) / 8
	}
	total := int64(0)
	for _, row := range s.Order.All() {
		c := s.Cell(field, row)
		total += schema.ValueBytes(c.Array, c.Row, c.Row+1)
	}
	return total
}

// imageBytes is the size of a field's images and their names with two offsets each,
// and one more for each list; plain ones have no names.
func (s *Shard) imageBytes(field int) int64 {
	c, total := s.Images[field], int64(0)
	for _, row := range s.Order.All() {
		if c.list {
			total += 4
		}
		for item := range c.Count(row) {
			size, plain := c.Size(row, item), s.Schema.Field(field).Type.Plain
			if total += 4; size != NoImage {
				total += size
			}
			if name, _ := c.Name(row, item); !plain {
				total += 4 + int64(len(name))
			}
		}
	}
	return total
}
