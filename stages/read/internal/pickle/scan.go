package pickle

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Scan is what a pass over the opcodes tells without decoding anything.
type Scan struct {
	Protocol int         // of PROTO, else the lowest that has all opcodes seen
	Opcodes  int64       // up to and with STOP, the last of several
	End      int64       // bytes up to and with it
	Globals  []GlobalRef // in order of first use; those outside the table have GNone
	Puts     int64       // memo entries put
	Strings  int64       // text and bytes values
	Dumps    int         // pickles that lie one after the other, as pickle.dump writes them when it is called again
	fetched  fetchedSet
}

// Fetched is how many memo entries are ever fetched.
func (s *Scan) Fetched() int64 { return int64(s.fetched.n) }

// Trailing is the number of bytes after STOP in an input of the given size.
func (s *Scan) Trailing(size int64) int64 { return size - s.End }

// Refused returns the error for the first global outside the table, or nil.
func (s *Scan) Refused() error {
	for _, g := range s.Globals {
		if g.Global == GNone {
			return refusal(g.Module, g.Name, g.Offset)
		}
	}
	return nil
}

// scanner is the state of a scan.
type scanner struct {
	Scan
	t       *Tokenizer
	limits  Limits
	index   map[[2]string]int
	last    [2]operand // what the last opcodes that push put on the stack
	known   int        // how many of last
	marks   int        // open MARKs
	look    int64      // at which opcode the context is looked at next
	texts   [2][longestName]byte
	flip    int              // which of texts is written next
	topName int64            // the highest key in names
	names   map[int64]string // memo entries that are text and look like a module
	later   []laterGlobal    // globals named by entries that names lacks
	proto   int              // lowest protocol that has all opcodes seen
	frame   int64            // end of the current frame
	maxMemo int64            // a memo key above this is not a writer's
	put     Op               // MEMOIZE or PUT, whichever the file holds
}

// operand is text of a short string opcode, or a fetched memo entry.
type operand struct {
	text []byte // in scanner.texts or the mapped file
	memo int64  // -1 for text
}

// laterGlobal is a STACK_GLOBAL that waits for memo entries to be looked up.
type laterGlobal struct {
	module, name string // empty: to be looked up
	ids          [2]int64
	pos          int64
}

// ScanInput passes over the opcodes of in, which must have random access. An
// error tells why the file cannot be decoded; the returned Scan then holds what
// was found up to there. A global outside the table is not an error here, see
// [Scan.Refused].
func ScanInput(ctx context.Context, in Input, limits Limits) (*Scan, error) {
	if in.At == nil {
		return nil, errors.New("scan pickle: the input is a stream")
	}
	limits = limits.WithDefaults()
	s := &scanner{
		t: newTokenizer(in, limits), limits: limits, index: map[[2]string]int{},
		names: map[int64]string{}, maxMemo: 2*in.Size + 1024,
	}
	s.t.skips = true
	err := s.run(ctx)
	if err == nil {
		if err = s.resolve(ctx, in); err == nil {
			err = s.dumps(ctx)
		}
	} else if ctx.Err() == nil {
		// A joblib dump has raw bytes between its opcodes: say so, instead of
		// what the bytes look like.
		for _, g := range s.Globals {
			if what, hint := foreign(g.Module, g.Name); what != "" {
				err = &ForeignError{What: what, Offset: g.Offset, Hint: hint}
			}
		}
	}
	s.fetched.seal()
	if s.Protocol < s.proto {
		s.Protocol = s.proto
	}
	return &s.Scan, err
}

func (s *scanner) run(ctx context.Context) error {
	t := s.t
	for {
		s.skim()
		if err := t.Next(); err != nil {
			if errors.Is(err, io.EOF) {
				if s.Opcodes == 0 {
					return &OffsetError{ErrNotPickle, 0, "the file is empty"}
				}
				return &OffsetError{ErrTruncated, t.offset(), "the file ends without STOP"}
			}
			return err
		}
		s.Opcodes++
		if s.Opcodes >= s.look {
			s.look = s.Opcodes + 1<<14
			if ctx.Err() != nil {
				return fmt.Errorf("scan pickle: %w", ctx.Err())
			}
			t.behind()
		}
		switch t.op {
		case opShortBinUnicode, opBinUnicode:
			s.Strings++
			if t.arg <= longestName {
				s.text(t.body)
				continue
			}
		case opMemoize, opBinPut, opLongBinPut, opPut:
			if err := s.notePut(); err != nil {
				return err
			}
			continue
		case opBinGet, opLongBinGet, opGet:
			if err := s.get(); err != nil {
				return err
			}
			continue
		case opMark:
			if s.marks++; s.marks > s.limits.Marks {
				return &LimitError{BoundMarks, int64(s.limits.Marks), t.pos, ""}
			}
		case opAppends, opSetItems, opAddItems, opTuple, opList, opDict, opFrozenSet:
			s.marks--
		case opFrame:
			if err := s.frames(); err != nil {
				return err
			}
			continue
		case opStop:
			s.End = t.offset()
			return nil
		default:
			if err := s.rare(); err != nil {
				return err
			}
		}
		s.known = 0 // an opcode that pops leaves nothing known below it
	}
}

