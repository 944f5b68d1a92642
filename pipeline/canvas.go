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
}

type piece struct {
	offset, length int64
	sum            uint32
}

// NewCanvas returns a canvas over an empty file.
func NewCanvas(w io.WriterAt, cb *Combiner) *Canvas { return &Canvas{w: w, cb: cb} }

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
	c.pieces = append(c.pieces, piece{offset, length, sum})
	c.mu.Unlock()
}

// Sum returns the file's CRC-32C. It fails when the pieces do not tile
// [0, size) exactly: a gap, an overlap or a wrong end is a fault of the layout
// and must never be taken for a whole file.
func (c *Canvas) Sum(size int64) (uint32, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.pieces, func(a, b piece) int { return cmp.Compare(a.offset, b.offset) })
	var end int64
	var sum uint32
	for _, p := range c.pieces {
		if p.offset != end {
			return 0, fmt.Errorf("layout fault: a piece begins at byte %d, the one before it ends at %d", p.offset, end)
		}
		sum = c.cb.Combine(sum, p.sum, p.length)
		end += p.length
	}
	if end != size {
		return 0, fmt.Errorf("layout fault: %d bytes written, %d planned", end, size)
	}
	return sum, nil
}
