package pickle

// Globals and calls. A call makes a node; the few constructors of Python's own
// containers make the value itself. Nothing else happens.

func (m *machine) pushGlobal(module, name string) error {
	v, err := m.global(module, name)
	if err != nil {
		return err
	}
	return m.push(v)
}

// global looks a pair up in the table and returns its value.
func (m *machine) global(module, name string) (Value, error) {
	key := [2]string{module, name}
	i, ok := m.globalIndex[key]
	if !ok {
		g, known := lookup(module, name)
		if !known {
			return Value{}, refusal(module, name, m.t.pos)
		}
		if len(m.globals) == mostGlobals {
			return Value{}, &LimitError{BoundGlobals, mostGlobals, m.t.pos, ""}
		}
		i = len(m.globals)
		m.globalIndex[key] = i
		m.globals = append(m.globals, GlobalRef{Module: module, Name: name, Global: g, Offset: m.t.pos})
	}
	m.globals[i].Count++
	return makeValue(KindGlobal, uint64(i), 0), nil
}

func (m *machine) stackGlobal() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	if vs[0].Kind() != KindText || vs[1].Kind() != KindText {
		return m.fail(ErrMalformed, "STACK_GLOBAL of %s and %s", m.TypeName(vs[0]), m.TypeName(vs[1]))
	}
	const longest = 1 << 10
	if vs[0].Len() > longest || vs[1].Len() > longest {
		return &LimitError{BoundLine, longest, m.t.pos, "the name of a global"}
	}
	return m.pushGlobal(string(m.Bytes(vs[0])), string(m.Bytes(vs[1])))
}

// newObject pushes a node.
func (m *machine) newObject(class, args Value) error {
	i := m.objects.add(objectNode{class: class, args: args, pos: m.t.pos})
	return m.push(makeValue(KindObject, uint64(i), 0))
}

// refuseCall is the error for a global of the table in a use it is not there for.
func (m *machine) refuseCall(class Value, why string) error {
	return m.fail(ErrRefusedCall, "%v of %s: %s; nothing was executed", m.t.op, m.TypeName(class), why)
}

func (m *machine) reduce() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	return m.call(vs[0], vs[1])
}

// call is a REDUCE of class with args.
func (m *machine) call(class, args Value) error {
	if args.Kind() != KindTuple {
		return m.refuseCall(class, "arguments are not a tuple but "+m.TypeName(args))
	}
	if class.Kind() == KindObject {
		switch m.Class(class) {
		case GPartial:
			return m.newObject(class, args)
		case GOpaque:
			return m.newObject(m.Object(class).Class, args)
		}
		return m.refuseCall(class, "only classes and functions of the table can be called")
	}
	if class.Kind() != KindGlobal {
		return m.refuseCall(class, "only classes and functions of the table can be called")
	}
	switch g := m.Global(class); g {
	case GGetattr:
		return m.getattr(class, m.Tuple(args))
	case GPartial:
		return m.partial(class, args)
	case GCodecsEncode:
		return m.encode(class, m.Tuple(args))
	case GBytes, GByteArray:
		return m.bytesOf(class, m.Tuple(args))
	case GSet, GFrozenSet, GList:
		return m.setOf(class, m.Tuple(args))
	case GDict, GOrderedDict, GDefaultDict, GCounter:
		return m.dictOf(class, m.Tuple(args))
	case GReconstructor:
		return m.reconstruct(class, m.Tuple(args))
	case GNewObj:
		return m.newObjCall(class, m.Tuple(args))
	case GObject, GTuple, GStr, GInt, GFloat, GBool, GNdScalarType, GNone:
		return m.refuseCall(class, "it is a type and never called in a pickled table")
	}
	return m.newObject(class, args)
}

