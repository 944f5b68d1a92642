package webdataset

import "github.com/pickshard/pickshard/pipeline"

// gatherSize is how many bytes a gatherer holds back at most.
const gatherSize = 256 << 10

// gatherer joins adjacent small writes to a canvas into larger ones.
type gatherer struct {
	canvas *pipeline.Canvas
	start  int64 // where buf goes
	buf    []byte
}

// write takes p for the place at offset; it keeps no reference to it.
func (g *gatherer) write(offset int64, p []byte) error {
	if offset != g.start+int64(len(g.buf)) || len(g.buf)+len(p) > gatherSize {
		if err := g.flush(); err != nil {
			return err
		}
		g.start = offset
	}
	if len(p) > gatherSize {
		_, err := g.canvas.WriteAt(p, offset)
		g.start = offset + int64(len(p))
		return err
	}
	g.buf = append(g.buf, p...)
	return nil
}

// flush writes what is held back.
func (g *gatherer) flush() error {
	if len(g.buf) == 0 {
		return nil
	}
	_, err := g.canvas.WriteAt(g.buf, g.start)
	g.start += int64(len(g.buf))
	g.buf = g.buf[:0]
	return err
}
