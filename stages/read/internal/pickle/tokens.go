package pickle

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

const (
	mapKeep    = 32 << 20  // pages of a mapped file are given back in steps of this
	windowSize = 256 << 10 // fits the second-level cache; larger was not faster
	bodyInline = 64 << 10  // a body up to this size is handed out inside the window
	headMost   = 9         // an opcode and the longest fixed operand
)

// Tokenizer cuts a pickle into opcodes with their operands and byte positions.
// It holds one window of the input and never allocates by a claimed length: a
// body longer than the window's share is left in the input for [Tokenizer.ReadBody]
// or is skipped. It knows nothing of the stack.
type Tokenizer struct {
	at      io.ReaderAt // nil when reading a stream
	stream  io.Reader
	size    int64 // -1 for a stream
	maxLine int

	buf      []byte
	file     *mapping // buf is all of it when there is one, see Mapped
	returned int      // pages of buf[:returned] were given back
	skips    bool     // bodies are not looked at
	warm     int      // buf[:warm] was touched, see warmUp
	touched  byte     // keeps the compiler from leaving that out
	r, w     int      // unread part of buf
	near     int      // from here on Next has to look around, see approach
	base     int64    // input offset of buf[0]
	eof      bool     // nothing follows buf[:w]

	unpacked bool  // see Input
	trailing int64 // bytes after STOP in an unpacked stream

	// The current token.
	op      Op
	pos     int64  // of the opcode byte
	arg     int64  // number in the operand, or length of the body
	body    []byte // line or body, valid until Next, nil when it is still in the input; opcodes without one leave it
	name    []byte // second line of GLOBAL and INST
	pending int64  // bytes of the body still in the input

	ends  lineEnds
	proto bool // PROTO was met
}

// mapped tells whether the tokens come out of a mapped file.
func (t *Tokenizer) mapped() bool { return t.file != nil }

// behind tells that nothing before the current token is looked at soon.
func (t *Tokenizer) behind() {
	if to := t.r - t.r%mapKeep; t.mapped() && to > t.returned {
		t.file.giveBack(t.returned, to)
		t.returned = to
	}
}

// newTokenizer reads the pickle that starts at byte 0 of in.
func newTokenizer(in Input, limits Limits) *Tokenizer {
	t := &Tokenizer{size: -1, stream: in.Stream, maxLine: limits.WithDefaults().LineBytes}
	if in.file != nil {
		t.size, t.file, t.buf, t.w, t.eof = in.Size, in.file, in.file.bytes, len(in.file.bytes), true
		return t
	}
	t.unpacked = in.unpacked
	if in.At != nil {
		t.at, t.size = in.At, in.Size
	}
	n := windowSize
	if t.size >= 0 && t.size < windowSize {
		n = int(t.size)
	}
	t.buf = make([]byte, max(n, headMost))
	return t
}

// Op is the current opcode.
func (t *Tokenizer) Op() Op { return t.op }

// Pos is the byte position of the current opcode.
func (t *Tokenizer) Pos() int64 { return t.pos }

// Arg is the operand's number or the length of its body.
func (t *Tokenizer) Arg() int64 { return t.arg }

// Body is the operand's text or bytes, valid until Next; nil for a body too long
// for the window.
func (t *Tokenizer) Body() []byte {
	switch forms[t.op] {
	case formNone, formU1, formU2, formI4, formU4, formU8, formF8:
		return nil
	}
	return t.body
}

// offset is the position of the next unread byte.
func (t *Tokenizer) offset() int64 { return t.base + int64(t.r) }

// left is the number of bytes that can follow at most.
func (t *Tokenizer) left() int64 {
	if t.size < 0 {
		if t.eof {
			return int64(t.w - t.r)
		}
		return math.MaxInt64
	}
	return t.size - t.offset()
}

func (t *Tokenizer) fail(kind error, format string, args ...any) error {
	return &OffsetError{Kind: kind, Offset: t.pos, Detail: fmt.Sprintf(format, args...)}
}

// Next moves to the next opcode. At the end of the input it returns io.EOF; the
// end inside an opcode is [ErrTruncated].
func (t *Tokenizer) Next() error {
	if t.r >= t.near {
		if err := t.approach(); err != nil {
			return err
		}
	}
	t.pos, t.arg = t.base+int64(t.r), 0
	b := t.buf[t.r:t.w]
	t.op = Op(b[0])
	b = b[1:]
	switch forms[t.op] {
	case formNone:
		t.r++
		return nil
	case formU1:
		if len(b) < 1 {
			return t.short()
		}
		t.arg = int64(b[0])
		t.r += 2
		return nil
	case formBody1:
		if len(b) < 1 {
			return t.short()
		}
		t.r += 2
		return t.setBody(int64(b[0]))
	case formBody4:
		if len(b) < 4 {
			return t.short()
		}
		t.r += 5
		return t.setBody(int64(binary.LittleEndian.Uint32(b)))
	case formF8:
		if len(b) < 8 {
			return t.short()
		}
		t.arg = int64(binary.BigEndian.Uint64(b))
		t.r += 9
		return nil
	}
	return t.nextRare(b)
}

