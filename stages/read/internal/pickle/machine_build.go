package pickle

import (
	"bytes"
	"encoding/binary"
	"hash/maphash"
	"strconv"
)

// Numbers of protocol 0, the memo, and containers.

// pushNumber pushes INT, LONG and FLOAT of protocol 0.
func (m *machine) pushNumber() error {
	t := m.t
	if t.op == opFloat {
		f, err := strconv.ParseFloat(string(bytes.TrimSpace(t.body)), 64)
		if err != nil && !isRangeError(err) {
			return m.fail(ErrMalformed, "FLOAT %.40q is not a number", t.body)
		}
		return m.push(floatValue(f))
	}
	if t.op == opInt && len(t.body) == 2 && t.body[0] == '0' {
		switch t.body[1] {
		case '0':
			return m.push(boolValue(false))
		case '1':
			return m.push(boolValue(true))
		}
	}
	const digits = 4300 // as in CPython: parsing is quadratic
	if len(t.body) > digits || len(t.body) > 3*m.limits.IntBytes {
		return &LimitError{BoundInt, digits, t.pos, "an integer of " + strconv.Itoa(len(t.body)) + " digits"}
	}
	i, twos, ok := parseLong(t.body)
	if !ok {
		return m.fail(ErrMalformed, "%v %.40q is not a number", t.op, t.body)
	}
	if twos != nil {
		return m.push(m.newBytes(KindBigInt, twos))
	}
	return m.push(intValue(i))
}

func isRangeError(err error) bool {
	e, ok := err.(*strconv.NumError)
	return ok && e.Err == strconv.ErrRange
}

// memoKey is the operand of the memo opcodes.
func (m *machine) memoKey() (int64, error) {
	t := m.t
	if t.op != opGet && t.op != opPut {
		return t.arg, nil
	}
	return parseMemoKey(t)
}

func parseMemoKey(t *Tokenizer) (int64, error) {
	id, err := strconv.ParseInt(string(bytes.TrimSpace(t.body)), 10, 64)
	if err != nil || id < 0 {
		return 0, t.fail(ErrMalformed, "%v with the memo key %.40q", t.op, t.body)
	}
	return id, nil
}

// put is MEMOIZE, BINPUT, LONG_BINPUT and PUT.
func (m *machine) put() error {
	v, err := m.top()
	if err != nil {
		return err
	}
	id := m.memo.puts
	kind := opMemoize
	if m.t.op != opMemoize {
		kind = opPut
		if id, err = m.memoKey(); err != nil {
			return err
		}
	}
	if m.memoKind != kind {
		if m.memoKind != 0 {
			return m.fail(ErrMalformed, "MEMOIZE and PUT in one file")
		}
		m.memoKind = kind
	}
	m.memo.puts++
	if m.memo.puts > m.limits.Memo {
		return &LimitError{BoundMemo, m.limits.Memo, m.t.pos, ""}
	}
	if m.memo.keeps(id) {
		v.meta |= sharedBit
		if !m.memo.put(id, *v) {
			return m.fail(ErrMalformed, "memo keys far apart, such as %d", id)
		}
	}
	return nil
}

// skipPut runs a memo opcode that follows right away, when nobody ever fetches the
// entry: in most files there is one after every string.
func (m *machine) skipPut() {
	t := m.t
	if size := m.passPut(t.buf, t.r, t.near); size > 0 {
		t.r += size
		m.opcodes++
	}
}

// passPut counts the memo opcode at r and returns its size; 0 when it is none, or
// one that has to be looked at. It does not look further than end, which headMost
// bytes follow.
func (m *machine) passPut(b []byte, r, end int) int {
	if r >= end {
		return 0
	}
	id, size, kind := m.memo.puts, 1, opPut
	switch Op(b[r]) {
	case opMemoize:
		kind = opMemoize
	case opBinPut:
		id, size = int64(b[r+1]), 2
	case opLongBinPut:
		id, size = int64(binary.LittleEndian.Uint32(b[r+1:])), 5
	default:
		return 0
	}
	if m.memoKind != kind || m.memo.puts >= m.limits.Memo || m.memo.keeps(id) {
		return 0
	}
	m.memo.puts++
	return size
}

// get is BINGET, LONG_BINGET and GET.
func (m *machine) get() error {
	id, err := m.memoKey()
	if err != nil {
		return err
	}
	v := m.memo.get(id)
	if v.Kind() == KindInvalid {
		return m.fail(ErrMalformed, "%v of memo entry %d, which was never put", m.t.op, id)
	}
	return m.push(v)
}

