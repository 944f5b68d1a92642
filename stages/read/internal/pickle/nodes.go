package pickle

import "fmt"

// Doc is a decoded pickle: the values, and the bytes they point to. It is
// read-only once decoded and may be used by several goroutines.
type Doc struct {
	file    *mapping // text of segment 0 is in it
	text    arena
	values  valueArena
	packed  packedItems
	runs    pool[run]
	lists   pool[listNode]
	dicts   pool[dictNode]
	objects pool[objectNode]
	shapes  []shape
	globals []GlobalRef

	root     Value
	end      int64 // bytes up to and with STOP
	trailing int64 // bytes after it, in a stream
	protocol int
	opcodes  int64
	puts     int64
	py2      bool
	crlf     bool
	dumps    int
}

// run is a stretch of items that lie one after the other; runs of a list are
// chained.
type run struct {
	addr uint64
	n    int32
	next int32 // 0: none; run 0 is never used
}

// listNode is a list or a set.
type listNode struct {
	first, last int32 // runs, 0: none
	n           int64
}

// dictNode is a dict. With shape > 0 the values lie at addr in the order of the
// shape's keys, else keys and values alternate in the runs.
type dictNode struct {
	addr        uint64
	first, last int32
	n           int32
	shape       int32
	class       Global // GDict or a subclass
}

// shape is the keys of dicts that look alike: records of a list hold only their
// values.
type shape struct {
	keys []Value
}

// objectNode is what a global was called with.
type objectNode struct {
	class Value // KindGlobal, or KindObject (a partial)
	args  Value // KindTuple, or KindNone
	state Value // of BUILD, KindInvalid when there was none
	items int32 // runs of appended items, as listNode.first
	last  int32
	n     int64
	dict  int32 // dictNode + 1 of SETITEMS on the object
	pos   int64
}

// GlobalRef is a global as the file names it.
type GlobalRef struct {
	Module, Name string
	Global       Global
	Offset       int64 // of its first use
	Count        int64
}

// Root is the pickled value.
func (d *Doc) Root() Value { return d.root }

// Dumps is how many pickles the file holds, one after the other. Of several Root is the
// list. A stream is read up to the end of the first.
func (d *Doc) Dumps() int { return d.dumps }

// Protocol is the highest protocol that the file's PROTO or opcodes need.
func (d *Doc) Protocol() int { return d.protocol }

// Size is the number of bytes up to and with STOP.
func (d *Doc) Size() int64 { return d.end }

// Trailing is the number of bytes after STOP in a stream; for random access see
// [Scan.Trailing].
func (d *Doc) Trailing() int64 { return d.trailing }

// Opcodes is how many opcodes were run, Puts how many memo entries were put.
func (d *Doc) Opcodes() int64 { return d.opcodes }

// Puts is how many memo entries were put.
func (d *Doc) Puts() int64 { return d.puts }

// Python2 tells whether the file holds Python 2 strings.
func (d *Doc) Python2() bool { return d.py2 }

// Rewritten tells whether the lines of a pickle of protocol 0 end with \r\n, which no
// Python writes: the \r are left out.
func (d *Doc) Rewritten() bool { return d.crlf }

// Globals lists the globals the file names, by first use.
func (d *Doc) Globals() []GlobalRef { return d.globals }

// Held is the memory of all text, bytes and nodes.
func (d *Doc) Held() int64 {
	return d.text.held + d.work()
}

// work is the memory of the value graph, beside text and bytes.
func (d *Doc) work() int64 {
	return d.values.held + d.packed.held + int64(len(d.packed.others))*16 + int64(d.runs.n)*16 + int64(d.lists.n)*16 + int64(d.dicts.n)*32 + int64(d.objects.n)*88
}

