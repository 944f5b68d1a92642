package pickle

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
)

// machine is the pickle virtual machine. Its values are inert: a class or
// function is a number, a call is a node that remembers class and arguments.
type machine struct {
	*Doc
	t      *Tokenizer
	limits Limits
	budget int64 // bytes the value graph may take, -1 when the input's size is not known
	copied int64 // bytes of text that were copied once more

	leaveBytes bool

	stack []Value
	marks []mark
	memo  memo

	globalIndex map[[2]string]int
	latinName   Value // the text 'latin1' as last seen
	frameEnd    int64
	memoKind    Op // MEMOIZE or the PUTs: a file holds one or the other
	lastShape   int32
	shapeAt     map[uint64]int32 // shapes by hashKeys
	seed        maphash.Seed
	nextCheck   int64   // at which opcode check runs next
	roots       []Value // of the pickles so far, where there are several
	ended       bool
}

// mark is an open MARK.
type mark struct {
	at     int32 // stack height
	record bool  // what follows are fields of a record, not items of a list
}

// Decode runs the opcodes of in and returns the values. With the scan of the same
// input the memo holds only what is fetched; without (nil) it holds everything.
// ctx is looked at now and then.
func Decode(ctx context.Context, in Input, limits Limits, scan *Scan) (doc *Doc, err error) {
	if !in.unpacked {
		return decode(ctx, in, limits, scan)
	}
	err = ahead(in.Stream, func(r io.Reader) (err error) {
		in.Stream = r
		doc, err = decode(ctx, in, limits, scan)
		return err
	})
	return doc, err
}

func decode(ctx context.Context, in Input, limits Limits, scan *Scan) (*Doc, error) {
	limits = limits.WithDefaults()
	m := &machine{
		Doc:         &Doc{},
		t:           newTokenizer(in, limits),
		limits:      limits,
		leaveBytes:  in.leaveBytes,
		globalIndex: map[[2]string]int{},
		shapeAt:     map[uint64]int32{},
		seed:        maphash.MakeSeed(),
		stack:       make([]Value, 0, 1024),
	}
	m.file = m.t.file
	m.text.init(m.file)
	m.runs.add(run{})
	m.budget = limits.work(max(in.Size, 0))
	if in.At == nil {
		m.budget = -1
	}
	m.dumps = 1
	if scan != nil && scan.Dumps <= 1 {
		m.memo = newMemo(&scan.fetched)
	} else {
		m.memo = newMemo(nil) // the ids of each are its own
		if scan != nil {
			m.dumps = scan.Dumps
		}
	}
	if err := m.run(ctx); err != nil {
		return nil, err
	}
	return m.Doc, nil
}

func (m *machine) fail(kind error, format string, args ...any) error {
	return m.t.fail(kind, format, args...)
}

// run reads opcodes up to STOP.
func (m *machine) run(ctx context.Context) error {
	t := m.t
	for {
		if err := m.skim(); err != nil {
			return err
		}
		if err := t.Next(); err != nil {
			if errors.Is(err, io.EOF) {
				return m.end0()
			}
			return err
		}
		m.opcodes++
		if m.opcodes >= m.nextCheck {
			m.nextCheck = m.opcodes + 1<<14
			if err := m.check(ctx); err != nil {
				return err
			}
		}
		var err error
		switch t.op {
		case opShortBinUnicode, opBinUnicode:
			if err = m.pushText(); err == nil {
				m.skipPut()
			}
		case opBinFloat:
			err = m.push(Value{uint64(t.arg), uint64(KindFloat) << kindShift})
		case opMemoize, opBinPut, opLongBinPut, opPut:
			err = m.put()
		case opBinGet, opLongBinGet, opGet:
			err = m.get()
		case opBinInt, opBinInt1, opBinInt2:
			err = m.push(intValue(t.arg))
		case opNone:
			err = m.push(None())
		case opMark:
			err = m.mark()
		case opEmptyDict:
			err = m.push(m.newDict(GDict))
		case opSetItems:
			err = m.setItems()
		case opAppends:
			err = m.appends()
		case opTuple1, opTuple2, opTuple3:
			err = m.smallTuple(int(t.op-opTuple1) + 1)
		case opTuple:
			err = m.tuple()
		case opStop:
			if err = m.stop(); m.ended {
				return err
			}
		default:
			err = m.rare()
		}
		if err != nil {
			return err
		}
	}
}