// getattr is exactly getattr(zoneinfo.ZoneInfo, "_unpickle"), as pandas 3 writes
// time zones.
func (m *machine) getattr(class Value, args []Value) error {
	if len(args) == 2 && m.Global(args[0]) == GOpaque && args[1].Kind() == KindText {
		return m.push(args[0]) // a class inside a class: as opaque as that one
	}
	if len(args) != 2 || m.Global(args[0]) != GZoneInfo || string(m.Bytes(args[1])) != "_unpickle" {
		what := "no arguments"
		if len(args) > 0 {
			what = m.Describe(args[len(args)-1]) + " of " + m.Describe(args[0])
		}
		return m.refuseCall(class, "only (zoneinfo.ZoneInfo, '_unpickle') is understood, not "+what)
	}
	ref := m.GlobalRef(args[0])
	key := [2]string{ref.Module, ref.Name + "._unpickle"}
	i, ok := m.globalIndex[key]
	if !ok {
		i = len(m.globals)
		m.globalIndex[key] = i
		m.globals = append(m.globals, GlobalRef{Module: key[0], Name: key[1], Global: GZoneInfoUnpickle, Offset: m.t.pos, Count: 1})
	}
	return m.push(makeValue(KindGlobal, uint64(i), 0))
}

// partial is exactly functools.partial(new_block), as pandas 1.3 writes blocks.
func (m *machine) partial(class, args Value) error {
	if inner := m.TupleItem(args, 0); m.Global(inner) == GOpaque {
		return m.newObject(inner, args)
	}
	if m.Global(m.TupleItem(args, 0)) != GNewBlock {
		return m.refuseCall(class, "only (pandas.core.internals.blocks.new_block) is understood")
	}
	return m.newObject(class, args)
}

// encode is _codecs.encode(text, 'latin1'): bytes in protocols 0 to 2. The bytes
// take the place of the text where nothing else refers to it.
func (m *machine) encode(class Value, args []Value) error {
	if len(args) != 2 || args[0].Kind() != KindText || !m.isLatin1(args[1]) {
		return m.refuseCall(class, "only (text, 'latin1') is understood")
	}
	b, ok := m.latin1Bytes(args[0], KindBytes)
	if !ok {
		return m.refuseCall(class, "the text has characters outside latin1")
	}
	args[0] = b // the text may be gone
	if err := m.checkWork(); err != nil {
		return err
	}
	return m.push(b)
}

// share marks values that are copied, so that nothing is changed in place that a
// second value points to.
func share(vs []Value) []Value {
	for i := range vs {
		vs[i].meta |= sharedBit
	}
	return vs
}

func (m *machine) isLatin1(v Value) bool {
	if v == m.latinName && v.Kind() != KindInvalid {
		return true
	}
	switch string(m.Bytes(v)) {
	case "latin1", "latin-1", "iso-8859-1":
		m.latinName = v
		return true
	}
	return false
}

func (m *machine) latin1Bytes(v Value, k Kind) (Value, bool) {
	text := m.Bytes(v)
	n, ok := latin1Len(text)
	if !ok {
		return Value{}, false
	}
	if v.meta&sharedBit != 0 {
		m.copied += int64(n)
	} else if !m.InFile(v.bits) {
		// In place. A text in the middle of a segment leaves a gap there.
		latin1(text[:n], text)
		m.text.shrink(v.bits, len(text), n)
		return makeValue(k, v.bits, uint64(n)), true
	}
	dst, addr := m.room(n)
	latin1(dst, text)
	return makeValue(k, addr, uint64(n)), true
}

// bytesOf is bytes(), bytearray(), bytearray(bytes) or bytearray(text, 'latin-1').
func (m *machine) bytesOf(class Value, args []Value) error {
	k := KindBytes
	if m.Global(class) == GByteArray {
		k = KindByteArray
	}
	switch {
	case len(args) == 0:
		return m.push(m.newBytes(k, nil))
	case len(args) == 1 && (args[0].Kind() == KindBytes || args[0].Kind() == KindByteArray || args[0].Kind() == KindStr8):
		return m.push(makeValue(k, args[0].bits, uint64(args[0].Len())))
	case len(args) == 2 && args[0].Kind() == KindText && m.isLatin1(args[1]):
		if b, ok := m.latin1Bytes(args[0], k); ok {
			args[0] = b
			if err := m.checkWork(); err != nil {
				return err
			}
			return m.push(b)
		}
	}
	return m.refuseCall(class, "arguments are not bytes")
}

