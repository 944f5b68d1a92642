package pickle

import "encoding/binary"

// skim passes over the opcodes that large files are made of, as long as there is
// nothing to note about them but their number. It stops before any other opcode,
// before text that may be a module's name, before a limit, and where the window
// has to move; [scanner.run] takes those one by one.
func (s *scanner) skim() {
	t := s.t
	b, r, end := t.buf[:t.w], t.r, min(t.near, t.w-headMost)
	if t.pending > 0 {
		return
	}
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
			if n > bodyInline || r+head+n > end {
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
			s.Strings++
		case opMemoize:
			// What the first one keeps is not known here.
			if r == t.r || s.put != opMemoize || s.Puts >= s.limits.Memo {
				next = r
				break
			}
			s.Puts++
		case opBinPut, opLongBinPut:
			id, size := int64(b[r+1]), 2
			if Op(b[r]) == opLongBinPut {
				id, size = int64(binary.LittleEndian.Uint32(b[r+1:])), 5
			}
			if r == t.r || s.put != opPut || s.Puts >= s.limits.Memo || id > s.maxMemo || id <= s.topName {
				next = r
				break
			}
			s.Puts++
			next = r + size
		case opBinGet:
			if !s.fetched.has(int64(b[r+1])) {
				next = r
				break
			}
			next = r + 2
			module, name = name, r
		case opMark:
			if s.marks >= s.limits.Marks {
				next = r
				break
			}
			s.marks++
			module, name, pops = -1, -1, true
		case opSetItems, opAppends:
			if s.marks < 1 {
				next = r
				break
			}
			s.marks--
			module, name, pops = -1, -1, true
		case opBinFloat:
			next = r + 9
			module, name, pops = -1, -1, true
			s.proto = max(s.proto, 1)
		case opEmptyDict:
			module, name, pops = -1, -1, true
			s.proto = max(s.proto, 1)
		case opNone:
			module, name, pops = -1, -1, true
		default:
			next = r
		}
		if next == r {
			break
		}
		s.Opcodes++
		r = next
	}
	if r == t.r {
		return
	}
	t.r = r
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