func (m *machine) newList(k Kind) Value {
	return makeValue(k, uint64(m.lists.add(listNode{})), 0)
}

func (m *machine) newDict(class Global) Value {
	return makeValue(KindDict, uint64(m.dicts.add(dictNode{class: class})), 0)
}

func (m *machine) newTuple(vs []Value) Value {
	if len(vs) == 0 {
		return makeValue(KindTuple, 0, 0)
	}
	return makeValue(KindTuple, m.values.put(vs), uint64(len(vs)))
}

// smallTuple is TUPLE1, TUPLE2, TUPLE3.
func (m *machine) smallTuple(n int) error {
	vs, err := m.pop(n)
	if err != nil {
		return err
	}
	return m.push(m.newTuple(vs))
}

func (m *machine) tuple() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	return m.push(m.newTuple(vs))
}

// extend appends values to a chain of runs, packed if they can be, else splitting
// them where the current chunk ends.
func (m *machine) extend(first, last *int32, vs []Value) {
	if stretch, ok := m.packed.packable(vs); ok {
		m.link(first, last, m.packed.put(stretch, vs), len(vs))
		return
	}
	for len(vs) > 0 {
		n := len(vs)
		if left := m.values.left(); left > 0 && left < n {
			n = left
		}
		m.link(first, last, m.values.put(vs[:n]), n)
		vs = vs[n:]
	}
}

// link adds n items at an address to a chain of runs: to its last one where they
// follow that.
func (m *machine) link(first, last *int32, addr uint64, n int) {
	if *last != 0 {
		if r := m.runs.at(int(*last)); r.addr+uint64(r.n) == addr {
			r.n += int32(n)
			return
		}
	}
	i := int32(m.runs.add(run{addr: addr, n: int32(n)}))
	if *last != 0 {
		m.runs.at(int(*last)).next = i
	} else {
		*first = i
	}
	*last = i
}

// appendTo appends values to a list, or to an object that takes items.
func (m *machine) appendTo(target Value, vs []Value) error {
	switch target.Kind() {
	case KindList:
		l := m.lists.at(target.index())
		m.extend(&l.first, &l.last, vs)
		l.n += int64(len(vs))
		return nil
	case KindObject:
		if m.Class(target) == GOpaque {
			return nil // what it holds is nobody's to know
		}
		if o := m.objects.at(target.index()); m.takesItems(o.class) {
			m.extend(&o.items, &o.last, vs)
			o.n += int64(len(vs))
			return nil
		}
	}
	return m.fail(ErrMalformed, "%v to a value of type %s", m.t.op, m.TypeName(target))
}

// takesItems: subclasses of list in the table.
func (m *machine) takesItems(class Value) bool {
	switch m.Global(class) {
	case GFrozenList, GDeque:
		return true
	}
	return false
}

func (m *machine) append1() error {
	vs, err := m.pop(1)
	if err != nil {
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	return m.appendTo(*target, vs)
}

func (m *machine) appends() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	return m.appendTo(*target, vs)
}

func (m *machine) addItems() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	if m.Class(*target) == GOpaque {
		return nil
	}
	if target.Kind() != KindSet {
		return m.fail(ErrMalformed, "ADDITEMS to a value of type %s", m.TypeName(*target))
	}
	l := m.lists.at(target.index())
	m.extend(&l.first, &l.last, vs)
	l.n += int64(len(vs))
	return nil
}

// listFromMark is LIST and FROZENSET.
func (m *machine) listFromMark() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	k := KindList
	if m.t.op == opFrozenSet {
		k = KindFrozenSet
	}
	v := m.newList(k)
	l := m.lists.at(v.index())
	m.extend(&l.first, &l.last, vs)
	l.n = int64(len(vs))
	return m.push(v)
}

// dictFromMark is DICT.
func (m *machine) dictFromMark() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	v := m.newDict(GDict)
	if err := m.setOn(v, vs); err != nil {
		return err
	}
	return m.push(v)
}

func (m *machine) setItem() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	return m.setOn(*target, vs)
}

func (m *machine) setItems() error {
	vs, err := m.popMark()
	if err != nil {
		return err
	}
	target, err := m.top()
	if err != nil {
		return err
	}
	return m.setOn(*target, vs)
}

