package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/parquet-go/parquet-go/format"
)

var errDelta = errors.New("deltas that make no sense")

// delta is DELTA_BINARY_PACKED = 5: blocks of miniblocks of deltas, of which each block
// tells the least.
type delta struct {
	b        []byte
	perMini  uint64 // values of a miniblock
	minis    int    // of a block
	left     uint64 // values that are still to come
	value    uint64
	first    bool
	least    uint64
	widths   []byte // of the miniblocks of the block that are still to come
	width    int    // of the miniblock at hand
	miniLeft uint64
	miniBits int
	mini     []byte
}

func newDelta(b []byte) (*delta, error) {
	d := &delta{b: b, first: true}
	block, ok1 := d.uvarint()
	minis, ok2 := d.uvarint()
	total, ok3 := d.uvarint()
	value, ok4 := d.uvarint()
	if !ok1 || !ok2 || !ok3 || !ok4 || minis == 0 || minis > 1<<16 || block > 1<<24 || block%minis != 0 || block/minis%8 != 0 || block == 0 {
		return nil, errDelta
	}
	d.perMini, d.minis, d.left, d.value = block/minis, int(minis), total, unzigzag(value)
	return d, nil
}

func (d *delta) uvarint() (uint64, bool) {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		return 0, false
	}
	d.b = d.b[n:]
	return v, true
}

func unzigzag(v uint64) uint64 { return v>>1 ^ -(v & 1) }

// next returns the next value; ok is false where there is none.
func (d *delta) next() (v uint64, ok bool) {
	if d.left == 0 {
		return 0, false
	}
	d.left--
	if d.first {
		d.first = false
		return d.value, true
	}
	if d.miniLeft == 0 && !d.openMini() {
		return 0, false
	}
	d.miniLeft--
	d.value += d.least + d.packed()
	return d.value, true
}

// openMini goes to the next miniblock.
func (d *delta) openMini() bool {
	if len(d.widths) == 0 {
		least, ok := d.uvarint()
		if !ok || len(d.b) < d.minis {
			return false
		}
		d.least, d.widths, d.b = unzigzag(least), d.b[:d.minis], d.b[d.minis:]
	}
	d.width, d.widths = int(d.widths[0]), d.widths[1:]
	size := d.perMini / 8 * uint64(d.width)
	if d.width > 64 {
		return false
	}
	// The last miniblock may lack what no value needs.
	if size > uint64(len(d.b)) {
		if (d.left+1)*uint64(d.width) > 8*uint64(len(d.b)) {
			return false
		}
		size = uint64(len(d.b))
	}
	d.mini, d.b = d.b[:size], d.b[size:]
	d.miniLeft, d.miniBits = d.perMini, 0
	return true
}

func (d *delta) packed() uint64 {
	v := uint64(0)
	for got := 0; got < d.width; {
		at, shift := d.miniBits>>3, d.miniBits&7
		if at >= len(d.mini) {
			return v
		}
		n := min(8-shift, d.width-got)
		v |= uint64(d.mini[at]>>shift&(1<<n-1)) << got
		got += n
		d.miniBits += n
	}
	return v
}

// rest is what lies behind all of the values.
func (d *delta) rest() []byte { return d.b }

// deltaInts is DELTA_BINARY_PACKED of integers.
type deltaInts struct {
	onlyBits
	*delta
	narrow bool
}

func (d *deltaInts) bits(dst []uint64) error {
	for i := range dst {
		v, ok := d.next()
		if !ok {
			return errFewValues
		}
		if d.narrow {
			v = uint64(uint32(v))
		}
		dst[i] = v
	}
	return nil
}

// deltaLengths is DELTA_LENGTH_BYTE_ARRAY = 6: all lengths, then all bytes.
type deltaLengths struct {
	onlyBytes
	lengths *delta
	b       []byte
}

func newDeltaLengths(data []byte) (*deltaLengths, error) {
	lengths, err := newDelta(data)
	if err != nil {
		return nil, err
	}
	behind, err := newDelta(data)
	if err != nil {
		return nil, err
	}
	for { // the bytes begin where the lengths end
		if _, ok := behind.next(); !ok {
			break
		}
	}
	if behind.left > 0 {
		return nil, errDelta
	}
	return &deltaLengths{lengths: lengths, b: behind.rest()}, nil
}

func (d *deltaLengths) bytes(dst [][]byte) error {
	for i := range dst {
		n, ok := d.lengths.next()
		if !ok {
			return errFewValues
		}
		if n > uint64(len(d.b)) {
			return fmt.Errorf("a value of %d bytes in a page with %d left", int64(n), len(d.b))
		}
		dst[i], d.b = d.b[:n:n], d.b[n:]
	}
	return nil
}

// deltaStrings is DELTA_BYTE_ARRAY = 7: what each value shares with the one before,
// then what follows that.
type deltaStrings struct {
	onlyBytes
	prefixes *delta
	suffixes *deltaLengths
	last     []byte
	width    int
	made     int // bytes of values
}

// mostRepeated bounds the bytes of the values of a page that share their beginnings.
const mostRepeated = 1 << 30

func newDeltaStrings(data []byte, p physical) (*deltaStrings, error) {
	prefixes, err := newDelta(data)
	if err != nil {
		return nil, err
	}
	behind, err := newDeltaLengths(data)
	if err != nil {
		return nil, err
	}
	suffixes, err := newDeltaLengths(behind.b)
	if err != nil {
		return nil, err
	}
	d := &deltaStrings{prefixes: prefixes, suffixes: suffixes}
	if p.kind == format.FixedLenByteArray {
		d.width = p.width
	}
	return d, nil
}

func (d *deltaStrings) bytes(dst [][]byte) error {
	for i := range dst {
		n, ok := d.prefixes.next()
		if !ok {
			return errFewValues
		}
		if n > uint64(len(d.last)) {
			return errDelta
		}
		var suffix [1][]byte
		if err := d.suffixes.bytes(suffix[:]); err != nil {
			return err
		}
		value := make([]byte, 0, int(n)+len(suffix[0]))
		value = append(append(value, d.last[:n]...), suffix[0]...)
		if d.made += len(value); d.made > mostRepeated || d.width > 0 && len(value) != d.width {
			return errDelta
		}
		dst[i], d.last = value, value
	}
	return nil
}