// dumps passes over the pickles that follow the first. What follows that is none, and
// not the beginning of one, is for nobody: s stays as it was. More than one that is whole
// and then something else is an error.
func (s *scanner) dumps(ctx context.Context) error {
	first := s.Scan
	first.Dumps, first.Globals = 1, slices.Clone(s.Globals)
	s.Dumps = 1
	for s.t.left() > 0 && s.Dumps < mostDumps {
		s.Puts, s.put, s.topName, s.known, s.marks, s.frame, s.later = 0, 0, 0, 0, 0, 0, nil
		clear(s.names)
		if rest := s.t.buf[s.t.r:s.t.w]; int64(len(rest)) == s.t.left() && len(bytes.TrimSpace(rest)) == 0 {
			return nil
		}
		if err := s.run(ctx); err != nil {
			if s.Dumps > 1 || ctx.Err() != nil {
				return fmt.Errorf("pickle %d of those in the file: %w", s.Dumps+1, err)
			}
			s.Scan = first
			return nil
		}
		s.Dumps++
	}
	return nil
}

// mostDumps bounds how many pickles of a file are read.
const mostDumps = 1 << 24

// rare notes what is seldom: globals, and opcodes that are refused.
func (s *scanner) rare() error {
	t := s.t
	info := &ops[t.op]
	if info.refused {
		return t.fail(ErrRefusedOpcode, "%v: no pickled table holds it", t.op)
	}
	s.proto = max(s.proto, int(info.proto))
	switch t.op {
	case opProto:
		if t.arg > 5 {
			return t.fail(ErrNotPickle, "protocol %d; the protocols are 0 to 5", t.arg)
		}
		t.proto = true
		s.Protocol = max(s.Protocol, int(t.arg))
	case opInst:
		s.marks--
		if err := s.global(string(t.body), string(t.name), t.pos); err != nil {
			return err
		}
	case opGlobal:
		return s.global(string(t.body), string(t.name), t.pos)
	case opStackGlobal:
		if err := s.stackGlobal(); err != nil {
			return err
		}
	case opShortBinBytes, opBinBytes, opBinBytes8, opBinUnicode8, opByteArray8, opUnicode, opString,
		opBinString, opShortBinString:
		s.Strings++
	}
	if s.marks < 0 {
		return t.fail(ErrMalformed, "%v without a MARK", t.op)
	}
	return nil
}

func (s *scanner) frames() error {
	t := s.t
	s.proto = max(s.proto, 4)
	if t.arg > t.left() {
		return t.fail(ErrTruncated, "FRAME claims %d bytes but %d are left", t.arg, t.left())
	}
	if t.pos < s.frame {
		return t.fail(ErrMalformed, "FRAME inside another frame")
	}
	s.frame = t.offset() + t.arg
	return nil
}

const longestName = 128

// text notes a short text, which may be the name of a module or class.
func (s *scanner) text(b []byte) {
	if !s.t.mapped() { // the window moves on
		buf := &s.texts[s.flip]
		s.flip ^= 1
		b = buf[:copy(buf[:], b)]
	}
	s.pushed(operand{text: b, memo: -1})
}

// pushed notes what an opcode put on the stack.
func (s *scanner) pushed(o operand) {
	if s.known == 2 {
		s.last[0] = s.last[1]
		s.known = 1
	}
	s.last[s.known] = o
	s.known++
}

// notePut is MEMOIZE, BINPUT, LONG_BINPUT and PUT.
func (s *scanner) notePut() error {
	t := s.t
	id, kind := s.Puts, opMemoize
	if t.op != opMemoize {
		kind, id = opPut, t.arg
		if t.op == opPut {
			var err error
			if id, err = parseMemoKey(t); err != nil {
				return err
			}
		}
	}
	if s.put != kind {
		if s.put != 0 {
			return t.fail(ErrMalformed, "MEMOIZE and PUT in one file")
		}
		s.put = kind
	}
	if s.Puts++; s.Puts > s.limits.Memo {
		return &LimitError{BoundMemo, s.limits.Memo, t.pos, ""}
	}
	if id > s.maxMemo {
		return t.fail(ErrMalformed, "memo key %d in a file of %d bytes", id, t.size)
	}
	if s.known > 0 && looksLikeModule(s.last[s.known-1].text) {
		s.names[id] = string(s.last[s.known-1].text)
		s.topName = max(s.topName, id)
	} else if id <= s.topName {
		delete(s.names, id)
	}
	return nil
}