// approach does what Next seldom needs: it leaves a body that nobody read, reads
// on near the end of the window and warms a mapped file. Until t.near none of
// that is to do.
func (t *Tokenizer) approach() error {
	if t.pending > 0 {
		if err := t.skipBody(); err != nil {
			return err
		}
	}
	if t.w-t.r < headMost && !t.eof {
		if err := t.fill(headMost); err != nil {
			return err
		}
	}
	if t.r == t.w {
		t.pos = t.offset()
		return io.EOF
	}
	t.near = t.w - headMost
	if t.skips && t.mapped() {
		t.near = min(t.near, t.warmUp())
	}
	return nil
}

// warmUp brings the next part of a mapped file into the cache and returns where
// it ends. Going from opcode to opcode each would wait for memory; lines in order
// do not.
func (t *Tokenizer) warmUp() int {
	const line, ahead = 64, 128 << 10
	if t.r >= t.warm {
		t.warm = min(t.r+ahead, t.w)
		for i := t.r; i < t.warm; i += line {
			t.touched += t.buf[i]
		}
	}
	return t.warm
}

// nextRare reads the operands that large files hold few of.
func (t *Tokenizer) nextRare(b []byte) error {
	switch f := forms[t.op]; f {
	case formU2:
		if len(b) < 2 {
			return t.short()
		}
		t.arg = int64(binary.LittleEndian.Uint16(b))
		t.r += 3
	case formI4:
		if len(b) < 4 {
			return t.short()
		}
		t.arg = int64(int32(binary.LittleEndian.Uint32(b)))
		t.r += 5
	case formU4:
		if len(b) < 4 {
			return t.short()
		}
		t.arg = int64(binary.LittleEndian.Uint32(b))
		t.r += 5
	case formBodyI:
		if len(b) < 4 {
			return t.short()
		}
		t.r += 5
		return t.setBody(int64(int32(binary.LittleEndian.Uint32(b))))
	case formU8, formBody8:
		if len(b) < 8 {
			return t.short()
		}
		n := binary.LittleEndian.Uint64(b)
		if n > math.MaxInt64 {
			return t.fail(ErrTruncated, "%v claims %d bytes", t.op, n)
		}
		t.r += 9
		t.arg = int64(n)
		if f == formBody8 {
			return t.setBody(int64(n))
		}
	case formLine, formLines:
		t.r++
		return t.lines(f == formLines)
	default:
		return t.fail(ErrMalformed, "%v is not an opcode", t.op)
	}
	return nil
}

func (t *Tokenizer) short() error {
	return t.fail(ErrTruncated, "the file ends inside the operand of %v", t.op)
}

// setBody makes the next n bytes the body of the current token.
func (t *Tokenizer) setBody(n int64) error {
	t.arg = n
	if n <= int64(t.w-t.r) && n >= 0 && n <= bodyInline {
		t.body = t.buf[t.r : t.r+int(n)]
		t.r += int(n)
		return nil
	}
	if n < 0 {
		return t.fail(ErrMalformed, "%v has the negative length %d", t.op, n)
	}
	if left := t.left(); n > left {
		return t.fail(ErrTruncated, "%v claims %d bytes but %d are left", t.op, n, left)
	}
	if n > bodyInline || n > int64(len(t.buf)) {
		t.body, t.pending, t.near = nil, n, 0
		return nil
	}
	if err := t.fill(int(n)); err != nil {
		return err
	}
	if int64(t.w-t.r) < n {
		return t.fail(ErrTruncated, "%v claims %d bytes but %d are left", t.op, n, t.w-t.r)
	}
	t.body = t.buf[t.r : t.r+int(n)]
	t.r += int(n)
	return nil
}

// fill moves the unread bytes to the front and reads until at least want are
// there or the input ends. want is at most len(buf).
func (t *Tokenizer) fill(want int) error {
	copy(t.buf, t.buf[t.r:t.w])
	t.base += int64(t.r)
	t.w -= t.r
	t.r, t.near = 0, 0
	for t.w < want && !t.eof {
		n, err := t.read(t.buf[t.w:])
		t.w += n
		if err != nil {
			return err
		}
	}
	return nil
}