// Bytes returns the bytes of text, bytes or a big int. They belong to the Doc and
// must not be changed.
func (d *Doc) Bytes(v Value) []byte {
	switch v.Kind() {
	case KindText, KindBadText, KindStr8, KindBytes, KindByteArray, KindBigInt:
		return d.text.bytes(v.bits, v.Len())
	}
	return nil
}

// Segment returns the bytes from address addr on, n bytes, all in one segment:
// for columns whose cells lie one after the other.
func (d *Doc) Segment(addr uint64, n int) []byte { return d.text.bytes(addr, n) }

// Mapped tells whether text stays in a mapped file.
func (d *Doc) Mapped() bool { return d.file != nil }

// InFile tells whether the bytes at an address are those of the mapped file: they
// are gone when [Mapped] returns.
func (d *Doc) InFile(addr uint64) bool { return d.text.inFile(addr) }

// GiveBack gives back the pages of the mapped file, if there is one, that text was
// read from: they are not to count as memory of this process.
func (d *Doc) GiveBack() {
	if d.Mapped() {
		d.file.giveBack(0, len(d.file.bytes))
	}
}

// Global returns the global of a KindGlobal, or GNone.
func (d *Doc) Global(v Value) Global {
	if v.Kind() != KindGlobal {
		return GNone
	}
	return d.globals[v.index()].Global
}

// GlobalRef returns the file's name of a KindGlobal.
func (d *Doc) GlobalRef(v Value) GlobalRef {
	if v.Kind() != KindGlobal {
		return GlobalRef{}
	}
	return d.globals[v.index()]
}

// Object is a view of a KindObject.
type Object struct {
	Class Value // KindGlobal, or KindObject for the result of a partial
	Args  Value // the tuple of arguments
	State Value // what BUILD gave, KindInvalid when nothing did
	Pos   int64 // byte offset of the opcode that made it
}

// Object returns the parts of a KindObject; the zero Object for others.
func (d *Doc) Object(v Value) Object {
	if v.Kind() != KindObject {
		return Object{}
	}
	n := d.objects.at(v.index())
	return Object{n.class, n.args, n.state, n.pos}
}

// Class is the global that made the object v, or GNone.
func (d *Doc) Class(v Value) Global {
	if v.Kind() != KindObject {
		return GNone
	}
	return d.Global(d.objects.at(v.index()).class)
}

// Arg returns argument i of an object, KindInvalid when there is none.
func (d *Doc) Arg(v Value, i int) Value {
	if v.Kind() != KindObject {
		return Value{}
	}
	return d.TupleItem(d.objects.at(v.index()).args, i)
}

// TupleItem returns item i of a tuple, KindInvalid when there is none.
func (d *Doc) TupleItem(v Value, i int) Value {
	if v.Kind() != KindTuple || i < 0 || i >= v.Len() {
		return Value{}
	}
	return d.values.slice(v.bits, v.Len())[i]
}

// Tuple returns the items of a tuple, nil for other kinds. They belong to the Doc.
func (d *Doc) Tuple(v Value) []Value {
	if v.Kind() != KindTuple {
		return nil
	}
	return d.values.slice(v.bits, v.Len())
}

// Items are the items of a tuple, list or set, those appended to an object, or the
// keys and values of a dict in turn.
type Items struct {
	n     int
	first items
	more  []items // all runs, with first, when there are several
	start []int   // first item of each of more
}

// Items returns the items of a tuple, list, set or frozenset, or those appended
// to an object; none for other kinds.
func (d *Doc) Items(v Value) Items {
	switch v.Kind() {
	case KindTuple:
		return Items{n: v.Len(), first: items{values: d.Tuple(v)}}
	case KindList, KindSet, KindFrozenSet:
		l := d.lists.at(v.index())
		return d.chain(l.first, l.n)
	case KindObject:
		o := d.objects.at(v.index())
		return d.chain(o.items, o.n)
	}
	return Items{}
}

// ItemsOf returns these values as items.
func ItemsOf(values []Value) Items { return Items{n: len(values), first: items{values: values}} }

