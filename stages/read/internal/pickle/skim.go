package pickle

import "encoding/binary"

// plainSize is the sizes of the opcodes that leave nothing to note.
var plainSize = [256]uint8{
	opNone: 1, opNewTrue: 1, opNewFalse: 1, opEmptyDict: 1, opEmptyList: 1, opEmptyTuple: 1,
	opBinInt: 5, opBinInt1: 2, opBinInt2: 3, opBinFloat: 9,
	opTuple1: 1, opTuple2: 1, opTuple3: 1, opAppend: 1, opSetItem: 1,
}

// skim passes over the opcodes that large files are made of, as long as there is
// nothing to note about them but their number. It stops before any other opcode,
// before text that may be a module's name, before a limit, and where the window
// has to move; [scanner.run] takes those one by one.
func (s *scanner) skim() {
	t := s.t
	b, start, end := t.buf[:t.w], t.r, min(t.near, t.w-headMost)
	if t.pending > 0 || start >= end {
		return
	}
	r, opcodes, strings, puts, marks := start, s.Opcodes, s.Strings, s.Puts, s.marks
	kind, proto := s.put, uint8(0)
	// Where the opcodes begin that pushed what may be the names of a global.
	module, name := -1, -1
	pops := false
	for r < end {
		next := r + 1
		switch Op(b[r]) {
		case opShortBinUnicode, opBinUnicode:
			n, head := int(b[r+1]), 2
			if Op(b[r]) == opBinUnicode {
				n, head = int(binary.LittleEndian.Uint32(b[r+1:])), 5
			}
			if n < 0 || n > bodyInline || r+head+n > end { // below 0 where an int has 32 bits
				next = r
				break
			}
			next = r + head + n
			if n > longestName {
				module, name, pops = -1, -1, true
			} else if looksLikeModule(b[r+head : next]) {
				next = r
				break
			} else {
				module, name = name, r
			}
			strings++
		case opMemoize:
			// What the first one keeps is not known here.
			if r == start || kind != opMemoize || puts >= s.limits.Memo {
				next = r
				break
			}
			puts++
		case opBinPut, opLongBinPut:
			id, size := int64(b[r+1]), 2
			if Op(b[r]) == opLongBinPut {
				id, size = int64(binary.LittleEndian.Uint32(b[r+1:])), 5
			}
			if r == start || kind != opPut || puts >= s.limits.Memo || id > s.maxMemo || id <= s.topName {
				next = r
				break
			}
			puts++
			next = r + size
		case opBinGet:
			if !s.fetched.has(int64(b[r+1])) {
				next = r
				break
			}
			next = r + 2
			module, name = name, r
		case opMark:
			if marks >= s.limits.Marks {
				next = r
				break
			}
			marks++
			module, name, pops = -1, -1, true
		case opSetItems, opAppends:
			if marks < 1 {
				next = r
				break
			}
			marks--
			module, name, pops = -1, -1, true
		default:
			size := int(plainSize[b[r]])
			if size == 0 {
				next = r
				break
			}
			next = r + size
			module, name, pops = -1, -1, true
			proto = max(proto, ops[b[r]].proto)
		}
		if next == r {
			break
		}
		opcodes++
		r = next
	}
	if r == start {
		return
	}
	t.r, s.Opcodes, s.Strings, s.Puts, s.marks = r, opcodes, strings, puts, marks
	s.proto = max(s.proto, int(proto))
	if pops {
		s.known = 0
	}
	for _, at := range [2]int{module, name} {
		s.recall(at)
	}
}

// recall notes the operand of the opcode at a place that skim went over.
func (s *scanner) recall(at int) {
	if at < 0 {
		return
	}
	b := s.t.buf[at:]
	switch Op(b[0]) {
	case opShortBinUnicode:
		s.text(b[2 : 2+int(b[1])])
	case opBinUnicode:
		s.text(b[5 : 5+int(binary.LittleEndian.Uint32(b[1:]))])
	case opBinGet:
		s.pushed(operand{memo: int64(b[1])})
	}
}