// grow makes room for a window of size bytes.
func (t *Tokenizer) grow(size int) {
	grown := make([]byte, size)
	n := copy(grown, t.buf[t.r:t.w])
	t.base += int64(t.r)
	t.buf, t.r, t.w, t.near = grown, 0, n, 0
}

// read reads once into b from the end of the window and notes the end.
func (t *Tokenizer) read(b []byte) (int, error) {
	var n int
	var err error
	if t.at != nil {
		off := t.base + int64(t.w)
		if rest := t.size - off; int64(len(b)) > rest {
			b = b[:max(rest, 0)]
		}
		if len(b) == 0 {
			t.eof = true
			return 0, nil
		}
		n, err = t.at.ReadAt(b, off)
		if n == len(b) {
			return n, nil
		}
		if errors.Is(err, io.EOF) {
			return n, errCutShort
		}
	} else {
		if n, err = io.ReadAtLeast(t.stream, b, 1); err == nil { // a pipe may give no more for long
			return n, nil
		}
		if errors.Is(err, io.EOF) {
			t.eof = true
			return n, nil
		}
	}
	return n, fmt.Errorf("read pickle: %w", err)
}

// ReadBody copies the next part of a body that is still in the input to dst and
// returns how much; 0 when all was read.
func (t *Tokenizer) ReadBody(dst []byte) (int, error) {
	if int64(len(dst)) > t.pending {
		dst = dst[:t.pending]
	}
	if len(dst) == 0 {
		return 0, nil
	}
	if t.mapped() && len(dst) > mapKeep {
		dst = dst[:mapKeep]
	}
	n := copy(dst, t.buf[t.r:t.w])
	t.r += n
	t.pending -= int64(n)
	t.behind()
	if n == len(dst) {
		return n, nil
	}
	// The window is empty: read past it.
	t.base += int64(t.w)
	t.r, t.w = 0, 0
	for n < len(dst) {
		k, err := t.read(dst[n:])
		n += k
		t.base += int64(k)
		t.pending -= int64(k)
		if err != nil {
			return n, err
		}
		if k == 0 {
			return n, t.short()
		}
	}
	return n, nil
}

// skipBody moves past a body that nobody read.
func (t *Tokenizer) skipBody() error {
	have := min(int64(t.w-t.r), t.pending)
	t.r += int(have)
	t.pending -= have
	if t.pending == 0 {
		return nil
	}
	t.base += int64(t.w)
	t.r, t.w = 0, 0
	if t.at != nil {
		t.base += t.pending // setBody checked it against the size
		t.pending = 0
		return nil
	}
	for t.pending > 0 {
		n, err := t.read(t.buf[:min(t.pending, int64(len(t.buf)))])
		if err != nil {
			return err
		}
		if n == 0 {
			return t.short()
		}
		t.base += int64(n)
		t.pending -= int64(n)
	}
	return nil
}

// lines reads one or two lines; text of STRING and UNICODE may be of any length
// that is there, all else is bounded.
func (t *Tokenizer) lines(two bool) error {
	bounded := t.op != opString && t.op != opUnicode
	n, err := t.lineEnd(0, bounded)
	if err != nil {
		return err
	}
	m := n
	if two {
		if m, err = t.lineEnd(n+1, true); err != nil {
			return err
		}
	}
	if t.ends == endsUnknown {
		if t.ends, err = t.lineEndsFrom(n); err != nil {
			return err
		}
	}
	b := t.buf[t.r : t.r+m+1]
	t.r += m + 1
	if t.body, err = t.cutLine(b[:n]); err != nil {
		return err
	}
	if two {
		if t.name, err = t.cutLine(b[n+1 : m]); err != nil {
			return err
		}
	}
	t.arg = int64(len(t.body))
	return nil
}

// lineEnd finds the newline at or after unread byte from, reading on and growing
// the window by what is really there.
func (t *Tokenizer) lineEnd(from int, bounded bool) (int, error) {
	seen := from
	for {
		if i := bytes.IndexByte(t.buf[t.r+seen:t.w], '\n'); i >= 0 {
			return seen + i, nil
		}
		seen = t.w - t.r
		if bounded && seen-from > t.maxLine {
			return 0, &LimitError{BoundLine, int64(t.maxLine), t.pos, t.op.String()}
		}
		if t.eof {
			return 0, t.short()
		}
		if seen == len(t.buf) {
			t.grow(2 * len(t.buf))
		}
		before := seen
		if err := t.fill(min(seen+1, len(t.buf))); err != nil {
			return 0, err
		}
		if t.w-t.r == before && t.eof {
			return 0, t.short()
		}
	}
}