func (d *Doc) chain(first int32, n int64) Items {
	if first == 0 {
		return Items{}
	}
	r := d.runs.at(int(first))
	it := Items{n: int(n), first: d.itemsOf(r)}
	if r.next == 0 {
		return it
	}
	at := 0
	for i := first; i != 0; i = r.next {
		r = d.runs.at(int(i))
		it.more = append(it.more, d.itemsOf(r))
		it.start = append(it.start, at)
		at += int(r.n)
	}
	return it
}

// Count is the number of items of a tuple, list, set or frozenset, or of those
// appended to an object: [Doc.Items] without the way to them.
func (d *Doc) Count(v Value) int {
	switch v.Kind() {
	case KindTuple:
		return v.Len()
	case KindList, KindSet, KindFrozenSet:
		return int(d.lists.at(v.index()).n)
	case KindObject:
		return int(d.objects.at(v.index()).n)
	}
	return 0
}

// Len is the number of items.
func (it *Items) Len() int { return it.n }

// Runs is how many stretches the items lie in: what it takes to make the Items.
func (it *Items) Runs() int { return max(1, len(it.more)) }

// At returns item i; it must be in range.
func (it *Items) At(i int) Value {
	run, i := it.run(i)
	return run.at(i)
}

// Copy copies items from i on to dst and returns how many: at least one unless i is
// the end or dst is empty, and perhaps less than there are.
func (it *Items) Copy(dst []Value, i int) int {
	if i >= it.n {
		return 0
	}
	run, i := it.run(i)
	return run.copy(dst, i)
}

// Run returns the items from i on that lie one after the other, at least one
// unless i is the end, for rows that are looked at in place: they belong to the Doc.
// Those of a list of text may be a copy of the next few.
func (it *Items) Run(i int) []Value {
	if i >= it.n {
		return nil
	}
	run, i := it.run(i)
	return run.from(i)
}

// run returns the run that holds item i, and its place there.
func (it *Items) run(i int) (*items, int) {
	if it.more == nil {
		return &it.first, i
	}
	k := it.find(i)
	return &it.more[k], i - it.start[k]
}

// find returns the run that holds item i.
func (it *Items) find(i int) int {
	lo, hi := 0, len(it.start)
	for hi-lo > 1 {
		if mid := (lo + hi) / 2; it.start[mid] <= i {
			lo = mid
		} else {
			hi = mid
		}
	}
	return lo
}

// Dict is a view of a KindDict.
type Dict struct {
	doc   *Doc
	class Global
	shape int32
	keys  []Value
	vals  []Value
	pairs Items
	n     int
}

// Dict returns a view of a dict (or of the items set on an object); an empty one
// for other kinds.
func (d *Doc) Dict(v Value) Dict {
	var n *dictNode
	switch v.Kind() {
	case KindDict:
		n = d.dicts.at(v.index())
	case KindObject:
		o := d.objects.at(v.index())
		if o.dict == 0 {
			return Dict{doc: d}
		}
		n = d.dicts.at(int(o.dict - 1))
	default:
		return Dict{doc: d}
	}
	if n.shape > 0 {
		return Dict{doc: d, class: n.class, shape: n.shape, n: int(n.n),
			keys: d.shapes[n.shape-1].keys, vals: d.values.slice(n.addr, int(n.n))}
	}
	return Dict{doc: d, class: n.class, n: int(n.n), pairs: d.chain(n.first, 2*int64(n.n))}
}

// Len is the number of entries; repeated keys count each time.
func (d *Dict) Len() int { return d.n }

// Class is GDict or the subclass the dict was made as.
func (d *Dict) Class() Global { return d.class }

// Shape is a number that dicts with the same keys in the same order share, 0 for
// none. Keys of a shape are text and never repeat.
func (d *Dict) Shape() int { return int(d.shape) }

