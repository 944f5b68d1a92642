package pickle

import (
	"fmt"
	"math"
	"unicode/utf8"
)

// Text and bytes.

// lane is where the bytes of the value pushed next go.
func (m *machine) lane() *lane {
	if n := len(m.marks); n > 0 && m.marks[n-1].record {
		return &m.text.lanes[1+(len(m.stack)-int(m.marks[n-1].at))&(laneCount-2)]
	}
	return &m.text.lanes[0]
}

// pushText pushes the body as text.
func (m *machine) pushText() error {
	if m.t.mapped() {
		from, err := m.leaveBody()
		if err != nil {
			return err
		}
		k := KindText
		if !validText(m.t.buf[from : from+int(m.t.arg)]) {
			k = KindBadText
		}
		return m.push(makeValue(k, uint64(from), uint64(m.t.arg)))
	}
	if b := m.t.body; b != nil || m.t.arg == 0 {
		dst, addr := m.text.reserve(m.lane(), len(b))
		copy(dst, b)
		k := KindText
		if !validText(dst) {
			k = KindBadText
		}
		return m.push(makeValue(k, addr, uint64(len(b))))
	}
	b, addr, err := m.longBody()
	if err != nil {
		return err
	}
	k := KindText
	if !validText(b) {
		k = KindBadText
	}
	return m.push(makeValue(k, addr, uint64(len(b))))
}

// leaveBody leaves the body where it is in the mapped file, and returns where.
func (m *machine) leaveBody() (int, error) {
	t := m.t
	if t.pending == 0 {
		return t.r - int(t.arg), nil
	}
	from := t.r
	return from, t.skipBody()
}

// pushBytes pushes the body as bytes of kind k.
func (m *machine) pushBytes(k Kind) error {
	if m.t.mapped() && m.leaveBytes {
		from, err := m.leaveBody()
		if err != nil {
			return err
		}
		return m.push(makeValue(k, uint64(from), uint64(m.t.arg)))
	}
	if b := m.t.body; b != nil || m.t.arg == 0 {
		dst, addr := m.text.reserve(m.lane(), len(b))
		copy(dst, b)
		return m.push(makeValue(k, addr, uint64(len(b))))
	}
	b, addr, err := m.longBody()
	if err != nil {
		return err
	}
	return m.push(makeValue(k, addr, uint64(len(b))))
}

// longBody reads a body that is still in the input. A body that would waste a
// segment gets its own. For random access its length was checked against the
// file; from a stream the memory grows with what really comes.
func (m *machine) longBody() ([]byte, uint64, error) {
	t := m.t
	n := t.arg
	if n > math.MaxInt {
		return nil, 0, &LimitError{BoundOutput, math.MaxInt, t.pos, fmt.Sprintf("one value of %d bytes", n)}
	}
	if n >= ownSegment && t.size < 0 {
		return m.longStream(n)
	}
	if n >= ownSegment {
		b := make([]byte, n)
		touch(b)
		if err := m.readAll(b); err != nil {
			return nil, 0, err
		}
		return b, m.text.own(b), nil
	}
	dst, addr := m.text.reserve(m.lane(), int(n))
	return dst, addr, m.readAll(dst)
}

func (m *machine) readAll(dst []byte) error {
	for at := 0; at < len(dst); {
		n, err := m.t.ReadBody(dst[at:])
		if err != nil {
			return err
		}
		at += n
	}
	return nil
}

func (m *machine) longStream(n int64) ([]byte, uint64, error) {
	b := make([]byte, 0, ownSegment)
	for int64(len(b)) < n {
		if len(b) == cap(b) {
			size := min(n, int64(cap(b))*2)
			grown := make([]byte, len(b), size)
			copy(grown, b)
			b = grown
		}
		at := len(b)
		b = b[:min(int64(cap(b)), n)]
		if err := m.readAll(b[at:]); err != nil {
			return nil, 0, err
		}
	}
	return b, m.text.own(b), nil
}

// pushLine pushes STRING and UNICODE of protocol 0.
func (m *machine) pushLine() error {
	var b []byte
	var err error
	k := KindText
	if m.t.op == opUnicode {
		b, err = appendUnicodeLine(nil, m.t.body)
		if !utf8.Valid(b) {
			k = KindBadText
		}
	} else {
		b, err = appendStringLine(nil, m.t.body)
		k, m.py2 = KindStr8, true
	}
	if err != nil {
		return m.fail(ErrMalformed, "%v with a bad escape or quote", m.t.op)
	}
	return m.push(m.newBytes(k, b))
}

// newBytes copies b into the arena.
func (m *machine) newBytes(k Kind, b []byte) Value {
	dst, addr := m.room(len(b))
	copy(dst, b)
	return makeValue(k, addr, uint64(len(b)))
}

// room is n new bytes in the arena, and their address.
func (m *machine) room(n int) ([]byte, uint64) {
	if n >= ownSegment {
		b := make([]byte, n)
		touch(b)
		return b, m.text.own(b)
	}
	return m.text.reserve(m.lane(), n)
}
