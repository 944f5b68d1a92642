package inflate

import (
	"encoding/binary"
	"errors"
	"io"
)

// Window is how far back a stream can refer: what must be known of what came
// before to go on at a block.
const Window = 32 << 10

// ErrCorrupt: the bytes are not a DEFLATE stream.
var ErrCorrupt = errors.New("the compressed data is damaged")

// Stop says why Decode returned.
type Stop int

// Reasons to stop.
const (
	Full  Stop = iota // there is no room for what comes next
	Block             // a block begins at Bit; the stream goes on
	End               // the stream has ended
)

// A Decoder decodes one stream after another. It is used again to save its tables
// and its buffer; its zero value is ready for Reset.
type Decoder struct {
	src io.Reader
	err error // of src, once it has given all

	in   []byte // what was read of src
	p, n int    // the part of in that is not in bits
	base int64  // bytes of src before in

	bits  uint64 // the next bits, the first one lowest
	nbits uint

	lit, dist, lengths table
	state              state
	final              bool
	stored             int // bytes left of a stored block
	copyLen, copyDist  int // what is left of a match that had no room
}

type state int

const (
	atBlock state = iota
	inStored
	inCodes
	atEnd
)

// inputSize is how much is read at once.
const inputSize = 64 << 10

// Reset begins a stream, or a block in the middle of one, at a bit of what src
// gives: 0 to 7 of the first byte.
func (d *Decoder) Reset(src io.Reader, bit uint) error {
	d.src, d.err = src, nil
	if d.in == nil {
		d.in = make([]byte, inputSize)
	}
	d.p, d.n, d.base, d.bits, d.nbits = 0, 0, 0, 0, 0
	d.Begin()
	if bit == 0 {
		return nil
	}
	if !d.need(8) {
		return d.short()
	}
	d.take(bit)
	return nil
}

// Begin begins another stream where the last one ended, at the byte that ReadByte
// would return.
func (d *Decoder) Begin() { d.state, d.final, d.copyLen = atBlock, false, 0 }

// Bit is how many bits of src were taken.
func (d *Decoder) Bit() int64 { return (d.base+int64(d.p))*8 - int64(d.nbits) }

// ReadByte returns the next whole byte after a stream has ended; io.EOF where there
// is none.
func (d *Decoder) ReadByte() (byte, error) {
	d.take(d.nbits & 7)
	if !d.need(8) {
		if d.err == nil || d.err == io.EOF {
			return 0, io.EOF
		}
		return 0, d.err
	}
	return byte(d.take(8)), nil
}

// Decode goes on with the stream: it writes to out from position pos on and returns
// the position behind. What stands before pos, from position low on, is what came
// before in the stream, at least the last Window bytes of it. Once the stream has
// ended, Decode says End again.
func (d *Decoder) Decode(out []byte, low, pos int) (int, Stop, error) {
	for {
		switch d.state {
		case atEnd:
			return pos, End, nil
		case atBlock:
			if err := d.beginBlock(); err != nil {
				return pos, Full, err
			}
		case inStored:
			var err error
			if pos, err = d.copyStored(out, pos); err != nil {
				return pos, Full, err
			}
			if d.stored > 0 {
				return pos, Full, nil
			}
			d.endBlock()
		case inCodes:
			var ended bool
			var err error
			if pos, ended, err = d.decodeCodes(out, low, pos); err != nil || !ended {
				return pos, Full, err
			}
			d.endBlock()
		}
		if d.state == atBlock {
			return pos, Block, nil
		}
	}
}

func (d *Decoder) endBlock() {
	if d.state = atBlock; d.final {
		d.state = atEnd
	}
}