// Entry returns key and value i.
func (d *Dict) Entry(i int) (Value, Value) {
	if d.shape > 0 {
		return d.keys[i], d.vals[i]
	}
	return d.pairs.At(2 * i), d.pairs.At(2*i + 1)
}

// Get returns the value of a text key, KindInvalid when it is not there. Of
// repeated keys the last one counts, as in Python.
func (d *Dict) Get(key string) Value {
	for i := d.n - 1; i >= 0; i-- {
		k, v := d.Entry(i)
		if k.IsText() && string(d.doc.Bytes(k)) == key {
			return v
		}
	}
	return Value{}
}

// Find returns the value of a text key and how many entries have that key; of
// repeated ones the last counts.
func (d *Dict) Find(key string) (Value, int) {
	var found Value
	n := 0
	for i := range d.n {
		k, v := d.Entry(i)
		if k.IsText() && string(d.doc.Bytes(k)) == key {
			found = v
			n++
		}
	}
	return found, n
}

// Shaped returns shape and values of a dict, 0 for one without a shape and for
// other kinds: [Doc.Dict] for the inner loop over a list of dicts.
func (d *Doc) Shaped(v Value) (shape int, values []Value) {
	if v.Kind() != KindDict {
		return 0, nil
	}
	n := d.dicts.at(v.index())
	if n.shape == 0 {
		return 0, nil
	}
	return int(n.shape), d.values.slice(n.addr, int(n.n))
}

// Fields copies the values at one place of a shape from rows that have that shape
// to dst and returns how many rows it went: [Doc.Shaped] for a whole column. It
// stops at the first row of another kind or shape.
func (d *Doc) Fields(rows []Value, shape, place int, dst []Value) int {
	rows = rows[:min(len(rows), len(dst))]
	for i, row := range rows {
		if row.Kind() != KindDict {
			return i
		}
		n := d.dicts.at(row.index())
		if int(n.shape) != shape {
			return i
		}
		dst[i] = d.values.chunks[n.addr>>40][int(n.addr&offsetMask)+place]
	}
	return len(rows)
}

// Values returns the values of a dict with a shape, in the shape's order.
func (d *Dict) Values() []Value { return d.vals }

// TypeName is Python's name of a value's type, as far as the file tells.
func (d *Doc) TypeName(v Value) string {
	switch v.Kind() {
	case KindObject:
		c := d.objects.at(v.index()).class
		if c.Kind() != KindGlobal {
			return "functools.partial result"
		}
		return d.madeBy(d.globals[c.index()], v)
	case KindGlobal:
		g := d.globals[v.index()]
		return "class " + quoteGlobal(g.Module, g.Name)
	case KindDict:
		if c := d.dicts.at(v.index()).class; c != GDict {
			return c.String()
		}
	}
	return v.Kind().String()
}

// Describe prints type and value, short enough for a message and safe for a
// terminal.
func (d *Doc) Describe(v Value) string {
	const most = 40
	switch v.Kind() {
	case KindNone:
		return "None"
	case KindBool:
		if v.Bool() {
			return "bool True"
		}
		return "bool False"
	case KindInt:
		return fmt.Sprintf("int %d", v.Int())
	case KindBigInt:
		return fmt.Sprintf("int of %d bytes", v.Len())
	case KindFloat:
		return fmt.Sprintf("float %v", v.Float())
	case KindText, KindBadText, KindStr8, KindBytes, KindByteArray:
		b, dots := d.Bytes(v), ""
		if len(b) > most {
			b, dots = b[:most], "..."
		}
		return fmt.Sprintf("%s %q%s", v.Kind(), b, dots)
	case KindTuple, KindList, KindSet, KindFrozenSet:
		return fmt.Sprintf("%s of %d", v.Kind(), d.Count(v))
	case KindDict:
		return fmt.Sprintf("%s of %d", d.TypeName(v), d.dicts.at(v.index()).n)
	}
	return d.TypeName(v)
}
