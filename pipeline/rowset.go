package pipeline

import "math/bits"

// A rowSet is a set of rows of a split: nothing for blocks of rows that have none of
// them, a bit for each row of the others. The zero value is ready for use; reading it
// concurrently is safe.
type rowSet struct {
	blocks map[int64]*[blockRows / 64]uint64
	at     int64 // the block that was written last
	last   *[blockRows / 64]uint64
}

func (s *rowSet) add(row int64) {
	block, bit := row/blockRows, row%blockRows
	if s.last == nil || s.at != block {
		if s.blocks == nil {
			s.blocks = make(map[int64]*[blockRows / 64]uint64)
		}
		if s.blocks[block] == nil {
			s.blocks[block] = new([blockRows / 64]uint64)
		}
		s.at, s.last = block, s.blocks[block]
	}
	s.last[bit/64] |= 1 << (bit % 64)
}

func (s *rowSet) has(row int64) bool {
	b := s.blocks[row/blockRows]
	return b != nil && b[row%blockRows/64]&(1<<(row%64)) != 0
}

// merge adds all of another set.
func (s *rowSet) merge(o *rowSet) {
	if len(o.blocks) > 0 && s.blocks == nil {
		s.blocks = make(map[int64]*[blockRows / 64]uint64)
	}
	for at, from := range o.blocks {
		to := s.blocks[at]
		if to == nil {
			to = new([blockRows / 64]uint64)
			s.blocks[at] = to
		}
		for i, w := range from {
			to[i] |= w
		}
	}
}

// count is how many rows there are.
func (s *rowSet) count() int64 {
	n := 0
	for _, b := range s.blocks {
		for _, w := range b {
			n += bits.OnesCount64(w)
		}
	}
	return int64(n)
}
