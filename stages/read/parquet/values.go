package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/parquet-go/parquet-go/format"
)

var errFewValues = errors.New("the page has fewer values than its levels say")

// A decoder gives the values of a page in order: of types of a fixed width as bits, of
// others as bytes of the page. INT96 and FIXED_LEN_BYTE_ARRAY are bytes.
type decoder interface {
	bits(dst []uint64) error
	bytes(dst [][]byte) error
}

// physical is a leaf's type in the file.
type physical struct {
	kind  format.Type
	width int // of FIXED_LEN_BYTE_ARRAY
}

// wide says whether values are bytes.
func (p physical) wide() bool {
	return p.kind == format.ByteArray || p.kind == format.FixedLenByteArray || p.kind == format.Int96
}

// size is the bytes of a value, 0 where each has its own.
func (p physical) size() int {
	switch p.kind {
	case format.Int32, format.Float:
		return 4
	case format.Int64, format.Double:
		return 8
	case format.Int96:
		return 12
	case format.FixedLenByteArray:
		return p.width
	}
	return 0
}

// newDecoder returns the decoder of a page's values, of which there are n at most.
func newDecoder(p physical, encoding format.Encoding, data []byte, n int, dict *dictionary) (decoder, error) {
	switch encoding {
	case format.Plain:
		if p.kind == format.Boolean {
			return &packedBools{b: data}, nil
		}
		return &plain{p: p, b: data}, nil
	//lint:ignore SA1019 writers of version 1 still use it
	case format.PlainDictionary, format.RLEDictionary:
		if dict == nil {
			return nil, errors.New("the page has indices and the column no dictionary")
		}
		if len(data) == 0 {
			return &indices{dict: dict}, nil
		}
		if data[0] > 32 {
			return nil, fmt.Errorf("indices of %d bits", data[0])
		}
		return &indices{hybrid: hybrid{b: data[1:], width: int(data[0])}, dict: dict}, nil
	case format.RLE:
		if p.kind == format.Boolean && len(data) >= 4 {
			size := binary.LittleEndian.Uint32(data)
			if uint64(size) > uint64(len(data)-4) {
				return nil, errFewValues
			}
			return &runs{hybrid{b: data[4 : 4+size], width: 1}}, nil
		}
	case format.DeltaBinaryPacked:
		if p.kind == format.Int32 || p.kind == format.Int64 {
			d, err := newDelta(data)
			return &deltaInts{delta: d, narrow: p.kind == format.Int32}, err
		}
	case format.DeltaLengthByteArray:
		if p.kind == format.ByteArray {
			return newDeltaLengths(data)
		}
	case format.DeltaByteArray:
		if p.kind == format.ByteArray || p.kind == format.FixedLenByteArray {
			return newDeltaStrings(data, p)
		}
	case format.ByteStreamSplit:
		if size := p.size(); size > 0 && p.kind != format.Int96 {
			return &split{b: data, size: size, n: len(data) / size, wide: p.wide()}, nil
		}
	}
	return nil, fmt.Errorf("encoding %s of %s values", encoding, p.kind)
}

// plain is PLAIN = 0.
type plain struct {
	p physical
	b []byte
}

func (d *plain) bits(dst []uint64) error {
	size := d.p.size()
	if len(d.b) < size*len(dst) {
		return errFewValues
	}
	if size == 4 {
		for i := range dst {
			dst[i] = uint64(binary.LittleEndian.Uint32(d.b[4*i:]))
		}
	} else {
		for i := range dst {
			dst[i] = binary.LittleEndian.Uint64(d.b[8*i:])
		}
	}
	d.b = d.b[size*len(dst):]
	return nil
}

func (d *plain) bytes(dst [][]byte) error {
	for i := range dst {
		size := d.p.size()
		if d.p.kind == format.ByteArray {
			if len(d.b) < 4 {
				return errFewValues
			}
			n := binary.LittleEndian.Uint32(d.b)
			if d.b = d.b[4:]; uint64(n) > uint64(len(d.b)) {
				return fmt.Errorf("a value of %d bytes in a page with %d left", n, len(d.b))
			}
			size = int(n)
		}
		if len(d.b) < size {
			return errFewValues
		}
		dst[i], d.b = d.b[:size:size], d.b[size:]
	}
	return nil
}

