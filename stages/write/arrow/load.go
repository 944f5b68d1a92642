package arrow

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// loaded is a leaf of the batch in memory. Its slices are views of the body.
type loaded struct {
	validity []byte // nil: no nulls
	offsets  []byte // of a variable leaf or lists: int32 each; of others the values
	data     []byte
	at       int64       // of an image's leaf, in place of data: where that begins in the file
	size     int64       // of data, in memory or not
	array    arrow.Array // of a column; nil for the leaves of images and of values inside others
}

func (d *loaded) valid(row int64) bool {
	return d.validity == nil || d.validity[row/8]>>(row%8)&1 != 0
}

func (d *loaded) offset(row int64) int64 {
	return int64(int32(binary.LittleEndian.Uint32(d.offsets[4*row:])))
}

// value returns a variable leaf's value.
func (d *loaded) value(row int64) []byte {
	lo, hi := d.offset(row), d.offset(row+1)
	return d.data[lo:hi:hi]
}

// load reads the body at start, whose lengths are known to be right, but for the
// data of images, checks it and lays the leaves over it.
func (rd *reader) load(rows, start int64) error {
	at, rest := start, rd.room(rows)
	for i := range rd.framing.leaves {
		l, t := &rd.framing.leaves[i], rd.tallies[i]
		d := &rd.leaves[i]
		*d = loaded{}
		var b [3][]byte
		for k, n := range l.sizes(rows, t) {
			skipped := int64(0)
			if k == 2 && l.part == imageBytes {
				d.at, skipped = at, n
			}
			if err := rd.readAt(rest[:padded(n)-skipped], at+skipped); err != nil {
				return err
			}
			if b[k] = rest[: n-skipped : n-skipped]; !isZero(rest[n-skipped : padded(n)-skipped]) {
				return fmt.Errorf("%s: the padding of buffer %d is not zero", rd.describe(l), k)
			}
			at, rest = at+padded(n), rest[padded(n)-skipped:]
		}
		d.offsets, d.data, d.size = b[1], b[2], t.data
		if l.class == lists {
			d.size = rd.tallies[i+1].slots
		}
		if t.nulls > 0 {
			d.validity = b[0]
		}
		if err := rd.check(l, d, b[1], l.rows(rows, t), t); err != nil {
			return fmt.Errorf("%s: %w", rd.describe(l), err)
		}
		if l.part == wholeValue {
			d.array = makeArray(rd.types[l.field], rows, t, b)
		}
	}
	for i := range rd.framing.leaves {
		if l := &rd.framing.leaves[i]; l.part == nested && l.parent < 0 {
			a, err := rd.nest(i)
			if err != nil {
				return fmt.Errorf("%s: %w", rd.describe(l), err)
			}
			rd.leaves[i].array = a
		}
	}
	return nil
}

// room returns memory for a batch's buffers without the data of images; padding
// stays. It is at most what is left of the file.
func (rd *reader) room(rows int64) []byte {
	total := int64(0)
	for i := range rd.framing.leaves {
		l, t := &rd.framing.leaves[i], rd.tallies[i]
		total += l.span(rows, t)
		if l.part == imageBytes {
			total -= t.data
		}
	}
	rd.body = grow(rd.body, total)
	return rd.body
}

// check checks a leaf's buffers for what the Arrow format demands and for what
// Create always does: nulls are zeros, bits beyond the rows too.
func (rd *reader) check(l *leaf, d *loaded, values []byte, rows int64, t tally) error {
	if d.validity != nil && countBits(d.validity) != rows-t.nulls || !zeroBeyond(d.validity, rows) {
		return errors.New("the validity bitmap does not have as many nulls as counted")
	}
	switch l.class {
	case fixed:
		for row := range rows {
			if !d.valid(row) && !isZero(values[row*l.width:(row+1)*l.width]) {
				return fmt.Errorf("row %d is null but has a value", row)
			}
		}
	case boolean:
		for i, c := range values {
			if d.validity != nil && c&^d.validity[i] != 0 {
				return errors.New("a row is null but true")
			}
		}
		if !zeroBeyond(values, rows) {
			return errors.New("bits beyond the last row are set")
		}
	case variable, lists:
		if err := checkOffsets(d, rows); err != nil {
			return err
		}
		if l.text {
			if err := checkText(d, rows); err != nil {
				return err
			}
		}
	}
	if l.part == nested {
		return rd.checkInside(l, d, rows)
	}
	if around := rd.group(l); around != nil && (l.part == imageBytes || l.part == imageName) {
		return sameNulls(d.validity, around.validity)
	}
	return nil
}

// group is the struct that an image's leaf is a child of, which is loaded before; nil
// where there is none.
func (rd *reader) group(child *leaf) *loaded {
	for i := range rd.framing.leaves {
		if l := &rd.framing.leaves[i]; l.field == child.field && l.part == imageGroup {
			return &rd.leaves[i]
		}
	}
	return nil
}

func sameNulls(child, parent []byte) error {
	if string(child) != string(parent) {
		return errors.New("null in other rows than the image")
	}
	return nil
}

func checkOffsets(d *loaded, rows int64) error {
	if d.offset(0) != 0 {
		return fmt.Errorf("the first offset is %d, not 0", d.offset(0))
	}
	for row := range rows {
		lo, hi := d.offset(row), d.offset(row+1)
		if hi < lo || hi > d.size {
			return fmt.Errorf("row %d goes from %d to %d in %d bytes", row, lo, hi, d.size)
		}
		if hi > lo && !d.valid(row) {
			return fmt.Errorf("row %d is null but has a value", row)
		}
	}
	if end := d.offset(rows); end != d.size {
		return fmt.Errorf("the last offset is %d, the data has %d bytes", end, d.size)
	}
	return nil
}

func checkText(d *loaded, rows int64) error {
	for row := range rows {
		if !utf8.Valid(d.value(row)) {
			return fmt.Errorf("row %d is not UTF-8", row)
		}
	}
	return nil
}

func countBits(p []byte) int64 {
	n := 0
	for _, c := range p {
		n += bits.OnesCount8(c)
	}
	return int64(n)
}

// zeroBeyond says whether no bit from n on is set.
func zeroBeyond(p []byte, n int64) bool {
	for i, c := range p {
		if at := int64(i) * 8; at+8 > n && c>>max(n-at, 0) != 0 {
			return false
		}
	}
	return true
}

func isZero(p []byte) bool {
	for _, c := range p {
		if c != 0 {
			return false
		}
	}
	return true
}

// makeArray lays an Arrow array over checked buffers.
func makeArray(t arrow.DataType, rows int64, n tally, b [3][]byte) arrow.Array {
	buffers := []*memory.Buffer{nil, memory.NewBufferBytes(b[1])}
	if n.nulls > 0 {
		buffers[0] = memory.NewBufferBytes(b[0])
	}
	if id := t.ID(); id == arrow.STRING || id == arrow.BINARY {
		buffers = append(buffers, memory.NewBufferBytes(b[2]))
	}
	return array.MakeFromData(array.NewData(t, int(rows), buffers, nil, int(n.nulls), 0))
}