// setOf is set(list), frozenset(list) or list(list).
func (m *machine) setOf(class Value, args []Value) error {
	k := KindList
	switch m.Global(class) {
	case GSet:
		k = KindSet
	case GFrozenSet:
		k = KindFrozenSet
	}
	v := m.newList(k)
	if len(args) > 0 {
		a := args[0]
		if len(args) != 1 || a.Kind() != KindList && a.Kind() != KindTuple && a.Kind() != KindSet {
			return m.refuseCall(class, "the argument is not a list")
		}
		it := m.Items(a)
		l := m.lists.at(v.index())
		for i := 0; i < it.Len(); {
			vs := share(it.Run(i)) // a copy is of text in the file, where nothing changes
			m.extend(&l.first, &l.last, vs)
			i += len(vs)
		}
		l.n = int64(it.Len())
		if err := m.checkWork(); err != nil {
			return err
		}
	}
	return m.push(v)
}

// dictOf is dict(), OrderedDict(), OrderedDict(list of pairs), defaultdict(type),
// Counter(dict).
func (m *machine) dictOf(class Value, args []Value) error {
	g := m.Global(class)
	v := m.newDict(g)
	if g == GDefaultDict {
		if len(args) > 1 || len(args) == 1 && args[0].Kind() != KindGlobal && !args[0].IsNone() {
			return m.refuseCall(class, "the default is not a type of the table")
		}
		args = nil
	}
	if len(args) > 1 {
		return m.refuseCall(class, "more than one argument")
	}
	d := m.dicts.at(v.index())
	if len(args) == 1 {
		if !m.copyPairs(d, args[0]) {
			return m.refuseCall(class, "the argument is neither a dict nor a list of pairs")
		}
		if err := m.checkWork(); err != nil {
			return err
		}
	}
	return m.push(v)
}

// copyPairs fills a dict from a dict or from a list of pairs.
func (m *machine) copyPairs(d *dictNode, from Value) bool {
	switch from.Kind() {
	case KindDict:
		src := m.Dict(from)
		for i := range src.Len() {
			k, v := src.Entry(i)
			pair := [2]Value{k, v}
			m.extend(&d.first, &d.last, share(pair[:]))
		}
		d.n = int32(src.Len())
		return true
	case KindList, KindTuple:
		it := m.Items(from)
		for i := range it.Len() {
			var pair [2]Value
			p := m.Items(it.At(i))
			if p.Len() != 2 {
				return false
			}
			share(p.Run(0))
			pair[0], pair[1] = p.At(0), p.At(1)
			m.extend(&d.first, &d.last, pair[:])
		}
		d.n = int32(it.Len())
		return true
	}
	return false
}

// reconstruct is copy_reg._reconstructor(class, base, state): a new object in
// protocols 0 and 1.
func (m *machine) reconstruct(fn Value, args []Value) error {
	if len(args) != 3 || args[0].Kind() != KindGlobal || args[1].Kind() != KindGlobal {
		return m.refuseCall(fn, "only (class, base, state) is understood")
	}
	base := m.Global(args[1])
	switch {
	case m.Global(args[0]) == GOpaque:
		return m.newObject(args[0], m.newTuple(share(args[2:])))
	case base == GObject && args[2].IsNone():
		return m.newObject(args[0], makeValue(KindTuple, 0, 0))
	case base == GDict && args[2].Kind() == KindDict && isDictClass(m.Global(args[0])):
		return m.dictOf(args[0], args[2:])
	case base == GDatetime || base == GTimedelta || base == GList:
		return m.newObject(args[0], m.newTuple(share(args[2:])))
	}
	return m.refuseCall(fn, "a "+m.TypeName(args[0])+" on "+m.TypeName(args[1])+" is not understood")
}