// check stops a run that was cancelled or whose graph grew out of bounds.
func (m *machine) check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("decode pickle: %w", err)
	}
	m.t.behind()
	return m.checkWork()
}

// checkWork bounds the value graph. It is asked now and then, and by opcodes that
// copy what may be large.
func (m *machine) checkWork() error {
	budget := m.budget
	if budget < 0 {
		budget = m.limits.work(m.t.pos)
	}
	if used := m.work() + m.copied; used > budget {
		return &LimitError{BoundWork, budget, m.t.pos, fmt.Sprintf("%d bytes of lists, dicts and objects", used)}
	}
	if held := m.Held(); held > m.limits.Output && m.file == nil {
		return &LimitError{BoundWork, m.limits.Output, m.t.pos, fmt.Sprintf("%d bytes of text and values in memory", held)}
	}
	return nil
}

// rare runs the opcodes that are not in the inner loop of large files.
func (m *machine) rare() error {
	t := m.t
	switch t.op {
	case opNewTrue, opNewFalse:
		return m.push(boolValue(t.op == opNewTrue))
	case opEmptyTuple:
		return m.push(makeValue(KindTuple, 0, 0))
	case opEmptyList:
		return m.push(m.newList(KindList))
	case opEmptySet:
		return m.push(m.newList(KindSet))
	case opAppend:
		return m.append1()
	case opAddItems:
		return m.addItems()
	case opSetItem:
		return m.setItem()
	case opList, opFrozenSet:
		return m.listFromMark()
	case opDict:
		return m.dictFromMark()
	case opReduce:
		return m.reduce()
	case opNewObj:
		return m.newObj()
	case opNewObjEx:
		return m.newObjEx()
	case opBuild:
		return m.build()
	case opInst:
		return m.inst()
	case opGlobal:
		return m.pushGlobal(string(t.body), string(t.name))
	case opStackGlobal:
		return m.stackGlobal()
	case opProto:
		return m.proto()
	case opFrame:
		return m.frame()
	}
	return m.rareData()
}

// rareData pushes the less common numbers and strings.
func (m *machine) rareData() error {
	t := m.t
	switch t.op {
	case opBinUnicode8:
		return m.pushText()
	case opUnicode, opString:
		return m.pushLine()
	case opBinString, opShortBinString:
		m.py2 = true
		return m.pushBytes(KindStr8)
	case opShortBinBytes, opBinBytes, opBinBytes8:
		return m.pushBytes(KindBytes)
	case opByteArray8:
		return m.pushBytes(KindByteArray)
	case opLong1, opLong4:
		return m.pushLong()
	case opInt, opLong, opFloat:
		return m.pushNumber()
	}
	if ops[t.op].refused {
		return m.fail(ErrRefusedOpcode, "%v: no pickled table holds it", t.op)
	}
	return m.fail(ErrMalformed, "%v is not an opcode", t.op)
}

func (m *machine) end0() error {
	if m.opcodes == 0 {
		return &OffsetError{ErrNotPickle, 0, "the file is empty"}
	}
	return &OffsetError{ErrTruncated, m.t.offset(), "the file ends without STOP"}
}

// stop ends the run.
func (m *machine) stop() error {
	if more := m.frameEnd - m.t.offset(); more > 0 { // a stream tells no sooner
		return m.fail(ErrTruncated, "FRAME claims %d bytes beyond STOP", more)
	}
	if len(m.stack) != 1 || len(m.marks) != 0 {
		return m.fail(ErrMalformed, "STOP with %d values on the stack", len(m.stack))
	}
	m.root = m.stack[0]
	m.end = m.t.offset()
	if m.dumps > 1 {
		m.roots = append(m.roots, m.root)
		if len(m.roots) < m.dumps {
			m.stack, m.memoKind, m.frameEnd = m.stack[:0], 0, 0
			m.memo.reset()
			return nil
		}
		m.root = m.newList(KindList)
		if err := m.appendTo(m.root, m.roots); err != nil {
			return err
		}
	}
	m.ended = true
	m.puts = m.memo.puts
	m.crlf = m.t.ends == endsCRLF
	if m.t.unpacked {
		return m.drain()
	}
	return nil
}

