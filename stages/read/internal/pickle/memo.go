package pickle

import "math/bits"

// fetchedSet is the set of memo ids that a file fetches, found by the scan: in
// large files a handful of millions. rank turns an id into a dense index.
type fetchedSet struct {
	words []uint64
	ranks []uint32 // ids before each word, filled by seal
	n     int
}

// add notes a fetch of id. The caller has checked id against the puts so far, so
// the set is never larger than an eighth of a bit per byte of the file.
func (s *fetchedSet) add(id int64) {
	w := int(id >> 6)
	for w >= len(s.words) {
		s.words = append(s.words, 0)
	}
	s.words[w] |= 1 << (id & 63)
}

// seal prepares index.
func (s *fetchedSet) seal() {
	s.ranks = make([]uint32, len(s.words))
	for i, w := range s.words {
		s.ranks[i] = uint32(s.n)
		s.n += bits.OnesCount64(w)
	}
}

// has tells whether id is ever fetched.
func (s *fetchedSet) has(id int64) bool {
	w := int(id >> 6)
	return w < len(s.words) && s.words[w]>>(id&63)&1 != 0
}

// index is the dense index of an id in the set.
func (s *fetchedSet) index(id int64) int {
	w := id >> 6
	return int(s.ranks[w]) + bits.OnesCount64(s.words[w]&(1<<(id&63)-1))
}

// memo is the unpickler's memo: with a fetchedSet only the entries that are ever
// fetched, else all of them.
type memo struct {
	fetched *fetchedSet
	dense   []Value         // by index in fetched, or by id
	low     [256]Value      // with a fetchedSet, those that BINGET can fetch
	sparse  map[int64]Value // ids far from dense, without a fetchedSet
	puts    int64           // PUTs and MEMOIZEs so far: the id of the next MEMOIZE
}

func newMemo(fetched *fetchedSet) memo {
	m := memo{fetched: fetched}
	if fetched != nil {
		m.dense = make([]Value, fetched.n)
	}
	return m
}

// reset begins again, for the next pickle of a file; there is no fetchedSet then.
func (m *memo) reset() { m.dense, m.sparse, m.puts = m.dense[:0], nil, 0 }

// keeps tells whether an entry with this id would ever be looked at.
func (m *memo) keeps(id int64) bool { return m.fetched == nil || m.fetched.has(id) }

// put stores an entry that keeps said yes to. It says no when a stream, which has
// no scan, numbers too many entries far apart.
func (m *memo) put(id int64, v Value) bool {
	if m.fetched != nil {
		if m.dense[m.fetched.index(id)] = v; id < int64(len(m.low)) {
			m.low[id] = v
		}
		return true
	}
	const gap = 1 << 10 // CPython numbers entries densely
	if id < int64(len(m.dense)) {
		m.dense[id] = v
		return true
	}
	if id > int64(len(m.dense))+gap {
		if m.sparse == nil {
			m.sparse = map[int64]Value{}
		}
		m.sparse[id] = v
		return len(m.sparse) <= 1<<18
	}
	for int64(len(m.dense)) < id {
		m.dense = append(m.dense, Value{})
	}
	m.dense = append(m.dense, v)
	return true
}

// get returns an entry, the zero Value when it was never put.
func (m *memo) get(id int64) Value {
	if m.fetched != nil {
		if id < int64(len(m.low)) {
			return m.low[id]
		}
		if !m.fetched.has(id) {
			return Value{}
		}
		return m.dense[m.fetched.index(id)]
	}
	if id >= 0 && id < int64(len(m.dense)) && m.dense[id].Kind() != KindInvalid {
		return m.dense[id]
	}
	return m.sparse[id]
}