func isDictClass(g Global) bool {
	return g == GDict || g == GOrderedDict || g == GDefaultDict || g == GCounter
}

func (m *machine) newObj() error {
	vs, err := m.pop(2)
	if err != nil {
		return err
	}
	return m.makeNew(vs[0], vs[1])
}

// newObjCall is copyreg.__newobj__(class, args...).
func (m *machine) newObjCall(fn Value, args []Value) error {
	if len(args) == 0 {
		return m.refuseCall(fn, "no class")
	}
	rest := m.newTuple(share(args[1:]))
	if err := m.checkWork(); err != nil {
		return err
	}
	return m.makeNew(args[0], rest)
}

// makeNew is class.__new__(class, *args).
func (m *machine) makeNew(class, args Value) error {
	if class.Kind() != KindGlobal || args.Kind() != KindTuple {
		return m.refuseCall(class, "NEWOBJ needs a class of the table and a tuple")
	}
	switch g := m.Global(class); {
	case isDictClass(g):
		return m.push(m.newDict(g))
	case g == GPartial:
		return m.partial(class, args)
	case !isClass(g):
		return m.refuseCall(class, "it is not a class")
	}
	return m.newObject(class, args)
}

// isClass tells classes from functions and plain types.
func isClass(g Global) bool {
	switch g {
	case GNone, GGetattr, GCodecsEncode, GReconstructor, GNewObj, GZoneInfoUnpickle, GPytz, GTzGettz,
		GNdReconstruct, GNdScalar, GNdFromBuffer, GNdMaReconstruct, GNdStringDType, GUnpickleBlock, GNewBlock,
		GNewIndex, GNewDatetimeIndex, GNewPeriodIndex, GNewIntervalIndex, GUnpickleNDArrayBacked,
		GUnpickleIntervalMixin, GUnpicklePeriodMixin, GNaT, GTimestampUnpickle, GTimedeltaUnpickle,
		GArrowRestoreArray, GArrowPyBuffer, GArrowTypeForAlias, GArrowType, GArrowChunkedArray,
		GBytes, GByteArray, GStr, GInt, GFloat, GBool, GObject, GTuple, GList, GSet, GFrozenSet:
		return false
	}
	return true
}

// newObjEx is NEWOBJ_EX: keyword arguments come as one more argument, a dict,
// unless there are none.
func (m *machine) newObjEx() error {
	vs, err := m.pop(3)
	if err != nil {
		return err
	}
	class, args, kw := vs[0], vs[1], vs[2]
	if kw.Kind() != KindDict {
		return m.refuseCall(class, "keyword arguments are not a dict")
	}
	if d := m.Dict(kw); d.Len() > 0 {
		all := append([]Value(nil), share(m.Tuple(args))...)
		args = m.newTuple(append(all, kw))
		if err := m.checkWork(); err != nil {
			return err
		}
	}
	return m.makeNew(class, args)
}

// build is BUILD: it notes the state of a node.
func (m *machine) build() error {
	vs, err := m.pop(1)
	if err != nil {
		return err
	}
	state := vs[0]
	target, err := m.top()
	if err != nil {
		return err
	}
	switch target.Kind() {
	case KindObject:
		o := m.objects.at(target.index())
		if o.state.Kind() != KindInvalid && m.Class(*target) != GOpaque {
			return m.refuseCall(o.class, "its state is set twice")
		}
		o.state = state
		return nil
	case KindDict:
		if m.dicts.at(target.index()).class != GDict && state.Kind() == KindDict {
			return nil // attributes of an OrderedDict
		}
	}
	return m.refuseCall(*target, "only new objects of the table take a state")
}

// inst is INST: an old-style instance of protocol 0.
func (m *machine) inst() error {
	args, err := m.popMark()
	if err != nil {
		return err
	}
	tuple := m.newTuple(args)
	class, err := m.global(string(m.t.body), string(m.t.name))
	if err != nil {
		return err
	}
	return m.call(class, tuple)
}
