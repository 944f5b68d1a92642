// Package gather joins small writes to a shard that touch into larger ones. It never
// holds back more than 256 KiB.
package gather

import "github.com/pickshard/pickshard/pipeline"

// size is how many bytes a Writer holds back at most.
const size = 256 << 10

// A Writer joins adjacent small writes to a canvas. It is for one goroutine.
type Writer struct {
	canvas *pipeline.Canvas
	start  int64 // where buf goes
	buf    []byte
}

// New returns a writer to a canvas.
func New(c *pipeline.Canvas) *Writer { return &Writer{canvas: c} }

// Write takes p for the place at offset; it keeps no reference to it.
func (w *Writer) Write(offset int64, p []byte) error {
	if offset != w.start+int64(len(w.buf)) || len(w.buf)+len(p) > size {
		if err := w.Flush(); err != nil {
			return err
		}
		w.start = offset
	}
	if len(p) > size {
		_, err := w.canvas.WriteAt(p, offset)
		w.start = offset + int64(len(p))
		return err
	}
	w.buf = append(w.buf, p...)
	return nil
}

// Flush writes what is held back.
func (w *Writer) Flush() error {
	if len(w.buf) == 0 {
		return nil
	}
	_, err := w.canvas.WriteAt(w.buf, w.start)
	w.start += int64(len(w.buf))
	w.buf = w.buf[:0]
	return err
}
