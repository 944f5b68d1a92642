package archive

import (
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/source/archive/internal/inflate"
)

// A stream is deflated data that can be read at offsets of what it holds: it was
// decoded once, and what is needed to begin again was noted at every few megabytes.
type stream struct {
	start, packed int64 // where it lies in the file
	framing       framing
	points        []point
	size          int64 // of what it holds
}

// framing is what stands around the deflated data.
type framing int

const (
	raw     framing = iota // nothing: a zip's member
	gzipped                // gzip's headers (RFC 1952), of one or more members
)

// A point is where decoding can begin: at a block.
type point struct {
	bit    int64  // of the stream
	out    int64  // of what it holds
	window []byte // what stands before out, as far as the data may refer to it
	sum    uint32 // CRC-32 of what is between this point and the next
}

// What is between two points is decoded as a whole. There are at most morePoints
// because of what the stream takes in the file, so that their windows take 128 MB of
// memory at most, and as many again because of what it holds.
const (
	leastStep  = 1 << 20
	largeStep  = 16 << 20
	morePoints = 4096
	maxBlock   = 64 << 20
)

// A scan decodes a stream from its start to its end, for the first time, and notes
// its points. It is a reader of what the stream holds.
type scan struct {
	ctx     context.Context // of the call that made the scan
	s       *stream
	decoder *inflate.Decoder
	buf     []byte // of what was decoded last; from low on it may be referred to
	low     int
	read    int   // what of buf was given to the reader
	pos     int   // what of buf is decoded
	out     int64 // of what the stream holds, at pos
	sum     uint32
	member  struct { // of gzip
		sum   uint32
		start int64 // in out
	}
	ended bool
	err   error // met before: said again
}

func newScan(ctx context.Context, file io.ReaderAt, s *stream) (*scan, error) {
	r := &scan{ctx: ctx, s: s, decoder: new(inflate.Decoder), buf: make([]byte, inflate.Window+1<<20)}
	if err := r.decoder.Reset(io.NewSectionReader(file, s.start, s.packed), 0); err != nil {
		return nil, r.fail(err)
	}
	if s.framing == gzipped {
		if err := readGzipHeader(r.decoder); err != nil {
			return nil, r.fail(err)
		}
	}
	r.note()
	return r, nil
}

// Offset is where the reader is in what the stream holds.
func (r *scan) Offset() int64 { return r.out - int64(r.pos-r.read) }

func (r *scan) Read(p []byte) (int, error) {
	for r.read == r.pos {
		if err := r.decode(); err != nil {
			return 0, err
		}
	}
	n := copy(p, r.buf[r.read:r.pos])
	r.read += n
	return n, nil
}

// Seek goes forward: archive/tar passes over what it does not read.
func (r *scan) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekCurrent || offset < 0 {
		return 0, errors.ErrUnsupported
	}
	for offset > 0 {
		if r.read == r.pos {
			if err := r.decode(); err == io.EOF {
				break // whoever reads on will see the end
			} else if err != nil {
				return r.Offset(), err
			}
		}
		n := min(offset, int64(r.pos-r.read))
		r.read += int(n)
		offset -= n
	}
	return r.Offset(), nil
}