func (d *Decoder) copyStored(out []byte, pos int) (int, error) {
	for d.stored > 0 && pos < len(out) {
		if d.nbits > 0 { // whole bytes, as the block begins at one
			out[pos] = byte(d.take(8))
			pos++
			d.stored--
			continue
		}
		d.bits = 0
		if d.p == d.n && !d.read() {
			return pos, d.short()
		}
		n := copy(out[pos:min(len(out), pos+d.stored)], d.in[d.p:d.n])
		d.p += n
		d.stored -= n
		pos += n
	}
	return pos, nil
}

// lookUp takes the next code; ok is false where the input ends in it. An entry of 0
// is a code that is not defined.
func (d *Decoder) lookUp(t *table) (e uint32, ok bool) {
	d.need(maxCode)
	e = t.entries[d.bits&(1<<t.root-1)]
	if e&isLink != 0 {
		if extraLen(e) == 0 {
			return 0, true
		}
		if d.nbits < codeLen(e) {
			return 0, false
		}
		next := t.entries[uint64(value(e))+d.bits>>codeLen(e)&(1<<extraLen(e)-1)]
		if next == 0 {
			return 0, true
		}
		if d.nbits < codeLen(e)+codeLen(next) {
			return 0, false
		}
		d.take(codeLen(e))
		e = next
	}
	if e == 0 {
		return 0, d.nbits >= t.root
	}
	if d.nbits < codeLen(e) {
		return 0, false
	}
	d.take(codeLen(e))
	return e, true
}

// The fast loop looks ahead of the input's and the output's end by as much as one
// turn can take.
const (
	inRoom  = 16
	outRoom = 3 + 258 + 8
)

// decodeCodes decodes up to the end of a block of codes, or until out is full.
func (d *Decoder) decodeCodes(out []byte, low, pos int) (int, bool, error) {
	for {
		if d.copyLen > 0 {
			n := min(d.copyLen, len(out)-pos)
			copyMatch(out, pos, d.copyDist, n)
			pos += n
			if d.copyLen -= n; d.copyLen > 0 {
				return pos, false, nil
			}
		}
		var ended bool
		var err error
		if pos, ended, err = d.decodeFast(out, low, pos); ended || err != nil {
			return pos, ended, err
		}
		// One code at a time, where the input or the room is about to end.
		d.need(maxCode)
		bits, nbits := d.bits, d.nbits
		e, ok := d.lookUp(&d.lit)
		switch {
		case !ok:
			return pos, false, d.short()
		case e&isEnd != 0:
			return pos, true, nil
		case e == 0 || e&isLink != 0:
			return pos, false, ErrCorrupt
		case e&isLiteral != 0 && pos == len(out):
			d.bits, d.nbits = bits, nbits // not taken yet
			return pos, false, nil
		case e&isLiteral != 0:
			out[pos] = byte(value(e))
			pos++
			continue
		}
		if !d.need(extraLen(e)) {
			return pos, false, d.short()
		}
		d.copyLen = value(e) + int(d.take(extraLen(e)))
		e, ok = d.lookUp(&d.dist)
		if !ok || !d.need(extraLen(e)) {
			return pos, false, d.short()
		}
		if e == 0 || e&isLink != 0 {
			return pos, false, ErrCorrupt
		}
		if d.copyDist = value(e) + int(d.take(extraLen(e))); d.copyDist > pos-low {
			return pos, false, ErrCorrupt
		}
	}
}