// setOn sets pairs of key and value on a dict, or on an object that is one.
func (m *machine) setOn(target Value, pairs []Value) error {
	if len(pairs)%2 != 0 {
		return m.fail(ErrMalformed, "%v with a key but no value", m.t.op)
	}
	switch target.Kind() {
	case KindDict:
		m.setPairs(m.dicts.at(target.index()), pairs)
		return nil
	case KindObject:
		if m.Class(target) == GOpaque {
			return nil
		}
	}
	return m.fail(ErrMalformed, "%v on a value of type %s", m.t.op, m.TypeName(target))
}

func (m *machine) setPairs(d *dictNode, pairs []Value) {
	if len(pairs) == 0 {
		return
	}
	if d.n == 0 && m.setShaped(d, pairs) {
		return
	}
	if d.shape > 0 {
		m.unshape(d)
	}
	m.extend(&d.first, &d.last, pairs)
	d.n += int32(len(pairs) / 2)
}

// unshape turns a dict with a shape into one with pairs.
func (m *machine) unshape(d *dictNode) {
	keys := m.shapes[d.shape-1].keys
	vals := m.values.slice(d.addr, int(d.n))
	d.shape, d.addr = 0, 0
	for i, k := range keys {
		pair := [2]Value{k, vals[i]}
		m.extend(&d.first, &d.last, pair[:])
	}
}

// setShaped stores the first items of a dict under the shape of its keys: the
// last shape when they agree, else a new one. It says no to keys that are not
// text, are long or repeat, to wide dicts, and when there are too many shapes.
func (m *machine) setShaped(d *dictNode, pairs []Value) bool {
	const widest, most, longestKey = 1 << 14, 256, 1 << 10
	n := len(pairs) / 2
	if n > widest {
		return false
	}
	s := m.lastShape
	if s > 0 && m.setAlike(d, m.shapes[s-1].keys, pairs) {
		d.shape = s
		return true
	}
	for i := 0; i < len(pairs); i += 2 { // to compare them takes time each time
		if !pairs[i].IsText() || pairs[i].Len() > longestKey {
			return false
		}
	}
	if s == 0 || !m.sameKeys(m.shapes[s-1].keys, pairs) {
		hash := m.hashKeys(pairs)
		s = m.shapeAt[hash]
		if s == 0 || !m.sameKeys(m.shapes[s-1].keys, pairs) {
			if len(m.shapes) == most || !m.addShape(pairs) {
				return false
			}
			s = int32(len(m.shapes))
			m.shapeAt[hash] = s
		}
		m.lastShape = s
	}
	for i := range n { // in place: the pairs are off the stack
		pairs[i] = pairs[2*i+1]
	}
	d.addr = m.values.put(pairs[:n])
	d.shape, d.n = s, int32(n)
	return true
}

// setAlike stores the values of pairs when their keys are the very ones given.
func (m *machine) setAlike(d *dictNode, keys, pairs []Value) bool {
	if 2*len(keys) != len(pairs) {
		return false
	}
	dst, addr := m.values.room(len(keys))
	for i, k := range keys {
		if pairs[2*i] != k {
			m.values.cut(len(keys))
			return false
		}
		dst[i] = pairs[2*i+1]
	}
	d.addr, d.n = addr, int32(len(keys))
	return true
}

// hashKeys tells shapes apart, so that not all of them have to be tried.
func (m *machine) hashKeys(pairs []Value) uint64 {
	var h maphash.Hash
	h.SetSeed(m.seed)
	for i := 0; i < len(pairs); i += 2 {
		h.Write(m.Bytes(pairs[i]))
		h.WriteByte(0)
	}
	return h.Sum64()
}

func (m *machine) sameKeys(keys, pairs []Value) bool {
	if 2*len(keys) != len(pairs) {
		return false
	}
	for i, k := range keys {
		p := pairs[2*i]
		if k == p {
			continue
		}
		if k.Kind() != p.Kind() || k.Len() != p.Len() || !bytes.Equal(m.Bytes(k), m.Bytes(p)) {
			return false
		}
	}
	return true
}

func (m *machine) addShape(pairs []Value) bool {
	keys := make([]Value, 0, len(pairs)/2)
	seen := make(map[string]bool, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		k := pairs[i]
		name := string(m.Bytes(k))
		if seen[name] {
			return false
		}
		seen[name] = true
		keys = append(keys, k)
	}
	m.shapes = append(m.shapes, shape{keys})
	return true
}