// drain reads a stream to its end: checksums and the number of members of an
// archive are known only there.
func (m *machine) drain() error {
	t := m.t
	for {
		t.r, t.trailing = t.w, t.trailing+int64(t.w-t.r)
		if t.eof {
			m.trailing = t.trailing
			return nil
		}
		if err := t.fill(len(t.buf)); err != nil {
			return err
		}
	}
}

func (m *machine) proto() error {
	if m.t.arg > 5 {
		return m.fail(ErrNotPickle, "protocol %d; the protocols are 0 to 5", m.t.arg)
	}
	m.t.proto = true
	m.protocol = max(m.protocol, int(m.t.arg))
	return nil
}

// frame checks a FRAME; its length is needed for nothing else.
func (m *machine) frame() error {
	t := m.t
	if t.arg > t.left() {
		return t.fail(ErrTruncated, "FRAME claims %d bytes but %d are left", t.arg, t.left())
	}
	if t.pos < m.frameEnd {
		return t.fail(ErrMalformed, "FRAME inside another frame")
	}
	m.frameEnd = t.offset() + t.arg
	return nil
}

// push puts a value on the stack.
func (m *machine) push(v Value) error {
	if len(m.stack) == m.limits.Stack {
		return &LimitError{BoundStack, int64(m.limits.Stack), m.t.pos, ""}
	}
	m.stack = append(m.stack, v)
	return nil
}

// floor is the lowest stack index that belongs to the open MARK.
func (m *machine) floor() int {
	if n := len(m.marks); n > 0 {
		return int(m.marks[n-1].at)
	}
	return 0
}

// pop takes n values off the stack. They are valid until the next push.
func (m *machine) pop(n int) ([]Value, error) {
	at := len(m.stack) - n
	if at < m.floor() {
		return nil, m.fail(ErrMalformed, "%v needs %d values, the stack holds %d", m.t.op, n, len(m.stack)-m.floor())
	}
	vs := m.stack[at:]
	m.stack = m.stack[:at]
	return vs, nil
}

// top is the value on top of the stack, to be read or marked as shared.
func (m *machine) top() (*Value, error) {
	if len(m.stack) == m.floor() {
		return nil, m.fail(ErrMalformed, "%v on an empty stack", m.t.op)
	}
	return &m.stack[len(m.stack)-1], nil
}

// mark opens a MARK. What lies below tells whether items of a list follow or
// fields of a record, which decides the lane of strings.
func (m *machine) mark() error {
	if len(m.marks) == m.limits.Marks {
		return &LimitError{BoundMarks, int64(m.limits.Marks), m.t.pos, ""}
	}
	at := len(m.stack)
	record := true
	if at > m.floor() {
		k := m.stack[at-1].Kind()
		record = k != KindList && k != KindSet
	}
	m.marks = append(m.marks, mark{int32(at), record})
	return nil
}

// popMark takes the values above the last MARK off the stack.
func (m *machine) popMark() ([]Value, error) {
	n := len(m.marks) - 1
	if n < 0 {
		return nil, m.fail(ErrMalformed, "%v without a MARK", m.t.op)
	}
	at := m.marks[n].at
	m.marks = m.marks[:n]
	vs := m.stack[at:]
	m.stack = m.stack[:at]
	return vs, nil
}

// pushLong pushes LONG1 and LONG4. A length of 0 is the number 0.
func (m *machine) pushLong() error {
	t := m.t
	if t.arg > int64(m.limits.IntBytes) || t.body == nil && t.arg > 0 {
		return &LimitError{BoundInt, int64(m.limits.IntBytes), t.pos, fmt.Sprintf("an integer of %d bytes", t.arg)}
	}
	if n := len(t.body); n <= 8 {
		var le [8]byte
		copy(le[:], t.body)
		if n > 0 && t.body[n-1]&0x80 != 0 {
			for i := n; i < 8; i++ {
				le[i] = 0xff
			}
		}
		return m.push(intValue(int64(binary.LittleEndian.Uint64(le[:]))))
	}
	return m.push(m.newBytes(KindBigInt, t.body))
}