// decodeFast decodes while there is plenty of input and of room.
func (d *Decoder) decodeFast(out []byte, low, pos int) (int, bool, error) {
	in, p, end := d.in, d.p, d.n-inRoom
	bits, nbits := d.bits, d.nbits
	limit := len(out) - outRoom
	lit, dist := d.lit.entries, d.dist.entries
	litMask, distMask := uint64(1)<<d.lit.root-1, uint64(1)<<d.dist.root-1
	var ended bool
	var err error
	for p <= end && pos <= limit {
		bits |= binary.LittleEndian.Uint64(in[p:]) << (nbits & 63)
		p += int(63-nbits) >> 3
		nbits |= 56

		e := lit[bits&litMask]
		if e&isLiteral != 0 { // up to three in a turn: 3 * 11 bits
			bits >>= e & 31
			nbits -= codeLen(e)
			out[pos] = byte(e >> valueShift)
			pos++
			if e = lit[bits&litMask]; e&isLiteral != 0 {
				bits >>= e & 31
				nbits -= codeLen(e)
				out[pos] = byte(e >> valueShift)
				pos++
				if e = lit[bits&litMask]; e&isLiteral != 0 {
					bits >>= e & 31
					nbits -= codeLen(e)
					out[pos] = byte(e >> valueShift)
					pos++
					continue
				}
			}
			bits |= binary.LittleEndian.Uint64(in[p:]) << (nbits & 63)
			p += int(63-nbits) >> 3
			nbits |= 56
		}
		if e&isLink != 0 && extraLen(e) != 0 {
			bits >>= e & 31
			nbits -= codeLen(e)
			e = lit[uint64(value(e))+bits&(1<<extraLen(e)-1)]
		}
		if e == 0 || e&isLink != 0 {
			err = ErrCorrupt
			break
		}
		bits >>= e & 31
		nbits -= codeLen(e)
		if e&isLiteral != 0 {
			out[pos] = byte(e >> valueShift)
			pos++
			continue
		}
		if e&isEnd != 0 {
			ended = true
			break
		}
		// Of 56 bits a length takes 15 + 5 at most, and a distance 15 + 13.
		length := value(e) + int(bits&(1<<extraLen(e)-1))
		bits >>= extraLen(e)
		nbits -= extraLen(e)
		e = dist[bits&distMask]
		if e&isLink != 0 && extraLen(e) != 0 {
			bits >>= e & 31
			nbits -= codeLen(e)
			e = dist[uint64(value(e))+bits&(1<<extraLen(e)-1)]
		}
		if e == 0 || e&isLink != 0 {
			err = ErrCorrupt
			break
		}
		bits >>= e & 31
		nbits -= codeLen(e)
		distance := value(e) + int(bits&(1<<extraLen(e)-1))
		bits >>= extraLen(e)
		nbits -= extraLen(e)
		if distance > pos-low {
			err = ErrCorrupt
			break
		}
		if distance >= 8 { // eight at a time, a few more than asked for
			for from, to := pos-distance, pos; to < pos+length; from, to = from+8, to+8 {
				binary.LittleEndian.PutUint64(out[to:], binary.LittleEndian.Uint64(out[from:]))
			}
		} else {
			copyMatch(out, pos, distance, length)
		}
		pos += length
	}
	d.p, d.bits, d.nbits = p, bits&(1<<(nbits&63)-1), nbits
	return pos, ended, err
}

// copyMatch repeats what stands distance before pos, n bytes of it.
func copyMatch(out []byte, pos, distance, n int) {
	// What is repeated grows with each turn.
	for begin, end := pos-distance, pos+n; pos < end; {
		pos += copy(out[pos:end], out[begin:pos])
	}
}

// need sees to it that n bits are at hand, at most 32; false where the input ends.
func (d *Decoder) need(n uint) bool {
	for d.nbits < n {
		if d.p == d.n && !d.read() {
			return false
		}
		d.bits |= uint64(d.in[d.p]) << d.nbits
		d.p++
		d.nbits += 8
	}
	return true
}

// take takes n bits that are at hand.
func (d *Decoder) take(n uint) uint64 {
	v := d.bits & (1<<n - 1)
	d.bits >>= n
	d.nbits -= n
	return v
}

// read reads on.
func (d *Decoder) read() bool {
	if d.err != nil {
		return false
	}
	d.base += int64(d.n)
	d.p = 0
	for d.n = 0; d.n == 0 && d.err == nil; {
		d.n, d.err = d.src.Read(d.in)
	}
	return d.n > 0
}

// short is the error for input that ends too early.
func (d *Decoder) short() error {
	if d.err == nil || d.err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return d.err
}
