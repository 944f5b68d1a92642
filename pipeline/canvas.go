package pipeline

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"sync"
)

// A Canvas is a shard's file while it is written: pieces arrive in any order,
// each at the offset that the layout planned, and in the end the pieces must
// tile the file exactly. It knows the file's CRC-32C without reading it again.
// It is safe for concurrent use.
type Canvas struct {
	w  io.WriterAt
	cb *Combiner

	mu     sync.Mutex
	pieces []piece
	room   int // how many pieces there may be before neighbours are joined
}

// leastRoom is enough for neighbours to be among the pieces: images come about
// in the order in which they lie.
const leastRoom = 4096

type piece struct {
	offset, length int64
	sum            uint32
}

// NewCanvas returns a canvas over an empty file.
func NewCanvas(w io.WriterAt, cb *Combiner) *Canvas { return &Canvas{w: w, cb: cb, room: leastRoom} }

// WriteAt writes p at offset. It keeps no reference to p.
func (c *Canvas) WriteAt(p []byte, offset int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, err := c.w.WriteAt(p, offset)
	if err != nil {
		return n, err
	}
	c.add(offset, int64(len(p)), CRC32C(p))
	return n, nil
}

// WriteImage writes, as one piece, the before bytes in front of the image, the
// image, and the after bytes behind it; offset is where the first of the before
// bytes goes. The image's own sum is not computed again.
func (c *Canvas) WriteImage(m *Image, before, after int, offset int64) error {
	p := m.frame(before, after)
	if len(p) == 0 {
		return nil
	}
	if _, err := c.w.WriteAt(p, offset); err != nil {
		return err
	}
	size := int64(len(p) - before - after)
	sum := c.cb.Combine(CRC32C(p[:before]), m.CRC, size)
	if after > 0 {
		sum = UpdateCRC32C(sum, p[len(p)-after:])
	}
	c.add(offset, int64(len(p)), sum)
	return nil
}

func (c *Canvas) add(offset, length int64, sum uint32) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.pieces) == c.room {
		c.join()
		c.room = max(leastRoom, 2*len(c.pieces))
	}
	c.pieces = append(c.pieces, piece{offset, length, sum})
}

// join makes one piece of all that touch, so that millions of records leave a few
// pieces. c.mu is held.
func (c *Canvas) join() {
	slices.SortFunc(c.pieces, func(a, b piece) int { return cmp.Compare(a.offset, b.offset) })
	joined := c.pieces[:0]
	for _, p := range c.pieces {
		if n := len(joined); n > 0 && joined[n-1].offset+joined[n-1].length == p.offset {
			last := &joined[n-1]
			last.sum = c.cb.Combine(last.sum, p.sum, p.length)
			last.length += p.length
			continue
		}
		joined = append(joined, p)
	}
	c.pieces = joined
}

// Sum returns the file's CRC-32C. It fails when the pieces do not tile
// [0, size) exactly: a gap, an overlap or a wrong end is a fault of the layout
// and must never be taken for a whole file.
func (c *Canvas) Sum(size int64) (uint32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.join()
	var whole piece
	if len(c.pieces) > 0 {
		whole = c.pieces[0]
	}
	switch {
	case whole.offset != 0:
		return 0, fmt.Errorf("layout fault: the first piece begins at byte %d", whole.offset)
	case len(c.pieces) > 1:
		return 0, fmt.Errorf("layout fault: a piece begins at byte %d, the one before it ends at %d", c.pieces[1].offset, whole.length)
	case whole.length != size:
		return 0, fmt.Errorf("layout fault: %d bytes written, %d planned", whole.length, size)
	}
	return whole.sum, nil
}
