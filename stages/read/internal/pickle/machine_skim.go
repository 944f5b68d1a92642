package pickle

import "encoding/binary"

// skim runs the opcodes that large files are made of, as long as they are read
// from memory and nothing about them is special. It stops before any other opcode,
// before most errors, before a limit, and where the context is to be looked at;
// [machine.run] takes those one by one.
func (m *machine) skim() error {
	t := m.t
	if !t.mapped() || m.memo.fetched == nil || t.pending > 0 {
		return nil
	}
	b, r, end := t.buf[:t.w], t.r, t.w-headMost
	opcodes, stack, most := m.opcodes, m.stack, min(m.limits.Stack, cap(m.stack))
	for r < end && opcodes < m.nextCheck && len(stack) < most {
		v, next := m.scalar(b, r, end)
		if v.Kind() == KindInvalid {
			t.op, t.pos, m.stack = Op(b[r]), int64(r), stack
			next = r + 1
			switch t.op {
			case opEmptyDict:
				v = m.newDict(GDict)
			case opMark:
				if after, n := m.passRecord(b, next, end); n > 0 {
					r, opcodes = after, opcodes+n
					continue
				}
				if err := m.mark(); err != nil {
					return err
				}
			case opSetItems:
				if err := m.setItems(); err != nil {
					return err
				}
			default:
				next = r
			}
			stack = m.stack
		}
		if next == r {
			break
		}
		r = next
		opcodes++
		if v.Kind() != KindInvalid {
			stack = append(stack, v)
			if size := m.passPut(b, r, end); size > 0 {
				r += size
				opcodes++
			}
		}
	}
	t.r, m.stack, m.opcodes = r, stack, opcodes
	return nil
}

// scalar is the text, number or memo entry that the opcode at r pushes, and where
// the next one begins; an invalid Value for any other opcode. r lies before end,
// and headMost bytes follow that.
func (m *machine) scalar(b []byte, r, end int) (v Value, next int) {
	switch op := Op(b[r]); op {
	case opShortBinUnicode, opBinUnicode:
		n, at := int(b[r+1]), r+2
		if op == opBinUnicode {
			n, at = int(binary.LittleEndian.Uint32(b[r+1:])), r+5
		}
		if n < 0 || n > end-at { // below 0 where an int has 32 bits
			return Value{}, r
		}
		k := KindText
		if !validText(b[at : at+n]) {
			k = KindBadText
		}
		return makeValue(k, uint64(at), uint64(n)), at + n
	case opBinFloat:
		return makeValue(KindFloat, binary.BigEndian.Uint64(b[r+1:]), 0), r + 9
	case opBinInt:
		return intValue(int64(int32(binary.LittleEndian.Uint32(b[r+1:])))), r + 5
	case opBinInt1:
		return intValue(int64(b[r+1])), r + 2
	case opBinInt2:
		return intValue(int64(binary.LittleEndian.Uint16(b[r+1:]))), r + 3
	case opNewTrue, opNewFalse:
		return boolValue(op == opNewTrue), r + 1
	case opNone:
		return None(), r + 1
	case opBinGet:
		return m.memo.low[b[r+1]], r + 2
	case opLongBinGet:
		return m.memo.get(int64(binary.LittleEndian.Uint32(b[r+1:]))), r + 5
	}
	return Value{}, r
}

// passRecord fills the empty dict on the stack, when what follows its MARK at r is
// a record as the last one: the same keys, fetched from the memo, with plain
// values, and SETITEMS. It returns where that ends and how many opcodes it took;
// none where anything is different.
func (m *machine) passRecord(b []byte, r, end int) (next int, opcodes int64) {
	if m.lastShape == 0 || len(m.stack) == m.floor() || len(m.marks) == m.limits.Marks {
		return 0, 0
	}
	dict := m.stack[len(m.stack)-1]
	if dict.Kind() != KindDict {
		return 0, 0
	}
	d := m.dicts.at(dict.index())
	keys := m.shapes[m.lastShape-1].keys
	if d.n > 0 || len(m.stack)+2*len(keys) > m.limits.Stack {
		return 0, 0
	}
	puts := m.memo.puts
	values, addr := m.values.room(len(keys))
	for i, key := range keys {
		if r >= end || Op(b[r]) != opBinGet || m.memo.low[b[r+1]] != key {
			break
		}
		if r += 2; r >= end {
			break
		}
		v, after := m.scalar(b, r, end)
		if v.Kind() == KindInvalid {
			break
		}
		size := m.passPut(b, after, end)
		if size > 0 {
			opcodes++
		}
		values[i], r, opcodes = v, after+size, opcodes+2
		if i == len(keys)-1 && r < end && Op(b[r]) == opSetItems {
			d.shape, d.addr, d.n = m.lastShape, addr, int32(len(keys))
			return r + 1, opcodes + 2
		}
	}
	m.values.cut(len(keys))
	m.memo.puts = puts
	return 0, 0
}