// finish decodes what was not asked for.
func (r *scan) finish() error {
	for {
		r.read = r.pos
		if err := r.decode(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// decode decodes some more; io.EOF at the end.
func (r *scan) decode() error {
	if r.err == nil {
		r.err = r.next()
	}
	return r.err
}

func (r *scan) next() error {
	if r.ended {
		return io.EOF
	}
	if r.ctx.Err() != nil {
		return context.Cause(r.ctx)
	}
	if len(r.buf)-r.pos < 64<<10 { // make room behind the window; all before it was read
		from := max(r.low, r.pos-inflate.Window)
		copy(r.buf, r.buf[from:r.pos])
		r.pos -= from
		r.low, r.read = 0, r.pos
	}
	pos, stop, err := r.decoder.Decode(r.buf, r.low, r.pos)
	if err != nil {
		return r.fail(err)
	}
	fresh := r.buf[r.pos:pos]
	r.out += int64(len(fresh))
	r.pos = pos
	r.sum = crc32.Update(r.sum, crc32.IEEETable, fresh)
	if r.s.framing == gzipped {
		r.member.sum = crc32.Update(r.member.sum, crc32.IEEETable, fresh)
	}
	if stop == inflate.End {
		if err := r.endMember(); err != nil {
			return r.fail(err)
		}
	}
	if stop != inflate.Full && !r.ended && r.far() {
		r.note()
	}
	if last := &r.s.points[len(r.s.points)-1]; r.out-last.out > maxBlock+largeStep {
		return r.fail(damaged("a single block of more than %s bytes: such data cannot be read at offsets; compress it again, or unpack it", pipeline.Grouped(maxBlock)))
	}
	if len(r.s.points) > 2*morePoints {
		return r.fail(damaged("more than %s bytes in a compressed file are too many to be read at offsets; unpack it", pipeline.Grouped(r.out)))
	}
	return nil
}

// endMember is called where deflated data has ended.
func (r *scan) endMember() error {
	if r.s.framing == gzipped {
		sum, length, err := readGzipTrailer(r.decoder)
		if err != nil {
			return err
		}
		if got := uint32(r.out - r.member.start); sum != r.member.sum || length != got {
			return damaged("the data before it is damaged: %d bytes with CRC-32 %08x are there, the archive says %d with %08x (modulo 2^32); fetch or make it again", got, r.member.sum, length, sum)
		}
		more, err := nextGzipMember(r.decoder)
		if err != nil {
			return err
		}
		if more {
			r.low, r.member.sum, r.member.start = r.pos, 0, r.out
			return nil
		}
	}
	r.ended = true
	r.s.size = r.out
	r.s.points[len(r.s.points)-1].sum = r.sum
	return nil
}

// far says whether the last point is far enough for another one.
func (r *scan) far() bool {
	last := &r.s.points[len(r.s.points)-1]
	out, in := r.out-last.out, (r.decoder.Bit()-last.bit)/8
	return out >= largeStep || out >= leastStep && in >= r.s.packed/morePoints
}

// note makes a point of where the decoder is.
func (r *scan) note() {
	if n := len(r.s.points); n > 0 {
		r.s.points[n-1].sum = r.sum
	}
	r.sum = 0
	window := r.buf[max(r.low, r.pos-inflate.Window):r.pos]
	r.s.points = append(r.s.points, point{bit: r.decoder.Bit(), out: r.out, window: append([]byte(nil), window...)})
}

func (r *scan) fail(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF || errors.Is(err, inflate.ErrCorrupt) {
		err = inflateError(err)
	}
	return placed(err, "compressed data, about byte %s", pipeline.Grouped(r.s.start+r.decoder.Bit()/8))
}

// segment decodes what is between point n and the next.
func (s *stream) segment(file io.ReaderAt, d *inflate.Decoder, n int, buf []byte) error {
	p := &s.points[n]
	if err := d.Reset(io.NewSectionReader(file, s.start+p.bit/8, s.packed-p.bit/8), uint(p.bit%8)); err != nil {
		return err
	}
	low, pos := inflate.Window-len(p.window), inflate.Window
	copy(buf[low:], p.window)
	for pos < len(buf) {
		at, stop, err := d.Decode(buf, low, pos)
		if pos = at; err != nil {
			return err
		}
		if stop != inflate.End || pos == len(buf) {
			continue
		}
		if s.framing == raw {
			return fmt.Errorf("%w: its data ends early", pipeline.ErrSourceChanged)
		}
		if _, _, err = readGzipTrailer(d); err == nil {
			_, err = nextGzipMember(d)
		}
		if err != nil {
			return err
		}
		low = pos
	}
	if sum := crc32.ChecksumIEEE(buf[inflate.Window:]); sum != p.sum {
		return fmt.Errorf("%w: its data has another sum than when it was listed", pipeline.ErrSourceChanged)
	}
	return nil
}

// end is where point n's segment ends.
func (s *stream) end(n int) int64 {
	if n+1 < len(s.points) {
		return s.points[n+1].out
	}
	return s.size
}

// bytes is about what the stream takes of memory.
func (s *stream) bytes() int64 {
	total := int64(0)
	for _, p := range s.points {
		total += 56 + int64(len(p.window))
	}
	return total
}
