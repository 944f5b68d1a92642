package archive

import (
	"container/list"
	"io"
	"sync"

	"github.com/pickshard/pickshard/pipeline"
	"github.com/pickshard/pickshard/stages/source/archive/internal/inflate"
)

// maxDecoded bounds the decoded segments that are kept, beside those that are in use.
const maxDecoded = 64 << 20

// segments keeps what was decoded of streams last. Images that are read one after
// another, or side by side, lie in the same segment, which is decoded once.
type segments struct {
	mu    sync.Mutex
	byKey map[segmentKey]*segment
	used  *list.List // of *segment, the one used last in front
	bytes int64      // of those in used
	free  [][]byte
	most  int64
	pool  sync.Pool // of *inflate.Decoder
}

type segmentKey struct {
	stream *stream
	n      int
}

type segment struct {
	key   segmentKey
	ready chan struct{}
	buf   []byte // inflate.Window bytes, then what the segment holds
	err   error
	users int
	place *list.Element // nil: taken off the list
}

func newSegments() *segments {
	c := &segments{byKey: make(map[segmentKey]*segment), used: list.New(), most: maxDecoded}
	c.pool.New = func() any { return new(inflate.Decoder) }
	return c
}

// readAt fills p with what a stream holds from an offset on, both within it.
func (c *segments) readAt(s *stream, file io.ReaderAt, p []byte, offset int64) error {
	if offset < 0 || offset > s.size-int64(len(p)) {
		return damaged("it holds %s bytes, %s were to be read from byte %s on", pipeline.Grouped(s.size), pipeline.Grouped(int64(len(p))), pipeline.Grouped(offset))
	}
	lo, hi := 0, len(s.points)
	for lo+1 < hi {
		if mid := (lo + hi) / 2; s.points[mid].out <= offset {
			lo = mid
		} else {
			hi = mid
		}
	}
	for n := lo; len(p) > 0; n++ {
		g, err := c.get(segmentKey{s, n}, file)
		if err != nil {
			return err
		}
		done := copy(p, g.buf[inflate.Window+offset-s.points[n].out:])
		c.release(g)
		p = p[done:]
		offset += int64(done)
	}
	return nil
}

// get returns a segment, decoded, counted as used.
func (c *segments) get(key segmentKey, file io.ReaderAt) (*segment, error) {
	c.mu.Lock()
	if g := c.byKey[key]; g != nil {
		g.users++
		c.used.MoveToFront(g.place)
		c.mu.Unlock()
		<-g.ready
		if g.err == nil {
			return g, nil
		}
		c.release(g)
		return nil, g.err
	}
	size := int(key.stream.end(key.n)-key.stream.points[key.n].out) + inflate.Window
	g := &segment{key: key, ready: make(chan struct{}), users: 1, buf: c.buffer(size)}
	c.byKey[key], g.place = g, c.used.PushFront(g)
	c.bytes += int64(size)
	c.trim()
	c.mu.Unlock()

	d := c.pool.Get().(*inflate.Decoder)
	g.err = key.stream.segment(file, d, key.n, g.buf)
	c.pool.Put(d)
	close(g.ready)
	if g.err == nil {
		return g, nil
	}
	c.mu.Lock()
	c.drop(g)
	c.mu.Unlock()
	c.release(g)
	return nil, g.err
}

// buffer returns a buffer of a size, one that is free where it fits.
func (c *segments) buffer(size int) []byte {
	for i, b := range c.free {
		if cap(b) >= size && cap(b) <= 2*size {
			last := len(c.free) - 1
			c.free[i] = c.free[last]
			c.free = c.free[:last]
			return b[:size]
		}
	}
	c.free = nil // of sizes that are not asked for any more
	const round = 256 << 10
	return make([]byte, size, (size+round-1)/round*round)
}

// trim lets segments go, those used longest ago first, until enough are gone.
func (c *segments) trim() {
	for c.bytes > c.most && c.used.Len() > 1 {
		c.drop(c.used.Back().Value.(*segment))
	}
}

func (c *segments) drop(g *segment) {
	if g.place == nil {
		return
	}
	c.used.Remove(g.place)
	g.place = nil
	delete(c.byKey, g.key)
	c.bytes -= int64(len(g.buf))
	if g.users == 0 {
		c.free = append(c.free, g.buf)
	}
}

func (c *segments) release(g *segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if g.users--; g.users == 0 && g.place == nil {
		c.free = append(c.free, g.buf)
	}
}