// onlyBits and onlyBytes are halves of decoders: what a column asks for is settled by
// its type.
type onlyBits struct{}

func (onlyBits) bytes([][]byte) error { return errors.New("numbers where bytes should be") }

type onlyBytes struct{}

func (onlyBytes) bits([]uint64) error { return errors.New("bytes where numbers should be") }

// packedBools is PLAIN of booleans.
type packedBools struct {
	onlyBits
	b  []byte
	at int
}

func (d *packedBools) bits(dst []uint64) error {
	if d.at+len(dst) > 8*len(d.b) {
		return errFewValues
	}
	for i := range dst {
		dst[i] = uint64(d.b[d.at>>3] >> (d.at & 7) & 1)
		d.at++
	}
	return nil
}

// runs is RLE of booleans.
type runs struct{ hybrid }

func (d *runs) bits(dst []uint64) error {
	for i := range dst {
		v, ok := d.next()
		if !ok {
			return errFewValues
		}
		dst[i] = uint64(v)
	}
	return nil
}

func (d *runs) bytes([][]byte) error { return onlyBits{}.bytes(nil) }

// dictionary holds the values that indices stand for.
type dictionary struct {
	words []uint64
	texts [][]byte
}

func newDictionary(p physical, data []byte, n int) (*dictionary, error) {
	d := &dictionary{}
	most := 8 * len(data) // of booleans
	if p.kind == format.ByteArray {
		most = len(data) / 4
	} else if size := p.size(); size > 0 {
		most = len(data) / size
	}
	if n < 0 || n > most {
		return nil, fmt.Errorf("a dictionary of %d values in %d bytes", n, len(data))
	}
	dec, err := newDecoder(p, format.Plain, data, n, nil)
	if err != nil {
		return nil, err
	}
	if p.wide() {
		d.texts = make([][]byte, n)
		return d, dec.bytes(d.texts)
	}
	d.words = make([]uint64, n)
	return d, dec.bits(d.words)
}

// indices is RLE_DICTIONARY = 8.
type indices struct {
	hybrid
	dict *dictionary
}

func (d *indices) bits(dst []uint64) error {
	for i := range dst {
		v, ok := d.next()
		if !ok {
			return errFewValues
		}
		if int64(v) >= int64(len(d.dict.words)) {
			return fmt.Errorf("index %d into a dictionary of %d", v, len(d.dict.words))
		}
		dst[i] = d.dict.words[v]
	}
	return nil
}

func (d *indices) bytes(dst [][]byte) error {
	for i := range dst {
		v, ok := d.next()
		if !ok {
			return errFewValues
		}
		if int64(v) >= int64(len(d.dict.texts)) {
			return fmt.Errorf("index %d into a dictionary of %d", v, len(d.dict.texts))
		}
		dst[i] = d.dict.texts[v]
	}
	return nil
}

// split is BYTE_STREAM_SPLIT = 9: the first bytes of all values, then the second ones.
type split struct {
	b           []byte
	size, n, at int
	wide        bool
}

func (d *split) bits(dst []uint64) error {
	if d.wide || d.at+len(dst) > d.n {
		return errFewValues
	}
	for i := range dst {
		v := uint64(0)
		for k := range d.size {
			v |= uint64(d.b[k*d.n+d.at]) << (8 * k)
		}
		dst[i] = v
		d.at++
	}
	return nil
}

func (d *split) bytes(dst [][]byte) error {
	if !d.wide || d.at+len(dst) > d.n {
		return errFewValues
	}
	room := make([]byte, 0, d.size*len(dst))
	for i := range dst {
		start := len(room)
		for k := range d.size {
			room = append(room, d.b[k*d.n+d.at])
		}
		dst[i] = slices.Clip(room[start:])
		d.at++
	}
	return nil
}