// get is BINGET, LONG_BINGET and GET.
func (s *scanner) get() error {
	t := s.t
	id := t.arg
	if t.op == opGet {
		var err error
		if id, err = parseMemoKey(t); err != nil {
			return err
		}
	}
	if s.Puts == 0 || id > s.maxMemo || s.put == opMemoize && id >= s.Puts {
		return t.fail(ErrMalformed, "%v of memo entry %d, which was never put", t.op, id)
	}
	s.fetched.add(id)
	s.pushed(operand{memo: id})
	return nil
}

// looksLikeModule tells whether text starts like the modules of the table; of
// others the memo entries are looked up in a second pass, should a global need
// them.
func looksLikeModule(b []byte) bool {
	if len(b) < 4 {
		return false
	}
	switch string(b[:4]) {
	case "pand", "nump", "buil", "__bu", "copy", "_cod", "func", "coll", "date", "deci", "uuid", "path",
		"zone", "pytz", "pyar", "jobl", "torc":
		return true
	}
	return false
}

// global notes a use of a global.
func (s *scanner) global(module, name string, pos int64) error {
	key := [2]string{module, name}
	i, ok := s.index[key]
	if !ok {
		if len(s.Globals) == mostGlobals {
			return &LimitError{BoundGlobals, mostGlobals, pos, ""}
		}
		g, _ := lookup(module, name)
		i = len(s.Globals)
		s.index[key] = i
		s.Globals = append(s.Globals, GlobalRef{Module: module, Name: name, Global: g, Offset: pos})
	}
	s.Globals[i].Count++
	return nil
}

// stackGlobal notes a STACK_GLOBAL. CPython pushes both names right before it;
// anything else is refused, since the scan could not name the global.
func (s *scanner) stackGlobal() error {
	g := laterGlobal{pos: s.t.pos, ids: [2]int64{-1, -1}}
	if s.known < 2 {
		return s.t.fail(ErrMalformed, "STACK_GLOBAL whose names do not stand before it")
	}
	for i, o := range s.last {
		text := string(o.text)
		if o.memo >= 0 {
			if text = s.names[o.memo]; text == "" {
				g.ids[i] = o.memo
			}
		}
		if i == 0 {
			g.module = text
		} else {
			g.name = text
		}
	}
	if g.ids != [2]int64{-1, -1} {
		if len(s.later) == maxLater {
			return s.t.fail(ErrMalformed, "more than %d globals by memo", maxLater)
		}
		s.later = append(s.later, g)
		return nil
	}
	return s.global(g.module, g.name, g.pos)
}

const maxLater = 1 << 16

// resolve looks up the names that were only known as memo entries, by passing
// over the file once more.
func (s *scanner) resolve(ctx context.Context, in Input) error {
	if len(s.later) == 0 {
		return nil
	}
	wanted := map[int64]string{}
	for _, g := range s.later {
		for _, id := range g.ids {
			if id >= 0 {
				wanted[id] = ""
			}
		}
	}
	if err := lookUpTexts(ctx, in, s.limits, s.End, wanted); err != nil {
		return err
	}
	for _, g := range s.later {
		if g.ids[0] >= 0 {
			g.module = wanted[g.ids[0]]
		}
		if g.ids[1] >= 0 {
			g.name = wanted[g.ids[1]]
		}
		if g.module == "" || g.name == "" {
			return &OffsetError{ErrMalformed, g.pos, "STACK_GLOBAL of a memo entry that is not a name"}
		}
		if err := s.global(g.module, g.name, g.pos); err != nil {
			return err
		}
	}
	return nil
}

// lookUpTexts fills wanted with the texts that were put under its keys, the first
// one of each. (A file that puts a key twice is decoded by the machine's own
// look at the table, so this decides nothing.)
func lookUpTexts(ctx context.Context, in Input, limits Limits, end int64, wanted map[int64]string) error {
	t := newTokenizer(in, limits)
	t.skips = true
	missing := len(wanted)
	var puts int64
	var last []byte
	var buf [longestName]byte
	for n := 0; missing > 0; n++ {
		if err := t.Next(); err != nil || t.pos >= end {
			return err
		}
		if n&(1<<14-1) == 0 {
			if ctx.Err() != nil {
				return fmt.Errorf("scan pickle: %w", ctx.Err())
			}
			t.behind()
		}
		id := t.arg
		switch t.op {
		case opShortBinUnicode, opBinUnicode:
			last = nil
			if t.arg <= longestName {
				last = buf[:copy(buf[:], t.body)]
			}
			continue
		case opMemoize:
			id = puts
		case opBinPut, opLongBinPut:
		default:
			last = nil
			continue
		}
		puts++
		if text, ok := wanted[id]; ok && text == "" && last != nil {
			wanted[id] = string(last)
			missing--
		}
	}
	return nil
}
